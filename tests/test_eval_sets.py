"""Reading question sets, and one measured from end to end."""

import json
from pathlib import Path

import pytest

from core.errors import InputError
from core.settings import Settings
from eval.report import load_report, measure_paths, report_lines
from eval.sets import CORPUS, SHIPPED, load_folder, load_sets

CORPUS_LINES = [
    {"_id": "rope", "title": "RoPE", "text": "旋转位置编码按位置旋转查询和键的向量。"},
    {"_id": "lora", "title": "LoRA", "text": "LoRA trains two low-rank matrices beside frozen weights."},
    {"_id": "copy", "title": "LoRA", "text": "LoRA trains two low-rank matrices beside frozen weights."},
]
QUERIES = [{"_id": "q1", "text": "旋转位置编码怎样表示位置?"}, {"_id": "q2", "text": "What does LoRA train?"}]


def write_set(folder: Path, qrels: str = "q1\trope\t1\nq2\tlora\t1\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", CORPUS_LINES), ("queries", QUERIES)):
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_a_header_and_zero_grades_are_not_gold(tmp_path: Path) -> None:
    found = load_folder(write_set(tmp_path, "query-id\tcorpus-id\tscore\nq1\trope\t1\nq1\tlora\t0\n"))
    assert found.gold == {"q1": (frozenset({"rope"}),)}


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("qrels.tsv", "q1 rope 1\n", "line 1"),
        ("qrels.tsv", "q1\trope\t1\nq9\trope\t1\n", "line 2: 'q9' is not in queries.jsonl"),
        ("qrels.tsv", "q1\tnone\t1\n", "'none' is not in corpus.jsonl"),
        ("qrels.tsv", "q1\trope\t0\n", "names no answer"),
        ("queries.jsonl", '{"_id": "q1", "text": ""}', "line 1 has no text under 'text'"),
        ("queries.jsonl", "[1]", "not a JSON object"),
        ("corpus.jsonl", "{", "corpus.jsonl, line 1"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, file: str, text: str, said: str) -> None:
    (write_set(tmp_path) / file).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_folder(tmp_path)
    assert said in caught.value.message


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no corpus\.jsonl and no queries\.jsonl and no qrels\.tsv"):
        load_sets([tmp_path])


def test_folders_of_one_name_keep_apart(tmp_path: Path) -> None:
    paths = [write_set(tmp_path / "a" / "set"), write_set(tmp_path / "b" / "set")]
    assert [s.name for s in load_sets(paths)] == [str(path) for path in paths]
    assert [s.name for s in load_sets(paths[:1])] == ["set"]


def test_a_set_is_measured_from_end_to_end(tmp_path: Path, settings: Settings) -> None:
    report = measure_paths([write_set(tmp_path / "mini")], settings, print, lambda line: None)
    figures = report["sets"]["mini"]
    assert (figures["n"], figures["recall@5"]) == (2, 1.0)
    assert figures["per_query"]["q1"]["mrr@10"] == 1.0
    assert figures["intervals"]["recall@5"] == [1.0, 1.0] and figures["latency_ms"]["p50"] > 0
    assert "mini" in next(report_lines(report))
    assert report.keys() == {"sets", "fingerprint", "corpus_hash", "versions", "settings"}
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report))
    assert load_report(path) == report
    assert not (settings.home / "catalog.sqlite").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"sets": {"a": {}}}', '{"sets": {"a": {"per_query": {"q": {}}}}}']
)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(InputError, match="not a report"):
        load_report(path)


def test_the_shipped_sets_name_places_that_are_there() -> None:
    for path in sorted(SHIPPED.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert len({row["id"] for row in rows}) == len(rows)
        for row in rows:
            assert row["half"] in ("dev", "test")
            assert row["language"] in ("zh", "en") and bool(row["gold"]) == row["answerable"], row["id"]
            for place in row["gold"]:
                text = (CORPUS / place["doc"]).read_text(encoding="utf-8")
                headings = [line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#")]
                assert place["heading"] in headings, f"{row['id']}: {place}"
    sets = {found.name: found for found in load_sets([])}
    questions = sets["questions"]
    assert len(questions.gold) >= 200 and len(questions.unanswerable) >= 50
    assert (
        len(questions.gold["zh110"]) == 2
    )  # both coefficients are asked for, either of two documents gives one
    assert {"dev", "test", "zh on en", "en on zh", "short zh"} <= questions.slices.keys()
    assert questions.slices["dev"].isdisjoint(questions.slices["test"])


def test_gold_as_stretches_of_long_documents(tmp_path: Path, settings: Settings) -> None:
    corpora = tmp_path / "raw" / "corpora"
    corpora.mkdir(parents=True)
    filler = "\n\n".join(
        f"## Part {n}\n\nParagraph {n} speaks of gardening and of nothing else." for n in range(40)
    )
    told = "LoRA trains two low-rank  matrices\nbeside frozen weights."
    (corpora / "long.md").write_text(f"{filler}\n\n## LoRA\n\n{told}\n", encoding="utf-8")
    row = {
        "_id": "q",
        "text": "What does LoRA train?",
        "corpus": "long",
        "spans": [[0, 1]],
        "answers": [told],
    }
    (tmp_path / "queries.jsonl").write_text(json.dumps(row), encoding="utf-8")
    report = measure_paths([tmp_path], settings, print, lambda line: None)
    (figures,) = report["sets"].values()
    assert (figures["n"], figures["recall@1"]) == (1, 1.0)
    (tmp_path / "queries.jsonl").write_text(json.dumps(row | {"corpus": "other"}), encoding="utf-8")
    with pytest.raises(InputError, match="q names no stretch"):
        load_folder(tmp_path)
