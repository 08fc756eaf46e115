"""Where do the quantities of a claim and of a source disagree? `under 4 %` and `4 %` do, `over half` and `58 %` do not.

A claim may round, and it may tell the difference or the ratio of what a source tells. Knows no verdicts:
quantities and texts in, one phrase a disagreement out.
"""

import re
from itertools import combinations

from answer.numerals import normalise
from answer.quantities import COUNTED, UNIT_RE, Quantity, read_quantities

NEAR_ENOUGH = 0.25  # what "over 12" may be below the 12.1 of the source, at most; arbitrary
ROUND = 0.1  # what "nearly 50 %" may be off; arbitrary
MOST = 200  # quantities of either text that are looked at
PAIRED = 40  # numbers of a source whose differences and ratios are looked at: a table has hundreds
RATIO = 0.08  # what "a third" may be off when it is the ratio of two numbers; arbitrary
# Spelled numbers from which one that the source does not have is wrong; below it they often count what the source lists.
# Of the training claims 13 % of those with a changed number and 1.3 % of the true ones have such a number.
MANY = 4
_SIZES = {"kb", "mb", "gb", "tb"}
_INSIDE_NAME = re.compile(r"(?<=[a-z_-])\d+(?:\.\d+)?[bkm]?(?![a-z\d])")  # INT4, FP16, Baichuan-13B


def disagree(claim: list[Quantity], core: str, around: str) -> list[str]:
    """What quantities of the claim the source does not confirm, one phrase each; empty: all agree.

    `core`: the sentence that the claim is most like; what it has is judged by it alone. `around`: all that may speak.
    """
    near, far = read_quantities(core)[:MOST], read_quantities(around)[:MOST]
    around = normalise(around)
    problems = [_problem(quantity, claim, near, far, around) for quantity in claim[:MOST]]
    return [problem for problem in problems if problem] + _exchanged(claim, near)


def _problem(
    quantity: Quantity, claim: list[Quantity], near: list[Quantity], far: list[Quantity], around: str
) -> str:
    """What is wrong with one quantity of the claim, else ""."""
    same = _like(quantity, near) or _like(quantity, far)
    if not same:
        return _unknown(quantity, near, far, around)
    if rival := _rival(quantity, same, near):
        return f"number {quantity.text}: the source has {rival.text}"
    if not any(_same_unit(quantity, other, around) for other in same):
        bare = same[0].unit in ("", "times") and any(o.unit == quantity.unit for o in _like(quantity, far))
        if not bare and not _derived(quantity, far):
            return f"unit of {quantity.text}: {quantity.unit}, in the source {same[0].unit or 'none'}"
    elif not any(_same_bound(quantity, other, claim) for other in same) and not _rounded(quantity, same):
        return f"bound of {quantity.text}"
    elif quantity.rate and (times := {o.rate for o in same} - {""}) and quantity.rate not in times:
        return f"unit of {quantity.text}: the source has another time"
    return ""


def _unknown(quantity: Quantity, near: list[Quantity], far: list[Quantity], around: str) -> str:
    """What is wrong with a number that the source does not have.

    Nothing if it is part of a name, rounded or derived, or a bare 1, which is written as a word as often.
    """
    in_name = quantity.unit in ("", "bits", "parameters") and quantity.text.replace(" ", "") in set(
        _INSIDE_NAME.findall(around)
    )
    if in_name or (quantity.name and quantity.name in around) or (quantity.value == 1 and not quantity.unit):
        return ""
    if _rounded(quantity, far) or _derived(quantity, near) or _derived(quantity, far):
        return ""
    if not quantity.spelled:
        return f"number {quantity.text}: not in the source"
    rivals = [other for other in far if _same_kind(quantity, other)]
    if rivals:
        return f"number {quantity.text}: the source has {rivals[0].text}"
    unknown = quantity.value >= MANY and quantity.unit != "times"
    return f"number {quantity.text}: not in the source" if unknown else ""


def _rival(quantity: Quantity, same: list[Quantity], near: list[Quantity]) -> Quantity | None:
    """What the nearest sentence counts instead, where the claim's number only stands elsewhere, without the unit."""
    if not quantity.unit or any(other in near or other.unit == quantity.unit for other in same):
        return None
    return next((other for other in near if other.unit == quantity.unit), None)


def _same_kind(quantity: Quantity, other: Quantity) -> bool:
    """Whether both count the same things: one of the two is wrong then."""
    if quantity.unit and other.unit:
        return quantity.unit == other.unit or {quantity.unit, other.unit} == {"steps", "stages"}
    return bool(quantity.noun) and quantity.noun == other.noun


def _like(quantity: Quantity, others: list[Quantity]) -> list[Quantity]:
    """Those of the same value; the 3 of Llama 3 is not three of anything."""
    if quantity.spelled:
        others = [other for other in others if not other.name or other.unit == quantity.unit]
    return [other for other in others if same_value(quantity, other)]


def _rounded(quantity: Quantity, others: list[Quantity]) -> bool:
    """Whether the claim's "over 12" is the 12.1 of the source."""
    for other in others:
        if other.bound in ("<", ">") or (quantity.unit and other.unit and quantity.unit != other.unit):
            continue
        ratio = other.value / quantity.value if quantity.value else 0.0
        if quantity.bound in (">", "over") and 1 < ratio <= 1 + NEAR_ENOUGH:
            return True
        if quantity.bound == "<" and 1 - NEAR_ENOUGH <= ratio < 1:
            return True
        loose = quantity.bound == "~" or quantity.loose
        if loose and abs(ratio - 1) <= ROUND and _is_round(quantity.value):
            return True
    return False


