"""Downloads papers into the home folder: one at a time, going on where it stopped, each checked.

The SHA-256 of a paper is recorded in papers.json when it first arrives; a later download that differs is
refused. The only module that asks a server for papers; knows no library. The pause is the one that arXiv asks
automatic clients to keep (its terms of use for the API: one request every three seconds).
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from filelock import FileLock, Timeout

from core.errors import BusyError, FetchError
from index.locks import unwritable
from index.papers import Paper

if TYPE_CHECKING:
    import httpx

PAUSE = 3.0  # seconds from one paper's request to the next
RETRIES = 4  # after the first try, for what may pass; arbitrary
BACKOFF = 2.0  # seconds before the first retry, doubled each time; arbitrary: 30 s in all
LONGEST_WAIT = 120.0  # seconds; a server that asks for more is left alone for this run; arbitrary
TIMEOUT = 30.0  # seconds without a byte; arbitrary
BLOCK = 1 << 16  # bytes read at a time; arbitrary
HEAD = TAIL = 1024  # bytes where `%PDF-` and `%%EOF` must stand; as PDF readers look for them
AGENT = "prepcite (a study app of one person; one paper at a time)"
AGAIN = "Run prep papers fetch again: it goes on where it stopped"

Wait = Callable[[float], None]
Progress = Callable[[Paper, int], None]  # the paper, how many bytes of it are there


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one paper. `path` and `sha256` are empty for one that failed, `error` is its one line."""

    paper: Paper
    status: Literal["fetched", "there", "failed"]
    path: Path | None = None
    sha256: str = ""
    error: str | None = None


class _ServerError(FetchError):
    """The server is out of reach or overloaded: asking it for the next paper would be no use, or impolite."""


