"""Each command on a real library: exactly one JSON document with the promised keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli import main

NOTE = """# GQA

分组查询注意力让多个查询头共用一组键和值，因此 KV 缓存变小，显存占用下降。

GQA uses 8 groups.
"""
HIT = {
    "chunk_id", "doc_id", "title", "kind", "page_start", "page_end", "heading", "text", "score",
    "dense_rank", "keyword_rank",
}  # fmt: skip
DOCUMENT = {"doc_id", "title", "kind", "language", "pages", "chunks", "added", "source"}
INGESTED = {"doc_id", "title", "kind", "status", "pages", "chunks", "warnings", "error"}
EVIDENCE = {"doc_id", "title", "page", "start", "end", "quote", "score"}


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run a command with --json. Returns (exit code, the document)."""

    def call(*arguments: str) -> tuple[int, dict[str, Any]]:
        capfd.readouterr()
        code = main([*arguments, "--json"])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, json.loads(out)

    return call


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "notes" / "gqa.md"
    path.parent.mkdir()
    path.write_text(NOTE, encoding="utf-8")
    return path


def test_from_a_file_to_a_checked_answer_and_away(
    run: Any, note: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, done = run("ingest", str(note.parent))
    assert code == 0 and done.keys() == {"documents", "seconds"}
    [row] = done["documents"]
    assert row.keys() >= INGESTED and (row["status"], row["kind"], row["error"]) == ("added", "note", None)
    doc_id = row["doc_id"]
    assert run("ingest", str(note))[1]["documents"][0]["status"] == "unchanged"

    [listed] = run("list")[1]["documents"]
    assert listed.keys() == DOCUMENT and listed["doc_id"] == doc_id

    code, found = run("search", "GQA 为什么能省显存?", "-k", "1", "--kind", "note", "--doc", doc_id[:8])
    assert code == 0 and found.keys() == {"query", "hits", "timings_ms"}
    assert [hit.keys() for hit in found["hits"]] == [HIT] and found["hits"][0]["doc_id"] == doc_id

    code, answer = run("ask", "GQA 为什么能省显存?", "--llm", "none")
    assert code == 0 and (answer["language"], answer["model"], answer["refused"]) == ("zh", "none", False)
    assert {"question", "sentences", "hits", "fingerprint", "timings_ms"} <= answer.keys()
    text = run("show", doc_id)[1]["text"]
    for evidence in (e for sentence in answer["sentences"] for e in sentence["evidence"]):
        assert evidence.keys() == EVIDENCE and text[evidence["start"] : evidence["end"]] == evidence["quote"]

    code, checked = run("check", "GQA uses 8 groups. GQA uses 64 groups.")
    assert code == 0 and checked.keys() == {"sentences"}
    verdicts = [sentence["verdict"] for sentence in checked["sentences"]]
    assert verdicts[0] == "supported" and verdicts[1] != "supported"

    assert main(["search", "GQA"]) == 0 and "1. GQA" in capfd.readouterr().out
    assert main(["list"]) == 0 and doc_id[:12] in capfd.readouterr().out
    assert main(["check", "GQA uses 64 groups."]) == 0 and "not found" in capfd.readouterr().out
    assert run("rebuild")[1]["documents"] == 1
    assert run("doctor")[1].keys() == {"home", "checks"}

    assert run("remove", doc_id)[1]["removed"]["doc_id"] == doc_id
    assert run("list")[1] == {"documents": []}


def test_status_of_the_models_is_told(run: Any) -> None:
    code, found = run("models", "status")
    assert code == (0 if all(model["present"] for model in found["models"]) else 1)
    assert {"name", "path", "present", "bytes", "message"} == found["models"][0].keys()


def test_reading_commands_create_nothing(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "not-there-yet"
    monkeypatch.setenv("PREP_HOME", str(home))
    assert run("list") == (0, {"documents": []})
    run("doctor"), run("search", "x"), run("show", "abcd"), run("check", "x")
    assert not home.exists()
