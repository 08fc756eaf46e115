"""The embedded model's process: what cannot be loaded is said in one line, and nothing is left running."""

from pathlib import Path

import pytest

from answer.local import LocalServer
from core.errors import ModelError


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="prep models pull"):
        LocalServer(tmp_path / "no.gguf", 1).start()


def test_a_damaged_file_is_refused_and_no_process_stays(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + b"\0" * 100)
    server = LocalServer(bad, 1)
    with pytest.raises(ModelError, match="cannot load"):
        server.start()
    server.close()
    assert not server.running


def test_keys_are_random_and_closing_early_is_harmless(tmp_path: Path) -> None:
    one, two = LocalServer(tmp_path / "a", 1), LocalServer(tmp_path / "a", 1)
    assert one.key != two.key and len(one.key) >= 32
    one.close()
    two.close()
