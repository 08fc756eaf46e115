"""Numbers with their units, out of Chinese and English text, in one normal form that can be compared.

`1750 亿参数` and `175B parameters` are the same quantity. Text in, quantities out.
"""

import re
from dataclasses import dataclass
from typing import Literal

from answer.numerals import SCALE, SPELLED, WORDS, han_value, normalise

# over: more than, or simply across; only: exactly, and felt to be at most
Bound = Literal["", "<", ">", "~", "over", "only"]

# Units that stand right behind their number. A canonical name, then how it is written.
CLOSE = {
    "percent": r"%|percent\b|per cent\b",
    "points": r"个?百分点|个点(?!击)|(?:absolute )?(?:percentage )?points?\b|pp\b|pts\b|分(?![钟布类支析块成为一二两三四五六七八九十])",
    "times": r"倍|×(?!\s*\d)|x(?![a-z0-9])|times\b|-?fold\b",
    "bits": r"bits?\b|位(?![置医用专面同审作学老朋数于])|比特", "bytes": r"bytes?\b|个?字节",
    "gb": r"gi?b\b", "mb": r"mi?b\b", "tb": r"ti?b\b", "kb": r"ki?b\b",
    "ms": r"ms\b|milliseconds?\b|毫秒", "us": r"us\b|µs\b|微秒",
    "seconds": r"s\b|secs?\b|seconds?\b|秒", "minutes": r"mins?\b|minutes?\b|分钟",
    "hours": r"h\b|hrs?\b|hours?\b|(?:个)?小时", "days": r"days?\b|天", "weeks": r"weeks?\b|周",
    "months": r"months?\b|个月", "years": r"years?\b|年", "usd": r"dollars?\b|usd\b|美元",
    "yuan": r"元|rmb\b", "hz": r"hz\b", "khz": r"khz\b", "mhz": r"mhz\b", "ghz": r"ghz\b",
    "flops": r"flop/?s?\b", "gflops": r"gflop/?s?\b", "tflops": r"tflop/?s?\b", "pflops": r"pflop/?s?\b", "watts": r"w\b|watts?\b|瓦",
    "degrees": r"°|度(?!量)", "shot": r"-?shots?\b",
}  # fmt: skip

# Things that are counted: they may follow at a few words' distance ("8 NVIDIA A100 GPUs").
COUNTED = {
    "layers": r"layers?\b|blocks?\b|层", "heads": r"heads?\b|注意力头|个头|头(?![部条])", "tokens": r"tokens?\b|词元|词符",
    "parameters": r"parameters?\b|params?\b|参数", "dims": r"dimension(?:s|al)?\b|dims?\b|(?<!思)维(?![护持度])",
    "gpus": r"gpus?\b|显卡|张卡|块卡|卡", "tpus": r"tpus?\b", "experts": r"experts?\b|专家",
    "languages": r"languages?\b|种?语言", "tasks": r"tasks?\b|任务", "steps": r"steps?\b|(?<![起一进逐同])步(?!骤|调)",
    "epochs": r"epochs?\b|轮", "examples": r"examples?\b|samples?\b|instances?\b|样本|条数据|示例",
    "questions": r"questions?\b|quer(?:y|ies)\b|问题|道题", "documents": r"documents?\b|文档|篇",
    "words": r"words?\b|单词|个词", "sentences": r"sentences?\b|句", "passages": r"passages?\b|段落|(?<![手阶片字])段",
    "characters": r"characters?\b|字符|个字", "stages": r"stages?\b|phases?\b|阶段",
    "matrices": r"matri(?:x|ces)\b|矩阵", "groups": r"groups?\b|(?<!元)组", "chunks": r"chunks?\b|(?<![分图])块",
    "datasets": r"datasets?\b|benchmarks?\b|数据集|基准", "labelers": r"labell?ers?\b|annotators?\b|标注(?:员|者|人员)",
    "kinds": r"kinds?\b|types?\b|种|类", "pages": r"pages?\b|页", "users": r"users?\b|用户",
}  # fmt: skip

# ASCII: 34GB来自 has a border behind the B
UNIT_RE = {name: re.compile(pattern, re.ASCII) for name, pattern in (CLOSE | COUNTED).items()}
_SCALE_RE = "|".join(sorted((s for s in SCALE if len(s) > 1 or not s.isascii()), key=len, reverse=True))
_NUMBER_RE = re.compile(
    r"(?<![a-z0-9_.])(?<![a-z0-9]-)"  # not inside GPT-4, Q4_K_M, 2304.09848
    r"(?P<mantissa>\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s*[x×*·]\s*10\s*\^?\s*(?P<power>-?\d+)|e(?P<exponent>-?\d+)|\s*\^\s*(?P<caret>-?\d+)|/(?P<under>\d+)(?![\d/]))?"
    rf"(?:[\s-]*(?P<word>{_SCALE_RE})(?![a-z])|\s?(?P<letter>[kmbt]|bn)(?![a-z0-9]))?"
)
_HAN_NUMBER = re.compile(
    r"(?<=[正负])[一二三四五六七八九十]{1,12}|[一二两三四五六七八九十百千]{1,12}(?:[万亿]|(?=[个种层倍次步类头项年天位轮组篇条阶维大点段块张秒处名份]|小时|分钟|周(?!期)))"
)
_WORD_NUMBER = re.compile(rf"\b({WORDS})\b")

