"""Which exchange most needs a person, and the random sample that keeps the estimate of quality honest.

The id of an exchange is random, so it decides two things: who is in the sample, and the order within each
reason. What is labelled so far then stands for what is not yet, whatever the reviewers find in it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import (
    Case,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)

from bot.review.labels import known, standing
from bot.tables import exchanges, feedback, labels, leases, quotes, samples, seconds, watches
from migrations.database import insert, reading, writing

Reason = Literal["disliked", "again", "second", "watched", "near", "narrow", "speaker", "sample"]
#: Most urgent first.
REASONS: tuple[Reason, ...] = get_args(Reason)
#: The share of all exchanges that are drawn into the sample: of a hundred questions a day, ten to read.
RATE = 0.1
#: An abstention is near an answer from this share of the threshold on, an answer is narrow up to this much of
#: what lies above the threshold: a tenth of an even spread of confidence at either side.
NEAR, NARROW = 0.8, 0.2
#: Every third exchange comes from the sample, however many others wait.
TURN = 3
#: How long nobody else gets an exchange that someone took: reading one takes a minute or two.
LEASE = timedelta(minutes=15)


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
    drawn = exists().where(samples.c.exchange == exchanges.c.id)
    lower = samples.c.probability < rate
    with reading(engine) as connection:
        fresh = connection.scalars(select(exchanges.c.id).where(low, counted(), not_(drawn))).all()
        raised = connection.scalar(select(samples.c.exchange).where(lower).limit(1)) is not None
    if fresh or raised:
        rows = [{"exchange": id, "probability": rate, "drawn_at": now} for id in fresh]
        with writing(engine) as connection:
            connection.execute(update(samples).where(lower).values(probability=rate))
            if rows:
                connection.execute(insert(connection, samples).on_conflict_do_nothing(), rows)
    return len(fresh)


def take(
    engine: Engine,
    threshold: float,
    reviewer: str,
    now: datetime,
    *,
    others: bool = False,
    only: Reason | None = None,
    anew: bool = False,
) -> Due | None:
    """Give a reviewer what to label next, None when nothing waits: the most urgent first, and every few times
    one of the sample. Nobody else is given it for a while, unless a second opinion is wanted.

    With `others`, what others have labelled and they have not; `only` for one reason; `anew`, nothing that
    they have taken already.
    Raises: Unavailable.
    """
    order: list[Reason] = ["second"] if others else [only] if only else list(REASONS)
    wheres = waiting(threshold, reviewer)
    if others:
        wheres["second"] = and_(labelled(), not_(labelled(reviewer)))
    with writing(engine) as connection:
        known(connection, reviewer, now)
        if (connection.scalar(select(func.max(labels.c.id))) or 0) % TURN == TURN - 1:
            order.insert(0, order.pop())
        for reason in order:
            shared = reason == "second"
            while row := connection.execute(_first(wheres[reason], reviewer, now, anew, shared)).first():
                # Someone else may have taken it since it was read: then there is another.
                if lease(connection, row.id, reviewer, now) or shared:
                    return Due(row.id, reason, row.confidence, row.probability)
    return None


def lease(connection: Connection, exchange: UUID, reviewer: str, now: datetime) -> bool:
    """Have nobody else be given an exchange for a while; False when somebody else has it."""
    taken = insert(connection, leases).values(exchange=exchange, reviewer=reviewer, until=now + LEASE)
    got = connection.execute(
        taken.on_conflict_do_update(
            index_elements=["exchange"],
            set_={"reviewer": taken.excluded.reviewer, "until": taken.excluded.until},
            where=or_(leases.c.until <= now, leases.c.reviewer == reviewer),
        ).returning(leases.c.exchange)
    )
    return got.first() is not None


def want_second(engine: Engine, exchange: UUID, reviewer: str, now: datetime) -> None:
    """Have an exchange wait for everyone who has not labelled it. Raises: Unavailable."""
    with writing(engine) as connection:
        known(connection, reviewer, now)
        row = insert(connection, seconds).values(exchange=exchange, reviewer=reviewer, at=now)
        connection.execute(row.on_conflict_do_nothing())


def flags(threshold: float) -> dict[Reason, ColumnElement[bool]]:
    """What calls for a person, most urgent first, as conditions on exchanges."""
    somebody_said = and_(quotes.c.speaker.is_(None), quotes.c.directness.is_not(None))
    narrow = threshold + NARROW * (1 - threshold)
    return {
        "disliked": exchanges.c.id.in_(_asked_in(feedback).where(feedback.c.good.is_(False))),
        "again": exchanges.c.id.in_(_again()),
        "watched": exchanges.c.id.in_(_asked_in(watches)),
        "near": and_(exchanges.c.answered.is_(False), exchanges.c.confidence >= NEAR * threshold),
        "narrow": and_(exchanges.c.answered.is_(True), exchanges.c.confidence < narrow),
        "speaker": exchanges.c.id.in_(select(quotes.c.exchange).where(somebody_said)),
    }


def waiting(threshold: float, reviewer: str) -> dict[Reason, ColumnElement[bool]]:
    """What waits for a label of this reviewer, by the reason for it, as conditions on exchanges."""
    wheres = flags(threshold) | {"sample": exchanges.c.id.in_(select(samples.c.exchange))}
    unlabelled = not_(labelled())
    second = and_(exchanges.c.id.in_(select(seconds.c.exchange)), not_(labelled(reviewer)))
    return {
        reason: and_(second if reason == "second" else and_(wheres[reason], unlabelled), counted())
        for reason in REASONS
    }


def kind(threshold: float) -> Case[Any]:
    """The reason that an exchange waits for whatever has been labelled so far, "sample" for the rest."""
    wheres = flags(threshold)
    del wheres["again"]
    return case(*((where, reason) for reason, where in wheres.items()), else_="sample")


def labelled(reviewer: str | None = None) -> ColumnElement[bool]:
    """Whether a label of anyone, or of this reviewer, stands for the exchange."""
    said, later = labels.alias(), labels.alias()
    replaced = exists().where(
        later.c.exchange == said.c.exchange, later.c.reviewer == said.c.reviewer, later.c.id > said.c.id
    )
    wheres = [said.c.exchange == exchanges.c.id, said.c.verdict.is_not(None), not_(replaced)]
    if reviewer is not None:
        wheres.append(said.c.reviewer == reviewer)
    return exists().where(*wheres)


def counted() -> ColumnElement[bool]:
    """Whether somebody asked it: what is tried out in review is nobody's question."""
    return exchanges.c.origin != "review"


