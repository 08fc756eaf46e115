"""How much an answer needs: a definition one passage, a comparison both sides, a list many. Knows words only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.glossary import shipped_glossary
from index.keywords import tokens

Shape = Literal["definition", "comparison", "list", "plain"]


@dataclass(frozen=True, slots=True)
class Depth:
    """What a question of this shape gets."""

    shape: Shape
    hits: int  # passages that the answer may rest on
    tokens: int  # of passages that the model reads; a hundred cost a local one about 1.3 s
    quotes: int  # of an answer without a model


# Tokens: 320 leaves a local prompt short enough; a list may take longer, a definition need not.
DEPTHS: dict[Shape, Depth] = {
    "definition": Depth("definition", 8, 240, 2),
    "plain": Depth("plain", 8, 320, 3),
    "comparison": Depth("comparison", 10, 400, 4),
    "list": Depth("list", 12, 480, 4),
}
_SHAPES: tuple[tuple[Shape, re.Pattern[str]], ...] = (
    (
        "comparison",
        re.compile(
            r"区别|差别|对比|比较|相比|异同|有(?:什么|何|啥)不同|分别|各自|各是|哪个(?:更|好)|还是.{1,20}[?？]|"
            r"\b(?:vs|versus|compared?|comparison|differences?|differs?|respectively|better than)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "list",
        re.compile(
            r"列出|列举|罗列|哪(?:些|几)|所有|全部|都有(?:什么|啥)|几种|"
            r"\b(?:list|enumerate|all (?:the|of)|what are (?:the|some|common)|name (?:the|some|all)|kinds of|types of)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "definition",
        re.compile(
            r"^(?:请问)?(?:什么是|何为|啥是|介绍一下)|是(?:个)?(?:什么|啥)(?:意思|东西)?[\s?？。]*$|"
            r"^(?:what(?:'s| is| are)|define|explain)(?:\s+\S+){1,4}[\s?.]*$",
            re.IGNORECASE,
        ),
    ),
)


def read_depth(question: str) -> Depth:
    """The depth of a question, by its wording.

    >>> [read_depth(q).shape for q in ("GQA 是什么？", "DPO 和 PPO 有什么区别？", "列出所有位置编码", "why RoPE?")]
    ['definition', 'comparison', 'list', 'plain']
    """
    text = question.strip()
    return DEPTHS[next((shape for shape, pattern in _SHAPES if pattern.search(text)), "plain")]


def both_sides(question: str, texts: Sequence[str]) -> list[str]:
    """The texts reordered so that what the question names is told of early: the best stays first, then the first that
    names a side not yet named, and so on; the rest in their order.

    >>> both_sides("DPO 和 PPO 的区别", ["DPO 简单。", "DPO 省显存。", "PPO 在线采样。"])
    ['DPO 简单。', 'PPO 在线采样。', 'DPO 省显存。']
    """
    sides = [{term, *forms} for term, forms in shipped_glossary().terms_in(question)]
    words = [set(tokens(text)) for text in texts]
    first: list[int] = []
    for number, have in enumerate(words):
        told = [side for side in sides if any(have.issuperset(tokens(form)) for form in side)]
        if told or not first:
            first.append(number)
            sides = [side for side in sides if side not in told]
    return [texts[i] for i in [*first, *(i for i in range(len(texts)) if i not in first)]]
