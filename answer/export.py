"""An answer as Markdown with footnotes: document, page and verbatim quote of every sentence."""

import re

from answer.records import Answer, Evidence, Verdict
from ingest.records import Language

LABELS: dict[Language, dict[Verdict, str]] = {
    "zh": {"supported": "有出处", "partial": "部分有出处", "unsupported": "未找到出处", "no_claim": ""},
    "en": {
        "supported": "found in source",
        "partial": "partly found",
        "unsupported": "not found",
        "no_claim": "",
    },
}

PLACE: dict[Language, tuple[str, str]] = {"zh": ("，第 {} 页", "："), "en": (", p. {}", ": ")}
AGAINST: dict[Language, str] = {"zh": "；来源说法似乎相反", "en": "; the source seems to say the opposite"}


def answer_markdown(answer: Answer) -> str:
    """Question, answer with a footnote per quote, and the verdict of what is not found in full.

    A quote that several sentences share is one footnote.
    """
    numbers: dict[Evidence, int] = {}
    places: dict[tuple[str, int, int], int] = {}
    body: list[str] = []
    labels = LABELS[answer.language]
    for sentence in answer.sentences:
        notes = []
        for evidence in sentence.evidence:
            place = (evidence.doc_id, evidence.start, evidence.end)
            if place not in places:
                places[place] = len(places) + 1
                numbers[evidence] = places[place]
            notes.append(places[place])
        text = sentence.text.rstrip()
        marks = "".join(f"[^{n}]" for n in dict.fromkeys(notes))
        label = labels[sentence.verdict] if sentence.verdict in ("partial", "unsupported") else ""
        if sentence.against:
            label += AGAINST[answer.language]
        if body and sentence.lead:
            body[-1] = body[-1].rstrip() + sentence.lead
        body.append(f"{text}{marks}{f' *({label})*' if label else ''}{sentence.text[len(text) :]}")
    parts = [f"# {_one_line(answer.question)}", "".join(_spaced(body)).strip()]
    if answer.notice:
        parts.append(f"> {_one_line(answer.notice)}")
    if numbers:
        parts.append(
            "\n".join(_footnote(number, evidence, answer.language) for evidence, number in numbers.items())
        )
    return "\n\n".join(parts) + "\n"


def _spaced(pieces: list[str]) -> list[str]:
    """A space behind every piece that brings no white space of its own."""
    return [piece if piece[-1:].isspace() else piece + " " for piece in pieces]


def _footnote(number: int, evidence: Evidence, language: Language) -> str:
    page, colon = PLACE[language]
    where = page.format(evidence.page) if evidence.page is not None else ""
    return f"[^{number}]: {_escaped(evidence.title)}{where}{colon}“{_escaped(_one_line(evidence.quote))}”"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """Text of a document must not become Markdown or HTML of ours."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)
