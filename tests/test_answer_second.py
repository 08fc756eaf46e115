"""The second opinion: asked of real sockets, weighed, and only where the first verdict is close."""

from collections.abc import Iterator
from dataclasses import replace
from math import exp
from pathlib import Path

import pytest
from fake_model import ANSWER, Model

from answer import Asker, answer_from_json, answer_json
from answer.attribute import Pair, Passage, Window
from answer.llm import SURE, Endpoint, Message, log_odds
from answer.records import Answer, Judged, Token
from answer.render import sentence_json
from answer.second import ADAPTED, MOST, PLAIN, SecondOpinion, Weights, is_open, reconsider
from answer.verdict import DENIED, Judgement
from core.errors import InputError, LLMError
from core.settings import Settings
from index.library import Library, open_library

NOTE = (
    "# LoRA\n\nLoRA freezes the pretrained weights and trains two small low-rank matrices per layer. "
    "It was tried on 3 tasks. LoRA adds no inference latency after merging.\n"
)
CLOSE = ANSWER  # true, in other words: the first verdict is not sure
FIRST = Judgement("supported", 0.6)
PASSAGE = Passage("d", "LoRA", (), NOTE, 0, len(NOTE))
WINDOW = Window(PASSAGE, 0, len(NOTE), 0, len(NOTE), 0.9, 0.9, ("en", "en"))


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with open_library(settings) as library:
        assert library.ingest_bytes("lora.md", NOTE.encode(), "note").error is None
        yield library


def test_probabilities_a_plain_word_or_neither(url: str) -> None:
    chat: list[Message] = [("user", "yes or no?")]
    assert log_odds(Endpoint(url, "doubts"), chat) == pytest.approx(-5.0)
    assert log_odds(Endpoint(url, "plain"), chat) == SURE
    assert log_odds(Endpoint(url, "chatty"), chat) is None
    with pytest.raises(LLMError, match="HTTP 500"):
        log_odds(Endpoint(url, "broken"), chat)


def test_what_rules_are_sure_of_is_not_put_to_a_model() -> None:
    wrong = Judgement("partial", 0.4, ("number 4 differs",))
    unknown, turned = (
        Judgement("partial", 0.6, ("not in the source: gqa",)),
        Judgement("partial", 0.6, (DENIED,)),
    )
    assert not is_open(wrong, PLAIN) and not is_open(wrong, ADAPTED)
    assert not is_open(unknown, PLAIN) and is_open(unknown, ADAPTED)
    assert is_open(turned, PLAIN) and is_open(turned, ADAPTED)
    assert not is_open(Judgement("supported", 0.99), PLAIN) and is_open(Judgement("supported", 0.99), ADAPTED)


def test_a_model_as_it_is_reads_only_what_is_close(url: str) -> None:
    second = SecondOpinion(lambda: Endpoint(url, "doubts"))
    for odds, asked in ((PLAIN.most + 0.1, 0), (PLAIN.most - 0.1, 1)):
        said = second(CLOSE, WINDOW, Judgement("supported", 1 / (1 + exp(-odds))))
        assert (said is not None, len(Model.asked)) == (bool(asked), asked)


def test_the_adapter_is_asked_for_by_name(url: str) -> None:
    second = SecondOpinion(lambda: Endpoint(url, "doubts", adapter=1))
    assert second(CLOSE, WINDOW, Judgement("supported", 0.99)) is not None
    assert Model.orders[-1]["lora"] == [{"id": 1, "scale": 1.0}]
    assert SecondOpinion(lambda: Endpoint(url, "doubts"))(CLOSE, WINDOW, FIRST) is not None
    assert "lora" not in Model.orders[-1]


@pytest.mark.parametrize("weights", [PLAIN, ADAPTED])
def test_an_opinion_is_weighed_and_bounded(weights: Weights) -> None:
    pair: Pair = ("en", "en")
    close = Judgement("supported", 0.5)
    yes, no = reconsider(close, 3.0, pair, weights), reconsider(close, -3.0, pair, weights)
    assert (yes.verdict, no.verdict) == ("supported", "partial") and yes.score > 0.5 > no.score
    assert yes.second and no.second
    assert reconsider(close, 99.0, pair, weights) == reconsider(close, MOST, pair, weights)
    assert reconsider(Judgement("unsupported", 0.3), -3.0, pair, weights).verdict == "unsupported"
    assert reconsider(Judgement("partial", 0.45), 4.0, pair, weights).verdict == "supported"
    turned = Judgement("partial", 0.45, ("roles exchanged", "unit of 4 differs"))
    assert reconsider(turned, 3.0, pair, ADAPTED).verdict == "partial"


def test_a_model_of_ones_own_is_asked_only_by_name(library: Library, settings: Settings) -> None:
    own = replace(settings, llm="local", llm_file=Path("own.gguf"))
    with Asker(library, own) as asker:
        assert asker.second_opinion() is None and asker.second_opinion("local") is not None


def test_checking_asks_about_close_sentences_only(library: Library, settings: Settings, url: str) -> None:
    text = f"{CLOSE} LoRA adds no inference latency after merging. It was tried on 7 tasks. In short:"
    there = replace(settings, llm="doubts", llm_url=url)
    with Asker(library, there) as asker:
        first = asker.check(text)
        second = asker.second_opinion("doubts")
        again = asker.check(text, second)
        assert asker.second_opinion("none") is None
        with pytest.raises(InputError, match="no endpoint"):
            Asker(library, settings).second_opinion("some-model")
    assert len(Model.asked) == 1 and CLOSE in Model.asked[0] and second and not second.fault
    assert [s.second for s in again] == [True, False, False, False]
    assert "tried on 3 tasks" in Model.asked[0]  # the whole passage is read, not the window alone
    assert again[1:] == first[1:] and again[0].verdict == "partial"
    assert sentence_json(again[0])["second_opinion"] is True and "second_opinion" not in sentence_json(
        again[1]
    )


def test_a_model_that_fails_is_asked_once_and_changes_nothing(
    library: Library, settings: Settings, url: str
) -> None:
    text = f"{CLOSE} LoRA keeps the original network as it was."
    with Asker(library, replace(settings, llm="broken", llm_url=url)) as asker:
        second = asker.second_opinion("broken")
        assert asker.check(text, second) == asker.check(text)
    assert second and "HTTP 500" in second.fault and len(Model.asked) == 1
    slow = SecondOpinion(lambda: Endpoint(url, "slow"), seconds=0.5)
    assert slow(CLOSE, WINDOW, FIRST) is None and "0.5 s" in slow.fault and len(Model.asked) == 2
    late = SecondOpinion(lambda: Endpoint(url, "doubts"), seconds=0.0)
    assert late(CLOSE, WINDOW, FIRST) is None and len(Model.asked) == 2


def test_an_answer_comes_with_first_verdicts_and_is_firmed_up(
    library: Library, settings: Settings, url: str
) -> None:
    with Asker(library, replace(settings, llm="doubts", llm_url=url)) as asker:
        events = list(asker.ask("What does LoRA do with the pretrained weights?"))
    assert [type(event) for event in events[-3:]] == [Token, Judged, Answer]
    judged, answer = events[-2], events[-1]
    assert isinstance(judged, Judged) and isinstance(answer, Answer)
    assert [s.second for s in judged.answer.sentences] == [False] and [
        s.second for s in answer.sentences
    ] == [True]
    assert answer_from_json(answer_json(answer)) == answer
