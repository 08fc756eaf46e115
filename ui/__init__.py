"""The Streamlit panels, in reading order: text (every string, zh and en), formulas, rich and views (records to
what the browser draws, pure), component (the one piece of JavaScript), stores (what all tabs share), scope (where is searched), tab (what one tab
has), then the panels: chat, source, library, check, status. Panels know the Library, the Asker and PrepError.
"""
