"""Section paths from a list of headings. Knows levels and offsets, not how a format writes a heading."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.records import Section


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading found in a text: its offset there, its level (1 is outermost), and its words."""

    start: int
    level: int
    title: str


def build_sections(headings: Iterable[Heading], length: int) -> tuple[Section, ...]:
    """Sections from each heading (included) to the next; the path holds the headings above it.

    Text before the first heading belongs to no section. `length`: of the whole text, in characters.
    """
    path: list[Heading] = []
    sections: list[Section] = []
    for heading in sorted(headings, key=lambda h: h.start):
        if sections:
            last = sections[-1]
            sections[-1] = Section(last.heading, last.start, heading.start)
        path = [h for h in path if h.level < heading.level] + [heading]
        sections.append(Section(tuple(h.title for h in path), heading.start, length))
    return tuple(s for s in sections if s.end > s.start)
