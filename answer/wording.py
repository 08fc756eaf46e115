"""What a sentence says besides its topic: negation, direction, scope. Bilingual word lists and their conflicts.

Lists, not grammar: they find the disagreements that a similarity score cannot see, and miss those that need
reading. Knows no documents; text in, phrases naming a disagreement out.
"""

import re
import unicodedata

from index.keywords import query_terms, tokens

# Words that tell nothing of what a clause is about.
SMALL = frozenset(
    "the a an of to in is are be and or for with on by at as it its that this than from into one more each only".split()
)
NEGATION = re.compile(
    r"\b(?:not|no|never|without|cannot(?! only)|neither|nor|none|nothing|unable|fail(?:s|ed)? to|lacks?|rarely|"
    r"unlike|non)\b(?! only)|n['’]t\b|"
    r"不(?!同|断|仅|但|然|过(?!滤)|少|得不|只|论|管|如|到\s*[\d一二两三四五六七八九十百千]|足|止|太|超过|低于|少于|高于|妨|失|禁|错)|没有?|"
    r"无(?!监督|论|穷|关紧要|序|向|损|状态|限|痛|缝|疑|数|非|形|比)|未(?!来|知)|"
    r"非(?!常|线性|参数|自回归|对称|结构化|洲|监督|空|零)|毫无|勿|别(?=[把让再按用])"
)
# What separates the parts of a sentence that say one thing each, in text as `plain` gives it.
PARTS = re.compile(
    r"[,;:()。；，：、!?！？\n（）]|\b(?:and|while|whereas|versus|against|but)\b|而|则(?!化)|但|(?<=[a-z\d%])\. "
)
# Words that deny without a negation: a source with one of these can carry a negated claim, and the other way round.
SOFT_NEGATION = re.compile(
    r"\b(?:avoid\w*|prevent\w*|eliminat\w*|remov\w*|free[zs]\w*|frozen|froze|instead|rather|only|zero(?!-)|free|lack\w*|"
    r"miss\w*|ignor\w*|dispens\w*|skip\w*|limit\w*|difficult\w*|hard\w*|fail\w*|unnecessary|unchanged|fixed|intact|"
    r"except|few|little|less|bypass\w*|omit\w*|stop\w*|independent\w*|ineffective\w*|in(?:ability|capable)|"
    r"constant|same|alone|leav\w*|other than|un[a-z]{4,}|neglig\w*)\b|"
    r"避免|防止|消除|去掉|去除|冻结|而是|只|仅|零|缺|忽略|省去|免去|跳过|难|失败|固定|不变|除了|独立|绕过|无损|很小|极小|甚微|舍弃|停止|单独|丢|不足|不如|拒"
)
_MISTAKE = re.compile(r"是错的|不准确|是误解|不对|\b(?:is|are) (?:wrong|a myth|false)\b")
_MYTH = re.compile(
    r"^\W*[“「\"']([^”」\"']{4,120})[”」\"'](?:这种说法)?\s*(?:[:：]|是错的|不准确|是误解|不对|is (?:wrong|false|a myth))"
)
_RAISED = r"increas\w*|rais(?:e|es|ed|ing)|grow\w*|grew|rise\w*|rose|boost\w*|gain\w*"
_LOWERED = r"decay\w*|decreas\w*|reduc\w*|lower(?:s|ed|ing)|declin\w*|drop(?:s|ped|ping)?|shrink\w*|shrank|diminish\w*|cuts?"

