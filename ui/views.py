"""Records to what the browser draws: dictionaries of text and numbers. Pure; knows no widget, no store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from answer.records import Evidence, Sentence
from index.records import Hit, Standing
from ingest.records import Reading
from ui.rich import Span, blocks, flatten, unwrap
from ui.text import Words

LONGEST = (
    60_000  # characters of a document shown from its start; the longest shipped one has a third; arbitrary
)
SNIPPET = 220  # characters of a passage in a list; arbitrary


def summary(sentences: Sequence[Sentence], words: Words) -> str:
    """The line that counts verdicts; sentences that claim nothing are not counted. Empty without claims."""
    counts = Counter(sentence.verdict for sentence in sentences)
    n = sum(counts.values()) - counts["no_claim"]
    if n == 0:
        return ""
    gaps = {verdict: counts[verdict] for verdict in ("supported", "partial", "unsupported")}
    line = words.say("summary", n=n, **gaps)
    again = sum(sentence.second for sentence in sentences)
    return line + words.say("read_again", n=again) if again else line


def place(title: str, page: int | None, words: Words) -> str:
    """Where something stands, in one line."""
    return f"{title} · {words.say('page', page=page)}" if page is not None else title


def absence(evidence: Evidence, present: Mapping[str, Standing]) -> str:
    """Why a document cannot be opened: "" when it can, "changed" when another version took its place, "removed"."""
    standing = present.get(evidence.doc_id, "removed")
    return "" if standing == "there" else standing


def answer_view(
    sentences: Sequence[Sentence], present: Mapping[str, Standing], words: Words, apart: bool = False
) -> dict[str, Any]:
    """An answer with numbered citations. `present`: how the documents stand now (Library.standing).

    `apart`: the sentences are quotes that do not follow from each other, so each is a paragraph.

    A number stands for one quote, counted in the order of the text; sentences that share a quote share it. A run's
    span is the number of its sentence, counted on from the last sentence for words that the source does not say.
    """
    spans: list[Span] = []
    gaps: list[Span] = []
    text = ""
    for i, sentence in enumerate(sentences):
        said = unwrap(sentence.text) if apart else sentence.text
        if text and apart:
            text += "\n\n"
        elif text and sentence.lead:
            text += sentence.lead
        elif text[-1:] in (".", "!", "?") and not said[:1].isspace():
            text += " "  # an answer stored without its white space
        if said == sentence.text:
            gaps += [(len(text) + a, len(text) + b, i + len(sentences)) for a, b in sentence.missing]
        spans.append((len(text), len(text) + len(said.rstrip()), i))
        text += said
    numbers: dict[tuple[str, int, int], int] = {}
    sources: list[dict[str, Any]] = []
    marked: list[dict[str, Any]] = []
    for i, sentence in enumerate(sentences):
        chips = []
        for j, evidence in enumerate(sentence.evidence if sentence.verdict != "no_claim" else ()):
            key = (evidence.doc_id, evidence.start, evidence.end)
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                sources.append(_source(evidence, numbers[key], i, j, present, words))
            chips.append({"number": numbers[key], "open": [i, j]})
        label = words[sentence.verdict]
        if sentence.verdict == "unsupported" and chips:
            label += f" · {words['closest']}"
        if sentence.against:
            label += f" · {words['against']}"
        marked.append({"verdict": sentence.verdict, "label": label, "chips": chips})
    body = _closing(blocks(text, [*gaps, *spans]), len(sentences))
    if apart:
        body = [block | {"kind": "p"} if block["mark"] == "•" else block for block in body]
    return {
        "view": "answer",
        "blocks": body,
        "sentences": marked,
        "sources": sources,
        "words": {"sources": words.say("sources", n=len(sources)), "open": words["open_source"]},
    }


def hits_view(hits: Sequence[Hit], words: Words, label: str = "") -> dict[str, Any]:
    """Passages as a numbered list; `label` is written on each of them."""
    return {
        "view": "hits",
        "label": label,
        "words": {"open": words["open_source"]},
        "hits": [
            {
                "number": i,
                "place": place(hit.title, hit.page_start, words),
                "heading": " › ".join(hit.heading),
                "kind": words[hit.kind],
                "runs": flatten(blocks(hit.text), SNIPPET),
            }
            for i, hit in enumerate(hits, 1)
        ],
    }


def passage_view(reading: Reading, focus: Evidence, others: Sequence[Evidence], name: str) -> dict[str, Any]:
    """The section around a quote, the quote marked as 0 and other quotes of the same answer as 1.

    An empty quote stands for the document from its start.
    """
    start, end, heading = _section(reading, focus) if focus.quote else (0, _cut_at(reading.text), ())
    spans = [(focus.start, focus.end, 0), *((other.start, other.end, 1) for other in others)]
    return {
        "view": "passage",
        "name": name,
        "heading": " › ".join(heading),
        "blocks": blocks(reading.text, spans, start, end),
    }


def quote_view(quote: str, cls: str) -> dict[str, Any]:
    """Some words apart from their document; `cls` is "quoted" or "said"."""
    return {"view": "quote", "cls": cls, "blocks": blocks(unwrap(quote))}


def quote_on_page(reading: Reading, evidence: Evidence, page: int) -> tuple[str, float]:
    """The part of a quote that stands on `page` (1-based), empty when none of it does; and how far down it begins, 0 to 1."""
    for sheet in reading.pages:
        if sheet.number == page:
            start = max(sheet.start, evidence.start)
            share = (start - sheet.start) / max(1, sheet.end - sheet.start)
            return reading.text[start : min(sheet.end, evidence.end)], share
    return "", 0.0


def _section(reading: Reading, focus: Evidence) -> tuple[int, int, tuple[str, ...]]:
    """From the start of the section that holds the quote to the end of the one where it ends."""
    touched = [s for s in reading.sections if s.start < focus.end and s.end > focus.start]
    if not touched:
        around = 3000  # characters shown on either side in a text without sections; arbitrary
        start = reading.text.rfind("\n", 0, max(0, focus.start - around)) + 1
        return start, min(len(reading.text), focus.end + around), ()
    return touched[0].start, touched[-1].end, touched[0].heading


def _cut_at(text: str) -> int:
    """Where a text from its start is cut: behind a line, all of it when it is not endless."""
    return len(text) if len(text) <= LONGEST else text.rfind("\n", 0, LONGEST) + 1 or LONGEST


def _source(
    evidence: Evidence, number: int, i: int, j: int, present: Mapping[str, Standing], words: Words
) -> dict[str, Any]:
    why = absence(evidence, present)
    return {
        "number": number,
        "place": place(evidence.title, evidence.page, words),
        "quote": unwrap(evidence.quote),
        "runs": flatten(blocks(unwrap(evidence.quote))),
        "gone": words[why] if why else "",
        "open": [i, j],
    }


def _closing(found: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Mark the last run of each of `count` sentences: its citations follow there."""
    last: dict[int, dict[str, Any]] = {}
    for block in found:
        for run in (run for runs in [block["runs"], *block.get("cells", ())] for run in runs):
            if run["t"].strip():
                last |= {label % count: run for label in run.get("labels", [run["span"]]) if label >= 0}
    for label, run in last.items():
        run.setdefault("ends", []).append(label)
    return found
