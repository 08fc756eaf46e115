"""The claim checker that lies in this repository: where, whether it is whole, and the encoder it needs.

Trained by `training/`; models/checker/README.md is its model card.
"""

import hashlib
from pathlib import Path

from core.errors import ModelError
from core.settings import Settings
from models.pins import CHECKER_SHA256, E5
from models.shelf import PULL, find_fault, shelf

CHECKER = Path(__file__).parent / "checker" / "checker.onnx"


def checker_fault(settings: Settings) -> tuple[str, str]:
    """Why sentences are judged by rules alone, and what to do about it; two empty strings when they are not."""
    if not CHECKER.is_file():
        return f"{CHECKER} is not there", "Restore it: git checkout models/checker"
    if fault := find_fault(E5, shelf(settings)):
        return f"it needs {E5.name}: {fault}", PULL
    return "", ""


def checker_encoder(settings: Settings) -> Path:
    """The folder of the encoder whose tokenizer and word vectors the checker shares."""
    return shelf(settings) / E5.target


def read_checker() -> bytes:
    """The graph. Raises ModelError if it is not the one that was measured."""
    try:
        graph = CHECKER.read_bytes()
    except OSError as error:
        raise ModelError(f"{CHECKER} cannot be read: {error.strerror}", "Run prep doctor") from error
    if hashlib.sha256(graph).hexdigest() != CHECKER_SHA256:
        raise ModelError(f"{CHECKER} is damaged", "Restore it: git checkout models/checker")
    return graph