# Opposites: one axis per line, one side each. Both languages share an axis, so the check crosses languages.
_AXES: dict[str, tuple[str, str]] = {
    "amount": (
        rf"\b(?:{_RAISED}|more|higher|greater|larger|bigger|exceed\w*|most|highest|largest)\b|"
        r"增加|增大|增长|提高|提升|上升|升高|变大|更高|更多|更大|过大|太大|变多|多花|高于|大于|多于|超过|最高|最大|最多",
        rf"\b(?:{_LOWERED}|less|fewer|lower|smaller|fewest|lowest|smallest|least(?<!at least)|sav(?:e|es|ed|ing)s?)\b|"
        r"减少|减小|降低|下降|缩小|变小|更低|更少|更小|过小|太小|变少|少花|低于|小于|少于|最低|最小|最少|节省|省下|压缩",
    ),
    "quality": (
        r"\b(?:better|best|exceed\w*|prefer\w*|outperform\w*|surpass\w*|superior|improv\w*|beats?|wins?)\b|优于|更好|更优|好于|胜过|超越|改善|提升|提高|最好|最优|超过|领先|高\s*\d",
        r"\b(?:worse|worst|underperform\w*|inferior|(?:fall|lag)\w* (?:behind|short)|degrad\w*|deteriorat\w*|hurts?|harm\w*)\b|劣于|更差|不如|差于|逊于|变差|恶化|下降|损害|最差|落后|低\s*\d",
    ),
    "speed": (
        r"\b(?:faster|fastest|quicker|speed\w*|accelerat\w*)\b|更快|快\s*\d|快[一二三四五六七八九十]|加快|加速|快于|最快|提速",
        r"\b(?:slower|slowest|slow(?:s|ed|ing)?)\b|更慢|慢\s*\d|慢[一二三四五六七八九十]|减慢|变慢|慢于|最慢|减速",
    ),
    "relief": (
        r"\b(?:mitigat\w*|alleviat\w*|overcom\w*|reliev\w*)\b|缓解|减轻|克服|避免",
        r"\b(?:exacerbat\w*|aggravat\w*|worsen\w*|intensif\w*)\b|加剧|恶化|加重",
    ),
    "thrift": (r"\bsav(?:e|es|ed|ing|ings)\b|节省|节约|省显存", r"\bwast\w*\b|耗费|浪费|更耗|更费"),
    "length": (r"\b(?:longer|longest)\b|更长|变长|最长", r"\b(?:shorter|shortest)\b|更短|变短|缩短|最短"),
    "strength": (r"\b(?:stronger|strongest)\b|更强|强于|增强|最强", r"\b(?:weaker|weakest)\b|更弱|弱于|减弱|削弱|最弱"),
    "order": (r"\b(?:before|prior to|earlier|precedes?)\b|之前|以前|早于|在前", r"\b(?:after|later|follows)\b|之后|以后|晚于|在后"),
    "turn": (r"\bfirst\b|首先|第一|头一", r"\b(?:last|finally)\b|最后"),
    "cost": (r"\b(?:cheaper|cheap|inexpensive)\b|便宜|廉价", r"\b(?:expensive|costly|costlier)\b|昂贵|更贵"),
    "ease": (r"\b(?:easier|easy|easily|simpler|simple)\b|容易|更易|简单", r"\b(?:harder|difficult|complex)\b|困难|更难|难以|复杂"),
    "stability": (r"\b(?:stable|stabili[sz]\w+)\b|(?<!不)稳定", r"\b(?:unstable|instabilit\w+)\b|不稳定"),
    "sameness": (r"\b(?:same|identical|equal)\b|相同|一样|一致", r"\b(?:different|differs?|distinct)\b|不同|不一样"),
    "shape": (r"\blinear(?:ly)?\b|(?<!非)线性", r"\b(?:quadratic(?:ally)?|exponential(?:ly)?)\b|二次|平方|指数"),
    "openness": (r"\b(?:trainable|updated?|unfrozen)\b|可训练|更新", r"\b(?:frozen|fixed|free[zs]\w*)\b|冻结|固定"),
    "allowing": (r"\b(?:allow\w*|enabl\w*|permit\w*)\b|允许|使得", r"\b(?:prevent\w*|forbid\w*|disallow\w*|block(?:s|ed)\b)\b|禁止|阻止"),
    "sign": (r"\bpositive\w*\b|正(?:相关|样本|例|向)", r"\bnegative\w*\b|负(?:相关|样本|例|向)"),
    "place": (r"\b(?:internal|inside|within)\b|内部|之内", r"\b(?:external|outside)\b|外部(?!知识|数据)|之外"),
    "density": (r"\bdense(?:ly)?\b|稠密", r"\bsparse(?:ly)?\b|稀疏"),
    "share": (r"\bshar(?:e|es|ed|ing)\b|共享|共用", r"\b(?:separate(?:ly)?|independent(?:ly)?|its own)\b|各自|独立|单独"),
}  # fmt: skip
_AXIS_RE = {name: (re.compile(up), re.compile(down)) for name, (up, down) in _AXES.items()}

