"""Papers: the list, and downloading from a server on this machine that breaks off, lies and sends us away."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from drawn_pdf import LEFT, column, write_pdf

from cli import main
from core.errors import BusyError, FetchError, InputError, SettingsError
from core.settings import load_settings
from index.fetch import BACKOFF, RETRIES, Fetched, fetch_papers
from index.papers import Paper, find_papers, listed_papers, listed_title

BODY = b"%PDF-1.4\n" + bytes(range(256)) * 1024 + b"\n%%EOF\n"
ONE, TWO = Paper("2305.18290", "One", 2023), Paper("2106.09685", "Two", 2021)
Act = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Does what the test wrote down for the path, in order; the last act is repeated."""

    acts: dict[str, list[Act]]
    seen: list[tuple[str, str | None, str]]  # path, Range, User-Agent

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Range"], self.headers["User-Agent"]))
        acts = self.acts.get(self.path, [status(404)])
        (acts.pop(0) if len(acts) > 1 else acts[0])(self)

    def log_message(self, *arguments: object) -> None:
        """Silent."""


def send(
    body: bytes = BODY, etag: str = '"v1"', stop: int | None = None, kind: str = "application/pdf"
) -> Act:
    """`body`, the asked range of it where If-Range agrees; the connection ends after `stop` bytes of it."""

    def act(handler: Handler) -> None:
        asked, condition = handler.headers["Range"], handler.headers["If-Range"]
        start = (
            int(asked.removeprefix("bytes=").removesuffix("-")) if asked and condition in (None, etag) else 0
        )
        if start >= len(body):
            return status(416)(handler)
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        handler.send_header("Content-Length", str(len(body) - start))
        handler.send_header("Content-Type", kind)
        handler.send_header("ETag", etag)
        handler.end_headers()
        handler.wfile.write(body[start:stop])
        return None

    return act


