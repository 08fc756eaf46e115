"""Whether to answer: by evidence, and by the local model's yes or no about it."""

from collections.abc import Iterator

import pytest
from fake_model import Model

from answer import Asker
from answer.llm import Endpoint
from answer.records import Answer
from answer.refuse import is_held, is_hopeless
from core.errors import LLMError
from core.settings import Settings
from index.library import Library, open_library

NOTE = "# LoRA\n\nLoRA freezes the pretrained weights and trains two small low-rank matrices per layer.\n"


class Local(Asker):
    """Its local model is one of the fake ones."""

    def __init__(self, library: Library, settings: Settings, url: str, model: str) -> None:
        super().__init__(library, settings)
        self._fake = Endpoint(url, model)

    def _endpoint(self, name: str) -> Endpoint:
        return self._fake

    def model_name(self, llm: str | None = None) -> str:
        return llm or "local"


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
    assert is_hopeless(-9.0) and not is_hopeless(-1.0)


@pytest.mark.parametrize(("model", "refused"), [("doubts", True), ("plain", False)])
def test_the_local_model_is_asked_whether_an_answer_is_there(
    library: Library, settings: Settings, url: str, model: str, refused: bool
) -> None:
    with Local(library, settings, url, model) as asker:
        assert last(asker, "What does LoRA freeze?").refused is refused
        assert "yes or no" in Model.asked[0] and "LoRA freezes" in Model.asked[0]
        assert asker.holds_answer("What does LoRA freeze?", "local") is not refused
        assert asker.holds_answer("What does LoRA freeze?")


def test_a_model_that_fails_leaves_it_to_the_evidence_and_is_named(
    library: Library, settings: Settings, url: str
) -> None:
    with Local(library, settings, url, "broken") as asker:
        answer = last(asker, "What does LoRA freeze?")
        assert not answer.refused and Model.asked
        with pytest.raises(LLMError, match="HTTP 500"):
            asker.holds_answer("What does LoRA freeze?", "local")


def test_it_is_not_asked_about_what_is_far_off(library: Library, settings: Settings, url: str) -> None:
    with Local(library, settings, url, "plain") as asker:
        assert last(asker, "How long should I bake sourdough bread?").refused
    assert Model.asked == []
