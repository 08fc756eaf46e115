"""Writes corpus/manifest.toml: every document of the corpus with its title, kind, language, licence and hash.

Run by `make manifest` after any change to a document. Kind, title and language are found as `prep ingest`
finds them, so the manifest says what the library will say. Knows no index.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

from eval.sets import CORPUS
from ingest import find_files, read_file

MANIFEST = "manifest.toml"
LICENCE = "Apache-2.0"  # of the whole repository: the corpus is in our own words
HEADER = """# Every document of the corpus. Written by `make manifest`, checked by tests/test_corpus.py.
# sha256: of the file's bytes, which is also the document's id in the library.
"""


def write_manifest(corpus: Path) -> int:
    """Write the manifest of a corpus folder. Returns how many documents it lists."""
    files = find_files([corpus])
    entries = []
    for file in files:
        data = file.path.read_bytes()
        reading = read_file(data, file.path.name)
        entry = {
            "path": file.path.relative_to(corpus).as_posix(),
            "title": reading.title,
            "kind": file.kind,
            "language": reading.language,
            "licence": LICENCE,
            "sha256": sha256(data).hexdigest(),
        }
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
        entries.append("\n".join(["\n[[document]]", *lines, ""]))
    (corpus / MANIFEST).write_text(HEADER + "".join(entries), encoding="utf-8")
    return len(files)


if __name__ == "__main__":
    print(f"{write_manifest(CORPUS)} documents in {CORPUS / MANIFEST}", file=sys.stderr)
