"""Late interaction against plain arithmetic, and its store."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StoreError
from core.settings import Settings
from index.embed import load_embedder
from index.late import Packed, centre_states, max_similarity, pack, pack_tokens, span_similarity
from index.tokens import TokenStore

DIM = 384


def rows(seed: int, n: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(n, DIM)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_two_bits_keep_the_direction() -> None:
    states = rows(0, 50)
    assert len(pack(states)) == 50 * DIM // 4
    own = np.array([max_similarity(states[i : i + 1], [pack(states[i : i + 1])])[0] for i in range(50)])
    assert own.min() > 0.9  # a row against itself


@given(st.integers(0, 99), st.integers(1, 6), st.lists(st.integers(0, 5), min_size=1, max_size=5))
def test_max_similarity_is_the_mean_of_the_best_cosines(seed: int, asked: int, lengths: list[int]) -> None:
    query, passages = rows(seed, asked), [rows(seed + 1 + i, n) for i, n in enumerate(lengths)]
    exact = [float((query @ p.T).max(axis=1).mean()) if len(p) else 0.0 for p in passages]
    found = max_similarity(query, [pack(p) if len(p) else b"" for p in passages])
    assert found == pytest.approx(exact, abs=0.08)  # two bits a dimension
    assert not any(score for score, n in zip(found, lengths, strict=True) if not n)


def test_nothing_asked_scores_nothing() -> None:
    assert max_similarity(np.zeros((0, DIM), np.float32), [pack(rows(0, 2))]).tolist() == [0.0]
    assert max_similarity(rows(0, 1), []).tolist() == []


def test_centring_takes_out_what_all_tokens_share() -> None:
    shared = rows(7, 1)[0]
    states = rows(3, 20) + 3 * shared
    states /= np.linalg.norm(states, axis=1, keepdims=True)
    moved = centre_states(states, states.mean(axis=0))
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    assert abs(float((moved @ shared).mean())) < 0.6 * float((states @ shared).mean())


def test_a_text_has_a_state_per_token_without_prefix_and_marks(settings: Settings) -> None:
    embedder = load_embedder(settings)
    (long,), (short,) = (list(embedder.encode([text], "query")) for text in ("GQA 是什么", "GQA"))
    assert long.states.shape == (4, DIM) and short.states.shape == (2, DIM)  # ▁G QA ▁ 是什么
    assert np.linalg.norm(long.states, axis=1) == pytest.approx(np.ones(len(long.states)), abs=1e-5)
    assert embedder.embed(["GQA"], "query")[0] == pytest.approx(short.vector)


def test_a_token_stands_where_it_says(settings: Settings) -> None:
    text = "GQA 让多个查询头共用一组键值。It saves memory: ½ the cache."
    embedder = load_embedder(settings)
    for side in ("query", "passage"):
        (encoded,) = embedder.encode([text], side)
        assert len(encoded.spans) == len(encoded.states)
        pieces = [text[start:end] for start, end in encoded.spans]
        assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
        assert pieces[0].strip() == "G"


@given(st.integers(0, 99), st.integers(1, 4), st.integers(1, 30))
def test_similarity_within_places_is_that_of_the_tokens_there(seed: int, asked: int, count: int) -> None:
    query, states = rows(seed, asked), rows(seed + 1, count)
    ends = np.cumsum(np.random.default_rng(seed).integers(1, 5, count))
    spans = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
    half = int(spans[count // 2, 0])
    places = np.array([[0, ends[-1]], [half, ends[-1]], [ends[-1], ends[-1] + 9]])
    found = span_similarity(query, pack_tokens(states, spans), places)
    packed = [pack(states), pack(states[count // 2 :])]
    assert found[:2] == pytest.approx(max_similarity(query, packed), abs=1e-5) and np.isnan(found[2])
    nothing = np.zeros((0, DIM), np.float32)
    assert np.isnan(span_similarity(nothing, pack_tokens(states, spans), places)).all()


def test_store_keeps_replaces_and_forgets(tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "tokens.sqlite")
    assert store.get(["a"]) == {} and store.count() == 0 and not (tmp_path / "tokens.sqlite").exists()
    store.delete("nobody")
    store.clear()
    store.add("d1", {"a": Packed(b"1", b"x"), "b": Packed(b"2", b"y")})
    store.add("d2", {"c": Packed(b"3", b"z")})
    store.add("d1", {"a": Packed(b"9", b"w")})
    assert store.states(["a", "c", "x"]) == {"a": b"9", "c": b"3"} and store.count() == 3
    assert store.get(["a", "x"]) == {"a": Packed(b"9", b"w")}
    store.delete("d1")
    assert store.states(["a", "b", "c"]) == {"c": b"3"}
    store.clear()
    assert store.count() == 0
    store.close()


def test_clearing_makes_room_for_what_an_older_version_kept_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite"
    with sqlite3.connect(path) as base:
        base.execute(
            "CREATE TABLE tokens (chunk_id TEXT PRIMARY KEY, doc_id TEXT NOT NULL, states BLOB NOT NULL)"
        )
        base.execute("INSERT INTO tokens VALUES ('a', 'd', x'00')")
    base.close()
    store = TokenStore(path)
    assert store.states(["a"]) == {"a": b"\0"}
    store.clear()
    store.add("d", {"a": Packed(b"1", b"2")})
    assert store.get(["a"]) == {"a": Packed(b"1", b"2")}
    store.close()


def test_a_damaged_store_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="token store"):
        TokenStore(path).get(["a"])
