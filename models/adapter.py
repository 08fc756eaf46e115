"""The low-rank adapter that turns the local language model into a judge of claims: where it is, whether it is whole.

Trained by `training/judge.py`; models/adapter/README.md is its model card. It fits one model: the one that `pull` fetches.
"""

import hashlib
from pathlib import Path

from core.settings import Settings
from models.pins import ADAPTER_SHA256

ADAPTER = Path(__file__).parent / "adapter" / "adapter.gguf"
RESTORE = "Restore it: git checkout models/adapter"


def adapter_file(settings: Settings) -> Path | None:
    """The adapter to load beside the local model; None for a model of the user's own, or if there is a fault."""
    return None if settings.llm_file or adapter_fault() else ADAPTER


def adapter_fault() -> str:
    """Why the local model judges without its adapter; empty when it does not."""
    try:
        whole = hashlib.sha256(ADAPTER.read_bytes()).hexdigest() == ADAPTER_SHA256
    except OSError as error:
        return f"{ADAPTER} cannot be read: {error.strerror}"
    return "" if whole else f"{ADAPTER} is damaged"
