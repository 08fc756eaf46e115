"""The same documents and questions through LlamaIndex's own defaults and through Prepcite, in one process.

`make side-by-side` (installs the packages of the extra `peers`), or `python -m eval.side_by_side PATH` for a folder of
a set. LlamaIndex gets the same embedding model with its prefixes, which its defaults do not know: without them it would
do worse. Its chunks (1,024 tokens), store (Chroma) and fusion (reciprocal rank) are its defaults.
"""

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.settings import Settings, load_settings
from eval.measure import FIRST, MAX_QUESTION, filled_library, rank_documents
from eval.metrics import DEPTH, average, score_rankings
from eval.sets import QuestionSet, load_sets

Rank = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one set."""

    system: str
    rankings: Mapping[str, list[str]]
    ingest_s: float
    query_ms: float  # median
    memory_mb: (
        float  # resident memory gained: the first to import a package pays for it, so read it as a hint
    )


def compare(questions: QuestionSet, settings: Settings) -> list[Row]:
    """Prepcite, LlamaIndex's vector index, and that fused with its BM25."""
    rows = []
    for system, build in (("Prepcite", _prepcite), ("LlamaIndex", _vector), ("LlamaIndex + BM25", _fusion)):
        gc.collect()
        before, started = _resident_mb(), time.perf_counter()
        with build(questions, settings) as rank:
            ingested = time.perf_counter() - started
            rankings, times = {}, []
            for query in questions.gold:
                started = time.perf_counter()
                rankings[query] = rank(questions.queries[query][:MAX_QUESTION])
                times.append(1000 * (time.perf_counter() - started))
            rows.append(Row(system, rankings, ingested, float(np.median(times)), _resident_mb() - before))
    return rows


@contextmanager
def _prepcite(questions: QuestionSet, settings: Settings) -> Iterator[Rank]:
    with filled_library(questions, settings, print, lambda line: None) as (library, ids):
        yield lambda question: rank_documents(library.search, question, ids)


@contextmanager
def _vector(questions: QuestionSet, settings: Settings) -> Iterator[Rank]:
    with _llama_index(questions, settings) as (index, _):
        retriever = index.as_retriever(similarity_top_k=FIRST)
        yield lambda question: _names(retriever.retrieve(question))


@contextmanager
def _fusion(questions: QuestionSet, settings: Settings) -> Iterator[Rank]:
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.retrievers.bm25 import BM25Retriever

    with _llama_index(questions, settings) as (index, nodes):
        keywords = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=FIRST)
        vectors = index.as_retriever(similarity_top_k=FIRST)
        retriever = QueryFusionRetriever(
            [vectors, keywords],
            llm=_no_llm(),
            num_queries=1,
            similarity_top_k=FIRST,
            mode="reciprocal_rerank",
            use_async=False,
        )
        yield lambda question: _names(retriever.retrieve(question))


@contextmanager
def _llama_index(questions: QuestionSet, settings: Settings) -> Iterator[tuple[Any, Sequence[Any]]]:
    import chromadb
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from models import embedding_folder

    with tempfile.TemporaryDirectory(prefix="prep-peer-") as folder:
        names = {}
        for number, (key, data) in enumerate(questions.documents.items()):
            (Path(folder) / f"{number}.md").write_bytes(data)
            names[f"{number}.md"] = key
        documents = SimpleDirectoryReader(folder).load_data()
        for document in documents:
            document.metadata = {"key": names[document.metadata["file_name"]]}
            document.excluded_embed_metadata_keys = document.excluded_llm_metadata_keys = ["key"]
        nodes = SentenceSplitter().get_nodes_from_documents(documents)
        model = HuggingFaceEmbedding(
            str(embedding_folder(settings)), query_instruction="query: ", text_instruction="passage: "
        )
        client = chromadb.PersistentClient(f"{folder}/chroma")
        store = ChromaVectorStore(chroma_collection=client.create_collection("peer"))
        storage = StorageContext.from_defaults(vector_store=store)
        yield VectorStoreIndex(nodes, storage_context=storage, embed_model=model), nodes


def _no_llm() -> Any:
    from llama_index.core.llms import MockLLM

    return MockLLM()


def _names(found: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(node.metadata["key"] for node in found))[:DEPTH]


def _resident_mb() -> float:
    """Of this process, on Linux; 0 elsewhere."""
    path = Path("/proc/self/statm")
    return int(path.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if path.exists() else 0.0


def table(questions: QuestionSet, rows: Sequence[Row]) -> Iterator[str]:
    """One line per system and slice."""
    for row in rows:
        scores = score_rankings(questions.gold, row.rankings)
        yield f"{row.system}: ingest {row.ingest_s:.1f} s, query {row.query_ms:.0f} ms, {row.memory_mb:+.0f} MB"
        for name, members in {"all": frozenset(scores), **dict(sorted(questions.slices.items()))}.items():
            part = {query: figures for query, figures in scores.items() if query in members}
            if part:
                figures = average(part)
                shown = "  ".join(f"{m} {v:.3f}" for m, v in figures.items())
                yield f"  {name:<12} n {len(part):<5} {shown}"


def main() -> None:
    """Print the comparison for the given folders, or the shipped questions."""
    for questions in load_sets([Path(path) for path in sys.argv[1:]]):
        print(f"{questions.name}: {len(questions.documents)} documents, {len(questions.gold)} questions")
        for line in table(questions, compare(questions, load_settings())):
            print(line, flush=True)


if __name__ == "__main__":
    main()
