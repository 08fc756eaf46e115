"""The facade: questions in, checked answers out; and verdicts on any text.

Wires the steps together and owns nothing of them but their order and the clock. Streams what it has: the evidence
first, the model's words next, the checked answer last.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

from answer import llm as llm_seam
from answer.attribute import Window
from answer.depth import read_depth
from answer.endpoints import Endpoints, in_background
from answer.finding import Finding, find, find_across
from answer.judging import Judging, with_leads
from answer.passages import Readings, passages_to_read, quote_of, shared
from answer.prompt import (
    ANSWER_TOKENS,
    build_held,
    build_messages,
    says_not_held,
    strip_markers,
    wrong_language,
)
from answer.records import Answer, Judged, Retrieved, Sentence, Token, Turn
from answer.refuse import REFUSAL, is_held, is_hopeless
from answer.second import Second, SecondOpinion
from answer.translate import Translator, search_both
from answer.verdict import Judge, complete, states_nothing
from core.errors import InputError, LLMError, ModelError
from core.settings import Settings
from index.library import Library
from index.records import Found
from ingest import language_of, split_sentences
from ingest.records import Kind

CHECK_HITS = 8  # per sentence of a pasted text: what a second for ten sentences allows
MAX_TEXT = 100_000  # characters of a text to check
LEFT_OUT = "The model's answer is left out: its numbers, names or subject are not in the sources"
SECOND_SECONDS = 20.0  # for the second opinions on an answer; arbitrary

Event = Retrieved | Token | Judged | Answer


class Asker:
    """Asks one library. Thread-safe; one generation at a time. `close()` stops the embedded model."""

    def __init__(self, library: Library, settings: Settings, checker: Judge | None = None) -> None:
        self.library = library
        self.settings = settings
        self.judging = Judging(library, settings, checker)
        self._generating = threading.Lock()
        self._endpoints = Endpoints(settings)
        self._translator = Translator(self._endpoints.find, self._generating)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop the embedded model, if it runs."""
        self._endpoints.close()

    def model_name(self, llm: str | None = None) -> str:
        """What Answer.model will say: "none", "local:<file>" or the endpoint's name for the model."""
        return self._endpoints.label(llm or self.settings.llm)

    def warm_up(self, llm: str | None = None) -> None:
        """Start what the first question would wait for: both models, LlamaIndex. Returns at once; says nothing of
        what fails, the question will."""
        self._endpoints.warm_up(llm or self.settings.llm)
        in_background(lambda: self.library.embed(["warm"], "query"))
        in_background(self.library.centres)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        llm: str | None = None,
        kind: Kind | None = None,
        doc: str | None = None,
    ) -> Iterator[Event]:
        """Retrieved first, Tokens while the model speaks, Judged where it reads its sentences again, the Answer last.

        Raises InputError for a question that cannot be searched, StoreError and ModelError as the library does. A
        model that fails raises nothing: the answer is the evidence then, and its `notice` says why.
        """
        started = time.perf_counter()
        name = self._known_model(llm or self.settings.llm)
        finding = self._find(question, name, history, kind, doc)
        found, windows = finding.found, finding.windows
        yield Retrieved(found)
        draft = Answer(
            question, language_of(question), False, (), found.hits, (), "none", self.library.fingerprint
        )
        draft = replace(draft, timings_ms={"retrieve": _ms(started)})
        last = history[-1] if history and found.query != question.strip() else None
        try:
            held = self._is_held(draft, finding, name, last)
        except (LLMError, ModelError):  # generating meets the same and reports it
            held = is_held(finding.evidence)
        if not held:
            yield _timed(_refusal(draft), started)
        elif name == "none":
            yield _timed(self._evidence_only(draft, windows), started)
        else:
            yield from self._generate(draft, windows, name, last, started)

    def _known_model(self, name: str) -> str:
        """`name`, if there is such a model, which is started. Raises InputError if there is not."""
        self._endpoints.warm_up(self._endpoints.known(name))
        return name

    def _find(
        self,
        question: str,
        name: str,
        history: Sequence[Turn] = (),
        kind: Kind | None = None,
        doc: str | None = None,
    ) -> Finding:
        """What the library holds; with a model and some hope of an answer by a translation of the question too."""
        finding = find(self.library, self.judging, question, history, kind, doc)
        if name == "none" or not finding.windows or is_hopeless(finding.evidence):
            return finding
        return find_across(self.library, self.judging, finding, self._translator.by(name), kind, doc)

    def search(self, question: str, k: int, llm: str = "none") -> Found:
        """The best `k` chunks, as `ask` with that model looks for them."""
        if llm == "none":
            return self.library.search(question, k)
        return search_both(self.library, question, self._translator.by(self._known_model(llm)), k)

    def searched_as(self, question: str, history: Sequence[Turn] = ()) -> str:
        """What `ask` searches for: the question, or for a follow-up the questions it leans on before it."""
        return find(self.library, self.judging, question, history).found.query

    def _is_held(self, draft: Answer, finding: Finding, name: str, last: Turn | None) -> bool:
        """By what was found; the local model is asked too (what endpoints do to the balance was never measured)."""
        if name != "local" or not finding.windows or is_hopeless(finding.evidence):
            return is_held(finding.evidence)
        passages = passages_to_read(draft.question, draft.hits, finding.windows)
        endpoint = self._endpoints.find_judge(name, "answers")
        if endpoint.adapted:
            text = "\n".join(f"{path}\n{passage}" for passage, path in passages.items())
            messages = build_held(finding.found.query, text)
        else:
            messages = build_messages(
                draft.question, list(passages), draft.language, last, "held", may_refuse=False
            )
        with self._generating:
            said = llm_seam.log_odds(endpoint, messages)
        return is_held(finding.evidence, said, endpoint.adapted)

    def check(self, text: str, second: Second | None = None) -> list[Sentence]:
        """The verdict on every sentence of any text; `second` reads them again.

        Raises InputError for an empty or endless text.
        """
        if not text.strip():
            raise InputError("There is no text to check", "Give some sentences")
        if len(text) > MAX_TEXT:
            raise InputError(f"The text has {len(text):,} characters", f"Check at most {MAX_TEXT:,} at once")
        pieces = [text[a:b] for a, b in split_sentences(text)]
        claims = [piece for piece in dict.fromkeys(pieces) if not states_nothing(piece)]
        with ThreadPoolExecutor(self.settings.cores) as pool:
            found = list(pool.map(lambda claim: self.library.search(claim[:1_000], CHECK_HITS).hits, claims))
        judged = self.judging.judge(pieces, dict(zip(claims, shared(found), strict=True)), second)
        return list(with_leads(text, judged))

    def reads_again(self) -> bool:
        """Whether the model of the settings gives second opinions unasked."""
        return self.settings.llm != "none" and self._endpoints.can_judge(self.settings.llm)

    def second_opinion(self, llm: str | None = None) -> SecondOpinion | None:
        """The model that reads sentences again, unnamed that of the settings if it does so unasked; None for "none".

        Raises InputError for a model that is not known.
        """
        name = self._known_model(llm or (self.settings.llm if self.reads_again() else "none"))
        return None if name == "none" else SecondOpinion(lambda: self._endpoints.find_judge(name))

    # generation ------------------------------------------------------------------------------------

    def _generate(
        self, draft: Answer, windows: Sequence[Window], name: str, last: Turn | None, started: float
    ) -> Iterator[Event]:
        passages = list(passages_to_read(draft.question, draft.hits, windows))
        spoken, first, notice = "", 0.0, ""
        try:
            with self._generating:
                endpoint = self._endpoints.find(name)
                for closing in ("", "language"):
                    messages = build_messages(
                        draft.question, passages, draft.language, last, closing, may_refuse=name != "local"
                    )
                    spoken = ""
                    for piece in llm_seam.stream(endpoint, messages, ANSWER_TOKENS):
                        first = first or _ms(started)
                        spoken += piece
                        yield Token(piece)
                    if not wrong_language(spoken, draft.language) or says_not_held(spoken):
                        break
        except (LLMError, ModelError) as error:
            notice = str(error)
        draft = replace(draft, timings_ms=draft.timings_ms | ({"first_token": first} if first else {}))
        if notice:
            answer = replace(self._evidence_only(draft, windows), notice=notice)
        elif says_not_held(spoken):
            answer = replace(_refusal(draft), model=self.model_name(name))
        else:
            text = strip_markers(spoken).strip()
            answer = self._judged(text, draft, name)
            if not answer.refused and self._endpoints.can_judge(name):
                yield Judged(_timed(answer, started))
                second = SecondOpinion(lambda: self._endpoints.find_judge(name), SECOND_SECONDS)
                answer = replace(answer, sentences=self._judge_answer(text, draft, second))
        yield _timed(answer, started)

    def _judged(self, text: str, draft: Answer, name: str) -> Answer:
        """The answer with its verdicts; a refusal where all that a local model says that was not trained to tell whether
        the answer is there is unheard of in the sources."""
        model, sentences = self.model_name(name), self._judge_answer(text, draft)
        claims = [s for s in sentences if s.verdict != "no_claim"]
        doubted = name == "local" and not self._endpoints.can_judge(name)
        if doubted and claims and all(s.unheard for s in claims):
            return replace(_refusal(draft), model=model, notice=LEFT_OUT)
        fault = self.judging.fault
        notice = f"Judged by rules alone: {fault}" if fault else ""
        return replace(draft, sentences=sentences, model=model, notice=notice)

    def _judge_answer(self, text: str, draft: Answer, second: Second | None = None) -> tuple[Sentence, ...]:
        """The sentences of an answer, judged against what was found for its question."""
        pieces = [text[a:b] for a, b in split_sentences(text)]
        claims = [complete(text, draft.question)] if len(pieces) == 1 else pieces
        judged = self.judging.judge(claims, {claim: draft.hits for claim in claims}, second)
        own = [
            sentence if sentence.text == piece else replace(sentence, text=piece, missing=())
            for sentence, piece in zip(judged, pieces, strict=True)
        ]
        return tuple(with_leads(text, own))

    def _evidence_only(self, draft: Answer, windows: Sequence[Window]) -> Answer:
        """The best quotes as they stand: supported by construction. Headings and announcements answer nothing."""
        sentences = []
        windows = [w for w in windows if not states_nothing(w.core)] or windows
        readings = Readings(self.library)
        for window in windows[: read_depth(draft.question).quotes]:
            exact = replace(window, wide_start=window.start, wide_end=window.end)
            evidence = quote_of(readings, exact, window.score)
            sentences.append(Sentence(evidence.quote, "supported", (evidence,)))
        return replace(draft, sentences=tuple(sentences), model="none")


def _refusal(draft: Answer) -> Answer:
    sentence = Sentence(REFUSAL[draft.language], "no_claim")
    return replace(draft, refused=True, sentences=(sentence,), nearest=draft.hits[:3])


def _ms(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 1)


def _timed(answer: Answer, started: float) -> Answer:
    return replace(answer, timings_ms=answer.timings_ms | {"total": _ms(started)})