# Scope: the claim's class, the words of it, and the words in a source that may carry it.
_SCOPES: dict[str, tuple[str, str]] = {
    "all": (
        r"\b(?:all|every(?! (?:day|week|month|year|token|time|other))|complete(?:ly)?|fully|regardless|everything|everyone)\b|所有|全部|任何|完全|一切|任意",
        r"\b(?:both|always|throughout|across|each|any|per|whole|entire(?:ly)?|regardless)\b|均|整个|总|全|都|每|各|无论",
    ),
    "only": (
        r"\b(?:only(?! (?:about |by |just )?\d| once)|solely|exclusively)\b|仅(?!\s*\d)|只(?:对|用于|适用|能用|限|在)|唯一|单靠",
        r"\b(?:just|single|simply|restrict\w*|limit\w*|frozen|fixed|freez\w*|except|unless|purely|without)\b|单|限|才|冻结|固定|除|少量",
    ),
    "always": (
        r"\b(?:always|never|must|guarantee\w*|certain(?:ly)?|inevitabl[ey]|under all|in every case|invariably)\b|总是|始终|永远|从不|从未|必须|必然|一定(?!的|程度)|务必|保证|绝不",
        r"一直|条件|完全|\b(?:need\w*|requir\w*|ensur\w*|every|all|should|cannot|necessar\w+|have to|has to|no|not)\b|需|应|要|确保|得|都|不|每|不能",
    ),
    "most": (r"\b(?:most|majority|mostly)\b|大多|大部分|多数", r"\b(?:largest|main|much|many|usually|often|key|core)\b|通常|往往|重|核心|最|多"),
    "some": (r"\b(?:some(?! \d)|several|partial(?:ly)?|certain)\b|部分|一些|某些|有些|若干", r"\b(?:many|few|may|can|subset|sometimes|various)\b|几|可能|有的|某|子集|少"),
}  # fmt: skip
_SCOPE_RE = {name: (re.compile(own), re.compile(other)) for name, (own, other) in _SCOPES.items()}
_HEDGE = re.compile(
    r"\b(?:may|might|some|sometimes|often|usually|typically|most|mostly|many|partly|partial\w*|generally|tends?|"
    r"likely|possibly|nearly|almost|certain|suggests?|roughly|mainly|in many cases)\b|"
    r"可能|有时|通常|往往|部分|一些|某些|大多|多数|几乎|一般|常常|倾向|或许|主要|大部分|很多|许多|不少|有些|基本"
)


def shared_terms(claim: str, source: str) -> float:
    """Share of the claim's distinct terms (Han bigrams, Latin words) that `source` has."""
    wanted = query_terms(claim)
    have = set(tokens(source))
    return sum(term in have for term in wanted) / len(wanted) if wanted else 0.0


def plain(text: str) -> str:
    """NFKC and lower case, one kind of dash and apostrophe."""
    text = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[‐‑‒–—−]", "-", text).replace("’", "'")


def negations(text: str) -> int:
    """How many negations `text` (as `plain` gives it) has."""
    return len(NEGATION.findall(text))


def negation_conflict(claim: str, core: str, window: str) -> str:
    """A phrase if claim and source differ in negation, else "". `core`: the window's best sentence."""
    claim, core, window = plain(claim), plain(core), plain(window)
    if _MISTAKE.search(core):
        return ""
    mine = negations(claim)
    if mine and not negations(core) and not negations(window):
        softly = len(SOFT_NEGATION.findall(core)) - len(SOFT_NEGATION.findall(claim))
        if softly <= 0:
            return "negation: the source has none"
    theirs = negations(core)
    if theirs and not mine and says_plainly(claim, core):
        return "negation: dropped"
    return ""


