"""Rankings -> figures. The only module that knows ir_measures.

Conventions, here and nowhere else: a question with gold but without a ranking counts 0; a document that is
ranked twice counts once, at its better place; questions without gold are not counted.
"""

from collections.abc import Mapping, Sequence, Set

MEASURES = ("ndcg@10", "recall@1", "recall@5", "recall@10", "mrr@10")
DEPTH = 10  # the deepest cut-off above
PerQuery = dict[str, dict[str, float]]


def score_rankings(gold: Mapping[str, Set[str]], rankings: Mapping[str, Sequence[str]]) -> PerQuery:
    """Each question's measures, in [0, 1]. `rankings`: document ids, best first."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    objects = dict(zip((nDCG @ 10, R @ 1, R @ 5, R @ 10, RR @ 10), MEASURES, strict=True))
    wanted = {query: {document: 1 for document in ids} for query, ids in gold.items()}
    run = {query: _scores(rankings.get(query, ())) for query in gold}
    table: PerQuery = {query: dict.fromkeys(MEASURES, 0.0) for query in gold}
    for figure in ir_measures.iter_calc(list(objects), wanted, run):
        table[figure.query_id][objects[figure.measure]] = float(figure.value)
    return table


def average(table: PerQuery) -> dict[str, float]:
    """The mean of each measure over the questions, to four digits."""
    return {m: round(sum(row[m] for row in table.values()) / len(table), 4) for m in MEASURES}


def _scores(ranking: Sequence[str]) -> dict[str, float]:
    unique = list(dict.fromkeys(ranking))[:DEPTH]
    return {document: float(len(unique) - place) for place, document in enumerate(unique)}
