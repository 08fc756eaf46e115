"""The embedded LLM: llama.cpp (through xllamacpp) serving an OpenAI-compatible endpoint on loopback.

The server is a child process, not a thread of ours. Measured: loading in-process holds the GIL for 6.7 s, so the
whole app stands still, and an abort inside llama.cpp would take the app with it. The child lives exactly as long as
the pipe to its standard input: when its owner closes the pipe, exits or is killed (SIGKILL too), it reads the end of
the file and exits. Port and API key are random; the key goes through the pipe, so that no process list shows it.

Knows nothing of prompts, questions or LlamaIndex.
"""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import LLMError, ModelError

CONTEXT_TOKENS = 4096  # prompts are held to about 700 tokens, a pasted history may be longer
START_SECONDS = 120.0  # loading takes 4-7 s from a warm disk; ample for a cold, slow one


class LocalServer:
    """The server as an object: `start()` it, read `url` and `key`, `close()` it. Safe to share between threads."""

    def __init__(self, model_file: Path, threads: int, adapters: Sequence[Path] = ()) -> None:
        self.model_file = model_file
        self.adapters = adapters  # loaded beside the model, off unless a request asks for one
        self.threads = threads
        self.key = secrets.token_urlsafe(32)
        self._url = ""
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether the child process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> str:
        """The base URL; loads the model on the first call and after a crash. Raises ModelError or LLMError."""
        with self._lock:
            if self._closed:  # a warm-up that comes late must not leave a server behind
                raise LLMError("The local model has been shut down", "Ask again")
            if not self.running:
                self._url = self._spawn()
            return self._url

    def close(self) -> None:
        """Stop the server; harmless when it never ran."""
        with self._lock:
            process, self._process, self._closed = self._process, None, True
        if process is not None:
            _end(process)

    def _spawn(self) -> str:
        if not self.model_file.is_file():
            raise ModelError(f"The model file {self.model_file} is missing", "Run: prep models pull")
        root = str(Path(__file__).resolve().parent.parent)
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            [sys.executable, "-m", "answer.local"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # llama.cpp talks a lot, and nothing in it is for the user
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # Ctrl-C in the terminal is for the owner
        )
        self._process = process
        assert process.stdin and process.stdout
        order = {"file": str(self.model_file), "key": self.key, "threads": self.threads}
        order |= {"adapters": list(map(str, self.adapters))}
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return _await_address(process)
        except OSError:
            _end(process)
            raise _cannot_load(self.model_file) from None
        except (LLMError, ModelError):
            _end(process)
            raise


def _end(process: "subprocess.Popen[str]") -> None:
    """Close the pipes, which ends the child, wait for it, and kill it if it does not go."""
    if process.stdin:
        with suppress(OSError):  # a child that died first has left a broken pipe
            process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _await_address(process: "subprocess.Popen[str]") -> str:
    """The line the child prints when it listens. Raises ModelError when it gives up, LLMError when it is too slow."""
    out = process.stdout
    assert out
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(out.readline()), daemon=True)
    started = time.monotonic()
    reader.start()
    reader.join(START_SECONDS)
    if not lines:
        raise LLMError(
            f"The local model did not load within {time.monotonic() - started:.0f} s",
            "Close other programs, or set PREP_LLM=none",
        )
    if not lines[0].startswith("http"):
        raise _cannot_load("the model file")
    return lines[0].strip()


def _cannot_load(what: object) -> ModelError:
    return ModelError(
        f"llama.cpp cannot load {what}: damaged, not a GGUF file, or not enough memory",
        "Run: prep models pull, check PREP_LLM_FILE, or set PREP_LLM=none",
    )


def serve() -> None:
    """The child: load what the first line orders, print the address, live until the pipe closes."""
    order = json.loads(sys.stdin.readline())
    try:
        import xllamacpp

        params = _params(xllamacpp.CommonParams(), order)
        params.lora_adapters = [
            _adapter(xllamacpp.CommonAdapterLoraInfo(), path) for path in order["adapters"]
        ]
        server = xllamacpp.Server(params)
    except Exception:  # whatever llama.cpp raises, the owner is told by the missing address
        os._exit(1)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # at once: a generation still running has nobody to read it


def _adapter(info: Any, path: str) -> Any:
    info.path, info.scale = path, 0.0
    return info


def _params(params: Any, order: dict[str, Any]) -> Any:
    """llama.cpp's settings: two slots with a prompt cache, nothing but the chat endpoint."""
    params.model.path = order["file"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # any free one
    params.api_keys = [order["key"]]
    # Two slots, each with its cached prefix: a translation does not drive out the instructions of the answer.
    params.n_parallel = 2
    params.n_ctx = 2 * CONTEXT_TOKENS
    params.cache_prompt = True
    params.cache_ram_mib = 0  # no second cache of old prompts in memory
    params.cpuparams.n_threads = order["threads"]
    params.cpuparams_batch.n_threads = order["threads"]
    params.verbosity = -1
    params.ui = False
    params.endpoint_slots = False
    params.offline = True
    return params


if __name__ == "__main__":
    serve()
