"""What the documents promise is there: commands, settings, make targets and links of both READMEs."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from cli import main
from core.settings import Settings

ROOT = Path(__file__).parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
TEXTS = (*READMES, ROOT / "CHANGELOG.md", ROOT / "docs" / "decisions.md")


def commands(path: Path) -> list[tuple[str, ...]]:
    """The subcommands that a README calls, such as ("eval", "run")."""
    found = re.findall(r"\.venv/bin/prep ((?:models |papers |eval )?\w+)", path.read_text(encoding="utf-8"))
    return sorted({tuple(words.split()) for words in found})


@pytest.mark.parametrize("command", commands(READMES[0]), ids=" ".join)
def test_commands_of_the_readme_explain_themselves(
    command: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--help"]) == 0
    out = capfd.readouterr().out
    assert out.startswith(f"Usage: prep {' '.join(command)}") and "--json" in out


def test_both_readmes_show_the_same_commands_and_settings() -> None:
    english, chinese = (path.read_text(encoding="utf-8") for path in READMES)
    assert commands(READMES[0]) == commands(READMES[1]) and len(commands(READMES[0])) >= 9
    for pattern in (r"PREP_\w+", r"`?make \w+", r"^## ", r"\d+(?:\.\d+)? GB"):
        counts = [len(re.findall(pattern, text, re.MULTILINE)) for text in (english, chinese)]
        assert counts[0] == counts[1] > 0, pattern


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_settings_and_targets_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = {f"PREP_{field.name.upper()}" for field in fields(Settings)}
    assert set(re.findall(r"PREP_[A-Z_]*[A-Z]", text)) <= known
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([\w-]+)", text)) <= targets


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_resolve(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def test_every_command_of_the_readme_is_listed_by_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capfd.readouterr().out
    assert all(re.search(rf"^  {command[0]}\b", out, re.MULTILINE) for command in commands(READMES[0]))
