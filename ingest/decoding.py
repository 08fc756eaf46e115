"""Bytes to text, and what bytes are when they are not text. Knows encodings and magic numbers, no formats."""

import re

from core.errors import ReadError

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a SQLite database"),
    (b"%!PS", "a PostScript file"),
    (b"{\\rtf", "an RTF document"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_HEAD = 4096  # bytes looked at to tell encodings apart; arbitrary


def describe_bytes(data: bytes) -> str:
    """What `data` is, for an error line: "a PNG image", "an HTML page", "a text file", "binary data"."""
    if not data:
        return "an empty file"
    for magic, name in _MAGIC:
        if data.startswith(magic) and (magic != b"MZ" or b"\x00" in data[:200]):
            return name
    if _HTML.match(data[:_HEAD]):
        return "an HTML page"
    return "a text file" if not _CONTROL.search(data[:_HEAD].decode("latin-1")[:200]) else "binary data"


def decode_text(data: bytes, name: str) -> str:
    """`data` as text: byte order marks, UTF-8, UTF-16 without a mark, GB18030, Windows-1252, in this order.

    Raises ReadError when the file is empty, or holds something that is not text in any of them.
    """
    if not data.strip(b" \t\r\n\x00"):
        raise ReadError(
            f"{name} is empty", "Nothing was added; check that the file was saved or downloaded fully"
        )
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text, encoding):
            return text
    raise ReadError(
        f"{name} is not text but {_binary_name(data)}", "Give Markdown, plain text (UTF-8 is best) or a PDF"
    )


def _binary_name(data: bytes) -> str:
    name = describe_bytes(data)
    return "text in an encoding that is not supported" if name == "a text file" else name


def _candidates(data: bytes) -> list[str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return [encoding]
    head = data[:_HEAD]
    zeros = head.count(0)
    if zeros > len(head) // 4:  # Latin text in UTF-16 is half zeros
        return ["utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"]
    return ["utf-8", "gb18030", "cp1252"]


def _is_text(text: str, encoding: str) -> bool:
    """Few control characters; and for the encodings that accept nearly anything, letters one expects."""
    sample = text[:200_000]
    if len(_CONTROL.findall(sample)) > len(sample) // 100:  # 1 %: stray ones do occur in notes; arbitrary
        return False
    high = [c for c in sample if c > "\x7f"]
    if encoding == "gb18030":
        usual = sum(
            "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uff60" for c in high
        )
        return usual >= 0.7 * len(high)
    if encoding == "cp1252":
        return sum(c.isalpha() or c in "’‘“”–—…•€°©®·" for c in high) >= 0.7 * len(high)
    return True
