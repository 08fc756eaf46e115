"""The groups of `prep` commands: models, papers, eval; and what all commands share.

Apart from cli.py only for size. Knows no rule of its own either.
"""

import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core import present
from core.console import EXPECTED, Output

if TYPE_CHECKING:
    from core.settings import Settings
    from index import Library, Step
    from index.papers import Paper
    from models import Progress

plain = partial(typer.Typer, add_completion=False, rich_markup_mode=None)
models_app = plain(help="Fetch the model weights, or say which are there.")
papers_app = plain(help="Fetch the papers behind the notes, or list them.")
eval_app = plain(help="Measure retrieval, refusals and verdicts; compare two measurements.")

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
ReportFile = Annotated[Path, typer.Argument(metavar="REPORT", help="What prep eval run --json printed.")]
PaperIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ID...]", help="arXiv ids such as 2305.18290; else all listed.")
]


def read_settings() -> "Settings":
    """The settings of now."""
    from core.settings import load_settings

    return load_settings()


def open_home(settings: "Settings | None" = None) -> "Library":
    """The library of the settings."""
    from index import open_library

    return open_library(settings or read_settings())


def show_step(out: Output, step: "Step") -> None:
    """Progress of one file."""
    out.step(f"{Path(step.source).name}: {step.stage} {step.done}/{step.total}")


@models_app.command()
def pull(as_json: Json = False) -> None:
    """Fetch the weights that the settings need; running it again goes on where it stopped."""
    import models

    with Output(as_json) as out:
        settings = read_settings()
        models.pull(settings, partial(_show_fetching, out))
        _emit_models(out, settings)


@models_app.command()
def status(as_json: Json = False) -> int:
    """Say which weights are there."""
    with Output(as_json) as out:
        return _emit_models(out, read_settings())


@papers_app.command()
def fetch(ids: PaperIds = None, as_json: Json = False) -> int:
    """Download papers and bring them into the library; running it again goes on where it stopped."""
    from index.fetch import fetch_papers
    from index.papers import find_papers
    from ingest import FoundFile

    with Output(as_json) as out, open_home() as library:
        started = time.perf_counter()
        papers = find_papers(ids or [])
        url = library.settings.papers_url
        rows, documents = [], []
        for fetched in fetch_papers(papers, library.settings.home, url, partial(_show_paper, out)):
            rows.append(present.paper_row(fetched))
            count = f"[{len(rows)}/{len(papers)}]"
            out.say(f"{count} {present.paper_line(rows[-1])}")
            for done in library.ingest(
                [FoundFile(fetched.path, "paper")] if fetched.path else [], partial(show_step, out)
            ):
                documents.append(present.ingested_row(done))
                out.say(f"{count} {present.ingested_line(documents[-1])}")
        kept = sum(row["status"] != "failed" for row in documents)
        seconds = round(time.perf_counter() - started, 2)
        line = f"{kept} of {len(papers)} papers are in the library ({seconds} s)"
        out.emit({"papers": rows, "documents": documents, "seconds": seconds}, [line])
        return 0 if kept == len(papers) else EXPECTED


@papers_app.command("list")
def list_papers(as_json: Json = False) -> None:
    """List the papers that the notes name, and which of them are here."""
    from index.papers import find_papers

    with Output(as_json) as out:
        folder = read_settings().home / "papers"
        rows = [
            asdict(paper) | {"fetched": (folder / f"{paper.arxiv}.pdf").is_file()}
            for paper in find_papers([])
        ]
        out.emit({"papers": rows}, present.listed_lines(rows))


@eval_app.command("run")
def run_eval(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH...]", help="Folders of sets.")] = None,
    llm: Annotated[
        str, typer.Option(help="none, or local: translates and may refuse, as in prep ask; 10 s a question.")
    ] = "none",
    as_json: Json = False,
) -> None:
    """Measure retrieval on the given sets, or on the shipped ones."""
    from eval.report import measure_paths, report_lines

    with Output(as_json) as out:
        report = measure_paths(paths or [], read_settings(), out.say, out.step, llm)
        out.emit(report, report_lines(report))


@eval_app.command()
def compare(before: ReportFile, after: ReportFile, as_json: Json = False) -> None:
    """Compare two reports of `prep eval run --json`, question by question."""
    from eval.compare import compare_reports, comparison_lines
    from eval.report import load_report

    with Output(as_json) as out:
        result = compare_reports(load_report(before), load_report(after))
        out.emit(result, comparison_lines(result))


@eval_app.command()
def claims(
    half: Annotated[str, typer.Argument(help="dev, test, or a JSONL file of claims.")] = "dev",
    over: Annotated[
        list[Path] | None, typer.Option(help="Documents the claims are about, instead of the shipped corpus.")
    ] = None,
    llm: Annotated[
        str, typer.Option(help="Have this model read again, as prep check does: none or local.")
    ] = "none",
    as_json: Json = False,
) -> None:
    """Measure verdicts: true sentences over the corpus, and the same made false."""
    from eval.claims import SHIPPED, corpus_asker, load_claims, measure_claims, report_json, report_lines
    from eval.sets import CORPUS

    with Output(as_json) as out:
        path = SHIPPED.get(half, Path(half))
        load_claims(path)  # a file at fault is named before the corpus is read, not after
        with corpus_asker(read_settings(), out.step, over or [CORPUS]) as asker:
            report = measure_claims(path, asker, out.step, llm)
        out.emit(report_json(report), report_lines(report))


def _emit_models(out: Output, settings: "Settings") -> int:
    import models

    rows = [asdict(state) | {"path": str(state.path)} for state in models.status(settings)]
    out.emit({"models": rows}, present.model_lines(rows))
    return 0 if all(row["present"] for row in rows) else EXPECTED


def _show_fetching(out: Output, progress: "Progress") -> None:
    megabytes = f"{progress.done_bytes >> 20} of {progress.total_bytes >> 20} MB"
    out.stage(progress.item, progress.message, megabytes)


def _show_paper(out: Output, paper: "Paper", size: int) -> None:
    out.step(f"{paper.arxiv}: {size >> 10} KB")
