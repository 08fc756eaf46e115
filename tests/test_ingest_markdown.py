import pytest

from core.errors import ReadError
from ingest import read_file


def read(text: str, name: str = "notes.md"):
    return read_file(text.encode("utf-8"), name)


def headings(reading):
    return [section.heading for section in reading.sections]


def test_sections_from_every_kind_of_heading():
    reading = read(
        """# Guide

intro

## 第一节 ##
text
### Deep *er* [link](http://a.b) `code`
text

Underlined
==========
text

Second level
---
text
<h2 align="center">HTML <b>inner</b> &amp; more</h2>
text
##没有空格
text
"""
    )
    assert reading.title == "Guide"
    assert headings(reading) == [
        ("Guide",),
        ("Guide", "第一节"),
        ("Guide", "第一节", "Deep er link code"),
        ("Underlined",),
        ("Underlined", "Second level"),
        ("Underlined", "HTML inner & more"),
        ("Underlined", "没有空格"),
    ]
    for section in reading.sections:
        assert reading.text[section.start : section.end].strip()


def test_sections_follow_each_other_without_gap():
    reading = read("before\n# A\nx\n## B\ny\n")
    assert [(s.start, s.end) for s in reading.sections] == [(7, 13), (13, len(reading.text))]


def test_no_headings_inside_code_tags_or_tables():
    reading = read(
        "# Real\n```bash\n# not one\n```\n~~~\n## nor this\n```\n## still not\n~~~\n"
        "#tag\n| a |\n|---|\n- item\n---\n"
    )
    assert headings(reading) == [("Real",)]


def test_a_heading_over_several_lines_of_html():
    assert headings(read("<div>\n<h1\n align='x'>\n Big\n title</h1>\n</div>\ntext")) in (
        [("Big title",)],
        [],
    )
    assert headings(read("<h1 id='x'>\n Big\n title</h1>\ntext")) == [("Big title",)]


def test_front_matter_gives_the_title_and_is_not_text():
    reading = read('---\ntitle: "KV cache 入门"\ntags: [a]\n---\n# Other\nbody\n')
    assert reading.title == "KV cache 入门"
    assert reading.text.startswith("# Other")


def test_a_rule_at_the_top_is_no_front_matter():
    assert "kept" in read("---\nkept\n\n---\nbody\n").text


def test_title_falls_back_to_the_file_name():
    assert read("just text, no heading").title == "notes"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_encodings_are_recognised(encoding):
    text = "# 大模型面试\nGQA 为什么能省显存？因为 KV 头更少，缓存更小。\nPlain English too."
    assert read_file(text.encode(encoding), "a.md").text == text


def test_western_text_in_an_old_encoding():
    assert "naïve café" in read_file("a naïve café".encode("cp1252"), "a.txt").text


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.md", "is empty"),
        (b" \n\t\n", "a.txt", "is empty"),
        ("\ufeff \u200b".encode(), "a.md", "holds no text"),
        (bytes(range(256)) * 20, "a.txt", "is not text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.txt", "a PNG image"),
        (b"PK\x03\x04" + bytes(range(200)), "a.md", "a ZIP archive"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a.pdf", "not a PDF but an HTML page"),
        (b"hello", "a.pdf", "not a PDF but a text file"),
        (b"", "a.pdf", "not a PDF but an empty file"),
        (b"hello", "a.docx", "not of a supported type"),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(data, name, words):
    with pytest.raises(ReadError, match=words) as caught:
        read_file(data, name)
    assert "\n" not in str(caught.value) and caught.value.remedy


def test_plain_text_gets_title_and_numbered_sections():
    reading = read_file(
        "面试准备\n一、基础\n正文。\n1.1 架构\n正文。\n1.2 微调\n正文。\n二、项目\n正文。".encode(), "x.txt"
    )
    assert reading.title == "面试准备"
    assert headings(reading) == [
        ("一、基础",),
        ("一、基础", "1.1 架构"),
        ("一、基础", "1.2 微调"),
        ("二、项目",),
    ]


def test_a_list_is_no_set_of_headings():
    assert read_file(b"Shopping\n1. Bread\n2. Milk\n3. Tea", "x.txt").sections == ()


def test_long_first_line_of_plain_text_is_no_title():
    assert read_file(b"word " * 40, "x.txt").title == "x"
