"""Chinese or English? Decided from the script and the little words; knows no other language."""

import re

from ingest.records import Language

_HAN = re.compile(r"[㐀-鿿]")
_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][a-z]+)?")
_SAMPLE = 200_000  # characters; arbitrary, far more than the decision needs

# Words that make a sentence English, characters that make it Chinese: they outvote the names and terms
# which a question in one language borrows from the other.
_ENGLISH_WORDS = (
    "the a an is are was were be been does do did how what why when where which who of in on to for and or "
    "with that this it its from by as at can could should would will has have explain describe define "
    "compare between mean means called than not use used using tell me please give list"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_CHINESE = re.compile(r"[的是了吗呢么什怎为何哪些和与在有能不请这那个啥吧如请被把对讲说解比]")
_ALWAYS_CHINESE = (
    0.8  # share of Han above which no little word is asked; below _NEVER_CHINESE likewise: arbitrary
)
_NEVER_CHINESE = 0.2


def language_of(text: str) -> Language:
    """The language of `text` by the share of Han characters in Han characters plus Latin words.

    Between the two thresholds the function words of both languages decide, then the share (0.4).
    Text with neither script is "en".
    """
    sample = text[:_SAMPLE]
    han = len(_HAN.findall(sample))
    words = _WORD.findall(sample)
    if not han:
        return "en"
    share = han / (han + len(words))
    if share < _NEVER_CHINESE:
        return "en"
    if share < _ALWAYS_CHINESE:
        english = sum(word.lower() in _ENGLISH for word in words)
        chinese = len(_CHINESE.findall(sample))
        if english > chinese:
            return "en"
        return "zh" if share >= 0.4 or chinese > english else "en"
    return "zh"
