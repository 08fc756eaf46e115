"""PDFs are written by hand here, so that each oddity is known: fonts, sizes, places, what is damaged."""

import subprocess
import sys
import zlib
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader, PdfWriter

from core.errors import ReadError
from ingest import ReadLimits, chunk_reading, read_file

LIMITS = ReadLimits(memory_mb=1024, seconds=30)
BODY = 10


def build(
    contents: list[bytes], fonts: bytes = b"", extra: tuple[bytes, ...] = (), info: bytes = b""
) -> bytes:
    """A PDF with a page per content stream; objects: catalog, pages, Helvetica, then `extra`, the pages."""
    first = 4 + len(extra)
    kids = b" ".join(b"%d 0 R" % (first + 2 * i) for i in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(contents), kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *extra,
    ]
    for index, content in enumerate(contents):
        resources = b"<< /Font << /F1 3 0 R %b >> >>" % fonts
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources %b /Contents %d 0 R >>"
        objects.append(page % (resources, first + 2 * index + 1))
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    if info:
        objects.append(info)
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"/Info %d 0 R" % len(objects) if info else b""
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        table,
    )
    return bytes(out)


def lines(*texts: str | tuple[str, int], top: int = 720, x: int = 72) -> bytes:
    """A content stream: lines from the top down, each a text or (text, size)."""
    out = []
    for item in texts:
        text, size = item if isinstance(item, tuple) else (item, BODY)
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        out.append(f"BT /F1 {size} Tf {x} {top} Td ({escaped}) Tj ET")
        top -= size + 4
    return "\n".join(out).encode("cp1252")


def number(page: int) -> bytes:
    """A page number at the foot."""
    return b"\n" + lines(str(page), top=40, x=300)


def read(data: bytes, name: str = "paper.pdf"):
    return read_file(data, name, LIMITS)


@pytest.fixture(scope="module")
def paper():
    """Three pages with a title, an abstract, numbered sections, running heads and page numbers."""
    pages = [
        lines(
            ("A Study of Shared", 18),
            ("Key and Value Heads", 18),
            "Ann Author, Example University",
            ("Abstract", 12),
            "We share key and value heads among groups of query heads, which makes the cache much",
            "smaller. The quality stays close to that of the full model, as experiments with transla-",
            "tion and English-",
            "to-German data show. We also report English speed. The translation works.",
            ("1 Introduction", 12),
            "Attention needs a cache that grows with the number of heads, and reading that cache from",
            top=700,
        )
        + number(1),
        lines(
            "A Study of Shared Heads",
            "memory is what limits the speed of decoding. We therefore share the heads.",
            ("2 Method", 12),
            ("2.1 Grouping the Heads", 11),
            "Each group of query heads shares one key head and one value head. The number of groups",
            "lies between one and the number of heads.",
        )
        + number(2),
        lines(
            "A Study of Shared Heads",
            ("3 Conclusion", 12),
            "Sharing pays. It costs little quality and saves much memory in every case we tried here.",
            ("References", 12),
            "[1] A. Author. A title. arXiv preprint, 2019.",
        )
        + number(3),
        lines("A Study of Shared Heads", "The appendix has no heading but belongs to the end.") + number(4),
    ]
    return read(build(pages))


def test_title_pages_and_sections(paper):
    assert paper.title == "A Study of Shared Key and Value Heads"
    assert [page.number for page in paper.pages] == [1, 2, 3, 4]
    assert [section.heading for section in paper.sections] == [
        ("Abstract",),
        ("1 Introduction",),
        ("2 Method",),
        ("2 Method", "2.1 Grouping the Heads"),
        ("3 Conclusion",),
        ("References",),
    ]


def test_lines_are_joined_and_hyphenated_words_closed(paper):
    assert "which makes the cache much smaller. The quality" in paper.text
    assert "experiments with translation and English-to-German data show." in paper.text


def test_a_sentence_runs_on_over_the_page_break_and_page_furniture_is_gone(paper):
    assert "reading that cache from memory is what limits" in paper.text
    assert "A Study of Shared Heads" not in paper.text
    assert not any(line.strip().isdigit() for line in paper.text.split("\n"))


def test_pages_tile_the_text_and_chunks_name_the_pages_they_lie_on(paper):
    assert paper.pages[0].start == 0 and paper.pages[-1].end == len(paper.text)
    assert all(a.end == b.start for a, b in pairwise(paper.pages))
    assert paper.text[paper.pages[1].start :].startswith("memory is what limits")
    across = next(c for c in chunk_reading(paper, 64) if "memory is what limits" in c.text)
    assert (across.page_start, across.page_end) == (1, 2)
    assert across.heading == ("1 Introduction",)


