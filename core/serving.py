"""Runs the app as a child process on loopback and says when it answers. Knows nothing of what it does."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import InputError

HOST = "127.0.0.1"
START_SECONDS = 60  # for the app to answer; it takes 2-5 s on two cores


def serve_app(script: Path, port: int, ready: Callable[[str], None]) -> int:
    """Run the Streamlit `script`, call `ready(address)` once it answers, return its exit code when it ends.

    Ctrl+C and SIGTERM end both and count as a normal end. Raises InputError if the port is taken or it does
    not start.
    """
    if _answers(port):
        raise InputError(f"Port {port} is in use", "Stop what runs there, or name another with --port")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with subprocess.Popen(_command(script, port), stdout=subprocess.DEVNULL) as server:
        try:
            _wait(port, server)
            ready(f"http://{HOST}:{port}")
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            server.terminate()


def _command(script: Path, port: int) -> list[str]:
    options = {
        "server.address": HOST,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",  # the watcher would walk through torch
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    """Return once the app answers. Raises InputError if it ends or does not answer in time."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        if server.poll() is not None:
            raise InputError("The app stopped while it started", "The lines above say why")
        if time.monotonic() > deadline:
            raise InputError(f"The app did not answer within {START_SECONDS} s", "Try again")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
