"""Question sets: documents, questions, and which documents answer them. Reads files; knows no index.

Gold is made by people and names documents (for the shipped sets also the heading), never chunks: it stays
valid whatever the chunker or the retriever does.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.errors import InputError
from eval.spans import Stretch, corpora_of, read_stretches

SHIPPED = Path(__file__).parent / "sets"
CORPUS = Path(__file__).parent.parent / "corpus"
FOLDER_FILES = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")
REMEDY = f"Give a folder that holds {', '.join(FOLDER_FILES)}"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """What is asked of which documents.

    `documents`: id -> Markdown text in UTF-8. `gold`: query -> what an answer needs, part by part; any one document
    of a part gives it. A query without gold has no answer in the documents. `slices`: name -> its queries.
    """

    name: str
    documents: dict[str, bytes]
    queries: dict[str, str]
    gold: dict[str, tuple[frozenset[str], ...]]
    slices: dict[str, frozenset[str]] = field(default_factory=dict)
    before: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # what was asked before a query, oldest first
    stretches: dict[str, list[Stretch]] = field(
        default_factory=dict
    )  # where gold is pieces of documents: its parts are their keys

    @property
    def unanswerable(self) -> frozenset[str]:
        """The queries that a good assistant refuses; none in a folder, where they may just be unjudged."""
        return self.slices.get("unanswerable", frozenset())

    @property
    def corpus_hash(self) -> str:
        """Twelve hex digits of all documents with their ids."""
        digest = sha256()
        for key in sorted(self.documents):
            digest.update(key.encode() + b"\0" + self.documents[key] + b"\0")
        return digest.hexdigest()[:12]


def load_sets(paths: Sequence[Path]) -> list[QuestionSet]:
    """The sets in these folders, or the shipped ones. Raises InputError naming the file and line at fault."""
    if not paths:
        documents = {p.relative_to(CORPUS).as_posix(): p.read_bytes() for p in sorted(CORPUS.rglob("*.md"))}
        return [_load_shipped(path, documents) for path in sorted(SHIPPED.glob("*.jsonl"))]
    named = {path.name: path for path in (path.resolve() for path in paths)}
    short = len(named) == len({path.resolve() for path in paths})
    return [load_folder(path, None if short else str(path)) for path in dict.fromkeys(paths)]


def load_folder(folder: Path, name: str | None = None) -> QuestionSet:
    """A folder of the three files, or one of eval.spans.

    `qrels.tsv` is query, document, 1 with tabs, a header is skipped.
    """
    if corpora := corpora_of(folder):
        return _load_stretches(folder, corpora, name or folder.resolve().name)
    missing = [file for file in FOLDER_FILES if not (folder / file).is_file()]
    if missing:
        raise InputError(f"{folder} has no {' and no '.join(missing)}", REMEDY)
    documents = {row["_id"]: _markdown(row) for row in _rows(folder / "corpus.jsonl", ("_id", "text"))}
    queries = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl", ("_id", "text"))}
    gold: dict[str, set[str]] = {}
    path = folder / "qrels.tsv"
    for number, line in enumerate(_lines(path), 1):
        query, document, grade = _qrel(path, number, line)
        if number == 1 and not grade.lstrip("-").isdigit():
            continue
        for key, known, file in ((query, queries, "queries.jsonl"), (document, documents, "corpus.jsonl")):
            if key not in known:
                raise InputError(f"{path}, line {number}: {key!r} is not in {file}", "Correct the set")
        if int(grade) > 0:
            gold.setdefault(query, set()).add(document)
    if not gold:
        raise InputError(f"{path} names no answer", REMEDY)
    parts = {query: tuple(frozenset({key}) for key in sorted(ids)) for query, ids in gold.items()}
    return QuestionSet(name or folder.resolve().name, documents, queries, parts)


def _load_stretches(folder: Path, corpora: Path, name: str) -> QuestionSet:
    """A folder of the other kind: see eval.spans."""
    documents = {path.stem: path.read_bytes() for path in sorted(corpora.glob("*.md"))}
    path = folder / "queries.jsonl"
    rows = list(_rows(path, ("_id", "text")))
    stretches = {row["_id"]: read_stretches(row, documents, str(path)) for row in rows}
    gold = {query: tuple(frozenset({one.key}) for one in own) for query, own in stretches.items()}
    queries = {row["_id"]: row["text"] for row in rows}
    slices: dict[str, set[str]] = {}
    for row in rows:
        slices.setdefault(row["corpus"], set()).add(row["_id"])
    frozen = {key: frozenset(found) for key, found in slices.items()}
    return QuestionSet(name, documents, queries, gold, frozen, stretches=stretches)


def _load_shipped(path: Path, documents: dict[str, bytes]) -> QuestionSet:
    """Questions over the shipped corpus: their halves, languages and kinds are slices.

    `after` in a row: the questions asked before it.
    """
    queries, gold, before = {}, {}, {}
    slices: dict[str, set[str]] = {}
    for row in _rows(path, ("id", "question", "language", "half")):
        query = row["id"]
        queries[query] = row["question"]
        before[query] = tuple(row.get("after", ()))
        for name in (row["half"], row["language"], _kind_of(row)):
            slices.setdefault(name, set()).add(query)
        if not row["answerable"]:
            slices.setdefault("unanswerable", set()).add(query)
            continue
        if unknown := {place["doc"] for place in row["gold"]} - documents.keys():
            raise InputError(f"{path}: {query} names {min(unknown)}, which is not there", "Correct it")
        parts: dict[int, set[str]] = {}
        for place in row["gold"]:
            for part in place.get("parts", [1]):
                parts.setdefault(part, set()).add(place["doc"])
        gold[query] = tuple(map(frozenset, parts.values()))
    frozen = {name: frozenset(found) for name, found in slices.items()}
    return QuestionSet(path.stem, documents, queries, gold, frozen, before)


def _kind_of(row: dict[str, Any]) -> str:
    """Languages of question and answer where they differ or not ("zh on en"), else what is special about it."""
    kind = row.get("slice", row["language"])
    pairs = {"zh": "zh on zh", "en": "en on en", "zh-en": "zh on en", "en-zh": "en on zh"}
    return pairs.get(kind) or f"{kind} {row['language']}"


def _markdown(row: dict[str, Any]) -> bytes:
    title = " ".join(str(row.get("title") or "").split())
    return (f"# {title}\n\n{row['text']}\n" if title else row["text"] + "\n").encode("utf-8", "replace")


def _rows(path: Path, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, each with non-empty text under the keys `texts`."""
    for number, line in enumerate(_lines(path), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}", "Each line must be a JSON object") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {number} is not a JSON object", "Correct the line")
        for key in texts:
            if not isinstance(row.get(key), str) or not row[key].strip():
                raise InputError(f"{path}, line {number} has no text under {key!r}", "Correct the line")
        yield row


def _lines(path: Path) -> list[str]:
    """Lines that hold something; split at line feeds only, because JSON text may hold other separators."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {path}: {error}", "It must be a UTF-8 text file") from error
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]


def _qrel(path: Path, number: int, line: str) -> tuple[str, str, str]:
    parts = line.split("\t")
    if len(parts) != 3 or (number > 1 and not parts[2].strip().lstrip("-").isdigit()):
        raise InputError(f"{path}, line {number} is not query, document, 1 with tabs", "Correct the line")
    return parts[0], parts[1], parts[2].strip()
