"""How alike in meaning are a claim and the sentences that may carry it? Reads the library's token states and embeds.

Two steps. Of all sentences found for a claim the few likely ones are chosen by the terms and quantities they share with
it and by late interaction: each token of the claim looks for its best counterpart among the sentence's stored tokens,
nothing is embedded anew. The chosen ones are embedded and compared as a whole, which tells better how alike two
sentences are across claims and languages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from answer.attribute import LONGEST, Candidate, Passage
from answer.wording import shared_terms
from index.late import span_similarity
from index.library import Library
from ingest import language_of
from ingest.records import Language

# Sentences per claim that are embedded: of its own language, and as many across unless the first has been found. A second
# one lets a false claim find more that resembles it: AUROC of the verdict on development claims .791, with 2 .780. A
# question, of which there is one, gets more; so does whatever must do without token states.
NEAR, FOR_A_QUESTION, BLIND = 1, 4, 6
# Across languages tokens tell less: so many more are embedded, and the cosine has a say in which remain. The right one of
# the true claims is first for .73 on real papers (without: .63) and .58 on the development claims (.55).
MORE, BY_COSINE = 2, 0.5
FOUND = 0.5  # shared terms from which a sentence of its own language has it: half as many across are enough, or none
BY_TERMS, BY_TERMS_ACROSS = 0.2, 0.1  # what the share of terms and quantities counts beside token similarity
# AUROC of the right sentence: 0.5 .95/.98/.97, 0.8 .96/.98/.97, 1.0 .96/.99/.96 (zh-zh/en-en/zh-en)
CENTRING = 0.8
KNOWN = 4096  # vectors that are remembered: 6 MB at 384 floats


@dataclass(frozen=True, slots=True)
class Choice:
    """Positions of the candidates that are worth embedding; of those in the other language `kept` remain after it."""

    likely: np.ndarray  # (candidates,) by tokens and terms
    same: list[int]
    across: list[int]
    kept: int

    @property
    def worth(self) -> list[int]:
        """All that are embedded."""
        return self.same + self.across

    def dropped(self, cosines: np.ndarray) -> list[int]:
        """Those in the other language that others are more likely than, all told."""
        told = self.likely + BY_COSINE * cosines
        return sorted(self.across, key=lambda i: -float(told[i]))[self.kept :]


class Similarity:
    """Compares claims with sentences of one library. Thread-safe: at worst two threads embed the same sentence."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, np.ndarray] = {}

    def __call__(
        self, claims: Sequence[str], candidates: Sequence[Sequence[Candidate]], near: int = NEAR
    ) -> list[np.ndarray]:
        """Centred cosines of each claim's candidates, float32; NaN for those that were not chosen (`near`: NEAR)."""
        choices = [self._choose(claim, own, near) for claim, own in zip(claims, candidates, strict=True)]
        worth = [own[i] for own, choice in zip(candidates, choices, strict=True) for i in choice.worth]
        vectors = iter(self._vectors([candidate.text[:LONGEST] for candidate in worth]))
        centres = self._library.centres()
        compared = []
        for claim, own, choice in zip(claims, candidates, choices, strict=True):
            cosines = np.full(len(own), np.nan, np.float32)
            if choice.worth:
                rows = [_centred(next(vectors), own[i].language, centres) for i in choice.worth]
                (asked,) = self._library.embed([claim], "query")
                cosines[choice.worth] = np.stack(rows) @ _centred(asked, language_of(claim), centres)
            cosines[choice.dropped(cosines)] = np.nan
            compared.append(cosines)
        return compared

    def _choose(self, claim: str, candidates: Sequence[Candidate], near: int) -> Choice:
        """The most likely ones of either language."""
        if not candidates:
            return Choice(np.zeros(0), [], [], 0)
        language = language_of(claim)
        told = np.array([candidate.told for candidate in candidates])
        alike = self._by_tokens(claim, candidates)
        foreign = np.array([candidate.language != language for candidate in candidates])
        by_terms = np.where(foreign, BY_TERMS_ACROSS, BY_TERMS)
        most, likely = (BLIND, told) if alike is None else (near, alike + by_terms * told)
        order = np.argsort(-likely, kind="stable").tolist()
        same = [i for i in order if not foreign[i]][:most]
        found = any(shared_terms(claim, candidates[i].text[:LONGEST]) >= FOUND for i in same)
        kept = most // 2 if found else most
        across = [i for i in order if foreign[i]][: kept + MORE if kept else 0]
        return Choice(likely, same, across, kept)

    def _by_tokens(self, claim: str, candidates: Sequence[Candidate]) -> np.ndarray | None:
        """Token similarity, `(len(candidates),)`; where a passage has none (number tables) the mean of the others."""
        packed = self._library.token_states(list({c.passage.chunk_id: None for c in candidates}))
        if not packed:
            return None
        asked = self._library.asked_states(claim)
        values = np.full(len(candidates), np.nan, np.float32)
        places: dict[Passage, list[int]] = {}
        for number, candidate in enumerate(candidates):
            places.setdefault(candidate.passage, []).append(number)
        for passage, own in places.items():
            if passage.chunk_id in packed:
                spans = np.array([candidates[i].span for i in own]) - passage.start
                values[own] = span_similarity(asked, packed[passage.chunk_id], spans)
        known = values[~np.isnan(values)]
        return np.nan_to_num(values, nan=float(known.mean()) if len(known) else 0.0)

    def _vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        known = self._known
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            if len(known) + len(new) > KNOWN:
                known, new = {}, list(dict.fromkeys(texts))
            known = known | dict(zip(new, self._library.embed(new, "passage"), strict=True))
            self._known = known
        return [known[text] for text in texts]


def _centred(vector: np.ndarray, language: Language, centres: Mapping[Language, np.ndarray]) -> np.ndarray:
    centre = centres.get(language)
    moved = vector if centre is None else vector - CENTRING * centre
    return moved / max(float(np.linalg.norm(moved)), 1e-9)
