"""The one error tree. Every error a user can meet has a message and a remedy, one line each.

Third-party exceptions are converted in the module that owns the library, so callers catch `PrepError` only.
"""


class PrepError(Exception):
    """Something expected went wrong: `message` says what happened, `remedy` what to do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = " ".join(message.split())
        self.remedy = " ".join(remedy.split())

    def __str__(self) -> str:
        """One line: what happened, then what to do."""
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class SettingsError(PrepError):
    """A setting is unknown, or its value is not of the kind it must be."""


class InputError(PrepError):
    """What the user gave (a path, a query, a document id) cannot be used."""


class ReadError(PrepError):
    """A file cannot be turned into text."""


class ModelError(PrepError):
    """Weights are missing, damaged, or cannot be fetched."""


class FetchError(PrepError):
    """A paper cannot be downloaded."""


class StoreError(PrepError):
    """The home folder or one of the stores in it cannot be used."""


class BusyError(StoreError):
    """Another process holds the home folder; the message names it."""


class StaleIndexError(StoreError):
    """The index was built with other settings: stored -> current -> the command that fixes it."""


class LLMError(PrepError):
    """The language model is down, slow, or answers with garbage."""
