"""A PDF written byte by byte, for tests that need to know exactly what stands where. Knows no test."""

from pathlib import Path

LEFT = [
    "Grouped-query attention divides query",
    "heads into groups. Each group shares a sin-",
    "gle key head and one value head.",
]
RIGHT = ["The memory for cached keys and values", "shrinks in the same proportion."]


def write_pdf(path: Path, pages: list[list[tuple[int, int, str]]], extra: str = "") -> Path:
    """A PDF with `(x, y, text)` lines in 12 point Helvetica on A4-like pages of 600 x 800 points."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 600 800] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, lines in enumerate(pages):
        drawn = "\n".join(f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in lines)
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {extra} {font} /Contents {5 + 2 * i} 0 R >>")
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    body, starts = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    body += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{body.index('xref')}\n%%EOF"
    path.write_bytes(body.encode("latin-1"))
    return path


def column(x: int, lines: list[str]) -> list[tuple[int, int, str]]:
    """Lines below each other from `x` points on, the first 700 points above the foot, 20 points apart."""
    return [(x, 700 - 20 * i, line) for i, line in enumerate(lines)]
