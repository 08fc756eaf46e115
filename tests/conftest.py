"""What every test has: a home of its own, no network but loopback, no setting of the person who runs it.

The models are the user's, linked into each home: `make test` fetches them before the first test.
"""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

# Before anything imports a library that reads them.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "NO_PROXY": "127.0.0.1,localhost",
}

from fake_model import serving

from core.settings import Settings, load_settings

MODELS = load_settings({key: os.environ[key] for key in ("PREP_HOME",) if key in os.environ}).home / "models"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """PREP_HOME is a new folder holding a link to the models; no other PREP_* variable is set."""
    for name in [name for name in os.environ if name.startswith("PREP_")]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    (home / "models").symlink_to(MODELS, target_is_directory=True)
    monkeypatch.setenv("PREP_HOME", str(home))


@pytest.fixture
def settings(own_settings: None) -> Settings:
    """The settings of this test's own home."""
    return load_settings()


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Connections and look-ups other than to this machine fail."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def allow(host: Any) -> None:
        if isinstance(host, bytes):
            host = host.decode()
        if host not in (None, "", "localhost", "::1") and not str(host).startswith("127."):
            raise OSError(f"A test tried to reach {host}: tests are offline")

    def checked(method: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family != getattr(socket, "AF_UNIX", None):
                allow(address[0])
            return method(self, address)

        return call

    def looked_up(host: Any, *args: Any, **options: Any) -> Any:
        allow(host)
        return look_up(host, *args, **options)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", checked(connect))
    patch.setattr(socket.socket, "connect_ex", checked(connect_ex))
    patch.setattr(socket, "getaddrinfo", looked_up)
    yield
    patch.undo()


@pytest.fixture
def url() -> Iterator[str]:
    """Address of a model that says what its name tells (fake_model.py)."""
    with serving() as url:
        yield url
