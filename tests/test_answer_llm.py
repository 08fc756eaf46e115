"""The LLM seam against real sockets: endpoints that answer, are down, slow, refuse, or send garbage."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from answer.llm import Endpoint, stream
from core.errors import LLMError


def chunk(text: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"} | delta
    return f"data: {json.dumps(body)}\n\n".encode()


class Handler(BaseHTTPRequestHandler):
    """Behaves as the model's name says."""

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        model = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
        if model in ("missing", "broken", "locked"):
            self.send_response({"missing": 404, "broken": 500, "locked": 401}[model])
            self.end_headers()
            self.wfile.write(b'{"error": {"message": "no such thing"}}')
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if model == "page" else "text/event-stream")
        self.end_headers()
        if model == "page":
            self.wfile.write(b"<html>welcome</html>")
        elif model == "garbage":
            self.wfile.write(b"data: {not json\n\n")
        elif model == "slow":
            for _ in range(40):
                self.wfile.write(b": ping\n\n")
                self.wfile.flush()
                time.sleep(0.1)
        elif model != "empty":
            for piece in ("GQA ", "省显存。"):
                self.wfile.write(chunk(piece))
            self.wfile.write(b"data: [DONE]\n\n")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def ask(url: str, model: str, timeout: float = 10) -> list[str]:
    return list(stream(Endpoint(url, model, timeout=timeout), [("user", "GQA?")], 20))


def test_pieces_in_order(url: str) -> None:
    assert ask(url, "good") == ["GQA ", "省显存。"]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("missing", "There is no model 'missing'"),
        ("broken", "HTTP 500"),
        ("locked", "refuses the key"),
        ("page", "nothing"),
        ("empty", "nothing"),
        ("garbage", "not JSON"),
    ],
)
def test_failures_are_one_clear_line(url: str, model: str, words: str) -> None:
    with pytest.raises(LLMError, match=words) as caught:
        ask(url, model)
    assert "\n" not in str(caught.value) and caught.value.remedy


def test_pings_without_words_are_too_slow(url: str) -> None:
    started = time.monotonic()
    with pytest.raises(LLMError, match="no new word for 1 s"):
        ask(url, "slow", timeout=1)
    assert time.monotonic() - started < 8


def test_nobody_listens() -> None:
    with pytest.raises(LLMError, match="Cannot reach"):
        ask("http://127.0.0.1:9/v1", "good")
