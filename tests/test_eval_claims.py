"""The mutation benchmark: reading claims, the figures, the shortcuts, and one run over a real library."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError, LLMError
from core.settings import Settings
from eval.claims import (
    DATA,
    SHIPPED,
    Claim,
    Judged,
    Share,
    auroc,
    corpus_asker,
    load_claims,
    measure_claims,
    overlap,
    report_json,
    report_lines,
    score_claims_alone,
    summarise,
)
from eval.sets import CORPUS

ROW = {
    "id": "a", "doc": "notes/x.md", "claim": "GQA 共用键和值。", "label": True, "mutation": None,
    "lang_pair": "zh-zh", "of": None, "quote": "GQA 让多个查询头共用一组键和值。",
}  # fmt: skip


def claim(name: str, true: bool, mutation: str = "", pair: str = "zh-zh", of: str = "") -> Claim:
    return Claim(name, "notes/x.md", f"claim {name}", true, mutation, pair, of or name, "quote")


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_the_shipped_claims_can_be_read_and_rest_on_the_corpus() -> None:
    for path in SHIPPED.values():
        claims = load_claims(path)
        assert len({c.id for c in claims}) == len(claims)
        true = {c.id for c in claims if c.true}
        assert all(c.of in true for c in claims if not c.true and c.of != c.id)
        assert all((CORPUS / c.doc).is_file() for c in claims)


def test_claims_about_papers_come_without_quotes_and_without_the_overlap() -> None:
    for half in ("dev", "test"):
        claims = load_claims(DATA / f"claims.papers.{half}.jsonl")
        true = {c.id for c in claims if c.true}
        assert len(claims) > 200 and not any(c.quote for c in claims)
        assert all(c.of in true for c in claims if not c.true)
        report = summarise([Judged(c, "supported", True, 1.0) for c in claims])
        assert set(report.auroc) == {"verdict", "claim only"} and report.auroc["claim only"] < 0.65


@pytest.mark.parametrize(
    "change", [{"label": "maybe"}, {"claim": ""}, {"label": False}, {"quote": 3}, {"label": None}]
)
def test_a_wrong_row_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(InputError, match="line 2"):
        load_claims(write(tmp_path / "c.jsonl", ROW, ROW | change))


def test_what_is_no_json_and_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{", encoding="utf-8")
    for name in ("bad.jsonl", "none.jsonl"):
        with pytest.raises(InputError, match=name):
            load_claims(tmp_path / name)


def test_the_table_by_hand() -> None:
    report = summarise(
        [
            Judged(claim("t1", True), "supported", True, 2.9),
            Judged(claim("t2", True), "partial", True, 1.5),
            Judged(claim("t3", True, pair="zh-en"), "unsupported", False, 0.1),
            Judged(claim("f1", False, "number", of="t1"), "partial", False, 1.2),
            Judged(claim("f2", False, "unit", of="t1"), "supported", True, 2.2),
        ]
    )
    assert report.kept == {"zh-en": Share(0, 1), "zh-zh": Share(1, 2)}
    assert report.cited == {"zh-en": Share(0, 1), "zh-zh": Share(2, 2)}
    assert report.caught == {"number": Share(1, 1), "unit": Share(0, 1), "all": Share(1, 2)}
    assert report.auroc["verdict"] == pytest.approx(3 / 6)
    assert report_json(report)["kept"]["zh-zh"]["share"] == 0.5
    assert any("unit" in line and "0/1" in line for line in report_lines(report))


def test_auroc_by_hand() -> None:
    assert auroc([3, 2, 1], [True, True, False]) == 1.0
    assert auroc([1, 1], [True, False]) == 0.5
    assert auroc([1], [True]) == 0.5


@given(st.integers(0, 50), st.integers(1, 50))
def test_intervals_hold_their_share(hits: int, more: int) -> None:
    share = Share(hits, hits + more)
    low, high = share.interval
    assert 0.0 <= low <= share.value <= high <= 1.0


def test_overlap_and_the_claim_only_baseline() -> None:
    assert overlap("abcd", "xxabcdxx") == 1.0 and overlap("abcd", "zzzz") == 0.0 and overlap("", "a") == 0.0
    told = [claim(f"{i}", i % 2 == 0, "" if i % 2 == 0 else "number") for i in range(40)]
    marked = [
        Claim(
            c.id,
            c.doc,
            "绝不" + c.id if not c.true else "通常" + c.id,
            c.true,
            c.mutation,
            "zh-zh",
            c.id,
            "q",
        )
        for c in told
    ]
    assert auroc(score_claims_alone(marked), [c.true for c in marked]) > 0.9


def test_a_run_over_a_library(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "notes" / "x.md"
    source.parent.mkdir()
    source.write_text("# GQA\n\nGQA 让多个查询头共用一组键和值，缓存缩小为 1/8。\n", encoding="utf-8")
    false = {"id": "b", "of": "a", "label": False, "mutation": "number", "claim": "GQA 让缓存缩小为 1/4。"}
    path = write(tmp_path / "c.jsonl", ROW | {"claim": "GQA 让多个查询头共用一组键和值。"}, ROW | false)
    with corpus_asker(settings, over=[source.parent]) as asker:
        report = measure_claims(path, asker)
    assert not (settings.home / "catalog.sqlite").exists()
    assert report.kept["zh-zh"] == Share(1, 1) and report.cited["zh-zh"] == Share(1, 1)
    assert report.caught["number"] == Share(1, 1)


def test_a_second_opinion_that_gives_up_ends_the_run(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "x.md"
    source.write_text(
        "# GQA\n\nGQA lets several query heads share their keys and values.\n", encoding="utf-8"
    )
    path = write(tmp_path / "c.jsonl", ROW | {"claim": "With GQA, query heads share keys and values."})
    gone = replace(settings, llm="m", llm_url="http://127.0.0.1:9/v1")
    with corpus_asker(gone, over=[source]) as asker, pytest.raises(LLMError, match="Cannot reach"):
        measure_claims(path, asker, llm="m")
