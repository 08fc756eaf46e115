"""Turns groups of claims into one row of tokens without padding, with labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from training.sampling import Example, Group

LONGEST = {"passage": 256, "claim": 96}  # tokens
UNKNOWN = -1.0  # label of a token that nobody can judge


@dataclass(frozen=True, slots=True)
class Place:
    """Where a group stands in the row: its passage, and a claim a line (claims, tokens), shorter ones padded."""

    passage: slice
    grid: Tensor
    said: Tensor  # (claims, tokens) whether it is a token


@dataclass(frozen=True, slots=True)
class Batch:
    """A row of tokens: of each group the passage, then its claims."""

    ids: Tensor  # (tokens,)
    positions: Tensor  # (tokens,) within the passage or the claim
    kinds: Tensor  # (tokens,) 0 passage, 1 claim
    places: list[Place]
    first: Tensor  # (claims,) the first token of each claim
    own: Tensor  # (claim tokens,) the tokens of claims
    true: Tensor  # (claims,) label
    missing: Tensor  # (claim tokens,) 1 where it touches what is wrong
    present: Tensor  # (claim tokens,) 1 where the passage has this very token

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        places = [Place(p.passage, p.grid.to(device), p.said.to(device)) for p in self.places]
        names = ("first", "own", "true", "missing", "present")
        row = (tensor.to(device) for tensor in (self.ids, self.positions, self.kinds))
        return Batch(*row, places, *(getattr(self, name).to(device) for name in names))


@lru_cache(maxsize=1)
def read_tokenizer(folder: Path) -> Tokenizer:
    """The encoder's own tokenizer."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def make_batch(groups: Sequence[Group], tokenizer: Tokenizer) -> Batch:
    """All claims of the groups behind their passages."""
    ids: list[int] = []
    positions: list[int] = []
    places: list[Place] = []
    own: list[range] = []
    missing: list[float] = []
    present: list[float] = []
    kinds: list[int] = []
    for group in groups:
        passage = _cut(tokenizer.encode(group.passage), LONGEST["passage"])
        start, held = len(ids), set(passage)
        ids += passage
        positions += range(len(passage))
        kinds += [0] * len(passage)
        rows = []
        for example in group.examples:
            encoding = tokenizer.encode(example.text)
            claim = _cut(encoding, LONGEST["claim"])
            rows.append(range(len(ids), len(ids) + len(claim)))
            ids += claim
            positions += range(len(claim))
            kinds += [1] * len(claim)
            missing += _label(example, encoding)[: len(claim)]
            present += [float(token in held) for token in claim]
        own += rows
        places.append(Place(slice(start, start + len(passage)), *grid(rows)))
    return Batch(
        torch.tensor(ids),
        torch.tensor(positions),
        torch.tensor(kinds),
        places,
        torch.tensor([row.start for row in own]),
        torch.tensor([token for row in own for token in row]),
        torch.tensor([float(example.true) for group in groups for example in group.examples]),
        torch.tensor(missing),
        torch.tensor(present),
    )


def grid(rows: Sequence[range]) -> tuple[Tensor, Tensor]:
    """`Place.grid` and `Place.said` of claims at these tokens."""
    width = max(map(len, rows))
    tokens = torch.tensor([[*row, *[row.start] * (width - len(row))] for row in rows])
    said = torch.arange(width)[None] < torch.tensor([len(row) for row in rows])[:, None]
    return tokens, said


def _cut(encoding: Encoding, most: int) -> list[int]:
    ids: list[int] = encoding.ids
    return [*ids[: most - 1], ids[-1]] if len(ids) > most else ids


def _label(example: Example, encoding: Encoding) -> list[float]:
    """Per token 1 where it touches what is wrong, 0 where not; the special tokens are unknown."""
    labels = []
    for (start, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True):
        if special or example.wrong is None:
            labels.append(UNKNOWN)
        else:
            labels.append(float(any(start < b and a < end for a, b in example.wrong)))
    return labels
