"""Quotations in a claim: word for word in the source, or no source."""

from collections.abc import Iterator

import pytest

from answer import Asker
from answer.attribute import Passage, Window
from answer.judging import with_leads
from answer.quoted import misquoted
from answer.records import Opinion, Sentence
from answer.render import sentence_json
from answer.verdict import judge
from core.settings import Settings
from index.library import Library, open_library
from ingest import split_sentences

TEXT = "RMSNorm omits the mean and only rescales. It reduces running time by 7% to 64%."
SOURCE = Passage("d1", "RMSNorm", (), TEXT, 0, len(TEXT))


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with open_library(settings) as library:
        note = "# LoRA\n\nLoRA freezes the weights. LoRA adds no latency after merging.\n"
        assert library.ingest_bytes("lora.md", note.encode(), "note").error is None
        yield library


@pytest.mark.parametrize(
    ("claim", "invented"),
    [
        ('The authors write: "RMSNorm omits the mean and only rescales."', False),
        ('The authors write: "RMSNorm is the best layer ever devised."', True),
        ("They say: 'RMSNorm omits the mean, and nobody's results suffer.'", True),
        ("论文写道：「RMSNorm 是迄今最完美的归一化方法。」", True),
        ("论文把它叫“均方根归一化”。", False),
        ("RMSNorm's authors don't compute the mean.", False),
    ],
)
def test_invented_quotations(claim: str, invented: bool) -> None:
    assert bool(misquoted(claim, TEXT)) is invented


@pytest.mark.parametrize("sure", [5.0, 9.0])
def test_an_invented_quotation_is_never_supported(sure: float) -> None:
    claim = 'The RMSNorm authors write: "RMSNorm is the best layer ever devised."'
    window = Window(SOURCE, 0, 41, 0, 41, 0.95, 0.9, ("en", "en"))
    judged = judge(claim, window, Opinion(sure))
    assert judged.verdict != "supported"
    assert [claim[a:b] for a, b in judged.missing] == ["RMSNorm is the best layer ever devised."]


def test_the_opposite_is_not_supported_whatever_the_checker_says() -> None:
    window = Window(SOURCE, 42, len(TEXT), 42, len(TEXT), 0.95, 0.9, ("en", "en"))
    assert judge("RMSNorm increases running time by 7% to 64%.", window, Opinion(9.0)).verdict == "partial"
    assert judge("It cuts running time by 7% to 64%.", window, Opinion(9.0)).verdict == "supported"


def test_what_the_source_denies_is_said_so(library: Library) -> None:
    with Asker(library, library.settings) as asker:
        found = {
            one.text: one for one in asker.check("LoRA adds latency. LoRA adds no latency after merging.")
        }
    wrong, right = found["LoRA adds latency."], found["LoRA adds no latency after merging."]
    assert (wrong.verdict, wrong.against) == ("partial", True) and sentence_json(wrong)["against"] is True
    assert (right.verdict, right.against) == ("supported", False) and "against" not in sentence_json(right)


def test_numbers_are_left_to_the_rules() -> None:
    claim = "It takes 7% less."
    window = Window(SOURCE, 42, len(TEXT), 42, len(TEXT), 0.3, 0.2, ("en", "en"))
    assert judge(claim, window, Opinion(-9.0, ((9, 11, 4.0), (12, 16, 4.0)))).missing == ((12, 16),)


def test_white_space_between_sentences_is_kept() -> None:
    text = "# 笔记\n\n- GQA 省显存。它更快。\n- LoRA 冻结权重。\n\nIt is 2x faster. Yes."
    sentences = [Sentence(text[a:b], "no_claim") for a, b in split_sentences(text)]
    led = list(with_leads(text, sentences))
    assert "".join(one.lead + one.text for one in led) == text
