"""Checks of the home and its stores: name, verdict, remedy. Reads only."""

import os
import shutil

from core.errors import PrepError
from core.settings import Settings
from index.embed import SHIPPED
from index.intake import Stores
from index.records import Check

MIN_FREE = 500 * 2**20  # bytes; a passage takes about 30 KB


def checks(settings: Settings, stores: Stores, fingerprint: str) -> list[Check]:
    """All checks, in the order a reader would want them."""
    out = [_home(settings), _models(settings), _checker(settings)]
    if settings.llm == "local" and settings.llm_file is None:
        out.append(_adapter())
    for name, check in (
        ("catalog", lambda: _catalog(stores, fingerprint)),
        ("stores", lambda: _stores(settings, stores)),
    ):
        try:
            out.append(check())
        except PrepError as error:
            out.append(Check(name, False, error.message, error.remedy))
    return out


def _home(settings: Settings) -> Check:
    home = settings.home
    there = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(there, os.W_OK):
        return Check(
            "home", False, f"{home} cannot be written", "Make it writable, or set PREP_HOME elsewhere"
        )
    free = shutil.disk_usage(there).free
    if free < MIN_FREE:
        return Check("home", False, f"{home} has {free >> 20} MB left", "Free some space: 500 MB are wise")
    return Check("home", True, f"{home}, {free >> 30} GB free")


def _models(settings: Settings) -> Check:
    from models import status
    from models.shelf import PULL

    missing = [state for state in status(settings) if not state.present]
    if missing:
        return Check("models", False, "; ".join(f"{m.name}: {m.message}" for m in missing), PULL)
    names = ", ".join(state.name for state in status(settings)) or "none needed"
    return Check("models", True, names)


def _checker(settings: Settings) -> Check:
    from models import checker_fault, read_checker

    fault, remedy = checker_fault(settings)
    if fault:
        return Check("claim checker", False, f"sentences are judged by rules alone: {fault}", remedy)
    try:
        return Check("claim checker", True, f"{len(read_checker()) >> 20} MB, whole")
    except PrepError as error:
        return Check("claim checker", False, error.message, error.remedy)


def _adapter() -> Check:
    from models.adapter import ADAPTERS, RESTORE, adapter_fault

    if fault := adapter_fault():
        return Check("second opinion", False, f"the local model gives none unasked: {fault}", RESTORE)
    return Check(
        "second opinion", True, f"{sum(path.stat().st_size for path in ADAPTERS.values()) >> 20} MB, whole"
    )


def _catalog(stores: Stores, fingerprint: str) -> Check:
    documents = stores.catalog.documents()
    stored = stores.catalog.fingerprint()
    if documents and stored != fingerprint:
        message = f"built with fingerprint {stored or '(unfinished rebuild)'}, settings give {fingerprint}"
        return Check("catalog", False, message, "Run prep rebuild")
    left = stores.catalog.unfinished()
    if left:
        message = f"{len(left)} documents were interrupted on their way in or out"
        return Check("catalog", False, message, "The next ingest or removal clears them away")
    if not documents:
        return Check("catalog", True, "no documents yet; add some with prep ingest PATH")
    chunks = sum(document.chunks for document in documents)
    return Check("catalog", True, f"{len(documents)} documents, {chunks} chunks, fingerprint {fingerprint}")


def _stores(settings: Settings, stores: Stores) -> Check:
    documents = stores.catalog.documents()
    expected = sum(document.chunks for document in documents)
    terms, vectors, prose = stores.keywords.count(), stores.store.count(), stores.catalog.prose_chunks()
    states, wanted = stores.tokens.count(), prose if settings.embed_model == SHIPPED else 0
    lost = [d.title for d in documents if not stores.original(d.doc_id).exists()]
    if (vectors, states, terms) != (prose, wanted, expected):
        message = f"{vectors} of {prose} vectors, {states} of {wanted} token states, {terms} of {expected} keyword rows"
        return Check("stores", False, message, "Run prep rebuild")
    if lost:
        return Check("stores", False, f"originals missing: {', '.join(lost[:3])}", "Ingest these files again")
    return Check(
        "stores", True, f"{vectors} vectors, {states} token states, {terms} keyword rows, all originals there"
    )
