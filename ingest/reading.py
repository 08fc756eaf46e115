"""Any supported file to a Reading: looks at the bytes first, at the name second. Knows no format itself."""

from pathlib import PurePath

from core.errors import ReadError
from ingest.decoding import decode_text, describe_bytes
from ingest.limits import ReadLimits
from ingest.markdown import read_markdown
from ingest.plain import read_plain
from ingest.records import Reading

MARKDOWN = (".md", ".markdown")
PLAIN = (".txt",)


def read_file(data: bytes, name: str, limits: ReadLimits | None = None) -> Reading:
    """The text of one file with its title, pages, sections and warnings.

    `name` is the file name; its type decides between Markdown and plain text, a PDF is known by its bytes.
    Raises ReadError, one line, for a file that is empty, damaged beyond reading, encrypted, without any
    text, or not what its name says; InputError is not raised here.
    """
    path = PurePath(name)
    suffix = path.suffix.lower()
    if b"%PDF-" in data[:1024]:
        from ingest.pdf import read_pdf

        reading = read_pdf(data, path.name, limits or ReadLimits())
    elif suffix == ".pdf":
        what = describe_bytes(data)
        raise ReadError(
            f"{path.name} is not a PDF but {what}", "Download the file again, or open it to see what it is"
        )
    elif suffix in MARKDOWN:
        reading = read_markdown(decode_text(data, path.name), path.stem)
    elif suffix in PLAIN:
        reading = read_plain(decode_text(data, path.name), path.stem)
    else:
        raise ReadError(f"{path.name} is not of a supported type", "Give .md, .markdown, .txt or .pdf")
    if not reading.text.strip():
        raise ReadError(f"{path.name} holds no text", "Check the file; there is nothing to search in it")
    return reading
