"""Exact quotes: windows and spans of the stored text as Evidence. The quote is always cut by code from the source."""

from bisect import bisect_right
from collections.abc import Sequence

from answer.records import Evidence
from ingest.records import Page, Reading

LONGEST_QUOTE = 900  # characters; a longer "sentence" is a table or list, of which the start is shown


def quote(reading: Reading, doc_id: str, title: str, start: int, end: int, score: float) -> Evidence:
    """`reading.text[start:end]` as Evidence, with the page of `start`.

    `score` is clipped to [0, 1].
    """
    end = min(end, start + LONGEST_QUOTE)
    return Evidence(
        doc_id=doc_id,
        title=title,
        page=page_at(reading.pages, start),
        start=start,
        end=end,
        quote=reading.text[start:end],
        score=round(min(1.0, max(0.0, score)), 4),
    )


def page_at(pages: Sequence[Page], offset: int) -> int | None:
    """The 1-based number of the page that holds `offset`; None where there are no pages."""
    index = bisect_right([page.start for page in pages], offset) - 1
    return pages[max(0, index)].number if pages else None
