"""What the browser is told to draw: text stays text, citations stand behind their sentence."""

import string
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from answer.records import Evidence, Sentence, Verdict
from ingest.records import Page, Reading, Section
from ui.rich import blocks, unwrap
from ui.text import _TABLE, Words, language_for
from ui.views import answer_view, passage_view, quote_on_page, summary

ZH, EN = Words("zh"), Words("en")


def evidence(doc: str, start: int, quote: str, page: int | None = None) -> Evidence:
    return Evidence(doc, f"Title {doc}", page, start, start + len(quote), quote, 0.9)


def sentence(text: str, verdict: Verdict = "supported", *found: Evidence) -> Sentence:
    return Sentence(text, verdict, found)


def runs_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [run for block in found for runs in [block["runs"], *block.get("cells", ())] for run in runs]


def test_both_languages_fill_the_same_gaps() -> None:
    def gaps(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (zh, en) in _TABLE.items():
        assert zh.strip() and en.strip(), key
        if key not in ("summary", "summary_one"):
            assert gaps(zh) == gaps(en), key
    assert [language_for(locale) for locale in ("zh-CN", "en-US", None, "fr")] == ["zh", "en", "zh", "zh"]


def test_the_summary_counts_claims_only() -> None:
    said = [sentence("a"), sentence("b", "partial"), sentence("c", "unsupported"), sentence("d", "no_claim")]
    assert summary(said, ZH) == "3 句：有出处 1，部分有出处 1，未找到出处 1"
    assert summary(said[:1], EN) == "1 sentence: 1 found, 0 partly, 0 not found"
    assert summary([said[3]], EN) == ""
    again = [replace(said[0], second=True), said[1]]
    assert summary(again, EN).endswith("0 not found; 1 read again by the language model")


def test_a_number_stands_for_a_quote_and_shared_quotes_share_it() -> None:
    one, two = evidence("a", 0, "quote one", 3), evidence("b", 5, "quote two")
    view = answer_view(
        [
            sentence("First.", "supported", one, two),
            sentence("Second.", "partial", two),
            sentence("No.", "unsupported"),
        ],
        {"a": "there"},
        EN,
    )
    assert [[chip["number"] for chip in s["chips"]] for s in view["sentences"]] == [[1, 2], [2], []]
    assert [s["label"] for s in view["sentences"]] == ["found in source", "partly found", "not found"]
    assert [source["place"] for source in view["sources"]] == ["Title a · p. 3", "Title b"]
    assert [source["gone"] for source in view["sources"]] == ["", "Source removed"]
    assert "".join(run["t"] for run in runs_of(view["blocks"])) == "First. Second. No."


def test_each_sentence_ends_once_and_in_its_own_text() -> None:
    said = [
        sentence("## Why\n", "no_claim"),
        sentence("- **bold** and\n", "supported"),
        sentence("| a | b |\n|---|---|\n| c | d |\n"),
    ]
    found = answer_view(said, {}, EN)["blocks"]
    ends = [(run["ends"], run["t"]) for run in runs_of(found) if "ends" in run]
    assert ends == [([0], "Why"), ([1], " and"), ([2], " d ")]
    assert [block["kind"] for block in found] == ["h", "li", "row", "row"]


def test_markup_of_documents_is_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    hostile += " [click](javascript:alert(1)) ![pixel](http://x.example/p.png) $\\href{x}{y}$"
    runs = runs_of(blocks(hostile))
    assert not any("math" in run for run in runs)
    assert "".join(run["t"] for run in runs) == "<img src=x onerror=alert(1)> click pixel $\\href{x}{y}$"


def test_quotes_apart_are_paragraphs_of_their_own() -> None:
    view = answer_view([sentence("one\nline"), sentence("二\n行")], {}, EN, apart=True)
    assert [[run["t"] for run in block["runs"]] for block in view["blocks"]] == [["one line"], ["二行"]]


def test_the_passage_is_the_section_with_its_mark() -> None:
    text = "# A\n\nfirst part.\n\n## B\n\nThe **quote** here. And more.\n\n## C\n\nlast"
    at = text.index("The **")
    reading = Reading(
        text,
        "T",
        "en",
        (),
        (Section(("A",), 0, 18), Section(("A", "B"), 18, 53), Section(("A", "C"), 53, len(text))),
    )
    focus = evidence("d", at, "The **quote** here.")
    other = evidence("d", text.index("And"), "And more.")
    view = passage_view(reading, focus, [other], "Open")
    assert view["heading"] == "A › B"
    marked = [(run["t"], run["span"]) for run in runs_of(view["blocks"])]
    assert marked == [("B", -1), ("The ", 0), ("quote", 0), (" here.", 0), (" ", -1), ("And more.", 1)]


def test_a_quote_over_two_pages_is_split_between_them() -> None:
    reading = Reading("first page\nsecond page", "T", "en", (Page(1, 0, 11), Page(2, 11, 22)))
    found = evidence("d", 6, "page\nsecond", 1)
    assert [quote_on_page(reading, found, page)[0] for page in (1, 2, 3)] == ["page\n", "second", ""]


def test_unwrapping_keeps_lists_and_paragraphs() -> None:
    assert unwrap("a line\nand 换\n行\n\nnext\n- item\n2. two") == "a line and 换行\n\nnext\n- item\n2. two"


@given(st.text(st.sampled_from("ab 中。*_`#|->[]()!\n1.$\\^"), max_size=80), st.data())
def test_no_letter_is_lost_and_spans_label_exactly_theirs(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    runs = runs_of(blocks(text, [(start, end, 7)]))
    assert all(run["t"] for run in runs)
    kept = "".join(run["t"] for run in runs)
    hidden = "".join(c for c in text if c not in kept)
    assert not set(hidden) & set("ab中。") or "](" in text  # only what a link hides may be missing
    inside = "".join(run["t"] for run in runs if run["span"] == 7 and "math" not in run)
    assert all(c in text[start:end] for c in inside if c != "\n")
