"""Trains the adapter with which the local model judges claims: `python -m training.judge --model GGUF --out FOLDER`.

Seeded; run again, it goes on from its checkpoint. One passage with about ten claims a step; after every round it writes
adapter.gguf and a line of report.jsonl with AUROC on the development claims by what made them false.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as entropy

from answer.prompt import build_check, build_held
from training.asking import draw_questions
from training.pairs import Passage
from training.public import read_public
from training.qwen import Adapted, load_adapter, read_tokenizer, write_adapter
from training.sampling import Group
from training.train import Plan, auroc_by_kind, draw_groups, read_files, read_plan

FIRST = 8  # layers below learn nothing
WARM_UP = 20  # steps
SINKS = 0.7  # share of the steps in which the rate sinks to nothing, at the end
ROUND = 100  # steps between reports
ASKED = 0.5  # share of the steps on questions: does the passage answer them?
QUOTES = 40  # with their claims, about 150, that are measured then: a minute
TOGETHER = 12  # claims on one passage that are measured at once
OTHER = 0.1  # weight of words that are neither yes nor no
LONGEST = {"passage": 3_000, "claim": 400}  # characters


def main() -> None:
    """Read the command line, train."""
    what = "the GGUF file that prep models pull fetches"
    train(read_plan(__doc__, "--model", what, steps=700, rate=2e-4))


class Prompts:
    """Passages and claims as `answer.prompt.build_check` puts them, in tokens; claims share the reading of their passage."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.yes, self.no = self._encode("yes")[0], self._encode("no")[0]

    def row(
        self, passage: str, texts: Sequence[str], asks: bool = False
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Tokens, their positions, who sees whom, and where each answer is asked for; `asks`: texts are questions."""
        head = self._encode(self._chat(passage, "\0", asks).partition("\0")[0].rstrip(" "))
        ids, places, own, asked = list(head), list(range(len(head))), [-1] * len(head), []
        for number, text in enumerate(texts):
            chat = self._chat(passage, "\0" + text[: LONGEST["claim"]], asks)
            tokens = self._encode(" " + chat.partition("\0")[2])
            ids += tokens
            places += range(len(head), len(head) + len(tokens))
            own += [number] * len(tokens)
            asked.append(len(ids) - 1)
        belongs, order = torch.tensor(own), torch.arange(len(ids))
        same = (belongs[None] == -1) | (belongs[:, None] == belongs[None])
        return (
            torch.tensor(ids),
            torch.tensor(places),
            (order[:, None] >= order[None]) & same,
            torch.tensor(asked),
        )

    def _chat(self, passage: str, text: str, asks: bool) -> str:
        turns = (build_held if asks else build_check)(text, passage[: LONGEST["passage"]])
        said = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns)
        return f"{said}<|im_start|>assistant\n"

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)


def train(plan: Plan) -> None:
    """Train to the last step, from the checkpoint if there is one."""
    torch.manual_seed(plan.seed)
    model, prompts = Adapted(plan.model, FIRST), Prompts(read_tokenizer(plan.model))
    if plan.start:
        load_adapter(model, plan.start)
    optimiser = torch.optim.AdamW(model.parameters(), lr=plan.rate, weight_decay=0.0, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / WARM_UP, 1.0, max(0.03, (1 - s / plan.steps) / SINKS))
    )
    plan.out.mkdir(parents=True, exist_ok=True)
    saved = plan.out / "checkpoint.pt"
    step = 0
    if saved.exists():
        state = torch.load(saved)
        model.load_state_dict(state["added"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        step = state["step"]
    files, public = read_files(plan.pairs), read_public(plan.public)
    while step < plan.steps:
        started = time.time()
        losses: tuple[list[float], list[float]] = ([], [])
        for _ in range(min(ROUND, plan.steps - step)):
            dice = random.Random(plan.seed * 1_000_003 + step)
            group = _draw(files, public, plan.share, dice)
            losses[group.asks].append(_step(model, prompts, group))
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            schedule.step()
            step += 1
        seconds = (time.time() - started) / sum(map(len, losses))
        state = {"added": model.state_dict(), "step": step}
        state |= {"optimiser": optimiser.state_dict(), "schedule": schedule.state_dict()}
        torch.save(state, saved)
        write_adapter(model, plan.out / "adapter.gguf")
        line = {
            "step": step,
            "loss": [round(sum(own) / max(1, len(own)), 4) for own in losses],  # claims, questions
            "seconds_a_step": round(seconds, 2),
        }
        line |= {"passages": sum(map(len, files)), "auroc": measure(model, prompts, plan.claims)}
        print(json.dumps(line), flush=True)
        with (plan.out / "report.jsonl").open("a", encoding="utf-8") as report:
            report.write(json.dumps(line) + "\n")


def _draw(files: list[list[Passage]], public: list[Group], share: float, dice: random.Random) -> Group:
    """A passage with claims, or with questions."""
    asked = [own for own in files if any(passage.questions for passage in own)]
    while asked and dice.random() < ASKED:
        own = dice.choices(asked, [len(own) for own in asked])[0]
        passage = dice.choice([p for p in own if p.questions])
        group = draw_questions(passage, [p for p in own if p is not passage], dice)
        if group.examples:
            return group
    (group,) = draw_groups(files, public, share, dice, 1)
    return group


def _step(model: Adapted, prompts: Prompts, group: Group) -> float:
    """Loss and gradients of one passage with its claims."""
    said = model(*prompts.row(group.passage, [example.text for example in group.examples], group.asks))
    true = torch.tensor([float(example.true) for example in group.examples])
    loss = entropy(said[:, prompts.yes] - said[:, prompts.no], true)
    other = said.logsumexp(-1) - said[:, [prompts.yes, prompts.no]].logsumexp(-1)
    (loss + OTHER * other.mean()).backward()
    return loss.item()


@torch.no_grad()
def measure(model: Adapted, prompts: Prompts, claims: Path) -> dict[str, float]:
    """AUROC on some claims with the quote they rest on, for all and by what made them false."""
    rows = [json.loads(line) for line in claims.read_text(encoding="utf-8").splitlines()]
    read, scores = [], []
    for quote, own in _by_quote(rows):
        said = model(*prompts.row(quote, [row["claim"] for row in own]))
        scores += (said[:, prompts.yes] - said[:, prompts.no]).tolist()
        read += own
    return auroc_by_kind(read, scores)


def _by_quote(rows: Sequence[dict[str, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    found = defaultdict(list)
    for row in rows:
        found[row["quote"]].append(row)
    for quote in random.Random(QUOTES).sample(sorted(found), min(QUOTES, len(found))):
        own = found[quote]
        for start in range(0, len(own), TOGETHER):
            yield quote, own[start : start + TOGETHER]


if __name__ == "__main__":
    main()
