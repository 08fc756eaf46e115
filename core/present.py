"""Records as the command line's JSON contracts, and these as lines for people.

Knows dictionaries and frozen dataclasses of any kind; imports none of them.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

EXCERPT = 320  # characters of a hit shown; about four lines of a terminal, arbitrary
QUOTE = 200  # characters of a quote shown; likewise
MARKS = {"partial": "partly found", "unsupported": "not found"}
Record = dict[str, Any]

HIT_KEYS = (
    "chunk_id", "doc_id", "title", "kind", "page_start", "page_end", "heading", "text", "score",
    "dense_rank", "keyword_rank",
)  # fmt: skip
DOCUMENT_KEYS = ("doc_id", "title", "kind", "language", "pages", "chunks", "added", "source")
INGESTED_KEYS = ("doc_id", "title", "kind", "status", "pages", "chunks", "warnings", "error", "source")


def hit_row(hit: Any) -> Record:
    """A hit as `search --json` has it."""
    return _pick(hit, HIT_KEYS)


def document_row(document: Any) -> Record:
    """A document as `list --json` has it."""
    return _pick(document, DOCUMENT_KEYS)


def ingested_row(done: Any) -> Record:
    """What became of a file as `ingest --json` has it."""
    return _pick(done, INGESTED_KEYS)


def hit_lines(hits: Sequence[Record]) -> Iterator[str]:
    """Hits, best first, with where they stand."""
    for rank, hit in enumerate(hits, 1):
        place = " > ".join(hit["heading"])
        pages = page_label(hit["page_start"], hit["page_end"])
        where = " · ".join(part for part in (hit["title"], pages, place) if part)
        yield f"{rank}. {where}  [{hit['doc_id'][:12]}, score {hit['score']:.3f}]"
        yield textwrap.indent(shorten(hit["text"], EXCERPT), "   ")
        yield ""


def answer_lines(answer: Record) -> Iterator[str]:
    """An answer with its citations, verdicts and sources."""
    if answer.get("notice"):
        yield f"Note: {answer['notice']}"
    yield from sentence_lines(answer["sentences"])
    if answer["refused"]:
        yield ""
        yield "Nearest passages (not an answer):"
        yield from hit_lines(answer["nearest"])


def sentence_lines(sentences: Sequence[Record]) -> Iterator[str]:
    """Sentences with numbered quotes; `partly found` and `not found` are said in place, with the words at fault."""
    numbers: dict[tuple[str, int, int], int] = {}
    sources: list[str] = []
    for sentence in sentences:
        marks = []
        for evidence in sentence["evidence"]:
            key = (evidence["doc_id"], evidence["start"], evidence["end"])
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                sources.append(_source(numbers[key], evidence))
            marks.append(str(numbers[key]))
        if sentence["verdict"] in MARKS:
            gaps = ", ".join(f"“{sentence['text'][a:b]}”" for a, b in sentence["missing"])
            against = ", the source seems to say the opposite" if "against" in sentence else ""
            marks.append(MARKS[sentence["verdict"]] + against + (f": not said {gaps}" if gaps else ""))
        yield sentence["text"].rstrip() + (f" [{', '.join(marks)}]" if marks else "")
    if any(sentence["verdict"] != "no_claim" for sentence in sentences):
        yield ""
        yield from sources
        yield summary_line(sentences)


def summary_line(sentences: Sequence[Record]) -> str:
    """How many sentences were found in the sources."""
    counts = {name: sum(s["verdict"] == name for s in sentences) for name in ("supported", *MARKS)}
    total = sum(counts.values())
    again = sum("second_opinion" in sentence for sentence in sentences)
    return (
        f"{_counted(total, 'sentence')}: {counts['supported']} found in the sources, "
        f"{counts['partial']} partly found, {counts['unsupported']} not found"
        + (f" ({again} read again by the model)" if again else "")
    )


def document_lines(documents: Sequence[Record]) -> Iterator[str]:
    """The library, one document a line."""
    for doc in documents:
        size = f"{_counted(doc['pages'], 'page')}, " if doc["pages"] else ""
        size += _counted(doc["chunks"], "passage")
        yield f"{doc['doc_id'][:12]}  {doc['kind']:<5}  {doc['language']}  {doc['title']}  ({size})"
    if not documents:
        yield "No documents yet. Add some with prep ingest PATH"


def ingested_line(done: Record) -> str:
    """What became of one file."""
    if done["error"]:
        return f"failed     {done['source']}: {done['error']}"
    notes = f"  ({'; '.join(done['warnings'])})" if done["warnings"] else ""
    return f"{done['status']:<10} {done['title']}  {_counted(done['chunks'], 'passage')}{notes}"


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def paper_row(fetched: Any) -> Record:
    """What became of a paper as `papers fetch --json` has it."""
    path = str(fetched.path) if fetched.path else None
    paper = {"arxiv": fetched.paper.arxiv, "title": fetched.paper.title, "status": fetched.status}
    return paper | {"path": path, "sha256": fetched.sha256 or None, "error": fetched.error}


def paper_line(row: Record) -> str:
    """What became of one paper."""
    return f"{row['status']:<10} {row['arxiv']}  {row['error'] or row['title']}".rstrip()


def listed_lines(papers: Sequence[Record]) -> Iterator[str]:
    """The papers that can be fetched, one a line."""
    for paper in papers:
        mark = "here" if paper["fetched"] else "-"
        yield f"{paper['arxiv']:<10}  {mark:<4}  {paper['year']}  {paper['title']}"


def check_lines(checks: Sequence[Record]) -> Iterator[str]:
    """The report of the doctor."""
    for check in checks:
        remedy = "" if check["ok"] or not check["remedy"] else f". {check['remedy']}"
        yield f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}: {check['message']}{remedy}"


def model_lines(models: Sequence[Record]) -> Iterator[str]:
    """Which weights are there."""
    for model in models:
        size = f", {model['bytes'] >> 20} MB" if model["bytes"] else ""
        remedy = "" if model["present"] else ". Run prep models pull"
        yield f"{'ok  ' if model['present'] else 'FAIL'}  {model['name']}: {model['message']}{size}{remedy}"
    if not models:
        yield "No models are needed"


def page_label(first: int | None, last: int | None) -> str:
    """`p. 3`, `pp. 3-4`, or nothing for a file without pages."""
    if first is None:
        return ""
    return f"p. {first}" if last in (None, first) else f"pp. {first}-{last}"


def shorten(text: str, limit: int) -> str:
    """On one line, at most `limit` characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _pick(record: Any, keys: Sequence[str]) -> Record:
    full = asdict(record)
    return {key: full[key] for key in keys}


def _source(number: int, evidence: Record) -> str:
    page = page_label(evidence["page"], None)
    where = ", ".join(part for part in (evidence["title"], page) if part)
    return f"[{number}] {where}: “{shorten(evidence['quote'], QUOTE)}”"
