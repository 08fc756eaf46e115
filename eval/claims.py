"""The mutation benchmark: do true sentences keep `supported`, and do sentences made false lose it?

Every claim goes alone through `Asker.check`, as `prep check` would take it. Two shortcuts that a checker must
beat are measured beside it: a classifier that sees only the claim, and character overlap with the very quote a
person picked. Knows no verdict rules.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from answer.asker import Asker
from answer.records import Sentence, Verdict
from core.errors import InputError, LLMError
from core.settings import Settings
from eval.sets import CORPUS
from eval.throwaway import throwaway_library
from ingest import find_files

DATA = Path(__file__).parent / "data"
SHIPPED = {name: DATA / f"claims.{name}.jsonl" for name in ("dev", "test")}
TEXTS = ("id", "doc", "claim", "lang_pair")
RANK: dict[Verdict, int] = {"no_claim": 0, "unsupported": 0, "partial": 1, "supported": 2}
FOLDS = 10  # of the claim-only baseline; a true claim and its mutants share a fold
BUCKETS = 4096  # hashed character n-grams of that baseline; arbitrary, far more than the claims need
RIDGE = 1.0  # its regularisation; 0.1 to 10 differ by less than .03 AUROC
Talk = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence over one document. `mutation` is "" for a true one, else how it was made false."""

    id: str
    doc: str  # path below the corpus folder
    claim: str
    true: bool
    mutation: str
    lang_pair: str  # language of the claim, a dash, language of the document
    of: str  # the true claim it was made from; its own id for a true one
    quote: str  # what a person says it rests on; "" where that is not recorded


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with what the app said: the verdict, whether the right document stands among the quotes."""

    claim: Claim
    verdict: Verdict
    cited: bool
    score: float  # rank of the verdict plus the best quote's score, for AUROC


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with the 95 % Wilson interval."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """In [0, 1]; 0 of nothing is 0."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson score interval, z = 1.96."""
        if not self.n:
            return 0.0, 1.0
        z, p, n = 1.96, self.value, self.n
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
        return max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))  # p: rounding at 0 and 1


@dataclass(frozen=True, slots=True)
class ClaimsReport:
    """The whole table. Keys: language pairs, mutations, names of scorers."""

    kept: dict[str, Share]  # true claims that are `supported`, per language pair
    cited: dict[str, Share]  # true claims whose document is quoted, whatever the verdict
    caught: dict[str, Share]  # false claims that are not `supported`, per mutation and "all"
    caught_by_pair: dict[str, Share]
    auroc: dict[str, float]  # "verdict", "claim only"; "n-gram overlap" where all have quotes
    judged: tuple[Judged, ...]


def load_claims(path: Path) -> list[Claim]:
    """The claims of a JSONL file. Raises InputError naming file and line at fault."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {path}: {error}", "Name a JSONL file of claims") from error
    return [_claim(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


@contextmanager
def corpus_asker(
    settings: Settings, step: Talk = lambda line: None, over: Sequence[Path] = (CORPUS,)
) -> Iterator[Asker]:
    """An Asker over a throw-away library of the shipped corpus, or of what lies `over` there, with the home's models."""
    with throwaway_library(settings) as library:
        files = find_files(list(over), None)
        for number, done in enumerate(library.ingest(files), 1):
            step(f"read {number} of {len(files)}: {Path(done.source).name}")
        with Asker(library, library.settings) as asker:
            yield asker


def measure_claims(
    path: Path, asker: Asker, step: Talk = lambda line: None, llm: str = "none"
) -> ClaimsReport:
    """Judge every claim of `path` against the asker's library, which must hold the corpus; with a second opinion of `llm`.

    Raises LLMError when the model stops giving one.
    """
    claims = load_claims(path)
    second = asker.second_opinion(llm)
    titles = {doc.doc_id: Path(doc.source).as_posix() for doc in asker.library.documents()}
    judged = []
    for number, claim in enumerate(claims, 1):
        judged.append(_judge(claim, asker.check(claim.claim, second), titles))
        if second and second.fault:  # the rest would be first verdicts under another name
            raise LLMError(second.fault)
        step(f"judged {number} of {len(claims)}")
    return summarise(judged)


def summarise(judged: Sequence[Judged]) -> ClaimsReport:
    """The figures of judged claims."""
    true = [j for j in judged if j.claim.true]
    false = [j for j in judged if not j.claim.true]
    pairs = sorted({j.claim.lang_pair for j in judged})
    kinds = sorted({j.claim.mutation for j in false})
    claims = [j.claim for j in judged]
    labels = [c.true for c in claims]
    scores = {"verdict": [j.score for j in judged], "claim only": score_claims_alone(claims)}
    if all(c.quote for c in claims):
        scores["n-gram overlap"] = [overlap(c.claim, c.quote) for c in claims]
    return ClaimsReport(
        kept={p: _share([j.verdict == "supported" for j in true if j.claim.lang_pair == p]) for p in pairs},
        cited={p: _share([j.cited for j in true if j.claim.lang_pair == p]) for p in pairs},
        caught={k: _share([j.verdict != "supported" for j in false if j.claim.mutation == k]) for k in kinds}
        | {"all": _share([j.verdict != "supported" for j in false])},
        caught_by_pair={
            p: _share([j.verdict != "supported" for j in false if j.claim.lang_pair == p]) for p in pairs
        },
        auroc={name: auroc(own, labels) for name, own in scores.items()},
        judged=tuple(judged),
    )


