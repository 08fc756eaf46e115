"""Two score lists into one. Plain arithmetic.

Source: min-max convex combination METHODS 2 (Bruch et al., arXiv 2210.11934).
"""

from collections.abc import Mapping

KEYWORD_WEIGHT = 0.2  # METHODS 2; re-measured, docs/decisions.md


def fuse(
    dense: Mapping[str, float], keyword: Mapping[str, float], weight: float = KEYWORD_WEIGHT
) -> dict[str, float]:
    """`minmax(dense) + weight * keyword / max(keyword)` for every id of either side, best first.

    An id without a vector counts as the worst dense one; an id no term matches counts 0.

    >>> fuse({"a": 0.9, "b": 0.7}, {"b": 4.0, "c": 2.0}, weight=0.2)
    {'a': 1.0, 'b': 0.2, 'c': 0.1}
    """
    low, high = (min(dense.values()), max(dense.values())) if dense else (0.0, 0.0)
    spread = high - low
    top = max(keyword.values(), default=0.0)
    scores = {}
    for i in dict.fromkeys([*dense, *keyword]):
        near = (dense.get(i, low) - low) / spread if spread > 0 else float(i in dense)
        told = keyword.get(i, 0.0) / top if top > 0 else 0.0
        scores[i] = near + weight * told
    return dict(sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])))
