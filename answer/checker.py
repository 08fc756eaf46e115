"""The trained claim checker: does a passage say what a claim says, and which of its words does it not say?

An int8 graph beside this package (models/checker, with its model card); word vectors come from the encoder on disk,
which it shares. Reads a passage once for all claims on it. Knows onnxruntime, no verdicts and no library.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from answer.records import Opinion
from core.errors import ModelError
from core.settings import Settings

LONGEST = {"passage": 256, "claim": 96}  # tokens, as in training
PAD = 1


def load_checker(settings: Settings) -> "tuple[Checker | None, str]":
    """The checker, or None and why: the repository's file or the encoder is not there, the rules do without."""
    from models import checker_encoder, checker_fault

    fault, _ = checker_fault(settings)
    return None if fault else Checker(checker_encoder(settings), settings.cores), fault


class Checker:
    """Loads with the first call. Thread-safe."""

    def __init__(self, encoder: Path, threads: int) -> None:
        self._encoder = encoder
        self._threads = threads
        self._guard = threading.Lock()
        self._loaded: tuple[Any, Any, np.ndarray] | None = None

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Opinion]:
        """An opinion on each (claim, passage), in order. Raises ModelError when the checker cannot be loaded."""
        claims: dict[str, list[str]] = {}
        for claim, passage in dict.fromkeys(pairs):
            claims.setdefault(passage, []).append(claim)
        with ThreadPoolExecutor(self._threads) as pool:
            read = list(pool.map(self._read, claims.keys(), claims.values()))
        known = {
            (claim, passage): opinion
            for (passage, own), opinions in zip(claims.items(), read, strict=True)
            for claim, opinion in zip(own, opinions, strict=True)
        }
        return [known[pair] for pair in pairs]

    def _read(self, passage: str, claims: Sequence[str]) -> list[Opinion]:
        """Opinions on the claims, all against one passage."""
        session, tokenizer, words = self._load()
        ids = _cut(tokenizer.encode(passage).ids, LONGEST["passage"])
        encodings = tokenizer.encode_batch(list(claims))
        asked = [_cut(encoding.ids, LONGEST["claim"]) for encoding in encodings]
        width = max(map(len, asked))
        padded = np.array([row + [PAD] * (width - len(row)) for row in asked])
        said = np.array([[1.0] * len(row) + [0.0] * (width - len(row)) for row in asked], np.float32)
        support, missing = session.run(
            None,
            {
                "passages": words[ids][None].astype(np.float32),
                "there": np.ones((1, len(ids)), np.float32),
                "claims": words[padded].astype(np.float32),
                "said": said,
                "of": np.zeros(len(claims), np.int64),
            },
        )
        return [
            Opinion(float(score), _stretches(encoding, row[: len(own)]))
            for score, row, encoding, own in zip(support, missing, encodings, asked, strict=True)
        ]

    def _load(self) -> tuple[Any, Any, np.ndarray]:
        with self._guard:
            if self._loaded is None:
                self._loaded = self._open()
            return self._loaded

    def _open(self) -> tuple[Any, Any, np.ndarray]:
        """Session, tokenizer and word vectors (pieces, hidden)."""
        import onnxruntime
        from tokenizers import Tokenizer

        from models import read_checker, word_vectors

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # as many calls at once as there are cores
        options.log_severity_level = 3
        try:
            tokenizer = Tokenizer.from_file(str(self._encoder / "tokenizer.json"))
            session = onnxruntime.InferenceSession(
                read_checker(), options, providers=["CPUExecutionProvider"]
            )
            return session, tokenizer, word_vectors(self._encoder)
        except ModelError:
            raise
        except Exception as error:  # both libraries raise bare Exception subclasses of their own
            raise ModelError(f"The claim checker cannot be loaded: {error}", "Run prep doctor") from error


def _cut(ids: Sequence[int], most: int) -> list[int]:
    """A text that is too long loses its end, but not the mark behind it."""
    return list(ids) if len(ids) <= most else [*ids[: most - 1], ids[-1]]


def _stretches(encoding: Any, scores: np.ndarray) -> tuple[tuple[int, int, float], ...]:
    """Characters and score of each token that stands for some."""
    return tuple(
        (start, end, float(score))
        for (start, end), score in zip(encoding.offsets, scores, strict=False)
        if end > start
    )
