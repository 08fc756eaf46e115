"""The second opinion: asked of real sockets, weighed, and only where the first verdict is close."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import exp
from typing import ClassVar

import pytest

from answer import Asker, answer_from_json, answer_json
from answer.llm import SURE, Endpoint, log_odds
from answer.records import Answer, Judged, Token
from answer.render import sentence_json
from answer.second import MOST, OPEN, SecondOpinion, is_open, reconsider
from answer.verdict import DENIED, Judgement
from core.errors import InputError, LLMError
from core.settings import Settings
from index.library import Library, open_library

NOTE = (
    "# LoRA\n\nLoRA freezes the pretrained weights and trains two small low-rank matrices per layer. "
    "It was tried on 3 tasks. LoRA adds no inference latency after merging.\n"
)
CLOSE = "LoRA leaves the original model untouched."  # true, in other words: the first verdict is not sure


class Model(BaseHTTPRequestHandler):
    """Says yes or no as its name tells, with or without probabilities; streams a fixed answer."""

    asked: ClassVar[list[str]] = []

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if order.get("stream"):
            return self._stream()
        self.asked.append(order["messages"][-1]["content"])
        if order["model"] == "broken":
            self.send_response(500)
            self.end_headers()
            return None
        if order["model"] == "slow":
            time.sleep(3)
        word = {"doubts": "No", "plain": "Yes", "chatty": "Well", "slow": "Yes"}[order["model"]]
        told = [{"token": word, "logprob": -0.1}, {"token": " yes", "logprob": -3.1}]
        told = [one | {"bytes": None} for one in told]
        content = [told[0] | {"top_logprobs": told}] if order["model"] == "doubts" else None
        message = {"role": "assistant", "content": word}
        choice = {"index": 0, "finish_reason": "length", "message": message}
        choice["logprobs"] = {"content": content} if content else None
        self._send("application/json", {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})  # fmt: skip
        return None

    def _send(self, kind: str, body: object) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        delta = {"choices": [{"index": 0, "delta": {"content": CLOSE}, "finish_reason": None}]}
        body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"} | delta
        self.wfile.write(f"data: {json.dumps(body)}\n\ndata: [DONE]\n\n".encode())


@pytest.fixture
def url() -> Iterator[str]:
    Model.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with open_library(settings) as library:
        assert library.ingest_bytes("lora.md", NOTE.encode(), "note").error is None
        yield library


def test_probabilities_a_plain_word_or_neither(url: str) -> None:
    chat = [("user", "yes or no?")]
    assert log_odds(Endpoint(url, "doubts"), chat) == pytest.approx(-3.0)  # type: ignore[arg-type]
    assert log_odds(Endpoint(url, "plain"), chat) == SURE  # type: ignore[arg-type]
    assert log_odds(Endpoint(url, "chatty"), chat) is None  # type: ignore[arg-type]
    with pytest.raises(LLMError, match="HTTP 500"):
        log_odds(Endpoint(url, "broken"), chat)  # type: ignore[arg-type]


def test_only_close_verdicts_without_a_wrong_quantity_are_open() -> None:
    sure, close = 1 / (1 + exp(-OPEN[1] - 0.1)), 1 / (1 + exp(-OPEN[1] + 0.1))
    assert not is_open(Judgement("supported", sure)) and is_open(Judgement("supported", close))
    assert is_open(Judgement("partial", 0.4, ("negation",)))
    assert not is_open(Judgement("partial", 0.4, ("number 4 differs",)))
    assert not is_open(Judgement("partial", 0.6, (DENIED,)))


def test_an_opinion_is_weighed_and_bounded() -> None:
    close = Judgement("supported", 0.55)
    yes, no = reconsider(close, 2.0), reconsider(close, -2.0)
    assert (yes.verdict, no.verdict) == ("supported", "partial") and yes.score > 0.55 > no.score
    assert yes.second and no.second
    assert reconsider(close, 99.0) == reconsider(close, MOST)
    assert reconsider(Judgement("unsupported", 0.3, ("scope",)), -1.0).verdict == "unsupported"
    assert reconsider(Judgement("partial", 0.45, ("scope",)), 3.0).verdict == "supported"


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
    slow = SecondOpinion(Endpoint(url, "slow"), seconds=0.5)
    assert slow(CLOSE, NOTE) is None and "0.5 s" in slow.fault and len(Model.asked) == 2
    late = SecondOpinion(Endpoint(url, "doubts"), seconds=0.0)
    assert late(CLOSE, NOTE) is None and len(Model.asked) == 2


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
