"""Page pictures and the place of a quote on them, on PDFs written here byte by byte."""

import io
from pathlib import Path

import pytest
from drawn_pdf import LEFT, RIGHT, column, write_pdf
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ReadError
from ingest.pages import Box, cover, locate, render_page


@pytest.fixture
def two_columns(tmp_path: Path) -> Path:
    return write_pdf(tmp_path / "two.pdf", [column(40, LEFT) + column(320, RIGHT)])


def middle(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def test_a_quote_over_a_hyphen_is_boxed_line_by_line(two_columns: Path) -> None:
    boxes = locate(two_columns, 1, "Each group shares a single key head and one value head.")
    assert len(boxes) == 2
    assert all(box.right < 0.5 for box in boxes)
    first, second = (middle(box)[1] for box in boxes)
    assert first == pytest.approx(1 - 684 / 800, abs=0.01) and second == pytest.approx(
        1 - 664 / 800, abs=0.01
    )
    assert boxes[0].left > boxes[1].left  # it begins inside its line


def test_a_quote_across_columns_is_found_in_both(two_columns: Path) -> None:
    boxes = locate(two_columns, 1, "one value head. The memory for cached keys")
    assert [box.left > 0.5 for box in boxes] == [False, True]


def test_a_quote_that_is_not_on_the_page_is_not_marked(two_columns: Path) -> None:
    assert locate(two_columns, 1, "Rotary embeddings encode absolute position with a rotation matrix.") == []
    assert locate(two_columns, 1, " — ") == []


def test_a_turned_page_is_marked_where_it_is_drawn(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "turned.pdf", [column(40, LEFT)], extra="/Rotate 90")
    (box,) = locate(path, 1, "heads into groups.")
    assert box.bottom - box.top > box.right - box.left  # the line runs downwards
    assert middle(box)[0] == pytest.approx(684 / 800, abs=0.01)


def test_the_last_of_200_pages_is_a_picture(tmp_path: Path) -> None:
    from PIL import Image

    path = write_pdf(tmp_path / "long.pdf", [[(40, 700, f"This is page {i} of many")] for i in range(1, 201)])
    picture = Image.open(io.BytesIO(render_page(path, 200, 1.0)))
    assert picture.format == "PNG" and picture.size == (600, 800)
    assert picture.convert("L").getextrema()[0] < 100  # something dark is on it
    assert locate(path, 200, "page 200 of") and not locate(path, 200, "heads into groups")


def test_a_large_page_stays_a_small_picture(tmp_path: Path) -> None:
    from PIL import Image

    path = write_pdf(tmp_path / "poster.pdf", [[(40, 700, "poster")]], extra="/MediaBox [0 0 14400 7200]")
    assert max(Image.open(io.BytesIO(render_page(path, 1, 4.0))).size) == 2400


def test_what_cannot_be_shown_is_one_read_error(two_columns: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    for path, page in (
        (two_columns, 0),
        (two_columns, 2),
        (tmp_path / "bad.pdf", 1),
        (tmp_path / "none.pdf", 1),
    ):
        with pytest.raises(ReadError) as caught:
            render_page(path, page)
        assert caught.value.remedy and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("quote", "page", "marked"),
    [
        ("显存占用随之下降", "⽤⼤模型时显存占\n用 随之 下降。", "显存占用随之下降"),
        ("efficient fine-tuning", "an eﬃcient ﬁne-\ntuning method", "eﬃcientﬁnetuning"),
        ("r = 8 works", "R=8 WORKS", "R8WORKS"),
    ],
)
def test_characters_are_compared_without_their_dress(quote: str, page: str, marked: str) -> None:
    assert "".join(page[i] for i in cover(quote, page)) == marked


def test_of_two_places_the_one_where_the_quote_was_read() -> None:
    page = "We assume a model. It is so. We assume a model. It is not so."
    quote = "We assume a model."
    assert cover(quote, page)[0] == 0 == cover(quote, page, 0.1)[0]
    assert cover(quote, page, 0.5)[0] == page.rindex("We")
    assert cover(quote, page, 1.0)[0] == page.rindex("We")


@given(st.text(st.sampled_from("abcde 中文字 -\n."), max_size=60), st.data())
def test_every_piece_of_a_page_is_found_and_is_itself(page: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(page)))
    quote = page[start : data.draw(st.integers(start, len(page)))]
    found = cover(quote, page)
    letters = [c for c in quote if c.isalnum()]
    assert [page[i] for i in found] == letters
    assert found == sorted(set(found))
