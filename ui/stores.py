"""What all tabs share: the library and the asker, opened once for given settings."""

from dataclasses import dataclass

import streamlit as st

from answer.asker import Asker
from core.settings import Settings, load_settings
from index import Library, open_library


@dataclass(frozen=True)
class Stores:
    """Shared by all tabs; both are thread-safe."""

    settings: Settings
    library: Library
    asker: Asker

    def close(self) -> None:
        """Stop the local model and let go of the files."""
        self.asker.close()
        self.library.close()


def open_stores() -> Stores:
    """The stores of the settings as they are now. Raises SettingsError, StoreError."""
    return _open(load_settings())


@st.cache_resource(show_spinner=False, on_release=Stores.close)
def _open(settings: Settings) -> Stores:
    library = open_library(settings)
    asker = Asker(library, settings)
    asker.warm_up()  # in the background, while the reader finds the words
    return Stores(settings, library, asker)