def status(code: int, **headers: str) -> Act:
    def act(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return act


class Site:
    """A paper server: `acts` by arXiv id, what was `asked`, how long the client `waited`."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url, self.waited = home, url, list[float]()

    def play(self, paper: Paper, *acts: Act) -> None:
        Handler.acts[f"/pdf/{paper.arxiv}"] = list(acts)

    def fetch(self, *papers: Paper) -> list[Fetched]:
        return list(fetch_papers(papers, self.home, self.url, wait=self.waited.append))

    def ranges(self) -> list[str | None]:
        return [asked for _, asked, _ in Handler.seen]

    def stored(self, paper: Paper) -> bytes:
        return (self.home / "papers" / f"{paper.arxiv}.pdf").read_bytes()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    Handler.acts, Handler.seen = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield Site(tmp_path / "home", f"http://127.0.0.1:{server.server_port}/pdf/")
    server.shutdown()
    server.server_close()
    thread.join()


def test_papers_arrive_once_with_a_pause_and_a_name(site: Site) -> None:
    site.play(ONE, send())
    site.play(TWO, send(BODY + b"2"))
    first = site.fetch(ONE, TWO)
    assert [done.status for done in first] == ["fetched", "fetched"] and site.stored(TWO) == BODY + b"2"
    assert site.waited[0] == 0 and 2 < site.waited[1] <= 3
    assert all(agent.startswith("prepcite") for _, _, agent in Handler.seen)
    assert [done.status for done in site.fetch(ONE, TWO)] == ["there", "there"] and len(Handler.seen) == 2
    recorded = json.loads((site.home / "papers" / "papers.json").read_text())
    assert recorded == {done.paper.arxiv: done.sha256 for done in first}
    left = {path.name for path in (site.home / "papers").iterdir()} - {".lock"}
    assert left == {"2305.18290.pdf", "2106.09685.pdf", "papers.json"}


def test_what_breaks_off_goes_on_where_it_stopped(site: Site) -> None:
    site.play(ONE, send(stop=200_000), send())
    assert site.fetch(ONE)[0].status == "fetched" and site.stored(ONE) == BODY
    [first, second] = site.ranges()
    assert first is None and second is not None and 0 < int(second[6:-1]) <= 200_000
    assert site.waited[1:] == [BACKOFF]


def test_another_run_goes_on_too(site: Site) -> None:
    site.play(ONE, send(stop=200_000))
    assert "broke off" in str(site.fetch(ONE)[0].error) and len(Handler.seen) == RETRIES + 1
    site.play(ONE, send())
    assert site.fetch(ONE)[0].status == "fetched" and site.stored(ONE) == BODY
    assert site.ranges()[-1] is not None


def test_a_new_version_in_between_starts_over(site: Site) -> None:
    other = BODY.replace(b"%PDF-1.4", b"%PDF-1.5")
    site.play(ONE, send(stop=200_000), send(other, etag='"v2"'))
    assert site.fetch(ONE)[0].status == "fetched" and site.stored(ONE) == other


def test_a_body_that_lacks_its_end_is_refused(site: Site) -> None:
    site.play(ONE, send(BODY[:-40]))
    [done] = site.fetch(ONE)
    assert done.status == "failed" and done.path is None and "is cut off" in str(done.error)
    assert not (site.home / "papers" / "2305.18290.pdf").exists()


def test_one_failure_is_one_line_and_does_not_stop_the_rest(site: Site) -> None:
    page = b"<!doctype html><title>Are you a robot?</title>"
    site.play(ONE, send(page, kind="text/html; charset=utf-8"))
    site.play(TWO, send())
    gone = Paper("2001.00001", "", 2020)
    html, missing, good = site.fetch(ONE, gone, TWO)
    assert "sends text/html, not a PDF" in str(html.error) and "answers 404" in str(missing.error)
    assert all(done.error and "\n" not in done.error for done in (html, missing))
    assert good.status == "fetched" and len(Handler.seen) == 3


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_server_is_waited_for_as_long_as_it_asks(site: Site, code: int) -> None:
    in_a_minute = formatdate(time.time() + 60, usegmt=True)
    site.play(ONE, status(code, Retry_After="7"), status(code), status(code, Retry_After=in_a_minute), send())
    assert site.fetch(ONE)[0].status == "fetched"
    assert site.waited[1:3] == [7, 2 * BACKOFF] and 50 < site.waited[3] <= 60


@pytest.mark.parametrize("act", [status(429), status(503, Retry_After="86400")])
def test_a_server_that_stays_busy_is_left_alone(site: Site, act: Act) -> None:
    site.play(ONE, act)
    site.play(TWO, send())
    with pytest.raises(FetchError, match=r"answers (429|503)"):
        site.fetch(ONE, TWO)
    assert all(path == "/pdf/2305.18290" for path, _, _ in Handler.seen) and max(site.waited) <= 120


def test_a_server_that_cannot_be_reached_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="cannot be reached") as caught:
        list(fetch_papers([ONE, TWO], tmp_path, "http://127.0.0.1:9/pdf"))
    assert "PREP_PAPERS_URL" in caught.value.remedy


def test_a_damaged_file_is_fetched_again_and_another_one_refused(site: Site) -> None:
    site.play(ONE, send())
    first = site.fetch(ONE)[0]
    assert first.path is not None
    first.path.write_bytes(BODY[:500])
    assert site.fetch(ONE)[0] == first
    first.path.unlink()
    site.play(ONE, send(BODY + b"changed"))
    [done] = site.fetch(ONE)
    assert done.status == "failed" and f"{first.sha256} is recorded: refused" in str(done.error)
    assert not first.path.exists()


def test_a_file_put_there_by_hand_is_taken_as_it_is(site: Site) -> None:
    (site.home / "papers").mkdir(parents=True)
    (site.home / "papers" / "2305.18290.pdf").write_bytes(BODY)
    assert site.fetch(ONE)[0].status == "there" and Handler.seen == []


def test_two_at_once_do_not_mix(site: Site) -> None:
    site.play(ONE, send())
    running = fetch_papers([ONE], site.home, site.url)
    next(running)
    with pytest.raises(BusyError, match="Another process"):
        site.fetch(ONE)
    running.close()
    assert site.fetch(ONE)[0].status == "there"


def test_ids_are_understood_or_refused() -> None:
    assert len(find_papers([])) == len(listed_papers()) > 400
    [dpo] = find_papers(["arXiv:2305.18290", "2305.18290"])
    assert dpo.title.startswith("Direct Preference Optimization") and dpo.digest == "dpo.md"
    assert find_papers(["2305.18290v2"])[0] == Paper("2305.18290v2", dpo.title, 2023, "dpo.md")
    assert find_papers(["2001.00001"]) == [Paper("2001.00001", "", 2020)]
    assert listed_title("somewhere/2305.18290v3.pdf") == dpo.title
    assert listed_title("2305.18290.md") == listed_title("lora.pdf") == ""
    for wrong in ("dpo", "2313.00001", "../2305.18290", "", "2305.18290/.."):
        with pytest.raises(InputError, match="not an arXiv id"):
            find_papers([wrong])
    with pytest.raises(SettingsError, match="PREP_PAPERS_URL"):
        load_settings({"PREP_HOME": "/x", "PREP_PAPERS_URL": "ftp://example"})


def test_the_command_fetches_reads_and_names_papers(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PREP_PAPERS_URL", site.url)
    site.play(ONE, send(write_pdf(tmp_path / "x.pdf", [column(60, LEFT)]).read_bytes()))
    assert main(["papers", "fetch", "2305.18290", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found.keys() == {"papers", "documents", "seconds"}
    [row], [document] = found["papers"], found["documents"]
    assert (
        row.keys() == {"arxiv", "title", "status", "path", "sha256", "error"} and row["status"] == "fetched"
    )
    title = listed_papers()["2305.18290"].title
    assert (document["title"], document["kind"], document["status"]) == (title, "paper", "added")

    assert main(["papers", "fetch", "2305.18290", "2001.00001", "--json"]) == 1
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert [row["status"] for row in found["papers"]] == ["there", "failed"] and "Traceback" not in err
    assert [document["status"] for document in found["documents"]] == ["unchanged"]
    assert main(["papers", "list"]) == 0 and f"2305.18290  here  2023  {title}" in capfd.readouterr().out

    assert main(["rebuild"]) == 0 and main(["list"]) == 0
    assert title in capfd.readouterr().out