def report_json(report: ClaimsReport) -> dict[str, Any]:
    """The report as `--json` prints it: shares with n and interval, and the verdict on every claim."""
    tables = {
        name: {key: _share_json(share) for key, share in getattr(report, name).items()}
        for name in ("kept", "cited", "caught", "caught_by_pair")
    }
    verdicts = {j.claim.id: {"verdict": j.verdict, "cited": j.cited} for j in report.judged}
    return tables | {"auroc": report.auroc, "verdicts": verdicts}


def report_lines(report: ClaimsReport) -> list[str]:
    """The report for people, one figure a line."""
    lines = []
    for name, what in (
        ("kept", "true sentences that keep `supported`"),
        ("cited", "true sentences whose document is quoted"),
        ("caught", "false sentences that lose `supported`"),
        ("caught_by_pair", "the same by language pair"),
    ):
        lines.append(what)
        for key, share in getattr(report, name).items():
            low, high = share.interval
            lines.append(f"  {key:<12} {share.value:.3f}  ({share.hits}/{share.n}, {low:.2f}-{high:.2f})")
    lines.append("AUROC, true against false")
    return lines + [f"  {name:<15} {value:.3f}" for name, value in report.auroc.items()]


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Chance that a true item scores above a false one, ties counting half. 0.5 where one class is empty.

    >>> auroc([0.9, 0.4, 0.4], [True, False, True])
    0.75
    """
    values, marks = np.asarray(scores, dtype=float), np.asarray(labels, dtype=bool)
    true, false = values[marks], values[~marks]
    if not len(true) or not len(false):
        return 0.5
    gaps = true[:, None] - false[None, :]
    return round(float((gaps > 0).mean() + 0.5 * (gaps == 0).mean()), 4)


def overlap(claim: str, source: str, n: int = 3) -> float:
    """Share of the claim's distinct character `n`-grams that the source has."""
    wanted = _grams(claim, n)
    return len(wanted & _grams(source, n)) / len(wanted) if wanted else 0.0


def score_claims_alone(claims: Sequence[Claim]) -> list[float]:
    """What a classifier that never sees a source makes of each claim.

    Ridge regression on hashed character n-grams, each fold scored by the others.
    """
    rows = np.zeros((len(claims), BUCKETS))
    for row, claim in zip(rows, claims, strict=True):
        for gram in _grams(claim.claim, 2) | _grams(claim.claim, 3):
            row[crc32(gram.encode()) % BUCKETS] = 1.0
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    wanted = np.array([1.0 if claim.true else -1.0 for claim in claims])
    fold = np.array([crc32(claim.of.encode()) % FOLDS for claim in claims])
    scores = np.zeros(len(claims))
    for held in sorted(set(fold.tolist())):
        train, test = fold != held, fold == held
        if not train.any():
            continue
        seen, mean = rows[train], wanted[train].mean()
        dual = np.linalg.solve(seen @ seen.T + RIDGE * np.eye(len(seen)), wanted[train] - mean)
        scores[test] = mean + rows[test] @ (seen.T @ dual)
    return [float(score) for score in scores]


def _grams(text: str, n: int) -> set[str]:
    text = "".join(text.lower().split())
    return {text[i : i + n] for i in range(len(text) - n + 1)}


def _judge(claim: Claim, sentences: Sequence[Sentence], sources: dict[str, str]) -> Judged:
    """A claim of several sentences is as good as its worst one."""
    said = [sentence for sentence in sentences if sentence.verdict != "no_claim"]
    if not said:
        return Judged(claim, "no_claim", False, 0.0)
    worst = min(said, key=lambda sentence: RANK[sentence.verdict])
    quotes = [evidence for sentence in said for evidence in sentence.evidence]
    cited = any(sources.get(e.doc_id, "").endswith("/" + claim.doc) for e in quotes)
    best = max((e.score for e in worst.evidence), default=0.0)
    return Judged(claim, worst.verdict, cited, RANK[worst.verdict] + best)


def _share(marks: Sequence[bool]) -> Share:
    return Share(sum(marks), len(marks))


def _share_json(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"share": round(share.value, 4), "n": share.n, "low": round(low, 4), "high": round(high, 4)}


def _claim(path: Path, number: int, line: str) -> Claim:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{path}, line {number}: {error}", "Each line must be a JSON object") from error
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) and row[key] for key in TEXTS):
        raise InputError(f"{path}, line {number} lacks one of {', '.join(TEXTS)}", "Correct the line")
    if not isinstance(row.get("quote") or "", str):
        raise InputError(
            f"{path}, line {number}: the quote is {row['quote']!r}", "Use a text, or leave it out"
        )
    true = row.get("label") in (True, "true")
    if not true and row.get("label") not in (False, "false", "mutant"):
        raise InputError(f"{path}, line {number}: the label is {row.get('label')!r}", "Use true or false")
    if not true and not row.get("mutation"):
        raise InputError(f"{path}, line {number} is false but names no mutation", "Correct the line")
    return Claim(
        row["id"], row["doc"], row["claim"], true, row.get("mutation") or "", row["lang_pair"],
        row.get("of") or row["id"], row.get("quote") or "",
    )  # fmt: skip
