"""Text -> unit vectors. The only module that knows sentence-transformers, onnxruntime and the e5 prefixes.

The shipped model runs as an int8 ONNX graph straight on onnxruntime: the fastest of all ways measured
(docs/decisions.md) and ready in a second, where importing torch takes many. Any other model, by name
or folder, runs through sentence-transformers.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from core.errors import ModelError
from core.settings import Settings

Side = Literal["query", "passage"]
MAX_TOKENS = 512  # the position table of e5-small
SHIPPED = "e5-small"
QUERIES = 64  # a sentence is searched for and then compared: 60 KB each


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as a vector `(dim,)` and as one state per token `(tokens, dim)`, all of unit norm.

    `spans` `(tokens, 2)`: where each token stands in the text, int32 characters. The prefix and the marks at both ends
    have no state. No states at all from a model that late interaction was not measured with.
    """

    vector: np.ndarray
    states: np.ndarray
    spans: np.ndarray


class Embedder(Protocol):
    """A model with its prefixes; `label` names everything that shapes its vectors."""

    label: str

    def __hash__(self) -> int:
        """By identity: a model is a key of what is remembered about it."""
        ...

    def encode(self, texts: Sequence[str], side: Side) -> Iterator[Encoded]:
        """Vectors and token states, in order."""
        ...

    def embed(self, texts: Sequence[str], side: Side) -> np.ndarray:
        """Vectors `(len(texts), dim)`, float32, unit norm."""
        ...


def embedder_label(settings: Settings) -> str:
    """What shapes the vectors, without loading the model: name, weights where pinned, prefixes of both sides."""
    from models.pins import E5_SHA256
    from models.shelf import FORM

    revision = f"{E5_SHA256[:12]}/{FORM}" if settings.embed_model == SHIPPED else ""
    return "|".join([settings.embed_model, revision, *prefixes(settings)])


def prefixes(settings: Settings) -> tuple[str, str]:
    """The query and passage prefix: as set, else those the e5 family was trained with, else none."""
    e5 = "e5" in Path(settings.embed_model).name.lower()
    query, passage = ("query: ", "passage: ") if e5 else ("", "")
    if settings.embed_query_prefix is not None:
        query = settings.embed_query_prefix
    if settings.embed_passage_prefix is not None:
        passage = settings.embed_passage_prefix
    return query, passage


def load_embedder(settings: Settings) -> Embedder:
    """Load the model that the settings name. Raises ModelError if it is not there or cannot be loaded."""
    query, passage = prefixes(settings)
    by_side: dict[Side, str] = {"query": query, "passage": passage}
    if settings.embed_model == SHIPPED:
        from models import embedding_folder

        return OnnxEmbedder(embedding_folder(settings), by_side, settings.cores, embedder_label(settings))
    name = settings.embed_model
    own = str(Path(name).expanduser()) if name.startswith("~") else name
    return SentenceTransformerEmbedder(own, by_side, embedder_label(settings))


class OnnxEmbedder:
    """The shipped e5-small: `tokenizers` and onnxruntime, nothing else.

    One text a call on one thread, as many calls at once as there are cores: no padding, no threads that spin, and a
    text's vector does not depend on its neighbours, as it does when an int8 graph scales a whole batch at once.
    Tokens per CPU second, median of three: 1,900; in batches of 4,096 padded tokens on two threads 1,200.
    """

    def __init__(self, folder: Path, by_side: dict[Side, str], threads: int, label: str) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.label = label
        self._prefix = by_side
        self._threads = threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(folder / "onnx" / "model_qint8.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare Exception subclasses of their own
            raise ModelError(
                f"The embedding model in {folder} cannot be loaded: {error}",
                f"Remove {folder} and run prep models pull",
            ) from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        # the mark that begins a text, and the prefix
        self._skipped = {side: len(self._tokenizer.encode(p.strip()).ids) - 1 for side, p in by_side.items()}
        self._asked = lru_cache(QUERIES)(lambda text: self._encode(text, "query"))

    def encode(self, texts: Sequence[str], side: Side) -> Iterator[Encoded]:
        """Vectors and token states of 384 dimensions. The last QUERIES queries are remembered."""
        one = self._asked if side == "query" else lambda text: self._encode(text, side)
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(one, texts)

    def embed(self, texts: Sequence[str], side: Side) -> np.ndarray:
        """Vectors `(len(texts), 384)`."""
        out = np.zeros((len(texts), 384), dtype=np.float32)
        for i, encoded in enumerate(self.encode(texts, side)):
            out[i] = encoded.vector
        return out

    def _encode(self, text: str, side: Side) -> Encoded:
        prefix = self._prefix[side]
        encoding = self._tokenizer.encode(prefix + text)
        ids = np.array([encoding.ids], dtype=np.int64)
        vectors, states = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        own = slice(self._skipped[side], -1)
        told = states[0, own]
        told = told / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-9)
        spans = np.array(encoding.offsets[own], np.int32).reshape(-1, 2) - len(prefix)
        return Encoded(vectors[0], told, np.maximum(spans, 0))  # the first takes in the space before it


class SentenceTransformerEmbedder:
    """Any other model, by sentence-transformers name or folder."""

    def __init__(self, name: str, by_side: dict[Side, str], label: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.label = label
        self._prefix = by_side
        self._guard = threading.Lock()  # torch modules are not safe to share between threads
        try:
            self._model: Any = SentenceTransformer(name, device=None)
        except (
            Exception
        ) as error:  # huggingface_hub, safetensors, OSError, ValueError: all mean the same here
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(
                f"The embedding model {name!r} cannot be loaded: {first}",
                "Set PREP_EMBED_MODEL to a sentence-transformers folder or name, or unset it",
            ) from error

    def encode(self, texts: Sequence[str], side: Side) -> Iterator[Encoded]:
        """Vectors without token states."""
        for vector in self.embed(texts, side):
            yield Encoded(vector, np.zeros((0, len(vector)), np.float32), np.zeros((0, 2), np.int32))

    def embed(self, texts: Sequence[str], side: Side) -> np.ndarray:
        """Vectors `(len(texts), dim)`."""
        prompt = self._prefix[side]
        with self._guard:
            vectors = self._model.encode(
                [prompt + text for text in texts],
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        dim = self._model.get_embedding_dimension() or 0
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), dim)