def test_radicals_become_han_characters_and_gaps_between_them_close():
    text = "⼤模型的⾯ 试官看重基础知识与项⽬经历，也看重⼯程能⼒和表达能⼒。"
    codes = {c: n for n, c in enumerate(dict.fromkeys(text), 1)}
    mapping = "\n".join(f"<{n:04X}> <{ord(c):04X}>" for c, n in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{mapping}\nendbfchar endcmap end end"
    ).encode()
    extra = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Han /Encoding /Identity-H "
        b"/DescendantFonts [5 0 R] /ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Han /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(cmap), cmap),
    )
    shown = "".join(f"{codes[c]:04X}" for c in text)
    reading = read(build([f"BT /F2 10 Tf 72 700 Td <{shown}> Tj ET".encode()], b"/F2 4 0 R", extra))
    assert reading.text == "大模型的面试官看重基础知识与项目经历，也看重工程能力和表达能力。"
    assert reading.language == "zh"


def test_metadata_title_counts_only_when_it_is_one():
    page = [lines("Some body text that is long enough to be no title of anything, as one sees.")]
    assert read(build(page, info=b"<< /Title (Scaling Laws for Cats) >>")).title == "Scaling Laws for Cats"
    for nonsense in (b"Microsoft Word - final2.docx", b"untitled", b"arXiv:1706.03762v5", b"12"):
        assert read(build(page, info=b"<< /Title (%b) >>" % nonsense), "name.pdf").title == "name"


def test_hidden_text_and_unreadable_pages_are_reported():
    hidden = b"BT 3 Tr /F1 10 Tf 72 700 Td (The rate was 0.1 they say.) Tj 0 Tr 0 -20 Td (It was 0.2.) Tj ET"
    damaged = build([hidden, lines("A second page that is fine.")]).replace(b"second page", b"second\x00page")
    warnings = read(damaged).warnings
    assert warnings == ("1 of 2 pages hold text that is not visible on the page: 1",)


def test_outline_gives_sections_that_have_no_number():
    titles = ("Preface", "Why It Works", "Coda")
    plain = build([lines(title, "Some text stands here.") for title in titles])
    writer = PdfWriter(clone_from=PdfReader(BytesIO(plain)))
    for page, title in enumerate(titles):
        writer.add_outline_item(title=title, page_number=page)
    out = BytesIO()
    writer.write(out)
    assert [s.heading for s in read(out.getvalue()).sections] == [("Preface",), ("Why It Works",), ("Coda",)]


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(build([lines("Secret text.")]))))
    writer.encrypt(password, algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def scan() -> bytes:
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Length 1 >>\nstream\n0\nendstream"
    )
    return build([b"/Im1 Do"], extra=(image,)).replace(
        b"/Font << /F1 3 0 R  >>", b"/XObject << /Im1 4 0 R >>"
    )


def bomb() -> bytes:
    packed = zlib.compress(b" " * (200 << 20), 9)
    data = build([b"@"])
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)
    return data.replace(b"<< /Length 1 >>\nstream\n@\nendstream", stream)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encrypted("secret"), "needs a password"),
        (scan(), "it is a scan"),
        (bomb(), "too large"),
        (build([b""]), "holds no text"),
        (build([]), "has no pages"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 4, "is damaged"),
    ],
    ids=["password", "scan", "bomb", "blank", "no pages", "garbage"],
)
def test_what_cannot_be_read_is_one_clear_line(data, words):
    with pytest.raises(ReadError, match=words) as caught:
        read(data)
    assert "\n" not in str(caught.value) and "paper.pdf" in caught.value.message and caught.value.remedy


def test_an_owner_password_alone_does_not_lock_the_text():
    assert read(encrypted("")).text == "Secret text."


def test_a_download_that_broke_off_keeps_its_complete_pages():
    whole = build([lines(f"The text of page number {n} stands here in full.") for n in range(1, 9)])
    reading = read(whole[: whole.index(b"page number 6")])
    assert "page number 4 stands here" in reading.text and "page number 7" not in reading.text
    assert any("damaged" in warning for warning in reading.warnings)


def test_a_page_tree_that_runs_in_a_circle_is_rescued():
    reading = read(build([lines("Some text.")]).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"))
    assert reading.text == "Some text." and reading.warnings


def test_limits_end_the_child_and_are_named():
    slow = build([lines(*["A line of text that is repeated to take time."] * 50)] * 2000)
    with pytest.raises(ReadError, match="64 MB"):
        read_file(bomb(), "big.pdf", ReadLimits(memory_mb=64, seconds=30))
    with pytest.raises(ReadError, match="1 s"):
        read_file(slow, "slow.pdf", ReadLimits(memory_mb=1024, seconds=1))


def test_reading_does_not_depend_on_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "pypdf.py").write_text("raise RuntimeError('not this one')")
    (tmp_path / "ingest.py").write_text("raise RuntimeError('nor this one')")
    monkeypatch.chdir(tmp_path)
    assert read(build([lines("Some text.")])).text == "Some text."


def test_importing_the_package_loads_no_pdf_library():
    code = "import sys, ingest; print([m for m in sys.modules if m in ('pypdf', 'pypdfium2', 'torch')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_pdf_is_known_by_its_bytes_not_its_name():
    assert read(build([lines("Some text.")]), "paper.txt").text == "Some text."
