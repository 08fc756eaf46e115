"""The Chinese of what the library reports: found, and still what the library says."""

import re
from pathlib import Path

import pytest

from core.errors import LLMError, PrepError, ReadError
from index.search import check_query
from ingest import read_file
from ui.messages import _TABLE, in_language

ROOT = Path(__file__).resolve().parent.parent
HAN = re.compile(r"[一-鿿]")
SOURCES = " ".join(
    re.sub(r'"\s+f?"', "", path.read_text(encoding="utf-8"))
    for folder in ("answer", "core", "index", "ingest", "models")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("template", _TABLE)
def test_the_sentence_is_still_said(template: str) -> None:
    for piece in re.split(r"\{\w+\}|\bpages\b|\bmodel\b", template):  # those two are put together from parts
        assert piece.strip(" :,") in SOURCES, f"nobody says {piece!r} any more"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.md", b" "), ("b.pdf", b"<html><body>no</body></html>"), ("c.md", b"\x00\x01\x02PK")],
)
def test_files_that_cannot_be_read(name: str, data: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        read_file(data, name)
    said = in_language(str(caught.value), "zh")
    assert name in said and not re.search(r"[a-z]{4,} [a-z]{4,}", said), said


@pytest.mark.parametrize("question", ["", "x" * 3_000])
def test_questions_that_cannot_be_asked(question: str) -> None:
    with pytest.raises(PrepError) as caught:
        check_query(question, 5)
    assert HAN.search(in_language(caught.value.message, "zh"))
    assert HAN.search(in_language(caught.value.remedy, "zh"))
    assert in_language(caught.value.message, "en") == caught.value.message


def test_a_notice_with_dots_in_an_address() -> None:
    error = LLMError(
        "Cannot reach the model 'm' at http://127.0.0.1:9/v1",
        "Start the endpoint, check PREP_LLM_URL, or set PREP_LLM=none",
    )
    assert in_language(str(error), "zh").startswith("连不上模型 'm'（http://127.0.0.1:9/v1）。请启动")
