"""Draws training examples: a stretch of a passage, and claims on it that are true and claims that are not.

A claim is a hand-written one, a kept paraphrase of it, or a source sentence itself; it is made false by a
hand-written edit, by a program that changes a number on either side or exchanges two, by taking away the sentence
it rests on, or by coming from another passage. Sometimes the source says the edited claim instead: then the edit is
true and the claim is not, so that neither can be learnt by heart. True and false ones are drawn in equal number, from
the same claims.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.pairs import Claim, Edit, Passage

PER_PASSAGE = 12  # claims drawn on one stretch, at most
REWRITTEN = 0.4  # share of stretches whose source says something else
NEIGHBOURED = 0.35  # share of stretches with other passages around them
JOINED = 0.3  # share of stretches with claims of two clauses
EXCHANGED = 0.5  # how often two numbers of a claim change places
# How often an edit of a kind is drawn, beside 1: rules see numbers; who does what to whom is what passes most.
DRAWN = {"number": 0.3, "unit": 0.6, "roles": 2.0, "comparison": 1.5, "entity": 1.5}
# A source edited so denies the claim; one with a detail more, or a wider scope, may still support it.
CONTRARY = {"number", "unit", "negation", "comparison", "entity", "roles"}
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*[A-Za-z])")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """A claim with its label. `wrong`: the characters that make it false; None where nobody knows them."""

    text: str
    true: bool
    wrong: tuple[Span, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A stretch of text and claims on it, or questions that it answers (`true`) or does not."""

    passage: str
    examples: list[Example]
    asks: bool = False


def draw_group(passage: Passage, others: Sequence[Passage], dice: random.Random) -> Group:
    """One passage, or a stretch of it, with claims; `others` lend claims that are true elsewhere."""
    count = len(passage.sentences)
    first, last = 0, count - 1
    if count > 1 and dice.random() < 0.35:
        first = dice.randrange(count)
        last = dice.randrange(first, count)
    shown = range(first, last + 1)
    sentences = passage.sentences[first : last + 1]
    claims = dice.sample(passage.claims, len(passage.claims))
    examples: list[Example] = []
    if dice.random() < REWRITTEN:
        sentences, claims, examples = _rewrite_source(sentences, claims, passage, shown, dice)
    for claim in claims[: PER_PASSAGE // 2]:
        if all(number in shown for number in claim.rests_on):
            examples += _true_and_false(claim, dice)
        else:
            examples.append(Example(claim.text, False, None))
    sentences, changed = _change_source(sentences, passage, shown, dice)
    examples += changed
    if dice.random() < 0.5:
        examples += _verbatim(sentences, dice)
    foreign = dice.choice(dice.choice(others).claims).text if others else None
    if foreign and dice.random() < 0.5:
        examples.append(Example(foreign, False, None))
    if dice.random() < JOINED:
        examples += _joined(examples, foreign, dice)
    text = join_sentences(sentences, passage.language, dice)
    if dice.random() < 0.5:
        text = f"{passage.topic}\n{text}"
    if others and dice.random() < NEIGHBOURED:
        near = dice.sample(list(others), min(len(others), dice.choice((1, 1, 2))))
        texts = [text, *(join_sentences(other.sentences, other.language, dice) for other in near)]
        text = "\n".join(dice.sample(texts, len(texts)))
        examples = [e for e in examples if e.wrong is not None or e.true]
    return Group(text, balance(examples, dice))


def _true_and_false(claim: Claim, dice: random.Random) -> list[Example]:
    kept, false = _edits(claim)
    examples = [_true(claim, kept, dice)]
    for edit in _some(false, dice.choice((1, 1, 2)), dice):
        base, at = claim.text, claim.text.index(edit.old)
        other = dice.choice(kept) if kept and dice.random() < 0.4 else None
        if other and _apart(base, other, edit):
            base, at = _paraphrased(base, other, at)
        examples.append(_edited(base, at, edit))
    if dice.random() < EXCHANGED:
        examples += _exchanged(claim.text)
    return examples


def _exchanged(text: str) -> list[Example]:
    """The text with its two numbers in each other's place, if it has two that differ and no list or range has them."""
    found = list(_NUMBER.finditer(text))
    if (
        len(found) != 2
        or found[0][0] == found[1][0]
        or len(text[found[0].end() : found[1].start()].strip()) < 4
    ):
        return []
    one, other = found
    made = text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0]
    spans = (one.start(), one.start() + len(other[0])), (len(made) - len(one[0]), len(made))
    return [Example(made + text[other.end() :], False, spans)]


