"""Trains the checker: `python -m training.train --encoder FOLDER --out FOLDER`; run again, it goes on.

Seeded, on a GPU where there is one. Every round it draws anew, reports AUROC on the development claims and keeps a
checkpoint; report.jsonl in the output folder has one line a round.
"""

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score
from torch.nn.functional import binary_cross_entropy_with_logits as entropy

from training.batches import UNKNOWN, Batch, make_batch, read_tokenizer
from training.model import Checker, from_encoder, load_graph
from training.packed import read
from training.pairs import Passage, read_pairs
from training.public import read_public
from training.sampling import Example, Group, draw_group

HERE = Path(__file__).parent
GROUPS = 8  # passages in a batch
WARM_UP = 100  # steps
ROUND = 200  # steps between reports
TOKENS = 0.5  # weight of the loss on tokens
PRESENT = 0.3  # weight of telling which tokens the passage has too: it teaches the network to look
WRONG = 3.0  # weight of a token that is wrong: they are few


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of."""

    model: Path  # what is trained: a folder or a file
    pairs: Path
    public: Path
    claims: Path
    out: Path
    start: Path | None  # an exported one to go on from
    steps: int
    rate: float
    share: float  # of groups from the public sets
    seed: int


def main() -> None:
    """Read the command line, train."""
    train(read_plan(__doc__, "--encoder", "folder of multilingual-e5-small", steps=2_500, rate=1e-4))


def read_plan(description: str | None, flag: str, what: str, *, steps: int, rate: float) -> Plan:
    """The command line; `flag` names what is trained."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(flag, dest="model", type=Path, required=True, help=what)
    parser.add_argument("--pairs", type=Path, default=HERE / "data")
    parser.add_argument("--public", type=Path, default=HERE.parent.parent / "shared/data/nli")
    parser.add_argument("--claims", type=Path, default=HERE.parent / "eval/data/claims.dev.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="what ships, to go on from")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=7)
    return Plan(**vars(parser.parse_args()))


def train(plan: Plan) -> None:
    """Train to the last step, from the checkpoint if there is one."""
    torch.manual_seed(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = from_encoder(plan.model)
    if plan.start:
        load_graph(model, plan.start)
    model.to(device)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=plan.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / WARM_UP, max(0.02, (plan.steps - s) / (plan.steps - WARM_UP)))
    )
    plan.out.mkdir(parents=True, exist_ok=True)
    saved = plan.out / "checkpoint.pt"
    step = 0
    if saved.exists():
        state = torch.load(saved, map_location=device)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        step = state["step"]
    while step < plan.steps:
        dice = random.Random(plan.seed * 1_000_003 + step)
        passages = read_files(plan.pairs)
        public = read_public(plan.public)
        started, losses = time.time(), []
        model.train()
        for _ in range(min(ROUND, plan.steps - step)):
            groups = draw_groups(passages, public, plan.share, dice, GROUPS)
            batch = make_batch(groups, read_tokenizer(plan.model)).to(device)
            losses.append(_step(model, batch))
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            schedule.step()
            step += 1
        seconds = (time.time() - started) / len(losses)
        torch.save(
            {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "step": step,
            },
            saved,
        )
        line = {
            "step": step,
            "loss": round(sum(losses) / len(losses), 4),
            "seconds_a_step": round(seconds, 2),
        }
        line |= {"passages": sum(map(len, passages)), "auroc": measure(model, plan, device)}
        print(json.dumps(line), flush=True)
        with (plan.out / "report.jsonl").open("a", encoding="utf-8") as report:
            report.write(json.dumps(line) + "\n")


def read_files(folder: Path) -> list[list[Passage]]:
    """The passages of each file."""
    return [read for path in sorted(folder.rglob("*.txt")) if (read := read_pairs(path))]


def draw_groups(
    files: list[list[Passage]], public: list[Group], share: float, dice: random.Random, count: int
) -> list[Group]:
    """`count` passages with their claims; `share` of them from the public sets."""
    groups: list[Group] = []
    weights = [len(own) for own in files]
    while len(groups) < count:
        if public and dice.random() < share:
            group = dice.choice(public)
        else:
            own = dice.choices(files, weights)[0]
            passage = dice.choice(own)
            group = draw_group(passage, [p for p in own if p is not passage], dice)
        if group.examples:
            groups.append(group)
    return groups


def _step(model: Checker, batch: Batch) -> float:
    """Loss and gradients of one batch."""
    with torch.autocast(batch.ids.device.type, dtype=torch.bfloat16):
        score, missing, present = read(model, batch)
    known = batch.missing != UNKNOWN
    wrong = batch.missing[known]
    loss = entropy(score.float(), batch.true)
    loss = loss + TOKENS * entropy(missing[known].float(), wrong, 1 + (WRONG - 1) * wrong)
    loss = loss + PRESENT * entropy(present.float(), batch.present)
    loss.backward()
    return loss.item()


@torch.no_grad()
def measure(model: Checker, plan: Plan, device: torch.device) -> dict[str, float]:
    """AUROC on claims with the quote they rest on, for all and by what made them false."""
    model.eval()
    rows = [json.loads(line) for line in plan.claims.read_text(encoding="utf-8").splitlines()]
    rows.sort(key=lambda row: len(row["quote"]))
    scores: list[float] = []
    for start in range(0, len(rows), 32):
        groups = [Group(r["quote"], [Example(r["claim"], r["label"])]) for r in rows[start : start + 32]]
        batch = make_batch(groups, read_tokenizer(plan.model)).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            scores += read(model, batch)[0].float().tolist()
    return auroc_by_kind(rows, scores)


def auroc_by_kind(rows: Sequence[dict[str, Any]], scores: Sequence[float]) -> dict[str, float]:
    """AUROC of the scores of claims, for all and by what made them false."""
    true = [s for r, s in zip(rows, scores, strict=True) if r["label"]]
    false = defaultdict(list)
    for row, score in zip(rows, scores, strict=True):
        if not row["label"]:
            false[row["mutation"]].append(score)
            false["all"].append(score)
    return {kind: _auroc(true, own) for kind, own in sorted(false.items())}


def _auroc(true: list[float], false: list[float]) -> float:
    labels = [1] * len(true) + [0] * len(false)
    return round(float(roc_auc_score(labels, true + false)), 3)


if __name__ == "__main__":
    main()
