"""Talking to a terminal or a script: results on stdout, talk and progress on stderr, errors as one line.

With `--json` stdout carries exactly one JSON document whatever a library prints: until it is written, file
descriptor 1 is stderr. Knows no command and no noun of the project but its errors.
"""

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from core.errors import PrepError

EXPECTED, USAGE, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141  # exit codes; the last two as shells count signals


class Output:
    """Where one command writes. A context manager: inside, nothing but `emit` reaches stdout under --json."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._stdout: int | None = None
        self._print_to = sys.stdout
        self._rolling = False
        self._stages: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self.as_json:
            sys.stdout.flush()
            self._stdout = os.dup(1)
            os.dup2(2, 1)  # for libraries in C and child processes
            self._print_to, sys.stdout = sys.stdout, sys.stderr
        return self

    def __exit__(self, *exception: object) -> None:
        self._end_step()
        if self._stdout is not None:
            sys.stdout = self._print_to
            os.dup2(self._stdout, 1)
            os.close(self._stdout)
            self._stdout = None

    def say(self, line: str) -> None:
        """One line of talk."""
        self._end_step()
        print(line, file=sys.stderr, flush=True)

    def step(self, line: str) -> None:
        """Progress that overwrites itself on a terminal and is silent in a file or a pipe."""
        if sys.stderr.isatty():
            width = shutil.get_terminal_size().columns
            print(f"\r\x1b[K{line[: width - 1]}", end="", file=sys.stderr, flush=True)
            self._rolling = True

    def stage(self, item: str, message: str, detail: str) -> None:
        """Progress of one item: a new message stays as a line, the detail rolls."""
        if self._stages.get(item) != message:
            self._stages[item] = message
            self.say(f"{item}: {message}")
        self.step(f"{item}: {message} {detail}")

    def preview(self, text: str) -> None:
        """Text as it streams, for a person who watches."""
        if sys.stderr.isatty() and not self.as_json:
            print(text, end="", file=sys.stderr, flush=True)
            self._rolling = False

    def emit(self, payload: dict[str, Any], lines: Iterable[str]) -> None:
        """The result: `payload` under --json, else `lines`."""
        self._end_step()
        if self.as_json:
            write_json(payload, self._stdout)
        else:
            print("\n".join(lines), flush=True)

    def _end_step(self) -> None:
        if self._rolling:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._rolling = False


def write_json(payload: dict[str, Any], descriptor: int | None = None) -> None:
    """One JSON document and a newline, in UTF-8 whatever the locale; lone surrogates become `?`."""
    data = (json.dumps(payload, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    sys.stdout.flush()
    with open(1 if descriptor is None else descriptor, "wb", closefd=False) as out:
        out.write(data)


def guard(work: Callable[[], int], as_json: bool) -> int:
    """Run `work` and return its exit code; an error becomes one line (and one JSON document)."""
    _make_printable()
    try:
        return work()
    except PrepError as error:
        return fail(error.message, error.remedy, EXPECTED, as_json)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains while it shuts down
        return PIPE_CLOSED
    except Exception as error:  # a fault of ours: the user gets one line, the log gets the rest
        log = _write_log()
        return fail(
            f"Something unexpected happened: {error!r}", f"The details are in {log}", EXPECTED, as_json
        )


def fail(message: str, remedy: str, code: int, as_json: bool) -> int:
    """Say what happened and what to do. Returns `code`."""
    line = f"{message}. {remedy}" if remedy else message
    try:
        print(f"error: {line}", file=sys.stderr, flush=True)
        if as_json:
            write_json({"error": message, "remedy": remedy})
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return code


def _make_printable() -> None:
    """A terminal or locale that cannot show a character shows a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _write_log() -> Path:
    """The traceback in a file of its own outside the home, which may be what is broken."""
    path = Path(tempfile.gettempdir()) / f"prep-error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    path.write_text(traceback.format_exc(), encoding="utf-8", errors="replace")
    return path