_RATE = re.compile(
    r"(?:每|/\s*|\bper |\b(?:each|every) |\ban? (?=hour|minute|day))(?P<time>秒|分钟|小时|天|s\b|sec\b|second|min\b|minute|h\b|hour|day)"
)
# Characters behind a number in which its unit is looked for: the patterns of units read at most 60.
AHEAD = 80
_RATES = {"秒": "s", "分": "m", "小": "h", "天": "d"}
_LOOSE = {"k": 0.025, "成": 0.1}
_MACHINE_TIME = re.compile(
    r"^(?:[\s-]*(?:[gtc]pu|tpuv\d|chip|core|芯片|[avh]\d{2,3})[\s-]*){1,3}(?=(?:hours?|days?|years?|minutes?)\b|个?小时|天|年)"
)

_BELOW = r"最长|最大|上限(?:为|是)?|(?:less|fewer|lower|smaller|shorter|younger|earlier|sooner|cheaper) than|under|below|at most|(?<!went )(?<!goes )(?<!go )(?<!rose )up to|limit(?:ed)? (?:to|of)|capped at|as (?:much|many) as|no more than|within|maximum(?: \w+)?|不到|不足|不满|低于|小于|短于|最晚|最迟|不超过|至多|最多|少于|以内|可达|多达|<|≤"
_ABOVE = r"(?:more|greater|higher|larger|older|longer|later|bigger|deeper|wider) than|above|beyond|at least|exceed(?:s|ing)?|no (?:less|fewer) than|超过|超|高于|大于|至少|不少于|多于|不低于|超出|>|≥"
_ABOUT = r"about|around|approximately|roughly|nearly|almost|some|~|≈|大约|约|接近|将近|近|差不多|几乎"
_BEFORE_RE = re.compile(
    rf"(?:(?P<lt>{_BELOW})|(?P<gt>{_ABOVE})|(?P<over>\bover)|(?P<only>\bonly|\bjust|\bmerely|只[有剩]?|仅[有剩]?)|(?P<ab>{_ABOUT}))\s*(?:the|a|an|了|为|是|大约|约)?\s*[$]?\s*$"
)
_AFTER_RE = re.compile(
    r"^\s*(?:%|[a-z]+|[一-鿿]{1,3}?)?\s*(?:(?P<lt>(?:及|或)?[以之][下内]|(?<=[秒钟天周月年])内(?![部存核层])|(?<=小时)内(?![部存核层])|or (?:less|fewer))|"
    r"(?P<gt>(?:及|或)?(?:[以之][上外]|更[大多高长])|and (?:up|above|over)|or (?:above|more|larger|longer|higher)|不止|还多|有余|多(?=[个种倍年条])|\+))"
)
_WITHIN = re.compile(r"within|内")
_TIMES = ("ms", "us", "seconds", "minutes", "hours", "days", "weeks", "months", "years")
# not by more than 4 %: at most
_NOT_RE = re.compile(r"(?:不|没有?|(?:\b(?:no|not|never)|n't)\b)[^,，。;；]{0,14}$")
# 最多比基线快 3 倍
_AHEAD_RE = re.compile(r"(?:(?P<lt>最多|至多|最长|最大|最高)|(?P<gt>至少|不少于))[^,，。；;\d]{1,24}$")
_NAME_BEFORE = re.compile(r"\b([a-z]{3,}) $")
_TO_RE = re.compile(
    r"(?:(?<!up )\bto|[降增升减提缩]\w?[到至]|[到至])\s*(?:(?:just|only|under|below|about|over|约|不到)\s*)?$"
)
_BY_RE = re.compile(r"(?:\bby|[低少高加升快]了?)\s*(?:(?:about|over|up to|nearly|约|近|至少|最多)\s*)?$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in text: 1750 亿参数 is value 1.75e11, unit "parameters"."""

    value: float
    unit: str  # canonical, "" where none was recognised
    bound: Bound = ""
    change: Literal["", "to", "by"] = ""  # reduces *to* 4 % is not reduces *by* 4 %
    spelled: bool = False  # written as a word: two, 三
    loose: float = 0.0  # k also means 1,024, and 七成 is about 70 %: what it may be off by
    rate: str = ""  # per second, minute, hour or day: s, m, h, d
    name: str = ""  # with the Latin word before it: llama 2, stage 3
    end: Literal["", "low", "high"] = ""  # of a range
    noun: str = ""  # the Latin word behind a number without a unit: four all-reduces
    text: str = ""


def read_quantities(text: str) -> list[Quantity]:
    """Every quantity in `text`, in order: digits first, then the ones written as words."""
    text = normalise(text)
    found: list[Quantity] = []
    for match in _NUMBER_RE.finditer(text):
        value, scale = _value(match), match["word"] or match["letter"] or ""
        rest = text[match.end() : match.end() + AHEAD]
        if not scale and (shared := _shared_scale(rest)):
            scale = shared
        value *= SCALE.get(scale, 1.0)
        before = text[max(0, match.start() - 28) : match.start()]
        unit = _unit_before(before) or ("percent" if scale == "成" else _unit(rest))
        found.append(
            Quantity(
                value,
                unit,
                _bound(before, rest, unit),
                _change(before),
                loose=_LOOSE.get(scale, 0.0),
                rate=_rate(before, rest),
                end=_end(before, rest),
                noun="" if unit else _noun(rest),
                text=match[0].strip(),
                name=f"{named[1]} {match[0].strip()}" if (named := _NAME_BEFORE.search(before)) else "",
            )
        )
    for match in [*_HAN_NUMBER.finditer(text), *_WORD_NUMBER.finditer(text)]:
        value = SPELLED[match[0]] if match[0].isascii() else han_value(match[0])
        if value > 1:
            before = text[max(0, match.start() - 28) : match.start()]
            rest = text[match.end() : match.end() + AHEAD]
            folds = match[0] in ("twice", "double", "doubles", "triple")
            unit = "times" if folds else _unit(rest)
            if unit == "bits" and not match[0].isascii():  # 九位医生, 第五位
                continue
            small = match[0][-1] not in "万亿"  # 两 is often no number, 四千万 always is
            noun = "" if unit else _noun(rest)
            found.append(
                Quantity(
                    float(value), unit, _bound(before, rest, unit), spelled=small, noun=noun, text=match[0]
                )
            )
    return found


def _value(match: re.Match[str]) -> float:
    value = float(match["mantissa"])
    if power := match["power"] or match["exponent"]:
        return value * 10.0 ** max(-300, min(300, int(power)))
    if match["caret"] and abs(int(match["caret"])) < 300 and value < 1e4:
        return float(value ** int(match["caret"])) if value else 0.0
    if match["under"] and int(match["under"]):
        return value / int(match["under"])
    return value


def _shared_scale(rest: str) -> str:
    """In "3-5 万" and "3 to 5 million" the first number has the second one's scale."""
    match = re.match(rf"\s*(?:-|到|至|to\b)\s*\d+(?:\.\d+)?\s*(?P<word>{_SCALE_RE}|[kmb](?![a-z0-9]))", rest)
    return match["word"] if match else ""


def _unit(rest: str) -> str:
    rest = re.sub(
        r"^\s*(?:-|到|至|to|and|和)\s*\d+(?:\.\d+)?\s*[kmb万亿]?", "", rest
    )  # the unit behind a range
    near = _MACHINE_TIME.sub("", re.sub(r"^[\s-]{0,2}(?:多|余|个(?![月小百]))?", "", rest))
    close = [(m.end(), name) for name in CLOSE if (m := UNIT_RE[name].match(near))]
    if close:
        return max(close)[1]
    field = re.split(
        r"[,.;:()，。；：、!?\n]|(?<![a-z\d])\d|[两三四五六七八九十](?=[个种层步样段块])", near, maxsplit=1
    )[0][:28]
    counted = [(m.start(), -m.end(), name) for name in COUNTED if (m := UNIT_RE[name].search(field))]
    return min(counted)[2] if counted else ""


def _unit_before(before: str) -> str:
    """$5 and a factor of 6."""
    before = before.rstrip()
    return "usd" if before.endswith("$") else "times" if before.endswith("factor of") else ""


def _noun(rest: str) -> str:
    found = re.match(r"[\s-]+([a-z][a-z-]{3,})", rest)
    return found[1].removesuffix("s") if found else ""


def _end(before: str, rest: str) -> Literal["", "low", "high"]:
    """Which end of "4 to 20" or "4 到 20" a number is."""
    if re.match(r"[^\s\d]{0,2}\s*(?:到|至|to|-|and)\s*\d", rest):
        return "low"
    return "high" if re.search(r"\d\S{0,4}\s*(?:到|至|to|-|and)\s*$", before) else ""


def _bound(before: str, rest: str, unit: str) -> Bound:
    for match in (_BEFORE_RE.search(before), _AFTER_RE.match(rest), _AHEAD_RE.search(before)):
        if match:
            groups = match.groupdict()
            turned = match.re is _BEFORE_RE and _NOT_RE.search(before[: match.start()])
            if groups.get("lt"):
                return ">" if turned else "" if unit in _TIMES and _WITHIN.search(match[0]) else "<"
            if groups.get("gt"):
                return "<" if turned else ">"
            return "over" if groups.get("over") else "only" if groups.get("only") else "~"
    return ""


def _rate(before: str, rest: str) -> str:
    """The time that a quantity is counted by: 18 tokens/s, 每分钟 18 个."""
    clause = re.split(r"[,;。，；!?\n]", before)[-1]
    found = _RATE.search(re.split(r"[,;。，；!?\n]", rest[:24])[0]) or _RATE.search(clause)
    return _RATES.get(found["time"][0], found["time"][0]) if found else ""


def _change(before: str) -> Literal["", "to", "by"]:
    return "to" if _TO_RE.search(before) else "by" if _BY_RE.search(before) else ""
