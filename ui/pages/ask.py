"""The page `ask`: a door for the navigation, nothing else."""

from ui.chat import chat_panel

chat_panel()
