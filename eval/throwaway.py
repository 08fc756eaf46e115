"""An empty library in a temporary home, which uses the models of the real one."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from core.errors import StoreError
from core.settings import Settings
from index import Library, open_library


@contextmanager
def throwaway_library(settings: Settings) -> Iterator[Library]:
    """It is gone afterwards. Raises StoreError when the disk gives no room for it."""
    try:
        with tempfile.TemporaryDirectory(prefix="prep-eval-") as folder:
            home = Path(folder) / "home"
            home.mkdir()
            (home / "models").symlink_to(settings.home / "models", target_is_directory=True)
            with open_library(replace(settings, home=home, chroma_url="")) as library:
                yield library
    except OSError as error:
        raise StoreError(
            f"Cannot make a throw-away index: {error}", "Free some space, or set TMPDIR"
        ) from error
