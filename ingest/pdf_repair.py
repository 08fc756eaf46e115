"""A PDF that lost its end, given a new one. Knows the syntax of objects, nothing of their meaning.

A download that broke off has no cross-reference table and no list of pages, yet most pages stand complete in
what is left. The objects found there are numbered again and the pages listed.
"""

import re
import zlib

_OBJECT = re.compile(rb"(?<!\d)(\d{1,9})\s+(\d{1,5})\s+obj\b")
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_STREAMED = re.compile(rb"/Type\s*/ObjStm\b")
_MAX_OBJECTS = 200_000  # arbitrary; a book has fewer
_MAX_INFLATED = 50 << 20  # bytes of one object stream


def repair(data: bytes) -> bytes | None:
    """`data` with the objects of its object streams written out, a page list, a table and a trailer.

    None when no complete page object is found.
    """
    places: dict[int, int] = {}
    bodies: dict[int, bytes] = {}
    for match in _OBJECT.finditer(data):
        end = data.find(b"endobj", match.end())
        if end < 0 or len(places) > _MAX_OBJECTS:
            break
        number = int(match[1])
        places[number] = match.start()
        head = data[match.end() : min(end, match.end() + 2000)]
        bodies[number] = head
        if _STREAMED.search(head.split(b"stream", 1)[0]):
            for inner, body in _unpack(data[match.end() : end]):
                bodies[inner] = body
                places.pop(inner, None)
    pages = sorted(n for n, body in bodies.items() if _PAGE.search(body.split(b"stream", 1)[0]))
    if not pages:
        return None
    return _write(data, places, bodies, pages)


def _unpack(stream: bytes) -> list[tuple[int, bytes]]:
    """(number, body) of the objects in an object stream; what is damaged is left out."""
    head, _, rest = stream.partition(b"stream")
    first, count = re.search(rb"/First\s+(\d+)", head), re.search(rb"/N\s+(\d+)", head)
    if first is None or count is None:
        return []
    rest = rest[2:] if rest.startswith(b"\r\n") else rest[1:]
    if b"/FlateDecode" in head:
        try:
            rest = zlib.decompressobj().decompress(rest, _MAX_INFLATED)
        except zlib.error:
            return []
    start = int(first[1])
    numbers = [int(n) for n in rest[:start].split()[: 2 * int(count[1])] if n.isdigit()]
    ends = [*numbers[3::2], len(rest) - start]
    return [
        (number, rest[start + a : start + b])
        for number, a, b in zip(numbers[::2], numbers[1::2], ends, strict=False)
    ]


def _write(data: bytes, places: dict[int, int], bodies: dict[int, bytes], pages: list[int]) -> bytes:
    out = bytearray(data + b"\nendstream endobj\n")
    for number, body in bodies.items():
        if number not in places:
            places[number] = len(out)
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    root = max(bodies) + 1
    for number, body in (
        (root, b"<< /Type /Catalog /Pages %d 0 R >>" % (root + 1)),
        (
            root + 1,
            b"<< /Type /Pages /Count %d /Kids [%b] >>"
            % (len(pages), b" ".join(b"%d 0 R" % p for p in pages)),
        ),
    ):
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        if number:
            out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (root + 2, root, table)
    return bytes(out)
