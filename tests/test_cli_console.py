"""The output rules apart from any command: one document on stdout whatever a library prints."""

import json
import os
from pathlib import Path

import pytest

from core.console import Output, guard
from core.errors import PrepError
from core.present import page_label, sentence_lines, shorten, summary_line


def test_what_libraries_print_never_reaches_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    with Output(as_json=True) as out:
        print("noise from Python")
        os.write(1, b"noise from C\n")
        out.say("talk")
        out.emit({"a": "显存 \ud800"}, [])
    print("after")
    printed, talk = capfd.readouterr()
    assert json.loads(printed.splitlines()[0]) == {"a": "显存 ?"} and printed.splitlines()[1:] == ["after"]
    assert "noise from Python" in talk and "noise from C" in talk and "talk" in talk


def test_without_json_lines_are_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with Output(as_json=False) as out:
        out.stage("model", "fetching", "1 of 2 MB")
        out.stage("model", "fetching", "2 of 2 MB")
        out.emit({}, ["one", "two"])
    assert capfd.readouterr() == ("one\ntwo\n", "model: fetching\n")


def test_a_fault_of_ours_is_one_line_and_a_log(capfd: pytest.CaptureFixture[str]) -> None:
    def broken() -> int:
        return 1 // 0

    assert guard(broken, as_json=True) == 1
    out, err = capfd.readouterr()
    log = Path(json.loads(out)["remedy"].removeprefix("The details are in "))
    assert "Traceback" not in err and err.count("\n") == 1
    assert "ZeroDivisionError" in log.read_text()
    log.unlink()


def test_exit_codes(capfd: pytest.CaptureFixture[str]) -> None:
    def expected() -> int:
        raise PrepError("It is\nso", "Do that")

    def interrupted() -> int:
        raise KeyboardInterrupt

    assert guard(expected, as_json=False) == 1
    assert capfd.readouterr() == ("", "error: It is so. Do that\n")
    assert guard(interrupted, as_json=False) == 130
    assert capfd.readouterr() == ("", "")


def test_sentences_carry_numbers_and_say_what_was_not_found() -> None:
    quote = {"doc_id": "d", "start": 0, "end": 3, "title": "T", "page": 2, "quote": "abc"}
    sentences = [
        {"text": "A.", "verdict": "supported", "evidence": [quote], "missing": []},
        {"text": "B.", "verdict": "partial", "evidence": [quote], "missing": [[0, 1]]},
        {"text": "C.", "verdict": "unsupported", "evidence": [], "missing": []},
        {"text": "D:", "verdict": "no_claim", "evidence": [], "missing": []},
    ]
    assert list(sentence_lines(sentences)) == [
        "A. [1]",
        "B. [1, partly found: not said “B”]",
        "C. [not found]",
        "D:",
        "",
        "[1] T, p. 2: “abc”",
        "3 sentences: 1 found in the sources, 1 partly found, 1 not found",
    ]
    assert summary_line(sentences[:1]).startswith("1 sentence:")


def test_small_labels() -> None:
    assert (page_label(None, None), page_label(3, 3), page_label(3, 4)) == ("", "p. 3", "pp. 3-4")
    assert (shorten("a \n b", 9), shorten("abcdef", 4)) == ("a b", "abc…")
