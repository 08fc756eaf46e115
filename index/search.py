"""QUERY -> HITS: both sides asked, fused, looked up in the catalog. Knows the stores, not how they are filled."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from core.errors import InputError
from index.catalog import Catalog
from index.centring import above_average, centre_query, samples_of
from index.embed import Embedder
from index.fuse import fuse
from index.glossary import shipped_glossary
from index.intake import Stores
from index.keywords import phrase, query_terms
from index.late import centre_states, max_similarity
from index.records import Found, Hit
from index.rerank import READ, Reranker
from ingest import language_of
from ingest.records import Kind, Language

MAX_QUERY = 2_000  # characters; about twice what the model reads (512 tokens)
MAX_K = 1_000
POOL = 100  # candidates per side, with which fusion was measured
# Passages read token by token: of each language, and of the keywords. 20 and 100 differ by less than .01 in nDCG@10.
CLOSE, CLOSE_TOLD = 30, 15


def check_query(query: str, k: int) -> str:
    """The query, stripped. Raises InputError if it or `k` cannot be searched with."""
    query = query.strip()
    if not query:
        raise InputError("The question is empty", "Ask something, for example: GQA 为什么能省显存?")
    if len(query) > MAX_QUERY:
        raise InputError(
            f"The question has {len(query):,} characters; at most {MAX_QUERY:,} can be searched",
            "Ask a shorter question, or ingest the text as a note",
        )
    if not 1 <= k <= MAX_K:
        raise InputError(f"k is {k}", f"Ask for 1 to {MAX_K} hits")
    return query


def search(
    query: str,
    k: int,
    kind: Kind | None,
    doc_id: str | None,
    *,
    embedder: Embedder,
    centres: Mapping[Language, np.ndarray],
    stores: Stores,
    reranker: Reranker | None = None,
) -> Found:
    """The best `k` ready chunks for a query, with the time each step took."""
    clock = Clock()
    language = language_of(query)
    (asked,) = embedder.encode([query], "query")
    vector = centre_query(asked.vector, centres[language])
    clock.lap("embed")
    pool = max(POOL, 2 * k)
    told = stores.keywords.search(_terms(query), pool, kind, doc_id)
    clock.lap("keyword")
    near: dict[Language, dict[str, float]] = {}
    for passages, centre in centres.items():
        cosines = stores.store.nearest(vector, pool, passages, kind, doc_id)
        cosines |= stores.store.cosines(vector, [i for i in told if i not in cosines], passages)
        near[passages] = above_average(cosines, vector, centre)
    clock.lap("dense")
    read = _read_closely(near, told)
    states = centre_states(asked.states, samples_of(embedder)[language].states)
    packed = stores.tokens.states(read)
    late = dict(zip(packed, max_similarity(states, list(packed.values())).tolist(), strict=True))
    clock.lap("late")
    wanted = max(k, READ) if reranker else k
    hits = _hits(near, told, _rank(near, told, read, late, language), wanted, stores.catalog)
    clock.lap("fuse")
    if reranker:
        hits = reranker.order(query, hits)[:k]
        clock.lap("rerank")
    return Found(query, language, hits, clock.times())


class Clock:
    """How long each step took, in milliseconds."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """End a step."""
        now = time.perf_counter()
        self._laps[name] = now - self._last
        self._last = now

    def times(self) -> dict[str, float]:
        """Every step, and "total"."""
        laps = self._laps | {"total": self._last - self._started}
        return {name: round(1000 * seconds, 2) for name, seconds in laps.items()}


def _read_closely(near: Mapping[Language, Mapping[str, float]], told: Mapping[str, float]) -> list[str]:
    """The ids worth late interaction: the best of each language and of the keywords."""
    best: dict[str, None] = {}
    for scores in near.values():
        best |= dict.fromkeys(sorted(scores, key=lambda i: (-scores[i], i))[:CLOSE])
    return list(best | dict.fromkeys(list(told)[:CLOSE_TOLD]))


def _rank(
    near: Mapping[Language, Mapping[str, float]],
    told: Mapping[str, float],
    read: Sequence[str],
    late: Mapping[str, float],
    language: Language,
) -> dict[str, float]:
    """Score by id, best first: first those that were read closely, in [1, 2], then the rest, in [0, 1]."""
    if not late:
        return fuse(near, told, {}, language)
    close = set(read)
    parts = []
    for inside in (True, False):
        part = {
            lang: {i: s for i, s in scores.items() if (i in close) is inside} for lang, scores in near.items()
        }
        words = {i: s for i, s in told.items() if (i in close) is inside}
        parts.append(fuse(part, words, late if inside else {}, language))
    return {i: 1 + score for i, score in parts[0].items()} | parts[1]


def _terms(query: str) -> list[str]:
    """What to look up: the question's own terms, and the other forms of its glossary terms as phrases."""
    return query_terms(query) + [phrase(form) for form in shipped_glossary().other_forms(query)]


def _hits(
    near: Mapping[Language, Mapping[str, float]],
    told: Mapping[str, float],
    fused: Mapping[str, float],
    k: int,
    catalog: Catalog,
) -> tuple[Hit, ...]:
    flat = {i: score for scores in near.values() for i, score in scores.items()}
    dense_ranks = _ranks(flat)
    keyword_ranks = _ranks(told)
    scores = {
        i: {
            "score": round(score, 6),
            "dense": round(flat.get(i, 0.0), 6),
            "keyword": round(told.get(i, 0.0), 4),
            "dense_rank": dense_ranks.get(i),
            "keyword_rank": keyword_ranks.get(i),
        }
        for i, score in fused.items()
    }
    best: list[Hit] = []
    ids = list(scores)
    for at in range(0, len(ids), k):  # one round as a rule: only what a removal overtakes is missing
        found = catalog.hits(ids[at : at + k], scores)
        best += [found[i] for i in ids[at : at + k] if i in found]
        if len(best) >= k:
            break
    return tuple(best[:k])


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    best_first = sorted(scores, key=lambda i: (-scores[i], i))
    return {i: rank for rank, i in enumerate(best_first, start=1)}
