"""Rankings and refusals -> figures. The only module that knows ir_measures.

Conventions, here and nowhere else: recall is the share of an answer's parts of which some document is found, which is
the usual recall where every relevant document is a part of its own; a question with gold but without a ranking
counts 0; a document that is ranked twice counts once, at its better place; questions without gold are not ranked.
"""

from collections.abc import Collection, Mapping, Sequence, Set

import numpy as np

MEASURES = ("ndcg@10", "recall@1", "recall@5", "recall@10", "mrr@10")
DEPTH = 10  # the deepest cut-off above
ROUNDS = 2_000  # of the bootstrap (Efron 1979): the ends of an interval are then known to about .002
PerQuery = dict[str, dict[str, float]]
Parts = Sequence[Set[str]]


def score_rankings(gold: Mapping[str, Parts], rankings: Mapping[str, Sequence[str]]) -> PerQuery:
    """Each question's measures, in [0, 1]. `rankings`: document ids, best first; `gold`: see QuestionSet."""
    from ir_measures import RR, Success, iter_calc, nDCG

    run = {query: _scores(rankings.get(query, ())) for query in gold}
    table: PerQuery = {query: dict.fromkeys(MEASURES, 0.0) for query in gold}
    whole = {query: dict.fromkeys(set().union(*parts), 1) for query, parts in gold.items()}
    names = {nDCG @ 10: "ndcg@10", RR @ 10: "mrr@10"}
    for figure in iter_calc(list(names), whole, run):
        table[figure.query_id][names[figure.measure]] = float(figure.value)
    pairs = [(query, part) for query, parts in gold.items() for part in parts]
    owner = {str(n): query for n, (query, _) in enumerate(pairs)}
    needs = {str(n): dict.fromkeys(part, 1) for n, (_, part) in enumerate(pairs)}
    found = {need: run[query] for need, query in owner.items()}
    names = {Success @ k: f"recall@{k}" for k in (1, 5, 10)}
    for figure in iter_calc(list(names), needs, found):
        query = owner[figure.query_id]
        table[query][names[figure.measure]] += float(figure.value) / len(gold[query])
    return table


def average(table: PerQuery) -> dict[str, float]:
    """The mean of each measure over the questions, to four digits."""
    return {m: round(sum(row[m] for row in table.values()) / len(table), 4) for m in MEASURES}


def intervals(table: PerQuery) -> dict[str, list[float]]:
    """The 95 % bootstrap interval of each mean."""
    values = np.array([[row[m] for m in MEASURES] for row in table.values()])
    drawn = np.random.default_rng(0).integers(0, len(values), size=(ROUNDS, len(values)))
    ends = np.percentile(values[drawn].mean(axis=1), (2.5, 97.5), axis=0)
    return {m: [round(float(end), 4) for end in ends[:, i]] for i, m in enumerate(MEASURES)}


def score_refusals(refused: Collection[str], unanswerable: Collection[str]) -> dict[str, float]:
    """Precision: of the refused questions, the share without an answer. Recall: of those without, the share refused."""
    right = len(set(refused) & set(unanswerable))
    return {
        "precision": round(right / len(refused), 4) if refused else 1.0,
        "recall": round(right / len(unanswerable), 4) if unanswerable else 1.0,
    }


def _scores(ranking: Sequence[str]) -> dict[str, float]:
    unique = list(dict.fromkeys(ranking))[:DEPTH]
    return {document: float(len(unique) - place) for place, document in enumerate(unique)}
