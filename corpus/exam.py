"""The golden questions asked of a candidate and of the live build, with the code that answers people.

Questions are those that ship with the program and those in `golden/` of the home. One whose gold document
is in neither build is skipped, and one without an answer is skipped with the rest of its file: where no
other question of a file is about these documents, neither is that one.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError
from retrieval import evaluate, measures
from retrieval.answer import answer
from retrieval.builds import Build, Progress
from retrieval.encoder import Encoder
from retrieval.evaluate import Outcome, Question
from retrieval.types import Answer

SHIPPED = Path(__file__).parent / "golden" / "dev.jsonl"


@dataclass(frozen=True, slots=True)
class Marks:
    """What one build reached: the mean share of gold documents among the first five found, and the share of
    questions without an answer that it declined; None where there is no such question."""

    recall: float | None
    abstention: float | None


@dataclass(frozen=True, slots=True)
class Exam:
    """The marks of both builds over the same questions; `live` is None where no build is live or its model
    is gone. `changed` holds a record for each question that is answered otherwise."""

    live: Marks | None
    candidate: Marks
    answerable: int
    unanswerable: int
    skipped: int
    changed: tuple[dict[str, Any], ...]


def of_json(fields: dict[str, Any]) -> Exam:
    """An exam as `dataclasses.asdict` and JSON left it. Raises: KeyError, TypeError."""
    live = Marks(**fields["live"]) if fields["live"] else None
    made = fields | {"live": live, "candidate": Marks(**fields["candidate"])}
    return Exam(**made | {"changed": tuple(fields["changed"])})


def questions(home: Path) -> list[Question]:
    """The shipped golden questions and those under `home`. Raises: CorpusError naming a file that is none."""
    found: list[Question] = []
    for path in (SHIPPED, *sorted((home / "golden").glob("*.jsonl"))):
        try:
            found += evaluate.golden(path, ()).questions
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise CorpusError(f"{path} holds no golden questions: {type(cause).__name__}: {cause}") from cause
    return found


def take(
    asked: Sequence[Question],
    candidate: tuple[Build, Encoder],
    live: tuple[Build, Encoder] | None,
    threshold: float,
    progress: Progress,
) -> Exam:
    """Ask both builds what concerns either. `progress` gets (asked, to ask)."""
    chosen = _concerning(
        asked, {d.id for build, _ in (candidate, live or candidate) for d in build.documents}
    )
    after, before = [], []
    for number, question in enumerate(chosen, 1):
        after.append(_ask(*candidate, question, threshold))
        if live is not None:
            before.append(_ask(*live, question, threshold))
        progress(number, len(chosen))
    return Exam(
        live=_marks(before) if live is not None else None,
        candidate=_marks(after),
        answerable=sum(q.answerable for q in chosen),
        unanswerable=sum(not q.answerable for q in chosen),
        skipped=len(asked) - len(chosen),
        changed=tuple(
            _change(q, b, a) for q, b, a in zip(chosen, before, after, strict=False) if _said(b) != _said(a)
        ),
    )


def _concerning(asked: Iterable[Question], documents: set[str]) -> list[Question]:
    asked = list(asked)
    about = {q.split for q in asked if documents.intersection(q.relevant)}
    about |= {q.split for q in asked} - {q.split for q in asked if q.answerable}
    return [q for q in asked if (documents.intersection(q.relevant) if q.answerable else q.split in about)]


def _ask(build: Build, encoder: Encoder, question: Question, threshold: float) -> tuple[Answer, Outcome]:
    start = time.perf_counter()
    got = answer(
        build,
        encoder,
        question.text,
        history=question.history,
        threshold=threshold,
        depth=evaluate.DEPTH,
    )
    return got, evaluate.outcome(question, got, (time.perf_counter() - start) * 1000)


def _marks(found: Sequence[tuple[Answer, Outcome]]) -> Marks:
    recalls = measures.per_question(outcome for _, outcome in found).get("recall@5", {})
    declined = [not got.answered for got, outcome in found if not outcome.question.answerable]
    return Marks(_mean(list(recalls.values())), _mean(declined))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _said(asked: tuple[Answer, Outcome]) -> list[tuple[str, str]]:
    return [(quote.document.id, quote.text) for quote in asked[0].quotes]


def _change(
    question: Question, before: tuple[Answer, Outcome], after: tuple[Answer, Outcome]
) -> dict[str, Any]:
    said = zip_longest(_said(before), _said(after))
    rank = next(rank for rank, (old, new) in enumerate(said) if old != new)
    return {
        "id": question.id,
        "question": question.text,
        "rank": rank + 1,
        "before": _record(before, rank),
        "after": _record(after, rank),
    }


def _record(asked: tuple[Answer, Outcome], rank: int) -> dict[str, Any]:
    """The answer by its quote at `rank` (from 0), if it has one: `right` is whether that one answers, where
    this is known."""
    got, outcome = asked
    quote = got.quotes[rank] if rank < len(got.quotes) else None
    return {
        "answered": got.answered,
        "confidence": got.confidence,
        "quote": quote.text if quote else None,
        "document": quote.document.id if quote else None,
        "right": outcome.right[rank] if quote and outcome.right else None,
    }