def _paraphrased(text: str, edit: Edit, at: int) -> tuple[str, int]:
    """The text with the edit made, and where what stood at `at` stands then."""
    shift = len(edit.new) - len(edit.old) if text.index(edit.old) < at else 0
    return text.replace(edit.old, edit.new, 1), at + shift


def _edits(claim: Claim) -> tuple[list[Edit], list[Edit]]:
    """Those that leave it true, and the others."""
    kept = [edit for edit in claim.edits if edit.kind == "kept"]
    return kept, [edit for edit in claim.edits if edit.kind != "kept"]


def _some(edits: Sequence[Edit], count: int, dice: random.Random) -> list[Edit]:
    """At most `count` different ones."""
    left, drawn = list(edits), []
    while left and len(drawn) < count:
        weights = [DRAWN.get(edit.kind, 1.0) for edit in left]
        drawn.append(left.pop(dice.choices(range(len(left)), weights)[0]))
    return drawn


def _rewrite_source(
    sentences: Sequence[str], claims: list[Claim], passage: Passage, shown: range, dice: random.Random
) -> tuple[list[str], list[Claim], list[Example]]:
    """One sentence becomes a claim on it, as it is or edited; claims that rest on it are left out."""
    changed = list(sentences)
    told = [c for c in claims if c.language == passage.language and len(c.rests_on) == 1 and c.edits]
    told = [c for c in told if c.rests_on[0] in shown]
    if not told:
        return changed, claims, []
    claim = dice.choice(told)
    text, examples = _as_source(claim, dice)
    changed[claim.rests_on[0] - shown.start] = text
    return changed, [c for c in claims if claim.rests_on[0] not in c.rests_on], examples


def _as_source(claim: Claim, dice: random.Random) -> tuple[str, list[Example]]:
    """What the source says now, and claims on it."""
    kept, false = _edits(claim)
    edit = dice.choice(false) if false and dice.random() < 0.7 else None
    if edit is None:
        examples = [_true(claim, kept, dice)]
        examples += [_edited(claim.text, claim.text.index(e.old), e) for e in _some(false, 2, dice)]
        return _true(claim, kept, dice).text, examples
    source = claim.text.replace(edit.old, edit.new, 1)
    apart = [other for other in claim.edits if other is not edit and _apart(claim.text, other, edit)]
    again = [other for other in apart if other.kind == "kept" and source.count(other.old) == 1]
    further = [other for other in apart if other.kind != "kept" and source.count(other.old) == 1]
    examples = [Example(dice.choice([source, *(source.replace(o.old, o.new, 1) for o in again)]), True)]
    examples += [_edited(source, source.index(o.old), o) for o in _some(further, 1, dice)]
    if edit.kind in CONTRARY:
        back = Edit(edit.kind, edit.new, edit.old)
        at = claim.text.index(edit.old)
        examples.append(_edited(source, at, back))
        for other in dice.sample(again, min(1, len(again))):
            examples.append(_edited(*_paraphrased(source, other, at), back))
    return source, examples


def _joined(examples: Sequence[Example], foreign: str | None, dice: random.Random) -> list[Example]:
    """Claims of two clauses: both true, or one of them not."""
    true = list({e.text: None for e in examples if e.true})
    false = [e for e in examples if e.wrong]
    if len(true) < 2:
        return []
    one, other = dice.sample(true, 2)
    made = [Example(_join_clauses(one, other)[0], True)] if _is_zh(one) == _is_zh(other) else []
    ends = [(e.text, e.wrong) for e in false]
    if foreign:
        ends.append((foreign, ((0, len(foreign)),)))
    ends = [end for end in ends if _is_zh(end[0]) == _is_zh(one)]
    if ends:
        text, spans = dice.choice(ends)
        joined, at = _join_clauses(one, text)
        made.append(Example(joined, False, tuple((a + at, min(b + at, len(joined))) for a, b in spans or ())))
    return made


