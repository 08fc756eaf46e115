"""Who may import whom, and which package owns which library: read from the source, nothing is run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BELOW = {
    "core": set(),
    "models": {"core"},
    "ingest": {"core"},
    "index": {"core", "models", "ingest"},
    "answer": {"core", "models", "ingest", "index"},
    "ui": {"core", "models", "ingest", "index", "answer"},
    "eval": {"core", "models", "ingest", "index", "answer"},
    "app": {"core", "models", "ingest", "index", "answer", "ui"},
    "cli": {"core", "models", "ingest", "index", "answer", "eval", "cli_groups"},
    "cli_groups": {"core", "models", "ingest", "index", "answer", "eval"},
}
OWNERS = {
    "streamlit": ("ui/", "app.py"),
    "chromadb": ("index/store.py", "eval/side_by_side.py"),
    "pypdf": ("ingest/pdf",),
    "pypdfium2": ("ingest/pdf", "ingest/pages.py"),
    "sentence_transformers": ("index/embed.py", "index/rerank.py"),
    "onnxruntime": ("answer/checker.py", "index/embed.py"),
    "onnx": ("models/graph.py",),
    "safetensors": ("models/encoder.py",),
    "llama_index": ("answer/llm.py", "eval/side_by_side.py"),
    "openai": ("answer/llm.py",),
    "xllamacpp": ("answer/local.py",),
    "latex2mathml": ("ui/formulas.py",),
    "httpx": ("index/fetch.py", "answer/llm.py"),
    "typer": ("cli.py", "cli_groups.py"),
    "ir_measures": ("eval/metrics.py",),
}
HEAVY = set(OWNERS) - {"typer"} | {"torch", "transformers", "tokenizers"}
SOURCES = [*ROOT.glob("*.py"), *(p for name in BELOW for p in (ROOT / name).rglob("*.py"))]


def imports(path: Path, *, top_level: bool = False) -> Iterator[tuple[int, str]]:
    """(line, module) of every import; with `top_level` only those that run when the module is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "."
        elif not (top_level and runs_later(node)):
            nodes.extend(ast.iter_child_nodes(node))


def runs_later(node: ast.AST) -> bool:
    """Whether importing the module does not run this: a function's body, imports for the type checker."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def package(path: Path) -> str:
    return place(path).split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_imports_point_down(path: Path) -> None:
    allowed = BELOW[package(path)] | {package(path)}
    ours = [(line, name) for line, name in imports(path) if name.split(".")[0] in BELOW]
    assert [f"{place(path)}:{line} {name}" for line, name in ours if name.split(".")[0] not in allowed] == []


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_each_library_has_one_owner(path: Path) -> None:
    for line, name in imports(path):
        owners = OWNERS.get(name.split(".")[0])
        assert owners is None or place(path).startswith(owners), f"{place(path)}:{line} imports {name}"


@pytest.mark.parametrize("path", [p for p in SOURCES if package(p) not in ("app", "ui")], ids=place)
def test_heavy_libraries_are_imported_late(path: Path) -> None:
    early = [(line, name) for line, name in imports(path, top_level=True) if name.split(".")[0] in HEAVY]
    assert early == [], f"{place(path)} imports {early} when it is imported"


def test_eval_is_never_imported_by_its_bare_name() -> None:
    files = [*SOURCES, *(ROOT / "tests").glob("*.py")]
    bare = [
        f"{place(path)}:{node.lineno}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(a.name.split(".")[0] == "eval" for a in node.names)
    ]
    assert bare == []


def test_the_rules_see_what_they_are_about() -> None:
    """Each owner does import its library: a renamed module would otherwise turn the rule off unnoticed."""
    for library, owners in OWNERS.items():
        found = [
            p
            for p in SOURCES
            if place(p).startswith(owners) and any(n.split(".")[0] == library for _, n in imports(p))
        ]
        assert found, f"{owners} does not import {library}"
