"""Choosing the sentences that may carry a claim, over a small library with the shipped model."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from answer.attribute import Candidate, Passage, find_windows
from answer.passages import Readings, passage_of
from answer.similarity import NEAR, Choice, Similarity
from core.settings import Settings
from index import Library, open_library

NOTE = """# Notes

GQA lets several query heads share one pair of keys and values. The KV cache shrinks accordingly.

LoRA freezes the pretrained weights. The weather in Paris is mild in spring.

RoPE 用旋转矩阵编码相对位置。推理时显存主要被键值缓存占用。

| model | BLEU | cost |
|---|---|---|
| Transformer (big) | 28.4 | 2.3e19 |
| Transformer (base) | 27.3 | 3.3e18 |
| ConvS2S | 25.2 | 9.6e18 |
"""


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with open_library(settings) as own:
        assert own.ingest_bytes("note.md", NOTE.encode(), "note").error is None
        yield own


def best(library: Library, claim: str, similarity: Similarity | None = None) -> list[str]:
    readings = Readings(library)
    passages = [passage_of(readings, hit) for hit in library.search(claim, 8).hits]
    found = find_windows([claim], [passages], similarity or Similarity(library))[0]
    return [window.core for window in found]


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("With GQA, groups of query heads use the same keys.", "GQA lets several query heads share"),
        ("RoPE 通过旋转来表示 token 间的相对位置。", "RoPE 用旋转矩阵编码相对位置。"),
        ("LoRA 不更新预训练的参数。", "LoRA freezes the pretrained weights."),
        ("The big Transformer reaches 28.4 BLEU.", "| Transformer (big) | 28.4"),
    ],
)
def test_the_right_sentence_is_first(library: Library, claim: str, sentence: str) -> None:
    assert best(library, claim)[0].startswith(sentence)


def test_few_sentences_are_embedded_and_each_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded: list[str] = []
    embed = library.embed

    def counting(texts: Sequence[str], side: str) -> np.ndarray:
        embedded.extend(texts if side == "passage" else [])
        return embed(texts, side)

    monkeypatch.setattr(library, "embed", counting)
    similarity, claim = Similarity(library), "LoRA freezes the weights of the model."
    assert best(library, claim, similarity) == best(library, claim, similarity)
    assert len(embedded) <= 2 * NEAR and len(set(embedded)) == len(embedded)


def test_a_model_without_token_states_chooses_by_terms(library: Library) -> None:
    library.stores.tokens.clear()
    assert best(library, "LoRA freezes all pretrained weights.")[0] == "LoRA freezes the pretrained weights."


def test_nothing_to_compare(library: Library) -> None:
    similarity = Similarity(library)
    assert similarity([], []) == []
    (values,) = similarity(["LoRA"], [[]])
    assert values.shape == (0,)
    unknown = Passage("d", "t", (), "Some text.", 0, 10, "no such chunk")
    (values,) = similarity(["LoRA"], [[Candidate(unknown, (0, 10), "en", 0.0)]])
    assert np.isfinite(values).all()


def test_across_languages_the_cosine_has_a_say_in_what_remains() -> None:
    choice = Choice(np.array([0.6, 0.5, 0.45, 0.1]), same=[3], across=[0, 1, 2], kept=1)
    assert choice.worth == [3, 0, 1, 2]
    assert choice.dropped(np.array([0.1, 0.2, 0.5, 0.9])) == [0, 1]  # .65 and .6 against .7