def _join_clauses(one: str, other: str) -> tuple[str, int]:
    """The claim, and where its second clause begins."""
    start = one.rstrip("。.!; ") + (";" if _is_zh(one) else "; ")
    return start + other, len(start)


def _is_zh(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def _true(claim: Claim, kept: Sequence[Edit], dice: random.Random) -> Example:
    text = claim.text
    if kept and dice.random() < 0.5:
        edit = dice.choice(kept)
        text = text.replace(edit.old, edit.new, 1)
    return Example(text, True)


def _apart(text: str, one: Edit, other: Edit) -> bool:
    a, b = text.index(one.old), text.index(other.old)
    return a + len(one.old) <= b or b + len(other.old) <= a


def _edited(text: str, at: int, edit: Edit) -> Example:
    """The claim made false, with the characters that the edit really changes."""
    old, new = edit.old, edit.new
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start, end = at + head, at + len(new) - tail
    if start >= end:  # only something taken away: mark what is left of the fragment
        start, end = at, at + len(new)
    return Example(text[:at] + new + text[at + len(old) :], False, ((start, end),))


def _change_source(
    sentences: Sequence[str], passage: Passage, shown: range, dice: random.Random
) -> tuple[list[str], list[Example]]:
    """Sometimes a number of the source is changed instead: the claims that have it are false then."""
    changed = list(sentences)
    if dice.random() > 0.15:
        return changed, []
    position = dice.randrange(len(changed))
    numbers = [n for n in _NUMBER.findall(changed[position]) if " ".join(sentences).count(n) == 1]
    if not numbers:
        return changed, []
    number = dice.choice(numbers)
    texts = [c.text for c in passage.claims if set(c.rests_on) <= set(shown)]
    told = [text for text in texts if text.count(number) == 1 and number in _NUMBER.findall(text)]
    if not told or len(told) != sum(number in text for text in texts):
        return changed, []
    changed[position] = changed[position].replace(number, _other_number(number, dice))
    spans = [(text.index(number), text.index(number) + len(number)) for text in told]
    false = [Example(text, False, (span,)) for text, span in zip(told, spans, strict=True)]
    return changed, [*false, Example(changed[position], True)]


def _verbatim(sentences: Sequence[str], dice: random.Random) -> list[Example]:
    """A sentence of the source as it stands is true; with another number it is not."""
    sentence = dice.choice(sentences)
    found = list(_NUMBER.finditer(sentence))
    if not found:
        return [Example(sentence, True)]
    if dice.random() < EXCHANGED and (exchanged := _exchanged(sentence)):
        return [Example(sentence, True), *exchanged]
    match = dice.choice(found)
    new = _other_number(match[0], dice)
    start = match.start()
    return [
        Example(sentence, True),
        Example(sentence[:start] + new + sentence[match.end() :], False, ((start, start + len(new)),)),
    ]


def _other_number(number: str, dice: random.Random) -> str:
    """Another number of the same look."""
    ways: list[Callable[[], str]] = [
        lambda: re.sub(r"\d", lambda m: str(dice.randrange(1, 10)), number),
        lambda: number[:-1] + str((int(number[-1]) + dice.randrange(1, 9)) % 10),
        lambda: str(int(number) + dice.choice((1, -1, 2, 10))) if number.isdigit() else number + "5",
        lambda: number + "0" if number.isdigit() else number.replace(".", ""),
    ]
    new = number
    while new == number or not new or new.startswith("-"):
        new = dice.choice(ways)()
    return new


def join_sentences(sentences: Sequence[str], language: str, dice: random.Random) -> str:
    """As running text, as a list, or a line each."""
    style = dice.random()
    if style < 0.1:
        return "\n".join(f"- {sentence}" for sentence in sentences)
    return ("" if language == "zh" else " ").join(sentences) if style < 0.9 else "\n".join(sentences)


def balance(examples: list[Example], dice: random.Random) -> list[Example]:
    """As many true as false ones where there are both; each text once."""
    unique = list({example.text: example for example in examples}.values())
    dice.shuffle(unique)
    true = [e for e in unique if e.true]
    false = [e for e in unique if not e.true]
    most = max(1, min(len(true), len(false)))
    return [*true[: most + 1], *false[: most + 2]]
