"""Settings: order of the sources, types, and refusal of what nobody knows."""

import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.settings import Settings, load_settings


def test_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "prep.toml").write_text('llm = "none"\nthreads = 3\n', encoding="utf-8")
    found = load_settings({"PREP_HOME": str(tmp_path), "PREP_THREADS": "5", "OTHER": "x"})
    assert (found.home, found.llm, found.threads, found.pdf_memory_mb) == (tmp_path, "none", 5, 2048)


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({"PREP_HOME": "here"}).home == tmp_path / "here"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PREP_THREAD": "2"}, "Did you mean threads"),
        ({"PREP_XYZZY": "2"}, "Known: "),
        ({"PREP_THREADS": "two"}, "whole number"),
        ({"PREP_CHUNK_TOKENS": "5"}, "from 32 to 480"),
        ({"PREP_LLM_TIMEOUT": "nan"}, "from 1 to 3600"),
        ({"PREP_LLM": "deepseek-chat"}, "PREP_LLM_URL"),
        ({"PREP_LLM_URL": "http://127.0.0.1:1/v1"}, "PREP_LLM"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"PREP_HOME": str(tmp_path), **environ})
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threads = true", "whole number"),
        ("llm = 3", "text value"),
        ("home = '/x'", "PREP_HOME"),
        ("not toml", "Correct the file"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "prep.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings({"PREP_HOME": str(tmp_path)})
    assert said in str(caught.value) and str(tmp_path) in str(caught.value)


@given(st.text(max_size=20))
def test_any_number_is_taken_or_refused_with_a_line(value: str) -> None:
    try:
        found = load_settings({"PREP_LLM_TIMEOUT": value})
    except SettingsError as error:
        assert error.remedy
    else:
        assert 1 <= found.llm_timeout <= 3600 and not math.isnan(found.llm_timeout)


def test_settings_are_frozen(settings: Settings) -> None:
    with pytest.raises(FrozenInstanceError):
        settings.threads = 2  # type: ignore[misc]  # that is the point
