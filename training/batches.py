"""Turns groups of claims into padded tensors with labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from training.sampling import Example, Group

PAD = 1
LONGEST = {"passage": 256, "claim": 96}  # tokens
UNKNOWN = -1.0  # label of a token that nobody can judge


@dataclass(frozen=True, slots=True)
class Batch:
    """What `Checker.forward` takes, and the labels: (claims,) and (claims, tokens)."""

    inputs: tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
    true: Tensor
    missing: Tensor


@lru_cache(maxsize=1)
def read_tokenizer(folder: Path) -> Tokenizer:
    """The encoder's own tokenizer."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def make_batch(groups: Sequence[Group], tokenizer: Tokenizer) -> Batch:
    """All claims of the groups against their passages."""
    passages = _cut(tokenizer.encode_batch([g.passage for g in groups]), LONGEST["passage"])
    examples = [e for g in groups for e in g.examples]
    encodings = tokenizer.encode_batch([e.text for e in examples])
    of = [number for number, g in enumerate(groups) for _ in g.examples]
    claims = _cut(encodings, LONGEST["claim"])
    labels = [_label(e, c)[: LONGEST["claim"]] for e, c in zip(examples, encodings, strict=True)]
    ids, there = _pad(passages)
    claim_ids, said = _pad(claims)
    missing = torch.full(claim_ids.shape, UNKNOWN)
    for row, own in enumerate(labels):
        missing[row, : len(own)] = torch.tensor(own)
    true = torch.tensor([float(e.true) for e in examples])
    return Batch((ids, there, claim_ids, said, torch.tensor(of)), true, missing)


def _cut(encodings: Sequence[Encoding], most: int) -> list[list[int]]:
    return [[*e.ids[: most - 1], e.ids[-1]] if len(e.ids) > most else e.ids for e in encodings]


def _pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), PAD)
    mask = torch.zeros((len(rows), width))
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1.0
    return ids, mask


def _label(example: Example, encoding: Encoding) -> list[float]:
    """Per token 1 where it touches what is wrong, 0 where not; the special tokens are unknown."""
    labels = []
    for (start, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True):
        if special or example.wrong is None:
            labels.append(UNKNOWN)
        else:
            labels.append(float(any(start < b and a < end for a, b in example.wrong)))
    return labels
