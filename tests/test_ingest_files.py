from pathlib import Path

import pytest

from core.errors import InputError
from ingest import find_files


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")


def names(root: Path, *paths: Path, kind=None) -> list[tuple[str, str]]:
    return [(f.path.relative_to(root).as_posix(), f.kind) for f in find_files(paths or [root], kind)]


def test_kinds_come_from_the_nearest_folder_then_from_the_type(tmp_path):
    make(tmp_path, "guide/a.md", "papers/b.txt", "papers/notes/c.pdf", "notes/d.MD", "e.PDF", "f.markdown")
    assert dict(names(tmp_path)) == {
        "guide/a.md": "guide",
        "papers/b.txt": "paper",
        "papers/notes/c.pdf": "note",
        "notes/d.MD": "note",
        "e.PDF": "paper",
        "f.markdown": "note",
    }
    assert {kind for _, kind in names(tmp_path, kind="guide")} == {"guide"}


def test_walk_is_sorted_and_leaves_out_hidden_files_licences_and_other_types(tmp_path):
    make(tmp_path, "b.md", "a.md", ".hidden.md", ".git/x.md", "LICENSE.md", "licence.txt", "c.py", "c.docx")
    assert [name for name, _ in names(tmp_path)] == ["a.md", "b.md"]


def test_links_that_lead_back_are_not_followed_and_each_file_is_listed_once(tmp_path):
    make(tmp_path, "sub/a.md")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(find_files([tmp_path, tmp_path / "sub", tmp_path / "sub" / "a.md"])) == 1


def test_a_broken_link_is_passed_over(tmp_path):
    make(tmp_path, "a.md")
    (tmp_path / "b.md").symlink_to(tmp_path / "gone.md")
    assert [name for name, _ in names(tmp_path)] == ["a.md"]


def test_refused_paths_say_why(tmp_path):
    make(tmp_path, "a.docx", "empty/.keep")
    for path, words in (
        (tmp_path / "no.md", "does not exist"),
        (tmp_path / "a.docx", "not of a supported type"),
        (tmp_path / "empty", "no documents"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            find_files([path])
        assert caught.value.remedy


def test_a_name_beyond_what_the_system_allows_is_an_input_error(tmp_path):
    with pytest.raises(InputError):
        find_files([tmp_path / ("x" * 5000 + ".md")])


def test_a_named_file_is_taken_even_when_its_folder_is_hidden(tmp_path):
    make(tmp_path, ".private/notes.md")
    assert len(find_files([tmp_path / ".private" / "notes.md"])) == 1
