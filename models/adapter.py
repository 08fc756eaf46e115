"""The low-rank adapters that make the local language model a judge: where they are, whether they are whole.

"claims" tells whether a passage supports a sentence, "answers" whether passages answer a question. Trained by
`training/judge.py`; models/adapter/README.md is their model card. They fit one model: the one that `pull` fetches.
"""

import hashlib
from pathlib import Path

from core.settings import Settings
from models.pins import ADAPTER_SHA256

ADAPTERS = {name: Path(__file__).parent / "adapter" / f"{name}.gguf" for name in ADAPTER_SHA256}
RESTORE = "Restore it: git checkout models/adapter"


def adapter_files(settings: Settings) -> tuple[Path, ...]:
    """What to load beside the local model, as ADAPTERS has them; none for a model of the user's own, or with a fault."""
    return () if settings.llm_file or adapter_fault() else tuple(ADAPTERS.values())


def adapter_fault() -> str:
    """Why the local model judges without its adapters; empty when it does not."""
    for name, path in ADAPTERS.items():
        try:
            if hashlib.sha256(path.read_bytes()).hexdigest() != ADAPTER_SHA256[name]:
                return f"{path} is damaged"
        except OSError as error:
            return f"{path} cannot be read: {error.strerror}"
    return ""
