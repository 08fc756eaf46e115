"""Training of the claim checker: the data are whole, labels fall on the right words, padding changes nothing, and
what ships can be trained on."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from eval.claims import Claim, auroc, score_claims_alone
from training.asking import draw_questions
from training.batches import Batch, Place, grid, make_batch
from training.model import HIDDEN, Checker, load_graph
from training.packed import read
from training.pairs import Passage, read_pairs
from training.sampling import Example, Group, _exchanged, draw_group

ROOT = Path(__file__).parent.parent
DATA, SHIPPED = ROOT / "training" / "data", ROOT / "models" / "checker" / "checker.onnx"


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
    questions = [question for passage in passages for question in passage.questions]
    assert len([line for line in lines if line.strip()]) == (
        headings + len(passages) + len(claims) + edits + sentences + len(questions)
    )
    assert all(number < len(p.sentences) for p in passages for q in p.questions for number in q.rests_on)
    assert 0.4 < sum(bool(question.rests_on) for question in questions) / len(questions) < 0.6


def test_the_claim_alone_hardly_tells(passages: list[Passage]) -> None:
    dice = random.Random(5)
    rows = []
    for number, passage in enumerate(dice.sample(passages, 120)):
        for example in draw_group(passage, [], dice).examples:
            rows.append(Claim(str(len(rows)), "", example.text, example.true, "x", "zh-zh", str(number), ""))
    assert auroc(score_claims_alone(rows), [row.true for row in rows]) < 0.65


def test_exchanged_numbers_are_false_and_lists_stay() -> None:
    (example,) = _exchanged("From 46 users it rose to 83.")
    assert example.text == "From 83 users it rose to 46." and not example.true
    assert [example.text[a:b] for a, b in example.wrong or ()] == ["83", "46"]
    assert not _exchanged("Sizes 7, 13 were tried.") and not _exchanged("It rose from 5 points to 5.")


def test_questions_are_asked_with_and_without_the_sentence_that_answers(passages: list[Passage]) -> None:
    asked = [p for p in passages if any(q.rests_on for q in p.questions) and len(p.sentences) > 1]
    drawn = [(asked[n], asked[n + 1 : n + 7], n) for n in range(0, 1_400, 7)]  # no question twice
    groups = [draw_questions(passage, others, random.Random(n)) for passage, others, n in drawn]
    assert groups == [draw_questions(passage, others, random.Random(n)) for passage, others, n in drawn]
    for (passage, _, _), group in zip(drawn, groups, strict=True):
        own = {question.text: question.rests_on for question in passage.questions}
        for example in group.examples:
            needed = [passage.sentences[n] for n in own.get(example.text, ())]
            assert not example.true or all(sentence in group.passage for sentence in needed)
    rows = [
        Claim("", "", example.text, example.true, "x", "zh-zh", str(number), "")
        for number, group in enumerate(groups)
        for example in group.examples
    ]
    assert auroc(score_claims_alone(rows), [row.true for row in rows]) < 0.65


def test_draws_are_seeded_and_mark_what_is_wrong(passages: list[Passage]) -> None:
    first, again = ([draw_group(p, passages[:5], random.Random(3)) for p in passages[:200]] for _ in range(2))
    assert first == again
    examples = [e for group in first for e in group.examples]
    assert 0.3 < sum(e.true for e in examples) / len(examples) < 0.6
    for example in examples:
        assert example.true <= (example.wrong == ())
        assert all(0 <= start < end <= len(example.text) for start, end in example.wrong or ())


def test_what_is_false_in_one_draw_is_true_in_another(passages: list[Passage]) -> None:
    dice = random.Random(4)
    passage = next(p for p in passages if any(c.language == p.language and c.edits for c in p.claims))
    drawn = [e for _ in range(300) for e in draw_group(passage, [], dice).examples]
    true, false = ({e.text for e in drawn if e.true is label} for label in (True, False))
    edited = {c.text.replace(e.old, e.new, 1) for c in passage.claims for e in c.edits if e.kind != "kept"}
    assert true & false & edited and true & false & {claim.text for claim in passage.claims}


def test_labels_fall_on_the_tokens_that_are_wrong() -> None:
    tokenizer = Tokenizer(models.WordLevel({"<s>": 0, "</s>": 2, "<unk>": 3, "b": 4}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    group = Group("b", [Example("a b c", False, ((2, 3),)), Example("b", True), Example("a", False, None)])
    batch = make_batch([group], tokenizer)
    assert batch.missing.tolist() == [-1, 0, 1, 0, -1, -1, 0, -1, -1, -1, -1]
    assert batch.present.tolist() == [1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1]
    assert batch.true.tolist() == [0, 1, 0] and batch.first.tolist() == [3, 8, 11]
    assert batch.places[0].passage == slice(0, 3) and batch.places[0].said.sum(1).tolist() == [5, 3, 3]


def test_a_row_without_padding_is_read_as_padded_pairs_are() -> None:
    torch.manual_seed(1)
    model = Checker().eval()
    passages, claims = torch.randint(5, 900, (2, 9)), torch.randint(5, 900, (3, 6))
    there, said, of = torch.ones(2, 9), torch.ones(3, 6), torch.tensor([0, 1, 1])
    there[1, 6:], said[2, 4:] = 0, 0
    texts = [passages[0], claims[0], passages[1, :6], claims[1], claims[2, :4]]
    ends = torch.tensor([len(text) for text in texts]).cumsum(0).tolist()
    rows = [range(end - len(text), end) for text, end in zip(texts, ends, strict=True)]
    own = [rows[1], rows[3], rows[4]]
    batch = Batch(
        ids=torch.cat(texts),
        positions=torch.tensor([position for row in rows for position in range(len(row))]),
        kinds=torch.tensor([int(row in own) for row in rows for _ in row]),
        places=[
            Place(slice(0, 9), *grid(own[:1])),
            Place(slice(rows[2].start, rows[2].stop), *grid(own[1:])),
        ],
        first=torch.tensor([row.start for row in own]),
        own=torch.tensor([token for row in own for token in row]),
        true=torch.zeros(3),
        missing=torch.zeros(16),
        present=torch.zeros(16),
    )
    with torch.no_grad():
        padded = model(passages, there, claims, said, of)
        packed = read(model, batch)
    assert torch.allclose(packed[0], padded[0], atol=1e-5)
    for flat, square in zip(packed[1:], padded[1:], strict=True):
        assert torch.allclose(flat, square[said > 0], atol=1e-5)


def test_training_can_go_on_from_the_graph_that_ships() -> None:
    model = Checker().eval()
    load_graph(model, SHIPPED)
    model.words = torch.nn.Identity()
    torch.manual_seed(2)
    texts = [torch.randn(1, 8, HIDDEN), torch.ones(1, 8), torch.randn(5, 6, HIDDEN), torch.ones(5, 6)]
    texts.append(torch.zeros(5, dtype=torch.int64))
    names = ("passages", "there", "claims", "said", "of")
    inputs = {name: text.numpy() for name, text in zip(names, texts, strict=True)}
    shipped = InferenceSession(SHIPPED, providers=["CPUExecutionProvider"]).run(None, inputs)[1]
    with torch.no_grad():
        missing = model(*texts)[1].numpy()
    assert np.corrcoef(shipped.ravel(), missing.ravel())[0, 1] > 0.95  # activations are in int8 there
