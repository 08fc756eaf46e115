"""QUERY -> HITS: both sides asked, fused, looked up in the catalog. Knows the stores, not how they are filled."""

import time
from collections.abc import Mapping

import numpy as np

from core.errors import InputError
from index.catalog import Catalog
from index.centring import above_average, centre_query
from index.embed import Embedder
from index.fuse import fuse
from index.glossary import shipped_glossary
from index.keywords import KeywordIndex, phrase, query_terms
from index.records import Found, Hit
from index.store import VectorStore
from ingest import language_of
from ingest.records import Kind, Language

MAX_QUERY = 2_000  # characters; about twice what the model reads (512 tokens)
MAX_K = 1_000
POOL = 100  # candidates per side; METHODS 2 was measured with 100


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
    catalog: Catalog,
    store: VectorStore,
    keywords: KeywordIndex,
) -> Found:
    """The best `k` ready chunks for a query, with the time each step took."""
    started = time.perf_counter()
    language = language_of(query)
    vector = centre_query(embedder.embed([query], "query")[0], centres[language])
    embedded = time.perf_counter()
    pool = max(POOL, 2 * k)
    told = keywords.search(_terms(query), pool, kind, doc_id)
    keyword_at = time.perf_counter()
    near: dict[str, float] = {}
    for passages, centre in centres.items():
        cosines = store.nearest(vector, pool, passages, kind, doc_id)
        cosines |= store.cosines(vector, [i for i in told if i not in cosines], passages)
        near |= above_average(cosines, vector, centre)
    dense_at = time.perf_counter()
    hits = _hits(near, told, k, catalog)
    done = time.perf_counter()
    times = {
        "embed": embedded - started,
        "keyword": keyword_at - embedded,
        "dense": dense_at - keyword_at,
        "fuse": done - dense_at,
        "total": done - started,
    }
    return Found(query, language, hits, {name: round(1000 * value, 2) for name, value in times.items()})


def _terms(query: str) -> list[str]:
    """What to look up: the question's own terms, and the other forms of its glossary terms as phrases."""
    return query_terms(query) + [phrase(form) for form in shipped_glossary().other_forms(query)]


def _hits(near: dict[str, float], told: dict[str, float], k: int, catalog: Catalog) -> tuple[Hit, ...]:
    dense_ranks = _ranks(near)
    keyword_ranks = _ranks(told)
    fused = fuse(near, told)
    scores = {
        i: {
            "score": round(score, 6),
            "dense": round(near.get(i, 0.0), 6),
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
