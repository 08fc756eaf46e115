"""The shipped corpus holds together: manifest, map, papers, links, glossary, formulas, and what `eval` quotes of it.

Judges no sentence: whether it is right is for people to say.
"""

import json
import re
import tomllib
from graphlib import TopologicalSorter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from eval.claims import SHIPPED
from eval.manifest import write_manifest
from ingest import read_file

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpus"
GUIDE = Path(__file__).parents[2] / "shared" / "guide"  # the text that the guide must not copy; where present
DOCUMENTS = sorted(CORPUS.rglob("*.md"))
NOTES = {path.name for path in (CORPUS / "notes").iterdir()}
DIGESTS = {path.name for path in (CORPUS / "papers").iterdir()}
ANEW = "the corpus has changed: run `make manifest` and commit corpus/manifest.toml with it"
ARXIV = re.compile(r"arXiv[:：]\s?(\d{4}\.\d{4,5})")
YEAR = re.compile(r"[,，]\s?((?:19|20)\d{2})[,，]\s?arXiv[:：]\s?(\d{4}\.\d{4,5})")
SHARED = 30  # characters in a row
KEYS = {
    "guide": {"title", "title_en", "group", "language", "updated"},
    "notes": {"title", "title_en", "group", "language", "updated"},
    "papers": {"title", "authors", "year", "arxiv", "kind", "language", "updated"},
}


def place(path: Path) -> str:
    return path.relative_to(CORPUS).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def table(name: str, key: str) -> list[dict[str, Any]]:
    found = tomllib.loads(text_of(CORPUS / name))
    assert set(found) == {key}
    return list(found[key])


def front_matter(path: Path) -> dict[str, str]:
    lines = text_of(path).split("---\n")[1].splitlines()
    pairs = [line.partition(":") for line in lines]
    return {key: value.strip().strip('"') for key, _, value in pairs}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text_of(path).splitlines()]


# the manifest ----------------------------------------------------------------------------------------


def test_the_manifest_lists_every_document_as_it_is() -> None:
    listed = {entry["path"]: entry for entry in table("manifest.toml", "document")}
    assert sorted(listed) == sorted(place(path) for path in DOCUMENTS), ANEW
    changed = [
        name for name, e in listed.items() if e["sha256"] != sha256((CORPUS / name).read_bytes()).hexdigest()
    ]
    assert changed == [], ANEW
    kinds = {"guide": "guide", "notes": "note", "papers": "paper"}
    for path in DOCUMENTS:
        front, entry = front_matter(path), listed[place(path)]
        assert (entry["title"], entry["language"]) == (front["title"], front["language"]), place(path)
        assert entry["kind"] == kinds[path.parent.name] and entry["licence"] == "Apache-2.0"


def test_the_manifest_can_be_written_anew(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text(
        '---\ntitle: 甲 "A" 与乙\n---\n\n# 甲\n\n一段中文。\n', encoding="utf-8"
    )
    assert write_manifest(tmp_path) == 1
    [entry] = tomllib.loads(text_of(tmp_path / "manifest.toml"))["document"]
    data = (tmp_path / "notes" / "a.md").read_bytes()
    assert entry == {
        "path": "notes/a.md", "title": '甲 "A" 与乙', "kind": "note", "language": "zh", "licence": "Apache-2.0",
        "sha256": sha256(data).hexdigest(),
    }  # fmt: skip


# the map and the papers ------------------------------------------------------------------------------


def test_the_map_names_what_is_there_and_all_of_it() -> None:
    topics = table("topics.toml", "topic")
    ids = [topic["id"] for topic in topics]
    assert len(set(ids)) == len(ids) >= 40
    sections = set(re.findall(r"^## (.+)$", text_of(CORPUS / "guide" / "guide.zh.md"), re.MULTILINE))
    for topic in topics:
        assert topic["notes"] and topic["title_zh"] and topic["title_en"], topic["id"]
        assert topic["section"] in sections, topic
    notes = [note for topic in topics for note in topic["notes"]]
    assert sorted(notes) == sorted(NOTES)
    assert {paper for topic in topics for paper in topic["papers"]} == DIGESTS


def test_prerequisites_are_topics_and_end_somewhere() -> None:
    graph = {topic["id"]: topic["prerequisites"] for topic in table("topics.toml", "topic")}
    assert {before for befores in graph.values() for before in befores} <= graph.keys()
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)  # raises CycleError


def test_every_paper_that_is_named_is_listed() -> None:
    papers = {paper["arxiv"]: paper for paper in table("papers.toml", "paper")}
    named = {number: path.name for path in DOCUMENTS for number in ARXIV.findall(text_of(path))}
    assert {number: file for number, file in named.items() if number not in papers} == {}
    assert papers.keys() <= named.keys() | {
        front_matter(CORPUS / "papers" / name)["arxiv"] for name in DIGESTS
    }
    years = {m for path in DOCUMENTS for m in YEAR.findall(text_of(path))}
    assert len(years) > 300
    assert [(year, number) for year, number in years if papers[number]["year"] != int(year)] == []


