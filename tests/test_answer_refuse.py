"""Whether to answer: by evidence, and by the local model's yes or no about it."""

from collections.abc import Iterator
from pathlib import Path

import fake_model
import pytest
from fake_model import Model

from answer import Asker
from answer.asker import LEFT_OUT
from answer.endpoints import Endpoints
from answer.llm import Endpoint
from answer.records import Answer
from answer.refuse import is_held, is_hopeless
from core.settings import Settings
from index.library import Library, open_library
from models.adapter import ADAPTERS, adapter_fault, adapter_files
from ui.messages import in_language

NOTE = "# LoRA\n\nLoRA freezes the pretrained weights and trains two small low-rank matrices per layer.\n"


FOUND = "LoRA freezes the pretrained weights."


class Local(Asker):
    """Its local model is one of the fake ones."""

    def __init__(self, library: Library, settings: Settings, url: str, model: str) -> None:
        super().__init__(library, settings)
        self._endpoints = FakeEndpoints(settings, Endpoint(url, model))


class FakeServer:
    """Already there, with the adapters of the real one."""

    def __init__(self, adapters: tuple[Path, ...]) -> None:
        self.adapters = adapters

    def close(self) -> None:
        """Nothing runs."""


class FakeEndpoints(Endpoints):
    """The local model answers at `fake`."""

    def __init__(self, settings: Settings, fake: Endpoint) -> None:
        super().__init__(settings)
        self._fake = fake
        self._server = FakeServer(adapter_files(settings))  # type: ignore[assignment]  # what is asked of it is there

    def find(self, name: str) -> Endpoint:
        return self._fake

    def label(self, name: str) -> str:
        return name


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with open_library(settings) as library:
        assert library.ingest_bytes("lora.md", NOTE.encode(), "note").error is None
        yield library


def last(asker: Asker, question: str) -> Answer:
    *_, answer = asker.ask(question, llm="local")
    assert isinstance(answer, Answer)
    return answer


def test_evidence_alone_and_with_a_model() -> None:
    assert is_held(0.0) and not is_held(-0.1)
    assert is_held(-0.5, 2.0) and not is_held(1.0, -2.0)
    assert is_held(30.0, -1000.0), "one opinion is bounded"
    assert is_held(-4.0, 1.0, trained=True) and not is_held(9.0, -5.0, trained=True)
    assert is_hopeless(-9.0) and not is_hopeless(-1.0)


@pytest.mark.parametrize(("model", "refused"), [("doubts", True), ("plain", False)])
def test_the_local_model_is_asked_whether_an_answer_is_there(
    library: Library,
    settings: Settings,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    refused: bool,
) -> None:
    monkeypatch.setattr(fake_model, "ANSWER", FOUND)
    with Local(library, settings, url, model) as asker:
        assert last(asker, "What does LoRA freeze?").refused is refused
    assert "yes or no" in Model.asked[0] and "LoRA freezes" in Model.asked[0]
    assert "<source>LoRA › LoRA\n" in Model.asked[0], "the trained reader sees where a passage comes from"
    assert Model.orders[0]["lora"] == [{"id": list(ADAPTERS).index("answers"), "scale": 1.0}]


def test_a_model_without_its_adapter_is_asked_as_it_will_be_told(
    library: Library, settings: Settings, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.adapter.ADAPTER_SHA256", dict.fromkeys(ADAPTERS, "another"))
    with Local(library, settings, url, "doubts") as asker:
        assert last(asker, "What does LoRA freeze?").refused
    assert "First: do the sources state" in Model.asked[0] and "LoRA\n" not in Model.asked[0]
    assert all("lora" not in order for order in Model.orders)


def test_a_model_that_fails_leaves_it_to_the_evidence(
    library: Library, settings: Settings, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_model, "ANSWER", FOUND)
    with Local(library, settings, url, "broken") as asker:
        assert not last(asker, "What does LoRA freeze?").refused and Model.asked


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        (FOUND, False),
        ("LoRA freezes 12 layers.", True),
        ("LoRA leaves the original model untouched.", False),
        (f"Yes. {FOUND}", False),
        ("- LoRA\n- DPO", False),
    ],
)
def test_what_an_untrained_local_model_says_must_stand_in_the_sources(
    library: Library, settings: Settings, url: str, monkeypatch: pytest.MonkeyPatch, said: str, refused: bool
) -> None:
    monkeypatch.setattr(fake_model, "ANSWER", said)
    monkeypatch.setattr("models.adapter.ADAPTER_SHA256", dict.fromkeys(ADAPTERS, "another"))
    with Local(library, settings, url, "plain") as asker:
        answer = last(asker, "What does LoRA freeze?")
    assert answer.refused is refused and bool(answer.nearest) is refused
    assert answer.notice == (LEFT_OUT if refused else "") and answer.model == "local"
    assert in_language(LEFT_OUT, "zh") != LEFT_OUT


def test_it_is_not_asked_about_what_is_far_off(library: Library, settings: Settings, url: str) -> None:
    with Local(library, settings, url, "plain") as asker:
        assert last(asker, "How long should I bake sourdough bread?").refused
    assert Model.asked == []


def test_a_damaged_or_lost_adapter_is_not_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert adapter_files(settings) == tuple(ADAPTERS.values()) and not adapter_fault()
    monkeypatch.setitem(ADAPTERS, "answers", tmp_path / "answers.gguf")
    assert "cannot be read" in adapter_fault()
    (tmp_path / "answers.gguf").write_bytes(b"GGUF")
    assert "is damaged" in adapter_fault() and adapter_files(settings) == ()
