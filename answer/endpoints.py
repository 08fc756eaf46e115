"""The language models a question can be put to: the embedded one, started when it is first needed, and an endpoint's.

Knows no question and no library.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from answer import llm as llm_seam
from answer.llm import Endpoint
from answer.local import LocalServer
from core.errors import InputError, LLMError, PrepError
from core.settings import Settings


class Endpoints:
    """By name: "local", "none", or what the endpoint of the settings calls its model. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starting = threading.Lock()
        self._server: LocalServer | None = None
        self._closed = False

    def close(self) -> None:
        """Stop the embedded model, if it runs; a warm-up still on its way starts none."""
        with self._starting:
            self._closed = True
            server = self._server
        if server is not None:
            server.close()

    def known(self, name: str) -> str:
        """`name`, if there is such a model. Raises InputError if there is not."""
        if name not in ("none", "local") and not self._settings.llm_url:
            raise InputError(
                f"There is no endpoint for the model {name!r}", "Set PREP_LLM_URL, or use none or local"
            )
        return name

    def label(self, name: str) -> str:
        """What Answer.model will say: "none", "local:<file>" or the endpoint's name for the model."""
        if name != "local":
            return name
        from models import llm_file

        return f"local:{llm_file(self._settings).name}"

    def warm_up(self, name: str) -> None:
        """Start what the first question would wait for: LlamaIndex, the embedded model. Returns at once."""
        if name == "none":
            return
        in_background(llm_seam.warm_up)
        if name == "local":
            in_background(lambda: self.find(name))

    def find(self, name: str) -> Endpoint:
        """Where that model answers; waits until the embedded one does. Raises ModelError or LLMError."""
        own = self._settings
        if name != "local":
            return Endpoint(own.llm_url, name, own.llm_key, own.llm_timeout)
        from models import adapter_files, llm_file

        with self._starting:
            if self._closed:
                raise LLMError("The assistant has been shut down", "Start it again")
            if self._server is None:
                self._server = LocalServer(llm_file(own), own.cores, adapter_files(own))
        url = self._server.start()
        return Endpoint(f"{url}/v1", "local", self._server.key, own.llm_timeout)

    def can_judge(self, name: str) -> bool:
        """Whether it judges claims unasked: the embedded model judges badly without its adapters."""
        from models import adapter_files

        return name != "local" or bool(adapter_files(self._settings))

    def find_judge(self, name: str, of: Literal["claims", "answers"] = "claims") -> Endpoint:
        """The same for judging: the embedded model with its adapter for that, where it has one."""
        from models.adapter import ADAPTERS

        endpoint = self.find(name)
        adapted = name == "local" and self._server is not None and bool(self._server.adapters)
        return replace(endpoint, adapter=list(ADAPTERS).index(of) if adapted else None)


def in_background(work: Callable[[], object]) -> None:
    """Do it in a thread; whoever needs the result meets the same PrepError and reports it."""

    def quietly() -> None:
        with suppress(PrepError):
            work()

    threading.Thread(target=quietly, daemon=True).start()