class _TryLaterError(Exception):
    """What may pass. `seconds`: how long the server asked to wait, None where it did not say."""

    def __init__(self, reason: str, seconds: float | None = None, busy: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.seconds, self.busy = reason, seconds, busy


def fetch_papers(
    papers: Sequence[Paper],
    home: Path,
    base_url: str,
    progress: Progress = lambda paper, size: None,
    wait: Wait = time.sleep,
) -> Iterator[Fetched]:
    """Bring `base_url`/ID into home/papers as ID.pdf for each paper that is not there; failures do not stop it.

    Raises FetchError when the server is out of reach or keeps sending us away, BusyError while another process
    fetches, StoreError if the home cannot be written. What has arrived by then, in part too, stays.
    """
    folder = home / "papers"
    with _alone(home, folder), _open_client() as client:
        hashes = _read_hashes(folder)
        earliest = 0.0
        for paper in papers:
            path = folder / f"{paper.arxiv}.pdf"
            if found := _look_up(path, hashes):
                yield Fetched(paper, "there", path, found)
                continue
            wait(max(0.0, earliest - time.monotonic()))
            earliest = time.monotonic() + PAUSE
            try:
                part = path.with_suffix(".part")
                _download(
                    client, f"{base_url.rstrip('/')}/{paper.arxiv}", part, _heard(progress, paper), wait
                )
                yield Fetched(paper, "fetched", path, _keep(part, path, hashes))
            except _ServerError:
                raise
            except FetchError as error:
                yield Fetched(paper, "failed", error=str(error))


def _heard(progress: Progress, paper: Paper) -> Callable[[int], None]:
    return lambda size: progress(paper, size)


@contextmanager
def _alone(home: Path, folder: Path) -> Iterator[None]:
    """Hold the folder, made if need be; what the disk refuses becomes a StoreError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock").acquire(timeout=0):
            yield
    except Timeout:
        raise BusyError(f"Another process fetches papers into {folder}", "Wait until it is done") from None
    except OSError as error:
        raise unwritable(home, error) from error


def _open_client() -> "httpx.Client":
    import httpx

    headers = {"User-Agent": AGENT, "Accept": "application/pdf", "Accept-Encoding": "identity"}
    try:
        return httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=True)
    except (ImportError, ValueError, httpx.InvalidURL) as error:  # a proxy of a kind httpx cannot use
        raise FetchError(f"The proxy that is set cannot be used: {error}", "Correct HTTPS_PROXY") from error


# what is there ---------------------------------------------------------------------------------------


def _look_up(path: Path, hashes: dict[str, str]) -> str:
    """The hash of a paper that is there and whole; "" if it must be fetched. A damaged file is dropped."""
    if not path.is_file():
        return ""
    found = _hash(path)
    if hashes.get(path.stem, found) != found or _fault(path):
        path.unlink()
        return ""
    if path.stem not in hashes:  # put here by hand
        _record(path, found, hashes)
    return found


def _keep(part: Path, path: Path, hashes: dict[str, str]) -> str:
    """Give a whole download its name and record its hash. Raises FetchError if another hash is recorded."""
    found = _hash(part)
    known = hashes.get(path.stem, found)
    if known != found:
        part.unlink()
        raise FetchError(
            f"{path.name} now has SHA-256 {found}, {known} is recorded: refused",
            f"If the paper has a new version, remove its line from {path.parent / 'papers.json'}",
        )
    _record(path, found, hashes)
    part.replace(path)
    _tag(part).unlink(missing_ok=True)
    return found


def _read_hashes(folder: Path) -> dict[str, str]:
    """arXiv id -> SHA-256, as recorded."""
    path = folder / "papers.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise FetchError(
            f"Cannot read {path}: {error}", "Remove it; the hashes are then recorded anew"
        ) from error
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _record(path: Path, sha256: str, hashes: dict[str, str]) -> None:
    hashes[path.stem] = sha256
    new = path.with_name("papers.json.new")
    new.write_text(json.dumps(hashes, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(path.with_name("papers.json"))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fault(path: Path) -> str:
    """What keeps a file from being a whole PDF; "" if nothing does."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    if b"%PDF-" not in head:
        return "is not a PDF"
    return "" if b"%%EOF" in tail else "is cut off"


def _tag(part: Path) -> Path:
    """Where the version of a partial download is remembered, as the server names it."""
    return part.with_suffix(".tag")


# the download ----------------------------------------------------------------------------------------


def _download(
    client: "httpx.Client", url: str, part: Path, report: Callable[[int], None], wait: Wait
) -> None:
    """Bring `url` into `part`, going on behind what is there, with retries for what may pass."""
    for attempt in range(RETRIES + 1):
        try:
            return _get(client, url, part, report)
        except _TryLaterError as later:
            seconds = BACKOFF * 2**attempt if later.seconds is None else later.seconds
            if attempt == RETRIES or seconds > LONGEST_WAIT:
                kind = _ServerError if later.busy else FetchError
                asked = f" and asks to wait {later.seconds:.0f} s" if later.seconds else ""
                raise kind(f"{url} {later.reason}{asked}", AGAIN) from None
        wait(seconds)


def _get(client: "httpx.Client", url: str, part: Path, report: Callable[[int], None]) -> None:
    """One try. Raises _TryLaterError for what may pass, FetchError for what will not."""
    import httpx

    size = part.stat().st_size if part.is_file() else 0
    headers = {"Range": f"bytes={size}-"} if size else {}
    if size and _tag(part).is_file() and (version := _tag(part).read_text(encoding="ascii")):
        headers["If-Range"] = version
    try:
        with client.stream("GET", url, headers=headers) as response:
            _check_status(response, url, part, size)
            _write(response, url, part, size if response.status_code == 206 else 0, report)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        reason = str(error) or type(error).__name__
        remedy = f"Check the network, or set PREP_PAPERS_URL to a mirror. {AGAIN}"
        raise _ServerError(f"{url} cannot be reached: {reason}", remedy) from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise _ServerError(f"{url} is no address: {error}", "Correct PREP_PAPERS_URL") from error
    except httpx.TransportError as error:
        raise _TryLaterError(f"broke off: {error or type(error).__name__}") from error
    except httpx.HTTPError as error:
        raise FetchError(f"{url} cannot be fetched: {error}", "Open it in a browser to see why") from error
    if fault := _fault(part):
        raise _TryLaterError(fault)


def _check_status(response: "httpx.Response", url: str, part: Path, size: int) -> None:
    status = response.status_code
    said = f"answers {status} {response.reason_phrase}".rstrip()
    fits = response.headers.get("Content-Range", "").startswith(f"bytes {size}-")
    if status == 416 or (status == 206 and not fits):  # the partial file is of no use to this server
        part.unlink(missing_ok=True)
        raise _TryLaterError(said, 0.0 if size else None)
    if status >= 500 or status == 429:
        raise _TryLaterError(said, _asked_wait(response), busy=status in (429, 503))
    if status not in (200, 206):
        raise FetchError(f"{url} {said}", "Check the id, and PREP_PAPERS_URL if you set it")


def _asked_wait(response: "httpx.Response") -> float | None:
    """Seconds of a Retry-After header, which is a number or a date."""
    from email.utils import parsedate_to_datetime

    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _write(
    response: "httpx.Response", url: str, part: Path, size: int, report: Callable[[int], None]
) -> None:
    """The body behind the first `size` bytes of `part`; refuses what does not begin as a PDF does."""
    blocks = response.iter_raw(BLOCK)
    first = next(blocks, b"")
    if not size and b"%PDF-" not in first[:HEAD]:
        kind = response.headers.get("Content-Type", "something").split(";")[0]
        remedy = "Open it in a browser: the server may want something; or set PREP_PAPERS_URL to a mirror"
        raise FetchError(f"{url} sends {kind}, not a PDF", remedy)
    if not size:
        part.unlink(missing_ok=True)
        _tag(part).write_text(_version(response), encoding="ascii", errors="ignore")
    with part.open("ab") as file:
        for block in chain([first], blocks):
            size += file.write(block)
            report(size)


def _version(response: "httpx.Response") -> str:
    """What If-Range may be asked with: an ETag (a weak one, W/..., promises nothing) or the date; "" for none."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
