"""Answers as the JSON that scripts, the app and the frozen store rely on, and back. Their names are a contract.

Knows no library: what is in the dictionary is all there is, so an old answer renders without its documents.
"""

from dataclasses import asdict
from typing import Any

from answer.records import Answer, Evidence, Sentence
from core.errors import InputError
from index.records import Hit


def answer_json(answer: Answer) -> dict[str, Any]:
    """`ask --json`. `nearest` is there only when refused, `notice` only when there is one."""
    out: dict[str, Any] = {
        "question": answer.question,
        "language": answer.language,
        "refused": answer.refused,
        "sentences": [sentence_json(sentence) for sentence in answer.sentences],
        "hits": [hit_json(hit) for hit in answer.hits],
    }
    if answer.refused:
        out["nearest"] = [hit_json(hit) for hit in answer.nearest]
    out |= {"model": answer.model, "fingerprint": answer.fingerprint, "timings_ms": dict(answer.timings_ms)}
    if answer.notice:
        out["notice"] = answer.notice
    return out


def sentence_json(sentence: Sentence) -> dict[str, Any]:
    """One sentence with its verdict, its evidence, best first, and what the evidence does not say.

    `second_opinion` is there only where a model was asked too, `lead` (the white space in front) only
    where there is some, `against` only where the nearest source says the opposite.
    """
    out: dict[str, Any] = {
        "text": sentence.text,
        "verdict": sentence.verdict,
        "evidence": [asdict(evidence) for evidence in sentence.evidence],
        "missing": [list(stretch) for stretch in sentence.missing],
    }
    if sentence.second:
        out["second_opinion"] = True
    if sentence.lead:
        out["lead"] = sentence.lead
    return out | {"against": True} if sentence.against else out


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit with everything it knows; `search --json` prints the first part of it."""
    return asdict(hit) | {"heading": list(hit.heading)}


def answer_from_json(stored: dict[str, Any]) -> Answer:
    """The answer that `answer_json` made `stored` from. Raises InputError if it is not one."""
    try:
        return Answer(
            question=stored["question"],
            language=stored["language"],
            refused=stored["refused"],
            sentences=tuple(_sentence(sentence) for sentence in stored["sentences"]),
            hits=tuple(_hit(hit) for hit in stored["hits"]),
            nearest=tuple(_hit(hit) for hit in stored.get("nearest", ())),
            model=stored["model"],
            fingerprint=stored["fingerprint"],
            timings_ms=dict(stored["timings_ms"]),
            notice=stored.get("notice", ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"This is not a stored answer: {error!r}", "Give one made by prep ask --json"
        ) from error


def _sentence(stored: dict[str, Any]) -> Sentence:
    evidence = tuple(Evidence(**one) for one in stored["evidence"])
    missing = tuple((start, end) for start, end in stored.get("missing", ()))  # older answers have none
    return Sentence(
        stored["text"],
        stored["verdict"],
        evidence,
        missing,
        stored.get("second_opinion", False),
        stored.get("lead", ""),
        stored.get("against", False),
    )


def _hit(stored: dict[str, Any]) -> Hit:
    return Hit(**{**stored, "heading": tuple(stored["heading"])})