def repeats_myth(claim: str, core: str) -> bool:
    """Whether the claim says what the source quotes only to correct it: - "LoRA is always free": only if merged."""
    myth = _MYTH.match(core.strip())
    if myth is None:
        return False
    rest = core.strip()[myth.end(1) :]
    return shared_terms(claim, myth[1]) > shared_terms(claim, rest)


def says_plainly(claim: str, core: str) -> bool:
    """Whether the claim says, without a softer denial in front, what the source negates.

    Looks at the first words behind each negation of the source: they must all be in the claim.
    """
    for match in NEGATION.finditer(core):
        rest = core[match.end() : match.end() + 40]
        han = re.match(r"(?:会|能|再|是|必|有)?([一-鿿]{2,4})", rest)
        words = [w[:5] for w in re.findall(r"[a-z]{4,}", rest)][:2]
        if han:
            words = [han[1][i : i + 2] for i in range(0, len(han[1]) - 1, 2)][:2]
        places = [claim.find(word) for word in words]
        if not words or min(places) < 0:
            continue
        ahead = re.split(r"[,，;；。.]", claim[max(0, places[0] - 12) : places[0]])[-1]
        if not SOFT_NEGATION.search(ahead):
            return True
    return False


def direction_conflict(claim: str, core: str, window: str) -> str:
    """A phrase naming an opposite: the claim takes one side of an axis, the source only the other.

    In one language only where the two speak of the same: "harder to read" is not against "make it easy to join".
    """
    claim, core, window = plain(claim), plain(core), plain(window)
    across = bool(re.search(r"[一-鿿]", claim)) != bool(re.search(r"[一-鿿]", core))
    for name in _AXIS_RE:
        mine = _sides(name, claim)
        if len(mine) == 1:
            theirs = _sides(name, core) or _sides(name, window)
            apart = len(theirs) == 1 and mine != theirs and not mine & _sides(name, window)
            if apart and (across or not _topics(name, claim).isdisjoint(_topics(name, window))):
                return f"direction: {name}"
    return ""


def _topics(axis: str, text: str) -> set[str]:
    """The terms of the clauses that take a side, but for those that say which."""
    clauses = [clause for clause in PARTS.split(text) if _sides(axis, clause)]
    words = {word for clause in clauses for word in tokens(clause)} - SMALL
    return {word for word in words if not any(pattern.search(word) for pattern in _AXIS_RE[axis])}


def _sides(axis: str, text: str) -> set[int]:
    """The sides of an axis that a text takes, 0 or 1; a negation shortly before a word turns it."""
    sides = set()
    for side, pattern in enumerate(_AXIS_RE[axis]):
        for match in pattern.finditer(text):
            before = re.split(r"[,，;；。.]", text[max(0, match.start() - 14) : match.start()])[-1]
            sides.add(side ^ (negations(before) % 2))
    return sides


def scope_conflict(claim: str, core: str, window: str) -> str:
    """A phrase if the claim says all, only, always, most or some where the source does not."""
    claim, core, window = plain(claim), plain(core), plain(window)
    if re.search(r"[一-鿿]", claim) and not re.search(r"[一-鿿]", core):
        core = window  # across languages the best sentence is less certain than the stretch around it
    for name, (own, other) in _SCOPE_RE.items():
        said = own.search(claim)
        if not said or own.search(core) or negations(claim[max(0, said.start() - 5) : said.start()]):
            continue
        if name in ("all", "always") and _HEDGE.search(core) and not _HEDGE.search(claim):
            return f"scope: {name}, hedged in the source"
        if not other.search(core) and not (name in ("most", "some") and own.search(window)):
            return f"scope: {name}"
    return ""
