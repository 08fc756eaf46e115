"""The permissively licensed public sets, as groups: claims on one premise together."""

import json
from collections import defaultdict
from pathlib import Path

from training.sampling import Example, Group

SETS = ("cad_snli", "negation_nli", "fever_symmetric", "scifact")  # licences: README.md
MOST = 10  # claims on one premise


def read_public(folder: Path) -> list[Group]:
    """All rows of the sets that lie in `folder`; what is merely not supported counts as false, as in the product."""
    groups = []
    for name in SETS:
        path = folder / f"{name}.jsonl"
        if not path.is_file():
            continue
        claims: dict[str, list[Example]] = defaultdict(list)
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            true = row["label"] == "supported"
            claims[row["premise"]].append(Example(row["claim"], true, () if true else None))
        for premise, examples in claims.items():
            groups += [
                Group(premise, examples[start : start + MOST]) for start in range(0, len(examples), MOST)
            ]
    return groups
