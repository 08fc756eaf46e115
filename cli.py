"""The `prep` command: each subcommand calls the same facades as the app and prints what it got.

The groups models, papers and eval are in cli_groups.py. Imports late: `prep --help` needs Typer only.
Knows no rule of its own; contracts are in docs and tests.
"""

import os
import sys
import time
import warnings
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli_groups import Json, eval_app, models_app, open_home, papers_app, plain, read_settings, show_step
from core import present
from core.console import EXPECTED, INTERRUPTED, USAGE, Output, fail, guard
from core.errors import InputError, PrepError

app = plain(help="Answers to interview questions, every sentence checkable at its source.")
app.add_typer(models_app, name="models")
app.add_typer(papers_app, name="papers")
app.add_typer(eval_app, name="eval")

DocumentId = Annotated[str, typer.Argument(metavar="DOC", help="A document's id, or its first digits.")]
KindName = Literal["guide", "paper", "note"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns its exit code: 0 ok, 1 an expected error, 2 wrong usage."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of libraries; a user can do nothing about them
    return guard(partial(_run, arguments, as_json), as_json)


def _run(arguments: list[str], as_json: bool) -> int:
    command = typer.main.get_command(app)
    try:
        return command(arguments or ["--help"], prog_name="prep", standalone_mode=False) or 0
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return INTERRUPTED
    except typer.TyperException as error:
        message = " ".join(error.format_message().split()).rstrip(".")
        return fail(message, "See prep --help", USAGE, as_json)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.")],
    kind: Annotated[KindName | None, typer.Option(help="Of all of them; else by folder and type.")] = None,
    as_json: Json = False,
) -> int:
    """Bring Markdown, text and PDF files into the library."""
    from ingest import find_files

    with Output(as_json) as out, open_home() as library:
        started = time.perf_counter()
        files = find_files(paths, kind)
        documents = []
        for done in library.ingest(files, partial(show_step, out)):
            documents.append(present.ingested_row(done))
            out.say(f"[{len(documents)}/{len(files)}] {present.ingested_line(documents[-1])}")
        failed = sum(row["status"] == "failed" for row in documents)
        seconds = round(time.perf_counter() - started, 2)
        line = f"{len(documents) - failed} of {len(documents)} files are in the library ({seconds} s)"
        out.emit({"documents": documents, "seconds": seconds}, [line])
        return EXPECTED if failed else 0


@app.command()
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="In Chinese or English.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    kind: Annotated[KindName | None, typer.Option(help="Only documents of this kind.")] = None,
    doc: Annotated[str | None, typer.Option(metavar="ID", help="Only this document.")] = None,
    as_json: Json = False,
) -> None:
    """Find passages."""
    with Output(as_json) as out, open_home() as library:
        found = library.search(_text(query), k, kind, doc)
        hits = [present.hit_row(hit) for hit in found.hits]
        payload = {"query": found.query, "hits": hits, "timings_ms": found.timings_ms}
        out.emit(payload, present.hit_lines(hits))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In Chinese or English.")],
    llm: Annotated[str | None, typer.Option(help="none, local, or the endpoint's model name.")] = None,
    as_json: Json = False,
) -> None:
    """Answer a question from the library."""
    from answer import Answer, Asker, Retrieved, Token, answer_json

    with Output(as_json) as out, open_home() as library, Asker(library, library.settings) as asker:
        for event in asker.ask(_text(question), llm=llm):
            if isinstance(event, Retrieved):
                out.say(f"{len(event.found.hits)} passages found")
            elif isinstance(event, Token):
                out.preview(event.text)
            elif isinstance(event, Answer):
                out.preview("\n\n")
                payload = answer_json(event)
                out.emit(payload, present.answer_lines(payload))


@app.command()
def check(
    text: Annotated[
        str, typer.Argument(metavar="[TEXT|-]", help="The text; - reads it from standard input.")
    ] = "-",
    llm: Annotated[
        str | None,
        typer.Option(help="Who reads again: none (fast), local, or the endpoint's name; default: PREP_LLM."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say for each sentence of any text whether the library has a source for it."""
    from answer import Asker
    from answer.render import sentence_json

    text = sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else _text(text)
    with Output(as_json) as out, open_home() as library, Asker(library, library.settings) as asker:
        second = asker.second_opinion(llm)
        if second:
            out.say("The language model reads each sentence again; --llm none does without, in a second")
        sentences = [sentence_json(sentence) for sentence in asker.check(text, second)]
        if asker.judging.fault:
            out.say(f"Judged by rules alone: {asker.judging.fault}")
        if second and second.fault:
            out.say(f"Not all sentences were read again: {second.fault}")
        out.emit({"sentences": sentences}, present.sentence_lines(sentences))


@app.command("list")
def list_documents(as_json: Json = False) -> None:
    """List the documents of the library."""
    with Output(as_json) as out, open_home() as library:
        rows = [present.document_row(document) for document in library.documents()]
        out.emit({"documents": rows}, present.document_lines(rows))


@app.command()
def show(
    doc: DocumentId,
    page: Annotated[int | None, typer.Option(min=1, help="Only this page.")] = None,
    as_json: Json = False,
) -> None:
    """Print a document's text as it was read."""
    with Output(as_json) as out, open_home() as library:
        document = library.document(doc)
        reading = library.reading(document.doc_id)
        text = reading.text
        if page is not None:
            spans = {p.number: (p.start, p.end) for p in reading.pages}
            if not spans:
                raise InputError(f"{document.title} has no pages", "Leave out --page")
            if page not in spans:
                raise InputError(
                    f"{document.title} has {len(spans)} pages, no page {page}", "Give one it has"
                )
            text = text[slice(*spans[page])]
        out.emit({"document": present.document_row(document), "page": page, "text": text}, [text])


@app.command()
def remove(doc: DocumentId, as_json: Json = False) -> None:
    """Remove a document for good."""
    with Output(as_json) as out, open_home() as library:
        row = present.document_row(library.remove(doc))
        out.emit({"removed": row}, [f"Removed {row['title']} ({row['doc_id'][:12]})"])


@app.command()
def rebuild(as_json: Json = False) -> None:
    """Make the index anew from the stored originals."""
    with Output(as_json) as out, open_home() as library:
        started = time.perf_counter()
        done = library.rebuild(partial(show_step, out))
        seconds = round(time.perf_counter() - started, 2)
        out.emit({"documents": done, "seconds": seconds}, [f"{done} documents indexed anew ({seconds} s)"])


@app.command()
def doctor(as_json: Json = False) -> int:
    """Check the home folder, the models and the stores."""
    with Output(as_json) as out:
        settings = read_settings()
        try:
            with open_home(settings) as library:
                checks = [asdict(check) for check in library.checks()]
        except PrepError as error:
            checks = [{"name": "library", "ok": False, "message": error.message, "remedy": error.remedy}]
        out.emit({"home": str(settings.home), "checks": checks}, present.check_lines(checks))
        return 0 if all(check["ok"] for check in checks) else EXPECTED


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="On 127.0.0.1.")] = 8501, as_json: Json = False
) -> int:
    """Start the app in the browser."""
    from core.serving import serve_app

    with Output(as_json) as out:
        read_settings()  # a mistake in them is said here, not in the browser

        def ready(address: str) -> None:
            out.emit({"address": address}, [f"Prepcite runs at {address} (Ctrl+C stops it)"])

        return EXPECTED if serve_app(Path(__file__).resolve().with_name("app.py"), port, ready) else 0


def _text(argument: str) -> str:
    """An argument as text: bytes that are not UTF-8 reach Python as lone surrogates."""
    return os.fsencode(argument).decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
