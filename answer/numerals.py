"""Numbers written as words, in fractions or with signs of their own, as digits. Chinese and English text in, text out."""

import re
import unicodedata

SCALE = {
    "万亿": 1e12, "千万": 1e7, "百万": 1e6, "十亿": 1e9, "亿": 1e8, "万": 1e4, "千": 1e3, "百": 1e2, "成": 10,
    "trillion": 1e12, "billion": 1e9, "million": 1e6, "thousand": 1e3, "hundred": 1e2,
    "k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12,
}  # fmt: skip

SPELLED = {
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "零": 0,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "sixteen": 16, "twenty": 20, "thirty": 30, "fifty": 50,
    "twice": 2, "double": 2, "doubles": 2, "triple": 3, "triples": 3, "both": 2,
}  # fmt: skip
WORDS = "|".join(w for w in SPELLED if w.isascii())
_WORD_AND_SCALE = re.compile(rf"\b({WORDS})[ -](?=(?:hundred|thousand|million|billion|trillion)\b)")
_FOLD = re.compile(rf"\b({WORDS})-?fold\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(rf"(?<=\d ){_MONTH}\b\.?|\b{_MONTH}\.? (?=\d)")
_ONE_IN = re.compile(r"\bone (?:[a-z]+ )?in (ten|a hundred|a thousand|twenty|five|four)\b")
_ONE_IN_VALUES = {
    "ten": "10%", "a hundred": "1%", "a thousand": "0.1%", "twenty": "5%", "five": "20%", "four": "25%",
}  # fmt: skip
_PART = re.compile(r"([二三四五六七八九十]{1,12})分之([一二三四五六七八九])")
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_PART_OF = re.compile(
    r"\b(?:(?P<one>an?|one)|two|three)[ -](?P<part>half|third|quarter|fifth|sixth|eighth|tenth)"
    r"(?:s\b|(?<=quarter)\b|(?<=eighth)\b|(?= (?:of|as|less|more|that|the|what)\b|[.,;:)]|$))"
)


def normalise(text: str) -> str:
    """NFKC, lower case, one kind of dash, no thousands separators, 百分之 N as N %."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[‐‑‒–—−]", "-", text).replace("{,}", ",").replace("\\times", "×")
    text = re.sub(r"\$([^$\n]*[\\=^_{×][^$\n]*)\$", r" \1 ", text)  # a formula, no price
    text = re.sub(r"(?<=\d)\s*的\s*(\d+)\s*次方", r"^\1", text)
    text = re.sub(r"\^\{(-?\d+)\}", r"^\1", text)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"百分之\s*(\d+(?:\.\d+)?)", r"\1%", text)
    text = re.sub(r"百分之([一二三四五六七八九十百]{1,12})", lambda m: f"{han_value(m[1]):g}%", text)
    text = re.sub(r"([一二两三四五六七八九])成(?![为了本功立])", lambda m: f" {han_value(m[1]):g}成 ", text)
    text = re.sub(r"\ban? (?=(?:hundred|thousand|million|billion|trillion)\b)", "1 ", text)
    text = re.sub(_FOLD, lambda m: f"{SPELLED[m[1]]}-fold", text)
    text = re.sub(_DATE, lambda m: f"{1 + _MONTHS.index((m[1] or m[2])[:3])} ", text)
    text = re.sub(_WORD_AND_SCALE, lambda m: f"{SPELLED[m[1]]} ", text)
    text = re.sub(_PART_OF, _part_of, text)
    text = re.sub(_ONE_IN, lambda m: f" {_ONE_IN_VALUES[m[1]]} ", text)
    text = re.sub(_PART, lambda m: f" {10 * han_value(m[2]) / han_value(m[1]):.4g}成 ", text)
    text = re.sub(
        r"([一二两三四五六七八九十]|\d{1,6})个?([天年月周倍]|小时)半",
        lambda m: f" {_digits(m[1]) + 0.5:g}{m[2]} ",
        text,
    )
    text = re.sub(rf"\b({WORDS}) and a half\b", lambda m: f" {SPELLED[m[1]] + 0.5:g} ", text)
    text = re.sub(r"\bhalf an hour\b|半(?:个)?小时", " 30 minutes ", text)
    text = re.sub(r"(?<![每零二三四五六七八九十百千])一(?=个?小时|分钟)", " 1 ", text)
    text = re.sub(r"\bone (?=hours?\b|minutes?\b)|\ban (?=hour\b)", " 1 ", text)
    text = re.sub(r"(?<=[减对折])半", " 50% ", text)
    text = re.sub(r"(?<![\w.-])(\d+(?:\.\d+)?)\s*[-~]\s*(?=\d)", r"\1 - ", text)  # a range, not GPT-3-175B
    text = re.sub(r"一半|\bhalf\b|\bhalves\b", " 5成 ", text)
    return text


def _part_of(match: re.Match[str]) -> str:
    """A quarter is 2.5 成 (tenths): neither is meant to the digit."""
    count = 1 if match["one"] else 2 if match[0].startswith("two") else 3
    return f" {10 * count / _PARTS[match['part']]:.4g}成 "


def han_value(text: str) -> float:
    """A Chinese numeral: 三十二 -> 32, 一百二十 -> 120, 两千 -> 2000."""
    total, digit = 0.0, 0
    for char in text:
        if char in "万亿":
            total = (total + digit) * SCALE[char]
            digit = 0
        elif char in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            digit = SPELLED[char]
    return total + digit


def _digits(text: str) -> float:
    return float(text) if text.isdigit() else han_value(text)
