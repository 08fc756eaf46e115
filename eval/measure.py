"""Retrieval as users get it: a throw-away library is filled with a set's documents and asked its questions.

Goes through the same Library as the app; knows no store and no model of its own.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from answer import Asker
from answer.passages import Readings
from answer.records import Answer, Turn
from core.errors import InputError, LLMError
from core.settings import Settings
from eval.metrics import DEPTH
from eval.sets import QuestionSet
from eval.spans import rank_stretches
from eval.throwaway import throwaway_library
from index import Library
from index.records import Found
from ingest import FoundFile

FIRST, MOST = 3 * DEPTH, 1000  # passages asked for: enough for most questions at once, and the search's limit
SHOWN = 10  # passages of the search that is timed: a page of hits
MAX_QUESTION = 2_000  # characters; longer ones are cut, as the search would refuse them
Talk = Callable[[str], None]
Search = Callable[[str, int], Found]  # a question and how many chunks of it


@dataclass(frozen=True, slots=True)
class Measured:
    """What happened to the questions of a set."""

    rankings: dict[
        str, list[str]
    ]  # query with gold -> document ids, best first, DEPTH of them where there are
    milliseconds: list[float]  # of each search
    refused: frozenset[str]  # queries that `prep ask` refuses; looked at in shipped sets only


def measure_sets(
    sets: Sequence[QuestionSet], settings: Settings, say: Talk, step: Talk, llm: str = "none"
) -> list[Measured]:
    """Ask every question of every set; `llm` is asked whether an answer is there. Sets over the same documents share a
    throw-away library.
    """
    out: dict[str, Measured] = {}
    for _, same in groupby(sorted(sets, key=lambda s: s.corpus_hash), key=lambda s: s.corpus_hash):
        group = list(same)
        with filled_library(group[0], settings, say, step) as (library, ids):
            for questions in group:
                out[questions.name] = _ask(library, questions, ids, step, llm)
    return [out[questions.name] for questions in sets]


@contextmanager
def filled_library(
    questions: QuestionSet, settings: Settings, say: Talk, step: Talk
) -> Iterator[tuple[Library, dict[str, list[str]]]]:
    """A throw-away library of a set's documents, and the set's ids by document id."""
    with throwaway_library(settings) as library:
        yield library, _fill(library, questions, say, step)


def _ask(
    library: Library, questions: QuestionSet, ids: Mapping[str, list[str]], step: Talk, llm: str
) -> Measured:
    rankings, milliseconds, refused = {}, [], set()
    readings = Readings(library)
    with Asker(library, library.settings) as asker:
        for number, (query, text) in enumerate(questions.queries.items(), 1):
            question = text[:MAX_QUESTION]
            if before := questions.before.get(query):
                question = asker.searched_as(question, [Turn(asked, "") for asked in before])
            if query in questions.gold:
                started = time.perf_counter()
                hits = asker.search(question, SHOWN, llm).hits
                milliseconds.append(1000 * (time.perf_counter() - started))
                if wanted := questions.stretches.get(query):
                    rankings[query] = rank_stretches(readings, hits, wanted, ids)
                else:
                    rankings[query] = rank_documents(
                        lambda text, k: asker.search(text, k, llm), question, ids
                    )
            if questions.unanswerable and _refuses(asker, question, llm):
                refused.add(query)
            step(f"{questions.name}: asked {number} of {len(questions.queries)}")
    return Measured(rankings, milliseconds, frozenset(refused))


def _refuses(asker: Asker, question: str, llm: str) -> bool:
    """Whether `prep ask` refuses it with that model. Raises LLMError where the model cannot be asked."""
    *_, answer = asker.ask(question, llm=llm)
    assert isinstance(answer, Answer)
    if llm != "none" and answer.model == "none" and answer.notice:
        raise LLMError(answer.notice)
    return answer.refused


def _fill(library: Library, questions: QuestionSet, say: Talk, step: Talk) -> dict[str, list[str]]:
    """Bring all documents in. Returns the set's ids by document id; equal texts share one document."""
    folder = library.settings.home / "documents"
    folder.mkdir()
    names: dict[str, str] = {}
    for number, (key, data) in enumerate(questions.documents.items()):
        path = folder / f"{number}.md"
        path.write_bytes(data)
        names[str(path.absolute())] = key
    files = [FoundFile(Path(path), "note") for path in names]
    ids: dict[str, list[str]] = {}
    failed = []
    for number, done in enumerate(library.ingest(files), 1):
        key = names[str(files[number - 1].path)]
        if done.status == "failed":
            failed.append(f"{key}: {done.error}")
        else:
            ids.setdefault(done.doc_id, []).append(key)
        step(f"{questions.name}: read {number} of {len(files)}")
    if not ids:
        raise InputError(f"No document of {questions.name} could be read", failed[0])
    for line in failed:
        say(f"{questions.name}: not read: {line}")
    return ids


def rank_documents(search: Search, question: str, ids: Mapping[str, list[str]]) -> list[str]:
    """The set's documents, each where its best chunk stands."""
    wanted = FIRST
    while True:
        hits = search(question, wanted).hits
        ranked = list(dict.fromkeys(hit.doc_id for hit in hits))
        if len(ranked) >= DEPTH or len(hits) < wanted or wanted >= MOST:
            return [key for doc_id in ranked for key in ids[doc_id]]
        wanted = min(MOST, 4 * wanted)
