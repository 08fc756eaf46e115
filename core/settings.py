"""The settings: one frozen object, read once at the edge and passed on as plain arguments.

Order: `PREP_*` environment variables over `prep.toml` in the home folder over the defaults here.
A key nobody knows is refused by name, so that a typing error never passes for a default.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.errors import SettingsError

SETTINGS_FILE = "prep.toml"


def default_home() -> Path:
    """The platform's data folder for this app."""
    from platformdirs import user_data_path

    return user_data_path("prepcite", appauthor=False)


@dataclass(frozen=True)
class Settings:
    """Every choice a user can make. Field `x` is `PREP_X` in the environment and `x` in prep.toml."""

    home: Path = field(default_factory=default_home)

    # Embedding: "e5-small" is the one whose weights `prep models pull` fetches; anything else is a
    # sentence-transformers name or folder.
    embed_model: str = "e5-small"
    embed_query_prefix: str | None = None  # None: what the model asks for
    embed_passage_prefix: str | None = None
    rerank_model: str = ""  # a sentence-transformers cross-encoder, by name or folder; empty: none

    # LLM: "local" (llama.cpp in this process), "none" (evidence only), or a model name at llm_url.
    llm: str = "local"
    llm_url: str = ""  # an OpenAI-compatible base URL, such as http://127.0.0.1:11434/v1
    llm_key: str = ""
    llm_file: Path | None = None  # a GGUF file of the user's own, for llm = "local"
    llm_timeout: float = 60.0  # seconds without a new token before the answer is given up

    papers_url: str = (
        "https://arxiv.org/pdf"  # where `prep papers fetch` asks, followed by / and the arXiv id
    )
    chroma_url: str = ""  # a Chroma server, such as http://127.0.0.1:8000; empty: embedded in home
    threads: int = 0  # 0: as many as there are cores
    chunk_tokens: int = 256  # of 200 to 300 along headings; chosen by `prep eval`, docs/decisions.md
    pdf_memory_mb: int = 2048  # limit of the child process that reads one PDF; arbitrary but ample
    pdf_seconds: int = 300  # likewise: 3,000 pages take about a minute

    def __post_init__(self) -> None:
        """Refuse values no later step could make sense of."""
        if self.llm_url and self.llm in ("local", "none"):
            raise SettingsError(
                f"PREP_LLM_URL is set but PREP_LLM is {self.llm!r}",
                "Set PREP_LLM to the model's name at that endpoint, or unset PREP_LLM_URL",
            )
        if not self.llm_url and self.llm not in ("local", "none"):
            raise SettingsError(
                f"PREP_LLM names the model {self.llm!r} but there is no endpoint",
                "Set PREP_LLM_URL to an OpenAI-compatible base URL, or PREP_LLM to local or none",
            )
        if not self.papers_url.startswith(("http://", "https://")):
            raise SettingsError(
                f"PREP_PAPERS_URL is {self.papers_url!r}",
                "Give an address that starts with https:// or http://",
            )
        for name, low, high in (
            ("chunk_tokens", 32, 480),
            ("threads", 0, 1024),
            ("pdf_memory_mb", 64, 1 << 20),
            ("pdf_seconds", 1, 86_400),
            ("llm_timeout", 1, 3600),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"{name} is {value}", f"Give a value from {low} to {high}")

    @property
    def cores(self) -> int:
        """Threads to compute with."""
        return self.threads or os.cpu_count() or 1


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError, naming the key and where it was found."""
    environ = os.environ if environ is None else environ
    from_env = {
        key[len("PREP_") :].lower(): (value, key) for key, value in environ.items() if key.startswith("PREP_")
    }
    home = Path(from_env["home"][0]).expanduser() if from_env.get("home", ("", ""))[0] else default_home()
    values: dict[str, tuple[Any, str]] = {}
    for key, value in _read_toml(home / SETTINGS_FILE).items():
        values[key] = (value, f"{key} in {home / SETTINGS_FILE}")
    values |= from_env
    values["home"] = (str(home.absolute()), "PREP_HOME")
    return Settings(**{key: _typed(key, value, where) for key, (value, where) in values.items()})


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"Cannot read {path}: {error}", "Correct the file or remove it") from error
    if "home" in found:
        raise SettingsError(f"home cannot be set inside {path}", "Use the environment variable PREP_HOME")
    return found


def _typed(key: str, value: Any, where: str) -> Any:
    """`value` as the type of field `key`; empty strings of optional fields mean None."""
    kinds = {f.name: f for f in fields(Settings)}
    if key not in kinds:
        near = get_close_matches(key, kinds, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(kinds))}"
        raise SettingsError(f"Unknown setting {where}", hint)
    default = kinds[key].default
    if key in ("home", "llm_file"):
        return Path(str(value)).expanduser() if value else None
    if default is None:
        return str(value)
    try:
        if default is not MISSING and isinstance(default, int | float):
            if isinstance(value, bool):
                raise ValueError
            return type(default)(value)
    except (TypeError, ValueError):
        remedy = "Give a whole number" if isinstance(default, int) else "Give a number"
        raise SettingsError(f"{where} is {value!r}", remedy) from None
    if not isinstance(value, str):
        raise SettingsError(f"{where} is {value!r}", "Give a text value in quotes")
    return value
