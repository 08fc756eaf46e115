"""Plain text to a Reading. Knows titles and numbered headings, no markup."""

from ingest.cleaning import clean_text
from ingest.headings import build_sections
from ingest.language import language_of
from ingest.records import Reading

_TITLE_LENGTH = 80  # characters; a longer first line is a paragraph. Arbitrary


def read_plain(raw_text: str, name: str) -> Reading:
    """A Reading whose title is the first line when it is short and no sentence, else the file name."""
    text = clean_text(raw_text).text
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    title = first if 0 < len(first) <= _TITLE_LENGTH and first[-1] not in ".。,，;；:：" else name
    return Reading(text, title, language_of(text), sections=build_sections([], len(text)))
