"""A cross-encoder by folder: a tiny one with weights drawn by lot, run the way a user's own is."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ModelError
from core.settings import Settings
from index import open_library

NOTES = {
    "gqa.md": "# GQA\n\nGrouped-query attention shares keys and values within groups of query heads.\n",
    "lora.md": "# LoRA\n\nLoRA freezes the pretrained weights and trains two low-rank matrices.\n",
    "kv.md": "# KV cache\n\nThe cache keeps keys and values of earlier tokens, so decoding is cheaper.\n",
}


def tiny_encoder(folder: Path, scores: int = 1) -> str:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, initializer_range=1.0, num_labels=scores,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt"), model_max_length=512).save_pretrained(folder)
    return str(folder)


def test_the_encoder_the_user_names_decides_the_order(settings: Settings, tmp_path: Path) -> None:
    name = tiny_encoder(tmp_path / "encoder")
    query = "how do shared keys and values make decoding cheaper"
    with open_library(settings) as library:
        for file, text in NOTES.items():
            assert library.ingest_bytes(file, text.encode(), "note").error is None
        before = library.search(query).hits
    with open_library(replace(settings, rerank_model=name)) as library:
        found = library.search(query)
        (best,) = library.search(query, k=1).hits
    from sentence_transformers import CrossEncoder

    asked = CrossEncoder(name).predict([(query, f"{hit.heading[0]}\n{hit.text}") for hit in before])
    expected = {hit.chunk_id: 2 + float(score) for hit, score in zip(before, asked, strict=True)}
    assert [hit.chunk_id for hit in found.hits] == sorted(expected, key=lambda i: -expected[i])
    assert [hit.score for hit in found.hits] == pytest.approx(
        sorted(expected.values(), reverse=True), abs=1e-4
    )
    assert len(set(expected.values())) == 3 and best == found.hits[0]
    assert "rerank" in found.timings_ms


def test_what_cannot_rank_is_said_in_one_line(settings: Settings, tmp_path: Path) -> None:
    with open_library(settings) as library:
        library.ingest_bytes("gqa.md", NOTES["gqa.md"].encode(), "note")
    (tmp_path / "empty").mkdir()
    for name in (
        str(tmp_path / "nowhere"),
        str(tmp_path / "empty"),
        tiny_encoder(tmp_path / "pairs", scores=3),
    ):
        with (
            open_library(replace(settings, rerank_model=name)) as library,
            pytest.raises(ModelError, match="PREP_RERANK_MODEL") as raised,
        ):
            library.search("GQA")
        assert "\n" not in str(raised.value)
