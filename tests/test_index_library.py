"""The Library over real stores and the real embedding model: in, found, out, and killed half way."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from core.errors import BusyError, InputError, PrepError, StaleIndexError, StoreError
from core.settings import Settings
from index import Library, open_library
from index.embed import load_embedder
from index.locks import make_home, writing
from ingest import FoundFile

GQA = "# 分组查询注意力\n\n分组查询注意力（GQA）让多个查询头共用一组键和值，因此 KV 缓存按组数缩小，显存占用随之下降。\n"
LORA = "# LoRA\n\nLoRA freezes the pretrained weights and trains two small low-rank matrices per layer, with r=8.\n"
TABLE = "# Numbers\n\n" + "\n".join(f"| {i} | {i * 7} | {i * 13} |" for i in range(40)) + "\n"


@pytest.fixture
def library(settings: Settings) -> Library:
    return open_library(settings)


def add(library: Library, name: str, text: str) -> str:
    done = library.ingest_bytes(name, text.encode(), "note")
    assert done.error is None
    return done.doc_id


def test_what_goes_in_is_found_in_both_languages(library: Library) -> None:
    gqa, lora = add(library, "gqa.md", GQA), add(library, "lora.md", LORA)
    for query, expected in [
        ("GQA 为什么能省显存?", gqa),
        ("how does sharing key and value heads save memory", gqa),
        ("低秩矩阵微调", lora),
        ("r=8", lora),
    ]:
        found = library.search(query, k=2)
        assert found.hits[0].doc_id == expected, query
        assert found.hits[0].score >= found.hits[-1].score
        reading = library.reading(found.hits[0].doc_id)
        assert reading.text[found.hits[0].start : found.hits[0].end] == found.hits[0].text


def test_tables_are_reached_by_keyword_but_have_no_vector(library: Library) -> None:
    table = add(library, "numbers.md", TABLE)
    assert not any(chunk.prose for chunk in library.chunks(table))
    hit = library.search("507").hits[0]
    assert hit.doc_id == table and hit.dense_rank is None and hit.keyword_rank == 1
    assert all(check.ok for check in library.checks() if check.name in ("catalog", "stores"))


def test_the_same_bytes_twice_are_one_document(library: Library) -> None:
    first = library.ingest_bytes("a.md", LORA.encode(), "note")
    again = library.ingest_bytes("b.md", LORA.encode(), "note")
    assert (first.status, again.status) == ("added", "unchanged")
    assert first.doc_id == again.doc_id and len(library.documents()) == 1
    assert library.ingest_bytes("a.md", LORA.encode(), "paper").status == "replaced"
    assert [d.kind for d in library.documents()] == ["paper"]
    assert library.search("low-rank", kind="paper").hits and not library.search("low-rank", kind="note").hits


def test_no_two_documents_look_alike_in_a_citation(library: Library, tmp_path: Path) -> None:
    for number, name in enumerate(("serving/notes.md", "training/notes.md", "training/Overview.md")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# Overview\n\nGQA shares keys and values in a group, part {number}.\n", "utf-8")
        assert [done.status for done in library.ingest([FoundFile(path, "note")])] == ["added"]
    add(library, "Overview.md", "# Overview\n\nGQA again, an upload without a folder.\n")
    titles = {"Overview", "Overview (notes)", "Overview (training)", "Overview 2"}
    assert {hit.title for hit in library.search("GQA").hits} == titles
    library.rebuild()
    assert {document.title for document in library.documents()} == titles


def test_a_changed_file_replaces_its_older_version(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(GQA, encoding="utf-8")
    assert [done.status for done in library.ingest([FoundFile(path, "note")])] == ["added"]
    path.write_text(LORA, encoding="utf-8")
    assert [done.status for done in library.ingest([FoundFile(path, "note")])] == ["replaced"]
    assert [d.title for d in library.documents()] == ["LoRA"]
    assert all("GQA" not in hit.text for hit in library.search("GQA 显存").hits)


def test_what_became_of_a_document(library: Library) -> None:
    gqa, lora = add(library, "gqa.md", GQA), add(library, "lora.md", LORA)
    twin = add(library, "other.md", GQA + "\nTitle and all, but another file.\n")
    library.remove(gqa)
    assert library.standing() == {lora: "there", twin: "there"}, "removed, though a twin has its title"
    changed = add(library, "gqa.md", "# Another title\n\nGQA shares keys and values among heads.\n")
    assert library.standing() == {lora: "there", twin: "there", changed: "there", gqa: "changed"}
    library.remove(changed)
    assert gqa not in library.standing()
    assert add(library, "gqa.md", GQA) == gqa and library.standing()[gqa] == "there"


def test_a_removed_document_never_answers_again(library: Library, settings: Settings) -> None:
    gqa, lora = add(library, "gqa.md", GQA), add(library, "lora.md", LORA)
    library.remove(gqa[:8])
    assert [d.doc_id for d in library.documents()] == [lora]
    assert {hit.doc_id for hit in library.search("GQA 显存 KV 缓存").hits} == {lora}
    assert [path.stem for path in (settings.home / "files").iterdir()] == [lora]
    assert all(check.ok for check in library.checks() if check.name in ("catalog", "stores"))
    with pytest.raises(InputError, match="no document"):
        library.remove(gqa)


def test_a_file_that_cannot_be_read_leaves_nothing(library: Library, settings: Settings) -> None:
    done = library.ingest_bytes("empty.md", b"", "note")
    assert done.status == "failed" and done.error
    assert library.documents() == [] and list((settings.home / "files").iterdir()) == []


def test_missing_files_fail_alone(library: Library, tmp_path: Path) -> None:
    good = tmp_path / "good.md"
    good.write_text(LORA, encoding="utf-8")
    files = [FoundFile(tmp_path / "gone.md", "note"), FoundFile(good, "note")]
    assert [done.status for done in library.ingest(files)] == ["failed", "added"]


@pytest.mark.parametrize(("query", "k"), [("", 5), ("   ", 5), ("x" * 100_000, 5), ("ok", 0), ("ok", 10**6)])
def test_impossible_searches_are_refused(library: Library, query: str, k: int) -> None:
    add(library, "lora.md", LORA)
    with pytest.raises(InputError):
        library.search(query, k=k)


def test_opening_and_asking_an_absent_home_writes_nothing(settings: Settings, tmp_path: Path) -> None:
    library = open_library(replace(settings, home=tmp_path / "absent"))
    assert library.documents() == [] and library.chats() == []
    with pytest.raises(InputError, match="empty"):
        library.search("anything")
    library.checks()
    assert not (tmp_path / "absent").exists()


def test_other_settings_refuse_until_rebuilt(library: Library, settings: Settings) -> None:
    add(library, "lora.md", LORA)
    library.close()
    with open_library(replace(settings, chunk_tokens=100)) as other:
        with pytest.raises(StaleIndexError, match="rebuild"):
            other.search("LoRA")
        with pytest.raises(StaleIndexError):
            other.ingest_bytes("gqa.md", GQA.encode(), "note")
        assert other.rebuild() == 1
        assert other.search("low-rank matrices").hits
    with pytest.raises(StaleIndexError):
        open_library(settings).search("LoRA")


def test_rebuild_gives_the_same_hits(library: Library) -> None:
    add(library, "gqa.md", GQA)
    add(library, "lora.md", LORA)
    before = [(h.chunk_id, h.score) for h in library.search("KV 缓存").hits]
    assert library.rebuild() == 2
    after = [(h.chunk_id, h.score) for h in library.search("KV 缓存").hits]
    assert [i for i, _ in after] == [i for i, _ in before]
    assert [s for _, s in after] == pytest.approx([s for _, s in before], abs=0.02)


def test_an_embedding_model_that_does_not_load_costs_nothing(library: Library, settings: Settings) -> None:
    doc_id = add(library, "lora.md", LORA)
    bad = replace(settings, embed_model=str(settings.home / "nowhere"))
    with pytest.raises(PrepError):
        open_library(bad).rebuild()
    assert library.search("low-rank").hits
    with mock.patch.object(Library, "embedder", property(lambda self: load_embedder(bad))):
        assert library.ingest_bytes("lora.md", LORA.encode(), "guide").status == "failed"
    assert library.document(doc_id).kind == "note" and library.search("low-rank").hits


def test_two_writers_the_second_is_told_who_holds_it(library: Library, settings: Settings) -> None:
    make_home(settings.home)
    with writing(settings.home, "a long ingest"), pytest.raises(BusyError, match="a long ingest"):
        library.ingest_bytes("lora.md", LORA.encode(), "note")
    add(library, "lora.md", LORA)


def test_a_home_that_cannot_be_made_is_one_clear_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    library = open_library(replace(settings, home=tmp_path / "file" / "home"))
    with pytest.raises(StoreError, match="Cannot write"):
        library.ingest_bytes("lora.md", LORA.encode(), "note")


CHILD = """
import sys
from pathlib import Path
from unittest import mock
from core.settings import load_settings
from index import open_library
from ingest import find_files
library = open_library(load_settings())
for done in library.ingest(find_files([Path(sys.argv[1])], None)):
    print(done.status, done.doc_id, flush=True)
