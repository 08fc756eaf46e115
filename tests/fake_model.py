"""An OpenAI-compatible endpoint on loopback that says what its model's name tells."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

ANSWER = "LoRA leaves the original model untouched."
TRANSLATED = "Which small matrices does low-rank adaptation train while pretrained weights stay frozen?"


class Model(BaseHTTPRequestHandler):
    """Says yes or no as its name tells, with or without probabilities; streams a fixed answer or translation."""

    asked: ClassVar[list[str]] = []  # for a yes or no
    told: ClassVar[list[str]] = []  # to speak
    orders: ClassVar[list[dict[str, Any]]] = []  # as they came

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = order["messages"][-1]["content"]
        self.orders.append(order)
        if order.get("stream"):
            self.told.append(said)
            return self._stream(TRANSLATED if said.startswith("Translate") else ANSWER)
        self.asked.append(said)
        if order["model"] == "broken":
            self.send_response(500)
            self.end_headers()
            return None
        if order["model"] == "slow":
            time.sleep(3)
        word = {"doubts": "No", "plain": "Yes", "chatty": "Well", "slow": "Yes"}[order["model"]]
        told = [{"token": word, "logprob": -0.1}, {"token": " yes", "logprob": -5.1}]
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

    def _stream(self, said: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        delta = {"choices": [{"index": 0, "delta": {"content": said}, "finish_reason": None}]}
        body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"} | delta
        self.wfile.write(f"data: {json.dumps(body)}\n\ndata: [DONE]\n\n".encode())


@contextmanager
def serving() -> Iterator[str]:
    """The endpoint's base URL; nothing asked yet."""
    Model.asked.clear()
    Model.told.clear()
    Model.orders.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
