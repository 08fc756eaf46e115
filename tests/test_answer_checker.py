"""The shipped claim checker: what it says, what happens without it, and which words it marks."""

from pathlib import Path

import pytest

import models.checker
from answer import Asker
from answer.checker import load_checker
from answer.missing import missing_words
from core.errors import ModelError
from core.settings import Settings
from index.library import open_library
from models import read_checker

PASSAGE = "LoRA 冻结预训练权重，只训练每层的两个低秩矩阵。合并之后，推理不增加延迟。"
PAIRS = [  # true, and the same made false
    ("LoRA 不更新预训练权重，只训练低秩矩阵。", "LoRA 更新全部预训练权重，不训练低秩矩阵。"),
    ("合并后推理没有额外延迟。", "合并后训练成本翻倍，需要更多显卡。"),
]


def test_true_claims_score_above_the_same_made_false(settings: Settings) -> None:
    checker, fault = load_checker(settings)
    assert checker is not None and fault == ""
    for true, false in PAIRS:
        right, wrong = checker([(true, PASSAGE), (false, PASSAGE)])
        assert right.support > wrong.support
        assert right.tokens[0][:2] == (0, right.tokens[0][1]) and right.tokens[-1][1] == len(true)


def test_an_opinion_does_not_depend_on_what_else_is_asked(settings: Settings) -> None:
    checker, _ = load_checker(settings)
    assert checker is not None
    pairs = [(claim, PASSAGE) for pair in PAIRS for claim in pair]
    together = checker([*pairs, ("Something else entirely.", "Another passage."), pairs[0]])
    assert together[0] == together[-1]
    assert checker([]) == []
    alone = checker(pairs[1:2])[0]
    assert alone.support == pytest.approx(together[1].support, abs=0.7)  # one int8 scale for all in a call


def test_texts_of_any_length_and_kind(settings: Settings) -> None:
    checker, _ = load_checker(settings)
    assert checker is not None
    odd = ["", "?", "字" * 5_000, "\x00\ud7ff", "a" * 5_000]
    opinions = checker([(text, other) for text in odd for other in odd])
    assert len(opinions) == 25 and all(abs(o.support) < 50 for o in opinions)


def test_a_damaged_checker_leaves_the_rules(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "checker.onnx"
    damaged.write_bytes(b"not what was measured")
    monkeypatch.setattr(models.checker, "CHECKER", damaged)
    with pytest.raises(ModelError, match="damaged"):
        read_checker()
    with open_library(settings) as library:
        library.ingest_bytes("lora.md", PASSAGE.encode(), "note")
        with Asker(library, settings) as asker:
            assert [s.verdict for s in asker.check("LoRA 冻结预训练权重，只训练两个低秩矩阵。")] == [
                "supported"
            ]
            assert "damaged" in asker.judging.fault
        (check,) = (c for c in library.checks() if c.name == "claim checker")
        assert not check.ok and "git checkout" in check.remedy
        damaged.unlink()
        with Asker(library, settings) as asker:
            assert "not there" in asker.judging.fault
            assert asker.check("LoRA 冻结预训练权重。")


def test_marked_words_are_whole_in_order_and_not_everything() -> None:
    claim = "GQA 需要 unlearned 的投影"
    assert [claim[a:b] for a, b in missing_words(claim, [], [(9, 11, 1.5), (0, 3, 2.0)])] == [
        "GQA",
        "unlearned",
    ]
    assert missing_words(claim, [], [(0, len(claim), 2.0)]) == ()
    assert missing_words("约 12% 的 BLEU", ["number 12%: not in the source"]) == ((2, 5),)
    for claim, number, at in (
        ("It scores 0.5 on one and 5 points on another.", "5", 25),
        ("模型有 15 层和 5 个头。", "5", 10),
        ("It reads 1,750 tokens", "1750", 9),
    ):
        ((start, _),) = missing_words(claim, [f"number {number}: 7 in the source"])
        assert start == at
    assert missing_words("a", ["similarity"], [(0, 1, -1.0)]) == ()
