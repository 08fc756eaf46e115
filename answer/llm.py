"""One way to any language model: stream a chat through LlamaIndex's OpenAI-compatible client.

The only module that knows LlamaIndex. Every way an endpoint can fail becomes an LLMError of one line. Knows nothing
of prompts, sources or where the endpoint comes from.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any, Literal
from urllib.parse import urlsplit

from core.errors import LLMError

Role = Literal["system", "user", "assistant"]
Message = tuple[Role, str]

CONTEXT_TOKENS = (
    4096  # what we tell LlamaIndex; it only uses it to size prompts it makes itself, which we do not ask
)
CHOICES = 20  # first words whose probabilities are asked for: what endpoints allow at most
SURE = 3.0  # log odds of a plain yes; arbitrary
_END = object()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers. `timeout` in seconds without a new token. `adapter`: the place of the one to judge
    with, among those that answer/local.py loads."""

    url: str
    model: str
    key: str = ""
    timeout: float = 60.0
    adapter: int | None = None

    @property
    def adapted(self) -> bool:
        """Whether it judges with an adapter trained for it."""
        return self.adapter is not None


def warm_up() -> None:
    """Import LlamaIndex, which takes about 4 s: call it in a thread while something else waits."""
    import llama_index.llms.openai_like  # noqa: F401  # imported so that it is there, not used here


def stream(endpoint: Endpoint, messages: Sequence[Message], max_tokens: int) -> Iterator[str]:
    """The answer's pieces as they come, greedy (temperature 0).

    A thread reads the endpoint, so that a server that keeps the line open with pings but sends no token is given up
    too. Raises LLMError when the endpoint is down, slow, refuses, or answers with garbage or nothing.
    """
    warm_up()  # outside the clock: importing is not the endpoint's slowness
    pieces: Queue[Any] = Queue()
    given_up = threading.Event()
    reader = threading.Thread(
        target=_read, args=(endpoint, messages, max_tokens, pieces, given_up), daemon=True
    )
    reader.start()
    empty = True
    try:
        while True:
            try:
                piece = pieces.get(timeout=endpoint.timeout)
            except Empty:
                raise _slow(endpoint) from None
            if piece is _END:
                break
            if isinstance(piece, BaseException):
                raise explain(endpoint, piece) from None
            empty = empty and not piece.strip()
            yield piece
    finally:
        given_up.set()
    if empty:
        raise _garbage(endpoint, "nothing")


def log_odds(endpoint: Endpoint, messages: Sequence[Message]) -> float | None:
    """Log odds of yes against no as the model's first word; None when it is neither.

    From the probabilities of the words where the endpoint tells them, else SURE either way. Raises LLMError as
    `stream` does.
    """
    warm_up()
    try:
        from llama_index.core.llms import ChatMessage

        chat = [ChatMessage(role=role, content=text) for role, text in messages]
        more = {"extra_body": {"lora": [{"id": endpoint.adapter, "scale": 1.0}]}} if endpoint.adapted else {}
        answer = _client(endpoint, 1).chat(chat, logprobs=True, top_logprobs=CHOICES, **more)
        told = answer.raw.choices[0].logprobs
        words = [(one.token, one.logprob) for one in told.content[0].top_logprobs] if told else []
        return _weigh(words or [(answer.message.content or "", 0.0)])
    except Exception as error:  # as in `stream`
        raise explain(endpoint, error) from None


def _weigh(words: Sequence[tuple[str, float]]) -> float | None:
    """Log odds of yes from some first words and their log probabilities.

    >>> _weigh([("Yes", -0.1), ("no", -2.6), ("The", -4.0)]), _weigh([("Well", -0.1)])
    (2.5, None)
    """
    best: dict[str, float] = {}
    for word, chance in words:
        best.setdefault(word.strip().lower(), chance)
    least = min(best.values(), default=0.0)
    if best.keys().isdisjoint(("yes", "no")):
        return None
    if len(best) == 1:
        return SURE if "yes" in best else -SURE
    return round(best.get("yes", least) - best.get("no", least), 6)


def _read(
    endpoint: Endpoint,
    messages: Sequence[Message],
    max_tokens: int,
    pieces: "Queue[Any]",
    given_up: threading.Event,
) -> None:
    try:
        from llama_index.core.llms import ChatMessage

        chat = [ChatMessage(role=role, content=text) for role, text in messages]
        answer = _client(endpoint, max_tokens).stream_chat(chat)
        for response in answer:
            if given_up.is_set():
                answer.close()
                return
            if response.delta:
                pieces.put(response.delta)
        pieces.put(_END)
    except Exception as error:  # a client library has no end of them; `explain` sorts them for the reader
        pieces.put(error)


def _client(endpoint: Endpoint, max_tokens: int) -> Any:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    loopback = urlsplit(endpoint.url).hostname in ("127.0.0.1", "localhost", "::1")
    return OpenAILike(
        model=endpoint.model,
        api_base=endpoint.url,
        api_key=endpoint.key or "none",  # the client refuses an empty one
        is_chat_model=True,
        context_window=CONTEXT_TOKENS,
        tokenizer=None,  # no tokeniser: nothing to fetch
        max_tokens=max_tokens,
        temperature=0.0,
        max_retries=0,
        timeout=endpoint.timeout,
        http_client=httpx.Client(timeout=endpoint.timeout, trust_env=not loopback),  # no proxy to ourselves
    )


def explain(endpoint: Endpoint, error: BaseException) -> LLMError:
    """`error` of the client as one line for the user."""
    import httpx
    import openai

    where = f"model {endpoint.model!r} at {endpoint.url}"
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
        return _slow(endpoint)
    if isinstance(error, openai.APIConnectionError | httpx.TransportError | httpx.InvalidURL):
        return LLMError(
            f"Cannot reach the {where}", "Start the endpoint, check PREP_LLM_URL, or set PREP_LLM=none"
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return LLMError(f"The {where} refuses the key", "Check PREP_LLM_KEY")
    if isinstance(error, openai.NotFoundError):
        return LLMError(f"There is no {where}", "Check PREP_LLM (the model's name) and PREP_LLM_URL")
    if isinstance(error, openai.APIStatusError):
        said = _first_words(str(error.message))
        return LLMError(
            f"The {where} answered HTTP {error.status_code}: {said}", "Try again, or set PREP_LLM=none"
        )
    if isinstance(error, openai.APIError):
        return LLMError(
            f"The {where} reports: {_first_words(str(error.message))}", "Try again, or set PREP_LLM=none"
        )
    return _garbage(
        endpoint, "garbage" if not isinstance(error, json.JSONDecodeError) else "something not JSON"
    )


def _slow(endpoint: Endpoint) -> LLMError:
    return LLMError(
        f"The model {endpoint.model!r} at {endpoint.url} sent no new word for {round(endpoint.timeout, 1):g} s",
        "Try again, raise PREP_LLM_TIMEOUT, or set PREP_LLM=none",
    )


def _garbage(endpoint: Endpoint, what: str) -> LLMError:
    return LLMError(
        f"The model {endpoint.model!r} at {endpoint.url} answered with {what}",
        "Check that PREP_LLM_URL is an OpenAI-compatible base URL (it usually ends in /v1), or set PREP_LLM=none",
    )


def _first_words(text: str, length: int = 160) -> str:
    """One line of at most `length` characters; endpoints put whole HTML pages into errors."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
