"""LaTeX to MathML: what is understood is built, everything else stays as typed, and nothing runs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.records import Sentence
from ui.formulas import _ATTRIBUTES, _TAGS, Tree, formula
from ui.rich import blocks, flatten
from ui.text import Words
from ui.views import answer_view


def words_of(tree: Tree) -> str:
    inside = tree[2]
    return inside if isinstance(inside, str) else "".join(words_of(child) for child in inside)


def nodes(tree: Tree) -> list[Tree]:
    return [tree, *(node for child in tree[2] if not isinstance(child, str) for node in nodes(child))]


def runs(text: str, *spans: tuple[int, int, int]) -> list[dict[str, Any]]:
    return [run for block in blocks(text, spans) for run in block["runs"]]


@pytest.mark.parametrize(
    ("latex", "read"),
    [
        (r"\mathrm{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V", "softmax(QK⊤dk)V"),
        (r"\mathcal{L}_\text{DPO} = -\mathbb{E}[\log\sigma(\beta)]", "ℒDPO=−𝔼[logσ(β)]"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a=bc=d"),
        (r"\arg\max_\theta \|x\|_2^2", "argmaxθ‖x‖22"),
        (r"r=8 < 16", "r=8<16"),
    ],
)
def test_formulas_of_the_field_are_understood(latex: str, read: str) -> None:
    tree = formula(latex)
    assert tree is not None and words_of(tree).replace("\N{NO-BREAK SPACE}", " ") == read
    assert tree[0] == "math" and {node[0] for node in nodes(tree)} <= _TAGS


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}", r"\style{background:url(x)}{x}", r"\class{stApp}{x}",
        r"\color{red}{x}", r"\unknown{x}", r"x^", r"}{", r"\frac", "{" * 1500, "x" * 3000, "5% of x",
    ],
)  # fmt: skip
def test_what_is_not_understood_stays_as_typed(latex: str) -> None:
    assert formula(latex) is None
    typed = runs(f"so ${latex}$ it is")
    assert "".join(run["t"] for run in typed) == f"so ${latex}$ it is"


def test_a_script_inside_a_formula_is_text() -> None:
    tree = formula(r"\text{<script>alert(1)</script>}")
    assert tree is not None and words_of(tree) == "<script>alert(1)</script>"


@given(
    st.lists(
        st.sampled_from([*"ab1_^{}&<>\\'", r"\frac", r"\href", r"\left(", "\\\\", r"\text{", "中"]),
        max_size=30,
    )
)
def test_only_listed_tags_and_attributes_come_out(pieces: list[str]) -> None:
    tree = formula("".join(pieces))
    for tag, attributes, _ in nodes(tree) if tree else ():
        assert tag in _TAGS and set(attributes) <= _ATTRIBUTES | {"mathvariant"}


def test_dollars_that_are_money_are_money() -> None:
    for text in ("between $5 and $10", "US$5/US$6", "costs $20", r"\$5 and 6$", "$5-$10 a day"):
        assert not any("math" in run for run in runs(text)), text


@pytest.mark.parametrize(
    "text", ["$a$", r"\(a\)", "$$a$$", r"\[a\]", "$$\na\n$$", "b\n\\[\na\n\\]\nc", "x $$a$$ y"]
)
def test_every_way_to_write_a_formula(text: str) -> None:
    (found,) = [run for run in runs(text) if "math" in run]
    assert words_of(found["math"]) == "a"


def test_a_mark_inside_or_across_a_formula_marks_all_of_it() -> None:
    text = "so $a+b$ is"
    inside = [(run["t"], run["span"]) for run in runs(text, (4, 5, 0))]
    across = [(run["t"], run["span"]) for run in runs(text, (0, 5, 0))]
    assert inside == [("so ", -1), ("$a+b$", 0), (" is", -1)]
    assert across == [("so ", 0), ("$a+b$", 0), (" is", -1)]


def test_sentences_that_meet_in_a_formula_both_keep_their_citations() -> None:
    said = [Sentence("One $a", "supported"), Sentence("b$.", "partial"), Sentence("Next $c$", "partial")]
    found = answer_view(said, {}, Words("en"))["blocks"]
    ends = [(run["t"], run["ends"]) for block in found for run in block["runs"] if "ends" in run]
    assert sorted(label for _, labels in ends for label in labels) == [0, 1, 2]
    assert ends[0] == ("$ab$", [0])


def test_a_snippet_is_cut_between_formulas() -> None:
    short = flatten(blocks("# Head\n\n| a | $x^2$ |\n|---|---|\n| c | $" + "y" * 40 + "$ |"), 20)
    assert [run["t"] for run in short if run["t"].strip()] == ["Head", " a ", "$x^2$", " c ", "…"]


def test_markdown_is_formatted_not_shown() -> None:
    text = (
        "---\nlang: en\n---\n# Title\n\n**bold *both*** and *it* `co*de`\n\n---\n\n| a | `x|y` |\n|---|---|\n"
        "| [l](u) | $|x|$ |\n\n<details><summary><b>Q</b></summary>\n1. one\n   - two [![p](q)](r)"
    )
    found = blocks(text)
    assert [block["kind"] for block in found] == ["h", "p", "rule", "row", "row", "p", "li", "li"]
    shown = [run["t"] for block in found for cell in [block["runs"], *block.get("cells", ())] for run in cell]
    assert "".join(shown).replace(" ", "") == "Titleboldbothanditco*deax|yl$|x|$Qonetwop"
