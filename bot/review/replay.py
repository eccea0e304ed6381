"""Logged questions asked of two kept builds with the code that answers: what changes, and how well.

A question that leaned on earlier ones is asked with exactly what it was completed with then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, func, select

from bot.live import Encoders, Serving
from bot.tables import exchanges
from migrations.database import reading
from retrieval import builds, encoder, evaluate
from retrieval.answer import answer
from retrieval.confidence import Calibration
from retrieval.errors import NoBuild
from retrieval.evaluate import Question
from retrieval.query import recalled
from retrieval.types import Answer

#: Choices of signs tried at most: all there are for up to 15 answers that got better or worse; for more the
#: standard error of p is below .003.
RESAMPLES = 2**15


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was sent, and what it leaned on, as the log holds both."""

    question: str
    carried: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A question that the two builds answer with other texts; `was` and `now` say whether each answer is
    right, None where no label tells."""

    asked: Asked
    before: tuple[str, ...]
    after: tuple[str, ...]
    was: bool | None
    now: bool | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of all questions; `judged` is the number of those that labels tell the right answer of, `p`
    that of a two-sided paired randomisation test over them, None without any."""

    before: str
    after: str
    asked: int
    changes: tuple[Change, ...]
    judged: int
    right_before: int
    right_after: int
    better: int
    worse: int
    p: float | None


def questions(engine: Engine) -> tuple[Asked, ...]:
    """The distinct questions of the log in the order they were first asked, without those of review.

    Raises: Unavailable.
    """
    with reading(engine) as connection:
        rows = connection.execute(
            select(exchanges.c.question, exchanges.c.carried)
            .where(exchanges.c.origin != "review")
            .group_by(exchanges.c.question, exchanges.c.carried)
            .order_by(func.min(exchanges.c.asked_at), exchanges.c.question, exchanges.c.carried)
        )
        return tuple(Asked(row.question, row.carried) for row in rows)


def serving(
    index: Path, models: Path, id: str, other: Serving | None = None, encoders: Encoders = encoder.load
) -> Serving:
    """The kept build `id`, with the encoder of `other` where the model is the same, else with what `encoders`
    makes of its model.

    Raises: NoBuild, DamagedBuild, ModelMissing, ModelMismatch.
    """
    if not (index / id).is_dir():
        raise NoBuild(id, f"no build {id}: `talks corpus history` lists them")
    build = builds.load(index, id)
    if other is not None and other.encoder.model.digest == build.manifest.model:
        return Serving(build, other.encoder)
    return Serving(build, encoders(build.manifest.model, models))


def replay(
    asked: Sequence[Asked],
    before: Serving,
    after: Serving,
    threshold: float,
    judged: Mapping[Asked, Question],
    progress: Callable[[], None] = lambda: None,
    calibration: Calibration | None = None,
) -> Replay:
    """Ask every question of both. `judged` holds what is known to be right, `calibration` is the operator's
    own; `progress` is called for each question."""
    changes, known = [], []
    for one in asked:
        old, new = (_ask(served, one, threshold, calibration) for served in (before, after))
        was, now = (right(judged.get(one), found) for found in (old, new))
        if was is not None and now is not None:
            known.append((was, now))
        if texts(old) != texts(new):
            changes.append(Change(one, texts(old), texts(new), was, now))
        progress()
    return Replay(
        before=before.build.id,
        after=after.build.id,
        asked=len(asked),
        changes=tuple(changes),
        judged=len(known),
        right_before=sum(was for was, _ in known),
        right_after=sum(now for _, now in known),
        better=sum(now > was for was, now in known),
        worse=sum(now < was for was, now in known),
        p=significance([now - was for was, now in known]) if known else None,
    )


def texts(found: Answer) -> tuple[str, ...]:
    """What a person reads of an answer: its quotes in order, none for "the corpus doesn't say"."""
    return tuple(quote.text for quote in found.quotes)


def right(question: Question | None, found: Answer) -> bool | None:
    """Whether one of its quotes answers, or it rightly has none; None where no label tells."""
    if question is None:
        return None
    if not question.answerable:
        return not found.quotes
    return any(evaluate.answers(question, quote) for quote in found.quotes)


def significance(differences: Sequence[float]) -> float:
    """The p of a two-sided paired randomisation test: how often a sum at least as far from 0 comes of these
    differences when each may as well have the other sign (Fisher 1935, section 21). 1 when all are 0."""
    # scipy is slow to import, and only what compares needs it.
    from scipy.stats import permutation_test

    # Zeros have no sign: without them, more cases can be counted out in full.
    told = np.array([difference for difference in differences if difference], np.float64)
    if len(told) < 2:
        return 1.0
    found = permutation_test(
        (told,), np.sum, permutation_type="samples", n_resamples=RESAMPLES, batch=1000, random_state=0
    )
    return float(found.pvalue)


def _ask(served: Serving, asked: Asked, threshold: float, calibration: Calibration | None) -> Answer:
    return answer(
        served.build,
        served.encoder,
        asked.question,
        history=recalled(asked.carried),
        threshold=threshold,
        calibration=calibration,
    )
