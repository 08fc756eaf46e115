"""The vectors in a real Chroma: exactness, several processes, and a folder that is not there."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import StoreError
from index.locks import make_home
from index.store import VectorStore

DIM = 64


def unit(rng: np.random.Generator, n: int) -> np.ndarray:
    vectors = rng.normal(size=(n, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_home(tmp_path)
    return tmp_path


def test_nearest_agrees_with_exact_search(home: Path) -> None:
    rng = np.random.default_rng(0)
    vectors, queries = unit(rng, 2000), unit(rng, 20)
    store = VectorStore(home, "", lambda: 1)
    store.upsert([str(i) for i in range(2000)], vectors, ["en"] * 2000, "doc", "note")
    found, exact = 0, 0
    for query in queries:
        best = {str(i) for i in np.argsort(-(vectors @ query))[:50]}
        near = store.nearest(query, 50, "en", None, None)
        found += len(best & set(near))
        exact += len(best)
        for i, cosine in near.items():
            assert cosine == pytest.approx(float(vectors[int(i)] @ query), abs=1e-4)
    assert found / exact > 0.97
    store.close()


def test_languages_kinds_and_documents_are_kept_apart(home: Path) -> None:
    rng = np.random.default_rng(1)
    vectors = unit(rng, 6)
    store = VectorStore(home, "", lambda: 1)
    store.upsert(["a", "b", "c"], vectors[:3], ["zh", "en", "zh"], "d1", "note")
    store.upsert(["e", "f", "g"], vectors[3:], ["zh", "en", "en"], "d2", "paper")
    query = vectors[0]
    assert set(store.nearest(query, 10, "zh", None, None)) == {"a", "c", "e"}
    assert set(store.nearest(query, 10, "zh", "paper", None)) == {"e"}
    assert set(store.nearest(query, 10, "en", None, "d2")) == {"f", "g"}
    assert set(store.nearest(query, 10, "en", "note", "d2")) == set()
    assert store.cosines(query, ["a", "b", "nothing"], "zh") == pytest.approx({"a": 1.0}, abs=1e-5)
    store.delete("d1")
    assert store.count() == 3
    store.upsert(["e"], vectors[:1], ["zh"], "d2", "paper")
    assert store.count() == 3
    assert store.nearest(query, 1, "zh", None, None) == pytest.approx({"e": 1.0}, abs=1e-5)
    store.clear()
    assert store.count() == 0
    store.close()


CHILD = """
import sys, numpy as np
from pathlib import Path
from index.store import VectorStore
store = VectorStore(Path(sys.argv[1]), "", lambda: 2)
store.upsert(["late"], np.eye(1, 64, dtype=np.float32), ["en"], "d2", "note")
store.close()
"""


def test_a_change_by_another_process_is_seen_once_the_generation_moves(home: Path) -> None:
    generation = 1
    store = VectorStore(home, "", lambda: generation)
    store.upsert(["early"], np.eye(1, DIM, 1, dtype=np.float32), ["en"], "d1", "note")
    assert set(store.nearest(np.eye(1, DIM, dtype=np.float32)[0], 5, "en", None, None)) == {"early"}
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", CHILD, str(home)], cwd=root, check=True)
    generation = 2
    assert set(store.nearest(np.eye(1, DIM, dtype=np.float32)[0], 5, "en", None, None)) == {"early", "late"}
    store.close()


def test_an_absent_store_is_empty_and_stays_absent(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, "", lambda: 0)
    assert store.nearest(np.ones(DIM, dtype=np.float32), 5, "zh", None, None) == {}
    assert store.count() == 0 and store.cosines(np.ones(DIM, dtype=np.float32), ["a"], "en") == {}
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_down_is_one_clear_error(home: Path) -> None:
    store = VectorStore(home, "http://127.0.0.1:9", lambda: 0)
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9"):
        store.count()
    with pytest.raises(StoreError, match="PREP_CHROMA_URL"):
        VectorStore(home, "no address", lambda: 0).count()