"""


def test_killed_while_ingesting_loses_nothing_and_repeats_nothing(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(30):
        (folder / f"{i:02}.md").write_text(f"{LORA}\n\nVariant {i} of the note. " * 20, encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert child.stdout
    for _ in range(5):
        assert child.stdout.readline().startswith("added")
    time.sleep(0.05)  # somewhere inside the sixth
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    kept = {d.doc_id for d in library.documents()}
    assert 5 <= len(kept) < 30
    statuses = [
        done.status for done in library.ingest(FoundFile(p, "note") for p in sorted(folder.iterdir()))
    ]
    assert statuses.count("unchanged") == len(kept) and statuses.count("added") == 30 - len(kept)
    assert all(check.ok for check in library.checks() if check.name in ("catalog", "stores"))


def test_search_sees_what_another_process_added_and_removed(library: Library, tmp_path: Path) -> None:
    add(library, "gqa.md", GQA)
    assert library.search("low-rank").hits[0].title == "分组查询注意力"
    (tmp_path / "lora.md").write_text(LORA, encoding="utf-8")
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", CHILD, str(tmp_path / "lora.md")], cwd=root, check=True)
    assert library.search("low-rank").hits[0].title == "LoRA"


def test_chats_are_kept_frozen(library: Library) -> None:
    library.save_answer("c1", {"question": "GQA 是什么?", "n": 1})
    library.save_answer("c1", {"question": "然后呢?", "n": 2})
    library.save_answer("c2", {"question": "other", "n": 3})
    assert [chat.title for chat in library.chats()] == ["other", "GQA 是什么?"]
    assert [answer["n"] for answer in library.answers("c1")] == [1, 2]
    library.rename_chat("c1", " 分组\n查询 ")
    library.rename_chat("c2", " ")
    assert [chat.title for chat in library.chats()] == ["other", "分组 查询"]
    library.delete_chat("c1")
    assert [chat.chat_id for chat in library.chats()] == ["c2"] and library.answers("c1") == []
    assert json.dumps(library.answers("c2"))
