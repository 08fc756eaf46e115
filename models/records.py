"""The nouns of fetching."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one item is. All bytes there does not mean ready: `message` says what is going on."""

    item: str
    done_bytes: int
    total_bytes: int
    message: str


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model the settings ask for, as it is on disk. `message` is one line: ready, or what is wrong."""

    name: str
    path: Path
    present: bool
    bytes: int  # on disk; 0 where absent
    message: str
