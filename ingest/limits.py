"""What reading a file may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits of the process that reads one PDF. The defaults are those of core.settings."""

    memory_mb: int = 2048
    seconds: int = 300
