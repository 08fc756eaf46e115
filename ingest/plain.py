"""Plain text to a Reading. Knows titles and numbered headings, no markup."""

from dataclasses import replace

from ingest.cleaning import clean_text
from ingest.headings import build_sections, find_numbered
from ingest.language import language_of
from ingest.records import Reading

_TITLE_LENGTH = 80  # characters; a longer first line is a paragraph. Arbitrary


def read_plain(raw_text: str, name: str) -> Reading:
    """A Reading whose title is the first line when it is short and no sentence, else the file name.

    Numbered headings ("2.1 大模型架构与训练") make sections.
    """
    text = clean_text(raw_text).text
    lines = text.split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    title = first if 0 < len(first) <= _TITLE_LENGTH and first[-1] not in ".。,，;；:：" else name
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    headings = [replace(h, start=starts[h.start]) for h in find_numbered([line.strip() for line in lines])]
    return Reading(text, title, language_of(text), sections=build_sections(headings, len(text)))
