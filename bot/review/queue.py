"""Which exchange most needs a person, and the random sample that keeps the estimate of quality honest.

The id of an exchange is random, so it decides two things: who is in the sample, and the order within each
reason. What is labelled so far then stands for what is not yet, whatever the reviewers find in it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Case, ColumnElement, Engine, Select, and_, case, func, not_, select, update

from bot.review.labels import standing
from bot.tables import exchanges, feedback, labels, samples
from migrations.database import insert, reading, writing

Reason = Literal["disliked", "again", "near", "narrow", "sample", "second"]
#: The share of all exchanges that are drawn into the sample: of a hundred questions a day, ten to read.
RATE = 0.1
#: An abstention is near an answer from this share of the threshold on, an answer is narrow up to this much of
#: what lies above the threshold: a tenth of an even spread of confidence at either side.
NEAR, NARROW = 0.8, 0.2
#: Every third exchange comes from the sample, however many others wait.
TURN = 3


@dataclass(frozen=True, slots=True)
class Due:
    """An exchange that waits for a label, why, and if it is in the sample how likely it was to be."""

    exchange: UUID
    reason: Reason
    confidence: float
    probability: float | None


def draw(engine: Engine, rate: float, now: datetime) -> int:
    """Have every exchange in the sample with a probability of at least `rate`; how many came in.

    An exchange is in as soon as its id lies in the lowest `rate` of all ids, so drawing again changes nothing
    and a higher rate adds to the sample of a lower one. Those of a higher rate before keep theirs.
    Raises: Unavailable.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"a rate is above 0 and at most 1, not {rate}")
    low = exchanges.c.id <= UUID(int=min(int(rate * 2**128), 2**128 - 1))
    drawn = select(samples.c.exchange)
    fresh = select(exchanges.c.id).where(low, _counted(), exchanges.c.id.not_in(drawn))
    with writing(engine) as connection:
        connection.execute(update(samples).where(samples.c.probability < rate).values(probability=rate))
        rows = [{"exchange": id, "probability": rate, "drawn_at": now} for id in connection.scalars(fresh)]
        if rows:
            connection.execute(insert(connection, samples).on_conflict_do_nothing(), rows)
    return len(rows)


def next_due(engine: Engine, threshold: float, reviewer: str | None = None) -> Due | None:
    """What to label next, None when nothing waits: 👎, an answer that was wrong before, no answer though one
    was near, an answer by a narrow margin, and every few times one of the sample.

    With a `reviewer`, what others have labelled and they have not. Raises: Unavailable.
    """
    with reading(engine) as connection:
        if reviewer is not None:
            mine = select(labels.c.exchange).where(labels.c.reviewer == reviewer)
            theirs = select(standing().subquery().c.exchange)
            found = _waiting().where(exchanges.c.id.in_(theirs), exchanges.c.id.not_in(mine))
            row = connection.execute(found).first()
            return None if row is None else Due(row.id, "second", row.confidence, row.probability)
        done = connection.scalar(select(func.count()).select_from(standing().subquery())) or 0
        unlabelled = not_(exchanges.c.id.in_(select(standing().subquery().c.exchange)))
        wheres = flags(threshold) | {"sample": samples.c.exchange.is_not(None)}
        order: list[Reason] = ["disliked", "again", "near", "narrow", "sample"]
        if done % TURN == TURN - 1:
            order.insert(0, order.pop())
        for reason in order:
            row = connection.execute(_waiting().where(wheres[reason], unlabelled)).first()
            if row is not None:
                return Due(row.id, reason, row.confidence, row.probability)
    return None


def flags(threshold: float) -> dict[Reason, ColumnElement[bool]]:
    """What calls for a person, most urgent first, as conditions on exchanges."""
    # From the few 👎 to their exchanges, not the other way round.
    asked = exchanges.alias()
    disliked = select(asked.c.id).join_from(
        feedback, asked, and_(feedback.c.bot == asked.c.bot, feedback.c.update_id == asked.c.update_id)
    )
    narrow = threshold + NARROW * (1 - threshold)
    return {
        "disliked": exchanges.c.id.in_(disliked.where(feedback.c.good.is_(False))),
        "again": exchanges.c.id.in_(_again()),
        "near": and_(exchanges.c.answered.is_(False), exchanges.c.confidence >= NEAR * threshold),
        "narrow": and_(exchanges.c.answered.is_(True), exchanges.c.confidence < narrow),
    }


def kind(threshold: float) -> Case[Any]:
    """The reason that an exchange waits for whatever has been labelled so far, "sample" for the rest."""
    wheres = flags(threshold)
    del wheres["again"]
    return case(*((where, reason) for reason, where in wheres.items()), else_="sample")


def _again() -> Select[Any]:
    """The exchanges that gave an answer again which stands labelled wrong elsewhere."""
    said, wrong, same = standing().subquery(), exchanges.alias(), exchanges.alias()
    return (
        select(same.c.id)
        .join_from(said, wrong, wrong.c.id == said.c.exchange)
        .join(same, and_(same.c.digest == wrong.c.digest, same.c.id != wrong.c.id))
        .where(said.c.verdict.not_in(("right", "partly")))
    )


def _waiting() -> Select[Any]:
    return (
        select(exchanges.c.id, exchanges.c.confidence, samples.c.probability)
        .join_from(exchanges, samples, samples.c.exchange == exchanges.c.id, isouter=True)
        .where(_counted())
        .order_by(exchanges.c.id)
        .limit(1)
    )


def _counted() -> ColumnElement[bool]:
    return exchanges.c.origin != "review"