def _asked_in(table: Table) -> Select[Any]:
    """The exchanges whose updates have a row in a table: from its few rows to them, not the other way."""
    asked = exchanges.alias()
    same = and_(table.c.bot == asked.c.bot, table.c.update_id == asked.c.update_id)
    return select(asked.c.id).join_from(table, asked, same)


def _again() -> Select[Any]:
    """The exchanges that gave an answer again which stands labelled wrong elsewhere."""
    said, wrong, same = standing().subquery(), exchanges.alias(), exchanges.alias()
    return (
        select(same.c.id)
        .join_from(said, wrong, wrong.c.id == said.c.exchange)
        .join(same, and_(same.c.digest == wrong.c.digest, same.c.id != wrong.c.id))
        .where(said.c.verdict.not_in(("right", "partly")))
    )


def _first(
    where: ColumnElement[bool], reviewer: str, now: datetime, anew: bool, shared: bool
) -> Select[Any]:
    mine = leases.c.reviewer == reviewer
    barred = or_(and_(mine, literal(anew)), and_(not_(mine), literal(not shared)))
    held = exists().where(leases.c.exchange == exchanges.c.id, leases.c.until > now, barred)
    return (
        select(exchanges.c.id, exchanges.c.confidence, samples.c.probability)
        .join_from(exchanges, samples, samples.c.exchange == exchanges.c.id, isouter=True)
        .where(where, not_(held))
        .order_by(exchanges.c.id)
        .limit(1)
    )
