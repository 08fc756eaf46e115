"""The terms of Chinese and Latin text, and the index over them."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StoreError
from index.glossary import Glossary, shipped_glossary
from index.keywords import KeywordIndex, phrase, query_terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("显存优化", ["显存", "存优", "优化"]),
        ("GPT-4 很强", ["gpt-4", "gpt", "4", "很强"]),
        ("r=8", ["r=8", "r", "8"]),
        ("Q4_K_M", ["q4_k_m", "q4", "k", "m"]),
        ("C++ and C#", ["c++", "and", "c#"]),
        ("用RoPE编码", ["用", "rope", "编码"]),
        ("ＧＱＡ", ["gqa"]),
        ("", []),
        ("?!。", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_questions_lose_their_small_talk_but_never_everything() -> None:
    assert query_terms("What is the KV cache?") == ["kv", "cache"]
    assert query_terms("what is it") == ["what", "is", "it"]
    assert "什么" not in query_terms("什么是显存") and "显存" in query_terms("什么是显存")


@given(st.text())
def test_every_text_can_be_indexed_and_asked(text: str) -> None:
    assert all(token and " " not in token and '"' not in token for token in tokens(text))


@pytest.fixture
def index(tmp_path: Path) -> KeywordIndex:
    index = KeywordIndex(tmp_path / "keywords.sqlite")
    index.add("d1", "note", ["a", "b"], ["键值缓存节省显存", "GPT-4 and Q4_K_M"])
    index.add("d2", "paper", ["c"], ["显存占用 of GPT models"])
    return index


def test_finds_chinese_inside_sentences_and_whole_latin_words(index: KeywordIndex) -> None:
    assert set(index.search(query_terms("显存"), 10, None, None)) == {"a", "c"}
    assert list(index.search(["q4_k_m"], 10, None, None)) == ["b"]
    assert list(index.search(query_terms("缓存"), 10, None, None)) == ["a"]
    assert index.search(["nothing"], 10, None, None) == {}


def test_filters_deletes_and_replaces(index: KeywordIndex) -> None:
    assert list(index.search(["显存"], 10, "paper", None)) == ["c"]
    assert list(index.search(["显存"], 10, None, "d1")) == ["a"]
    index.delete("d1")
    assert index.count() == 1
    index.add("d2", "paper", ["c2"], ["换了内容"])
    assert index.search(["显存"], 10, None, None) == {}
    assert index.count() == 1


def test_hostile_queries_are_only_text(index: KeywordIndex) -> None:
    for query in ('" OR 1=1 --', "body:x NEAR(a b)", "*", "'; DROP TABLE terms;", "显存\x00缓存"):
        index.search(query_terms(query), 10, None, None)
    assert index.count() == 3


def test_an_absent_index_is_empty_and_stays_absent(tmp_path: Path) -> None:
    index = KeywordIndex(tmp_path / "none.sqlite")
    assert index.search(["x"], 5, None, None) == {} and index.count() == 0
    assert not (tmp_path / "none.sqlite").exists()


def test_a_damaged_file_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.sqlite"
    path.write_bytes(b"not a database, but long enough to be read as one" * 50)
    with pytest.raises(StoreError, match="rebuild"):
        KeywordIndex(path).search(["x"], 5, None, None)


def test_survives_reopening(tmp_path: Path) -> None:
    index = KeywordIndex(tmp_path / "k.sqlite")
    index.add("d", "note", ["a"], ["r=8 的秩"])
    index.close()
    assert list(KeywordIndex(tmp_path / "k.sqlite").search(query_terms("r=8"), 5, None, None)) == ["a"]
    assert sqlite3.connect(tmp_path / "k.sqlite").execute("SELECT count(*) FROM terms").fetchone()[0] == 1


def test_a_term_with_spaces_is_a_phrase(index: KeywordIndex) -> None:
    assert list(index.search([phrase("键值缓存")], 10, None, None)) == ["a"]
    assert index.search([phrase("值缓存键")], 10, None, None) == {}


def test_the_glossary_finds_the_other_forms() -> None:
    glossary = Glossary(
        [
            ("键值缓存", "KV cache"),
            ("量化", "quantization"),
            ("分组查询注意力", "grouped-query attention", "GQA"),
        ]
    )
    assert glossary.other_forms("KV Cache 是啥") == ["键值缓存"]
    assert glossary.other_forms("GQA和量化") == ["分组查询注意力", "grouped-query attention", "quantization"]
    assert glossary.other_forms("KV cached") == []
    assert Glossary([]).other_forms("anything") == []
    assert "kv cache" in [form.lower() for form in shipped_glossary().other_forms("键值缓存")]