def _is_round(value: float) -> bool:
    """One digit and zeros, or a simple fraction of a hundred."""
    return f"{value:.12g}".replace(".", "").strip("0") in {*"123456789", "25", "75", "3333", "6667"}


def _derived(quantity: Quantity, others: list[Quantity]) -> bool:
    """Whether a claim's number is the difference or the ratio of what the source has."""
    if not quantity.value:
        return False
    folds = [o.value for o in others if o.unit == "times" and o.value]
    if quantity.loose and any(_about(100 / fold, quantity.value) for fold in folds):  # tenfold, a tenth
        return True
    pairs = [
        (min(one.value, other.value), max(one.value, other.value), one.unit == other.unit)
        for one, other in combinations(others[:PAIRED], 2)
        if one.unit == other.unit or not one.unit or not other.unit
    ]
    return any(
        _is_difference(quantity, low, high) or _is_ratio(quantity, low, high, alike)
        for low, high, alike in pairs
        if low > 0
    )


def _is_difference(quantity: Quantity, low: float, high: float) -> bool:
    """As exact as the claim's number is written. From 0.71 to 0.84 are 13 points too."""
    step = 10.0 ** -len(quantity.text.partition(".")[2].rstrip("成%kmb ")) if "." in quantity.text else 1.0
    gaps = [high - low] if high - low >= step else []
    if quantity.unit == "points" and high <= 1:
        gaps.append(100 * (high - low))
    by = quantity.unit == "points" or quantity.change == "by" or (quantity.value < 1 and not quantity.unit)
    return by and any(abs(gap - quantity.value) <= step / 2 + 1e-6 for gap in gaps)


def _is_ratio(quantity: Quantity, low: float, high: float, alike: bool) -> bool:
    """Times as much, where both count the same; a share of it or what was taken off, where the claim is loose."""
    if quantity.unit == "times":
        return alike and _about(high / low, quantity.value)
    shares = (100 * low / high, 100 - 100 * low / high)
    return (
        bool(quantity.loose) and quantity.unit == "percent" and any(_about(s, quantity.value) for s in shares)
    )


def _about(value: float, wanted: float) -> bool:
    return abs(value / wanted - 1) <= RATIO


def _exchanged(claim: list[Quantity], near: list[Quantity]) -> list[str]:
    """A rise *to* a that the source tells as a rise *to* b, when the claim names both."""
    targets = [o for o in near if o.change == "to"]
    for quantity in claim:
        if quantity.change != "to" or any(same_value(quantity, o) for o in targets):
            continue
        others = [q for q in claim if q is not quantity and q.change != "to"]
        same = [
            target
            for target in targets
            if target.unit == quantity.unit or {target.unit, quantity.unit} <= _SIZES
        ]
        if _like(quantity, near) and any(_like(target, others) for target in same):
            return [f"bound of {quantity.text}: it is where the change starts"]
    return []


def same_value(a: Quantity, b: Quantity) -> bool:
    """Whether two quantities are one number, whatever their units: exact, or near where one says "about"."""
    alike = a.unit == b.unit or not a.unit or "percent" in (a.unit, b.unit)  # about 61 days is no bare 63.4
    tolerance = max(0.05 if alike and "~" in (a.bound, b.bound) else 1e-6, a.loose, b.loose)
    pairs = [(a.value, b.value)]
    if (a.unit == "percent") != (b.unit == "percent"):  # 0.71 and 71 %
        pairs.append((a.value / 100, b.value) if a.unit == "percent" else (a.value, b.value / 100))
    return any(abs(x - y) <= tolerance * max(abs(x), abs(y), 1e-12) for x, y in pairs)


def _same_unit(quantity: Quantity, other: Quantity, source_text: str) -> bool:
    if not quantity.unit or quantity.unit == other.unit or quantity.unit == "kinds":
        return True
    if not other.unit and quantity.unit == "times":  # a factor may stand bare: s = 32
        return True
    if quantity.spelled and (quantity.unit in COUNTED or other.unit in COUNTED):  # 六步, 6 个阶段
        return True
    if not other.unit and (quantity.unit in COUNTED or UNIT_RE[quantity.unit].search(source_text)):
        return True  # the unit stands elsewhere: 38 percent, ignored 49
    if other.unit and not (other.unit in COUNTED and quantity.unit in COUNTED):
        return quantity.unit == "percent" and other.value * 100 == quantity.value
    return quantity.unit == "percent" and other.value < 1


def _same_bound(quantity: Quantity, other: Quantity, claim: list[Quantity]) -> bool:
    """Whether both are as exact: under 4 % is not 4 %. `76.0 above 75.9` is no bound but says how two compare."""
    if {quantity.change, other.change} == {"to", "by"}:
        return False
    mine, theirs = quantity.bound.replace("~", ""), other.bound.replace("~", "")
    pair = {mine, theirs}
    if mine == theirs or ("over" in pair and "<" not in pair) or ("only" in pair and ">" not in pair):
        return True
    if (mine, other.end) in ((">", "low"), ("<", "high")):
        return True
    rivals = [q.value for q in claim if q is not quantity and q.unit == quantity.unit]
    if mine and not theirs and rivals:
        return any(value > quantity.value if mine == ">" else value < quantity.value for value in rivals)
    return False