def test_listed_papers_and_digests_agree() -> None:
    papers = table("papers.toml", "paper")
    assert len({paper["arxiv"] for paper in papers}) == len(papers)
    titles = [paper["title"] for paper in papers]
    assert len(set(titles)) == len(titles) and all(title == " ".join(title.split()) != "" for title in titles)
    with_digest = {paper["digest"]: paper for paper in papers if "digest" in paper}
    assert with_digest.keys() == DIGESTS
    for name, paper in with_digest.items():
        front = front_matter(CORPUS / "papers" / name)
        assert (front["arxiv"], front["title"], front["year"]) == (
            paper["arxiv"], paper["title"], str(paper["year"]),
        )  # fmt: skip


# the texts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=place)
def test_a_document_is_complete(path: Path) -> None:
    front = front_matter(path)
    assert front.keys() == KEYS[path.parent.name] and all(front.values())
    assert re.fullmatch(r"20\d{2}-(0[1-9]|1[0-2])", front["updated"])
    reading = read_file(path.read_bytes(), path.name)
    assert (reading.title, reading.language) == (front["title"], front["language"]) and reading.sections
    if path.parent.name == "notes":
        headings = set(re.findall(r"^## (.+)$", text_of(path), re.MULTILINE))
        assert {"一句话定义", "常见误解", "相关论文"} <= headings
        questions = re.findall(r"^### .+[?？]$", text_of(path), re.MULTILINE)
        assert len(questions) >= 3, questions


@pytest.mark.parametrize("path", DOCUMENTS, ids=place)
def test_links_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"\$[^$\n]+\$", "", text_of(path))
    links = re.findall(r"\[[^\]]+\]\(([^)#\s]+)[^)]*\)", prose)
    assert [link for link in links if "://" not in link and not (path.parent / link).is_file()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=place)
def test_formulas_are_closed(path: Path) -> None:
    assert open_formulas(text_of(path)) == []


def open_formulas(text: str) -> list[str]:
    """Paragraphs in which a `$` or a brace of a formula stays open; code does not count."""
    text = re.sub(r"^```.*?^```$|`[^`\n]+`", "", text, flags=re.MULTILINE | re.DOTALL)
    out = []
    for paragraph in re.split(r"\n\s*\n|\n(?=[-|] )", text):
        rest, formulas = [], re.findall(r"\$\$(.+?)\$\$", paragraph, re.DOTALL)
        rest = re.sub(r"\$\$.+?\$\$", "", paragraph, flags=re.DOTALL).replace(r"\$", "")
        formulas += re.findall(r"\$([^$]+)\$", rest)
        braces = [re.sub(r"\\[{}]", "", formula) for formula in formulas]
        if rest.count("$") % 2 or any(f.count("{") != f.count("}") for f in braces):
            out.append(paragraph)
    return out


def test_an_open_formula_is_seen() -> None:
    assert open_formulas("a $x$ b\n\n$$y$$\n\ncosts `$5` or \\$5") == []
    assert open_formulas("a $x b\n\nfine $z$") == ["a $x b"]
    assert open_formulas("$$x_{1$$") == ["$$x_{1$$"]


def test_glossary_terms_are_many_distinct_and_used() -> None:
    terms = table("glossary.toml", "term")
    assert len(terms) >= 250
    variants = [variant.lower() for t in terms for key in ("zh", "en", "abbr") for variant in t[key]]
    assert sorted({v for v in variants if variants.count(v) > 1}) == []
    corpus = "\n".join(map(text_of, DOCUMENTS)).lower()
    used = [any(v.lower() in corpus for key in ("zh", "en", "abbr") for v in t[key]) for t in terms]
    assert [term for term, found in zip(terms, used, strict=True) if not found] == []


def letters(text: str) -> str:
    """Letters and digits only, so that no change of spaces or punctuation hides a copy."""
    return "".join(c for c in text.lower() if c.isalnum())


@pytest.mark.skipif(not GUIDE.is_dir(), reason=f"no {GUIDE.parent.name}/{GUIDE.name} beside the project")
def test_nothing_is_copied_from_the_guide_text() -> None:
    source = letters("".join(text_of(path) for path in sorted(GUIDE.glob("*.txt"))))
    every = {source[i : i + SHARED] for i in range(len(source) - SHARED + 1)}
    runs = {run for run in every if re.search("[一-鿿]", run)}  # a list of product names is no sentence
    assert len(runs) > 1000
    copied = {}
    for path in DOCUMENTS:
        own = letters(text_of(path))
        if found := [
            own[i : i + SHARED] for i in range(len(own) - SHARED + 1) if own[i : i + SHARED] in runs
        ]:
            copied[place(path)] = found[0]
    assert copied == {}


# what eval says of the corpus ------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED.values(), ids=SHIPPED)
def test_quotes_of_the_claims_stand_in_their_documents(path: Path) -> None:
    claims = rows(path)
    assert len(claims) > 100
    texts = {place(document): text_of(document) for document in DOCUMENTS}
    assert [claim["id"] for claim in claims if claim["quote"] not in texts.get(claim["doc"], "")] == []


def test_gold_of_the_questions_stands_in_the_documents() -> None:
    questions = rows(ROOT / "eval" / "sets" / "corpus.jsonl")
    gold = [(q["id"], found["doc"], found["heading"]) for q in questions for found in q["gold"]]
    assert len(gold) >= 30
    texts = {place(document): text_of(document) for document in DOCUMENTS}
    lost = [g for g in gold if not re.search(rf"^#+ {re.escape(g[2])}$", texts.get(g[1], ""), re.MULTILINE)]
    assert lost == []
