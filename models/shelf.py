"""The folder of finished models: what is there, whether it is whole, and the paths for those who load it.

Knows stamps and sizes; not how models get here. A stamp is written when a model has been verified byte by
byte; looking afterwards compares sizes only, so that it costs nothing. Never writes but for `write_stamp`.
"""

import json
import re
from pathlib import Path

from core.errors import ModelError
from core.settings import Settings
from models.pins import E5, QWEN, Weights
from models.records import ModelState

PULL = "Run: prep models pull"
FORM = 2  # of the folders we make; raise it when `encoder`, `tokenizer` or `graph` writes something else


def needed(settings: Settings) -> list[Weights]:
    """The weights that these settings need and `pull` can fetch."""
    wanted = [E5]  # whatever embeds: the claim checker shares its tokenizer and word vectors
    if settings.llm == "local" and settings.llm_file is None:
        wanted.append(QWEN)
    return wanted


def shelf(settings: Settings) -> Path:
    """Where finished models stand."""
    return settings.home / "models"


def status(settings: Settings) -> list[ModelState]:
    """The models these settings name, fetched ones and the user's own. Never writes."""
    states = [_state(weights, shelf(settings)) for weights in needed(settings)]
    if settings.embed_model != E5.target:
        states.insert(0, _own_embedding(settings.embed_model))
    if settings.llm == "local" and settings.llm_file is not None:
        states.append(_own(settings.llm_file, _gguf_fault(settings.llm_file)))
    return states


def embedding_folder(settings: Settings) -> Path:
    """The sentence-transformers folder to load. Raises ModelError if it is not there or not whole."""
    if settings.embed_model == E5.target:
        return _ready(E5, settings)
    own = Path(settings.embed_model).expanduser()
    if fault := _folder_fault(own):
        raise ModelError(f"PREP_EMBED_MODEL names {own}: {fault}", "Name a sentence-transformers folder")
    return own


def llm_file(settings: Settings) -> Path:
    """The GGUF file to load. Raises ModelError if it is not there or not whole."""
    if settings.llm_file is None:
        return _ready(QWEN, settings)
    if fault := _gguf_fault(settings.llm_file):
        raise ModelError(f"PREP_LLM_FILE names {settings.llm_file}: {fault}", "Name a GGUF file, or unset it")
    return settings.llm_file


def find_fault(weights: Weights, folder: Path) -> str:
    """What is wrong with the finished model in `folder`, as one line; empty if nothing is."""
    path = folder / weights.target
    if not path.exists():
        return "not fetched yet"
    try:
        stamp = json.loads(_stamp_path(weights, folder).read_text(encoding="utf-8"))
        origin, form, sizes = stamp["sha256"], stamp["form"], dict(stamp["sizes"])
    except (OSError, ValueError, KeyError, TypeError):
        return "not verified yet"
    if (origin, form) != (weights.sha256, FORM):
        return "made by another version"
    found = measure(path)
    changed = sorted(name for name in sizes if found.get(name) != sizes[name])
    return f"damaged: {changed[0] or path.name} is missing or has another size" if changed else ""


def write_stamp(weights: Weights, folder: Path, sizes: dict[str, int]) -> None:
    """Record that the model consists of files of these sizes, made from verified bytes."""
    path = _stamp_path(weights, folder)
    fresh = path.with_suffix(".new")
    stamp = {"sha256": weights.sha256, "form": FORM, "sizes": sizes}
    fresh.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    fresh.replace(path)


def measure(path: Path) -> dict[str, int]:
    """Sizes in bytes of a folder's files by their path in it; of a file, by the empty path."""
    if path.is_file():
        return {"": path.stat().st_size}
    return {p.relative_to(path).as_posix(): p.stat().st_size for p in path.rglob("*") if p.is_file()}


def _stamp_path(weights: Weights, folder: Path) -> Path:
    return folder / f"{weights.target}.json"


def _ready(weights: Weights, settings: Settings) -> Path:
    if fault := find_fault(weights, shelf(settings)):
        raise ModelError(f"{weights.name} cannot be used: {fault}", PULL)
    return shelf(settings) / weights.target


def _state(weights: Weights, folder: Path) -> ModelState:
    path, fault = folder / weights.target, find_fault(weights, folder)
    return ModelState(weights.name, path, not fault, sum(measure(path).values()), fault or "ready")


def _own_embedding(name: str) -> ModelState:
    """A folder if there is one or it can only be meant as one; else a name on a model hub."""
    path = Path(name).expanduser()
    if not path.is_dir() and re.fullmatch(r"\w[\w.-]*(/[\w.-]+)?", name):
        return ModelState(name, path, True, 0, "a name: sentence-transformers finds or fetches it")
    return _own(path, _folder_fault(path))


def _own(path: Path, fault: str) -> ModelState:
    size = 0 if fault else sum(measure(path).values())
    return ModelState(path.name, path, not fault, size, fault or "your own")


def _folder_fault(path: Path) -> str:
    if not path.is_dir():
        return "there is no such folder"
    return (
        "" if (path / "config.json").is_file() or (path / "modules.json").is_file() else "it holds no model"
    )


def _gguf_fault(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return "" if file.read(4) == b"GGUF" else "it is not a GGUF file"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
