"""Reads the packed 4-bit file of multilingual-e5-small: sizes, vocabulary, normalisation map, weights.

Knows the byte layout only; not where the file comes from nor what is made of it. Layout, little endian:
header; pieces and scores; per-code-point normalisation; directory of tensors, each at its own offset.
A 4-bit tensor is a run of blocks of 32 weights: one fp16 scale, then 16 bytes whose low nibbles are
weights 0-15 and whose high nibbles are weights 16-31. A weight is (nibble - 8) * scale.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.errors import ModelError

BLOCK = 32  # weights per scale; part of the format
_DENSE, _PACKED = 0, 1


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of the encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Packed:
    """A 4-bit matrix of `rows` x `columns`."""

    nibbles: np.ndarray  # (rows, columns) uint8, 0-15, in weight order
    scales: np.ndarray  # (rows, columns / 32) float16

    def dense(self, kind: type[np.floating] = np.float32) -> np.ndarray:
        """(rows, columns) of `kind`; exact in float32, rounded once in float16."""
        weights = self.nibbles.astype(kind)
        weights -= kind(8)
        blocks = weights.reshape(len(weights), -1, BLOCK)
        blocks *= self.scales.astype(kind)[:, :, None]
        return weights


@dataclass(frozen=True, slots=True)
class PackedModel:
    """Everything in the file."""

    sizes: Sizes
    pieces: tuple[str, ...]
    scores: np.ndarray  # (pieces,) float32, log probabilities
    normal: dict[str, str]  # character -> what it becomes before tokenising
    dense: dict[str, np.ndarray]  # 1-d float32
    packed: dict[str, Packed]


def read_packed(path: Path) -> PackedModel:
    """Read the file. Raises ModelError where it is not one."""
    data = path.read_bytes()
    try:
        return _parse(data)
    except (struct.error, ValueError, IndexError, UnicodeDecodeError) as error:
        raise ModelError(f"{path.name} is not a packed e5 model: {error}", "Run: prep models pull") from error


class _Cursor:
    """A place in the bytes; reading moves it on."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple:
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def array(self, kind: str, count: int) -> np.ndarray:
        found = np.frombuffer(self.data, kind, count, self.at)
        self.at += found.nbytes
        return found


def _parse(data: bytes) -> PackedModel:
    cursor = _Cursor(data)
    magic, version = cursor.take("4sI")
    sizes = Sizes(*cursor.take("7if"))
    (block,) = cursor.take("i")
    if magic != b"E5S1" or version != 1 or block != BLOCK:
        raise ValueError("unknown magic, version or block size")
    pieces, scores = _read_pieces(cursor)
    normal = _read_normal(cursor)
    dense, packed = _read_tensors(cursor, sizes.hidden, sizes.feed_forward)
    return PackedModel(sizes, pieces, scores, normal, dense, packed)


def _read_pieces(cursor: _Cursor) -> tuple[tuple[str, ...], np.ndarray]:
    count, bos, eos, pad, unknown, size = cursor.take("5iQ")
    if (bos, pad, eos, unknown) != (0, 1, 2, 3):
        raise ValueError("special tokens are not <s> 0, <pad> 1, </s> 2, <unk> 3")
    ends = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count)
    (blob,) = cursor.take(f"{size}s")
    pieces = tuple(blob[a:b].decode("utf-8") for a, b in pairwise(ends))
    return pieces, scores


def _read_normal(cursor: _Cursor) -> dict[str, str]:
    count, _size = cursor.take("iI")
    normal = {}
    for _ in range(count):
        code, length = cursor.take("IB")
        normal[chr(code)] = "".join(map(chr, cursor.take(f"{length}I")))
    return normal


def _read_tensors(
    cursor: _Cursor, hidden: int, inner: int
) -> tuple[dict[str, np.ndarray], dict[str, Packed]]:
    """The dense and the packed tensors by name; a row of a packed one is as wide as its input."""
    dense: dict[str, np.ndarray] = {}
    packed: dict[str, Packed] = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        (raw,) = cursor.take(f"{length}s")
        kind, size, offset, _bytes = cursor.take("BIQQ")
        name = raw.decode("ascii")
        if kind == _DENSE:
            dense[name] = np.frombuffer(cursor.data, "<f4", size, offset)
        elif kind == _PACKED:
            width = inner if name.endswith("fo.w") else hidden
            packed[name] = _unpack(cursor.data, offset, size // width, width)
        else:
            raise ValueError(f"tensor {name} has the unknown kind {kind}")
    return dense, packed


def _unpack(data: bytes, offset: int, rows: int, columns: int) -> Packed:
    block = np.dtype([("scale", "<f2"), ("bytes", "u1", (16,))])
    blocks = np.frombuffer(data, block, rows * columns // BLOCK, offset).reshape(rows, -1)
    nibbles = np.concatenate([blocks["bytes"] & 0x0F, blocks["bytes"] >> 4], axis=2)
    return Packed(nibbles.reshape(rows, columns), np.ascontiguousarray(blocks["scale"]))
