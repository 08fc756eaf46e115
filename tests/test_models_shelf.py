"""What is on the shelf, and what a user who names a model of his own is told about it."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.settings import Settings
from models import embedding_folder, llm_file, status
from models.pins import E5
from models.shelf import find_fault, measure, write_stamp


def settings(home: Path, **changes: Any) -> Settings:
    return Settings(home=home, **changes)


def test_an_empty_home_has_nothing_and_stays_empty(tmp_path: Path) -> None:
    home = tmp_path / "home"
    states = status(settings(home))
    assert [(state.present, state.bytes, state.message) for state in states] == [
        (False, 0, "not fetched yet")
    ] * 2
    assert not home.exists()


def test_only_what_the_settings_need_is_named(tmp_path: Path) -> None:
    assert [s.path.name for s in status(settings(tmp_path, llm="none"))] == ["e5-small"]
    endpoint = settings(tmp_path, llm="some-model", llm_url="http://127.0.0.1:1/v1")
    assert [s.path.name for s in status(endpoint)] == ["e5-small"]
    named = status(settings(tmp_path, llm="none", embed_model="BAAI/bge-m3"))
    assert [(s.name, s.present) for s in named] == [("BAAI/bge-m3", True), (E5.name, False)]


@pytest.mark.parametrize("ready", [embedding_folder, llm_file])
def test_what_was_not_fetched_is_an_error_that_names_the_command(tmp_path: Path, ready) -> None:
    with pytest.raises(ModelError, match="not fetched yet") as caught:
        ready(settings(tmp_path))
    assert "prep models pull" in caught.value.remedy


def make_e5(shelf: Path) -> Path:
    folder = shelf / E5.target
    (folder / "onnx").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "onnx" / "model.onnx").write_bytes(b"12345")
    write_stamp(E5, shelf, measure(folder))
    return folder


def test_a_whole_model_is_ready(tmp_path: Path) -> None:
    folder = make_e5(tmp_path / "models")
    assert embedding_folder(settings(tmp_path)) == folder
    state = status(settings(tmp_path, llm="none"))[0]
    assert (state.present, state.bytes, state.message) == (True, 7, "ready")


def test_a_file_cut_short_or_lost_is_named(tmp_path: Path) -> None:
    folder = make_e5(tmp_path / "models")
    (folder / "onnx" / "model.onnx").write_bytes(b"1234")
    assert find_fault(E5, tmp_path / "models").startswith("damaged: onnx/model.onnx")
    (folder / "onnx" / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"damaged: onnx/model\.onnx"):
        embedding_folder(settings(tmp_path))


@pytest.mark.parametrize("stamp", ["", "{}", "[]", '{"sha256": 1, "form": 1, "sizes": 1}', "\udcff"])
def test_an_odd_stamp_means_not_verified(tmp_path: Path, stamp: str) -> None:
    make_e5(tmp_path / "models")
    path = tmp_path / "models" / f"{E5.target}.json"
    path.write_text(stamp, encoding="utf-8", errors="surrogateescape")
    assert find_fault(E5, tmp_path / "models") == "not verified yet"


def test_a_model_made_otherwise_is_not_ready(tmp_path: Path) -> None:
    make_e5(tmp_path / "models")
    path = tmp_path / "models" / f"{E5.target}.json"
    path.write_text(path.read_text().replace(E5.sha256, "0" * 64))
    assert find_fault(E5, tmp_path / "models") == "made by another version"


def test_the_users_own_file_is_taken_or_told_what_is_wrong_with_it(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    for content, message in ((None, "cannot be read"), (b"PK\x03\x04", "not a GGUF file")):
        if content:
            own.write_bytes(content)
        with pytest.raises(ModelError, match=message) as caught:
            llm_file(settings(tmp_path, llm_file=own))
        assert str(own) in caught.value.message
        assert not status(settings(tmp_path, llm_file=own))[1].present
    own.write_bytes(b"GGUF1234")
    assert llm_file(settings(tmp_path, llm_file=own)) == own
    assert status(settings(tmp_path, llm_file=own))[1].bytes == 8


def test_the_users_own_folder_is_taken_or_told_what_is_wrong_with_it(tmp_path: Path) -> None:
    own = tmp_path / "own"
    chosen = settings(tmp_path, embed_model=str(own), llm="none")
    for message in ("there is no such folder", "it holds no model"):
        with pytest.raises(ModelError, match=message):
            embedding_folder(chosen)
        assert [(s.present, s.message) for s in status(chosen)[:1]] == [(False, message)]
        own.mkdir(exist_ok=True)
    (own / "config.json").write_text("{}")
    assert embedding_folder(chosen) == own
    assert status(chosen)[0].present
