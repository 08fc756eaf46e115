"""Draws questions on a stretch of text: does it answer them?

Half of the time a sentence that answers one is left out, so that the question alone does not tell; near misses are
hand-written. Other passages stand around the one in question as they do in what a search brings.
"""

import random
from collections.abc import Sequence

from training.pairs import Passage
from training.sampling import Example, Group, balance, join_sentences

LEFT_OUT = 0.5  # share of passages that lack a sentence
AROUND = (0, 0, 1, 2, 3, 4)  # other passages beside one
LONGEST = 2_800  # characters of all passages together
MOST = 12  # questions on a stretch
TITLED = 0.5  # share of passages under their topic


def draw_questions(passage: Passage, others: Sequence[Passage], dice: random.Random) -> Group:
    """A passage with its questions among `others`, whose questions are asked too."""
    near = dice.sample(others, min(len(others), dice.choice(AROUND)))
    texts: list[str] = []
    examples: list[Example] = []
    for shown in (passage, *near):
        text, asked = _show(shown, dice)
        if texts and len(text) + sum(map(len, texts)) > LONGEST:
            break
        texts.append(text)
        examples += asked
    absent = [other for other in others if other not in near and other.questions]
    for other in dice.sample(absent, min(len(absent), 2)):
        examples.append(Example(dice.choice(other.questions).text, False, None))
    kept = balance(examples, dice)
    return Group(
        "\n".join(dice.sample(texts, len(texts))), dice.sample(kept, min(len(kept), MOST)), asks=True
    )


def _show(passage: Passage, dice: random.Random) -> tuple[str, list[Example]]:
    """The passage, perhaps without a sentence, and its questions."""
    count = len(passage.sentences)
    answered = [question for question in passage.questions if question.rests_on]
    gone = -1
    if answered and count > 1 and dice.random() < LEFT_OUT:
        gone = dice.choice(dice.choice(answered).rests_on)
    text = join_sentences([s for n, s in enumerate(passage.sentences) if n != gone], passage.language, dice)
    if dice.random() < TITLED:
        text = f"{passage.topic}\n{text}"
    asked = [Example(q.text, bool(q.rests_on) and gone not in q.rests_on, None) for q in passage.questions]
    return text, asked
