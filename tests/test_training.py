"""Training of the claim checker: the data are whole, labels fall on the right words, padding changes nothing."""

import random
from collections import Counter
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from eval.claims import Claim, auroc, score_claims_alone
from training.batches import make_batch
from training.model import Checker
from training.pairs import Passage, read_pairs
from training.sampling import Example, Group, draw_group

DATA = Path(__file__).parent.parent / "training" / "data"


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return [passage for path in sorted(DATA.glob("*.txt")) for passage in read_pairs(path)]


def test_every_line_of_the_data_is_understood(passages: list[Passage]) -> None:
    lines = [line for path in DATA.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    claims = [claim for passage in passages for claim in passage.claims]
    edits = sum(len(claim.edits) for claim in claims)
    sentences = sum(len(passage.sentences) for passage in passages)
    assert len(passages) > 2_000 and Counter(line[:2] for line in lines if line)["P "] == len(passages)
    headings = sum(line.startswith("#") for line in lines)
    assert len([line for line in lines if line.strip()]) == (
        headings + len(passages) + len(claims) + edits + sentences
    )


def test_the_claim_alone_hardly_tells(passages: list[Passage]) -> None:
    dice = random.Random(5)
    rows = []
    for number, passage in enumerate(dice.sample(passages, 120)):
        for example in draw_group(passage, [], dice).examples:
            rows.append(Claim(str(len(rows)), "", example.text, example.true, "x", "zh-zh", str(number), ""))
    assert auroc(score_claims_alone(rows), [row.true for row in rows]) < 0.65


def test_draws_are_seeded_and_mark_what_is_wrong(passages: list[Passage]) -> None:
    first, again = ([draw_group(p, passages[:5], random.Random(3)) for p in passages[:200]] for _ in range(2))
    assert first == again
    examples = [e for group in first for e in group.examples]
    assert 0.3 < sum(e.true for e in examples) / len(examples) < 0.6
    for example in examples:
        assert example.true <= (example.wrong == ())
        assert all(0 <= start < end <= len(example.text) for start, end in example.wrong or ())


def test_labels_fall_on_the_tokens_that_are_wrong() -> None:
    tokenizer = Tokenizer(models.WordLevel({"<s>": 0, "</s>": 2, "<unk>": 3, "b": 4}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    group = Group("b", [Example("a b c", False, ((2, 3),)), Example("b", True), Example("a", False, None)])
    batch = make_batch([group], tokenizer)
    assert batch.missing.tolist() == [[-1, 0, 1, 0, -1], [-1, 0, -1, -1, -1], [-1, -1, -1, -1, -1]]
    assert batch.true.tolist() == [0, 1, 0] and batch.inputs[4].tolist() == [0, 0, 0]


def test_padding_and_neighbours_change_nothing() -> None:
    torch.manual_seed(1)
    model = Checker()
    passages, claims = torch.randint(5, 900, (2, 9)), torch.randint(5, 900, (3, 6))
    there, said, of = torch.ones(2, 9), torch.ones(3, 6), torch.tensor([0, 1, 1])
    there[1, 6:], said[2, 4:] = 0, 0
    with torch.no_grad():
        packed = model.train()(passages, there, claims, said, of)[0]
        padded = model.eval()(passages, there, claims, said, of)[0]
        alone = model(passages[1:, :6], there[1:, :6], claims[2:, :4], said[2:, :4], torch.tensor([0]))[0]
    assert torch.allclose(packed, padded, atol=1e-5) and torch.allclose(padded[2:], alone, atol=1e-5)
