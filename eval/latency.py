"""How long a search takes at 1,000, 10,000 and 100,000 passages, beside its dense half alone. `make latency`.

The shipped corpus is read once and then repeated under other ids with noise on its vectors, so that a library of any
size stands in minutes; every store is filled as an ingest fills it, and searched through the Library.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import numpy as np

from core.settings import Settings, load_settings
from eval.measure import filled_library
from eval.sets import load_sets
from eval.throwaway import throwaway_library
from index import Library
from index.centring import centre_query
from index.intake import pack_passage, passage_text, sums_of

SIZES = (1_000, 10_000, 100_000)
NOISE = 0.3  # length of the noise against a vector of length 1: neighbours stay near, none are equal
QUESTIONS = 60
K = 10


def measure(settings: Settings, sizes: tuple[int, ...] = SIZES) -> Iterator[str]:
    """One line per size: passages, median and 95th percentile of a search, and of its dense half, in ms."""
    questions = max(load_sets([]), key=lambda shipped: len(shipped.queries))
    asked = list(questions.queries.values())
    random = np.random.default_rng(0)
    with (
        filled_library(questions, settings, lambda line: None, lambda line: None) as (corpus, _),
        throwaway_library(settings) as library,
    ):
        copies = _copies(corpus, library, random)
        there = 0
        for number, size in enumerate(sizes):
            while there < size:
                there += next(copies)
            first = number * QUESTIONS % len(asked)  # others each time: the last ones are remembered
            yield _time(library, asked[first : first + QUESTIONS])


def _copies(corpus: Library, library: Library, random: np.random.Generator) -> Iterator[int]:
    """Each step puts one more document into `library`; how many passages it has."""
    stores, embedder = library.stores, corpus.embedder
    (library.settings.home / "files").mkdir(exist_ok=True)
    for part in ("chroma", "keywords", "tokens"):
        (library.settings.home / part).mkdir(exist_ok=True)
    stores.catalog.set_fingerprint(library.fingerprint)
    encoded = {}
    for document in corpus.documents():
        chunks = [chunk for chunk in corpus.chunks(document.doc_id) if chunk.prose]
        texts = [passage_text(document.title, chunk) for chunk in chunks]
        found = list(embedder.encode(texts, "passage"))
        states = [pack_passage(*one, embedder) for one in zip(found, texts, chunks, strict=True)]
        encoded[document.doc_id] = (document, chunks, texts, np.array([e.vector for e in found]), states)
    number = 0
    while True:
        for document, chunks, texts, vectors, states in encoded.values():
            number += 1
            doc_id = sha256(f"{document.doc_id}{number}".encode()).hexdigest()
            moved = vectors + NOISE * random.normal(size=vectors.shape) / np.sqrt(vectors.shape[1])
            moved = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
            reading = corpus.reading(document.doc_id)
            stores.catalog.enter(replace(document, doc_id=doc_id), ".md", reading, state="ready")
            ids = stores.catalog.set_chunks(doc_id, chunks)
            languages = [chunk.language for chunk in chunks]
            stores.tokens.add(doc_id, dict(zip(ids, states, strict=True)))
            stores.store.upsert(ids, list(moved), languages, doc_id, document.kind)
            stores.keywords.add(doc_id, document.kind, ids, texts)
            stores.catalog.set_centres(doc_id, sums_of(languages, list(moved)))
            yield len(chunks)


def _time(library: Library, questions: list[str]) -> str:
    library.search(questions[0], K)
    whole, dense = [], []
    steps: dict[str, list[float]] = {}
    for question in questions:
        found = library.search(question, K)
        whole.append(found.timings_ms["total"])
        for step, value in found.timings_ms.items():
            steps.setdefault(step, []).append(value)
        vector = centre_query(library.embed([question], "query")[0], library.centres()[found.language])
        started = time.perf_counter()  # the vector is remembered; what it took is among the steps
        for language in library.centres():
            library.stores.store.nearest(vector, K, language, None, None)
        dense.append(found.timings_ms["embed"] + 1000 * (time.perf_counter() - started))
    parts = ", ".join(f"{step} {np.median(values):.0f}" for step, values in steps.items() if step != "total")
    return (
        f"{library.stores.catalog.prose_chunks():>7,} passages: search p50 {np.median(whole):.0f} ms,"
        f" p95 {np.percentile(whole, 95):.0f} ms ({parts}); dense only p50 {np.median(dense):.0f} ms"
    )


def main() -> None:
    """Print a line per size; sizes may be given."""
    for line in measure(load_settings(), tuple(map(int, sys.argv[1:])) or SIZES):
        print(line, flush=True)


if __name__ == "__main__":
    main()
