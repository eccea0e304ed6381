"""The log as reviewers look through it: filtered, a page at a time.

What waits is ordered by reason and then by id, which is random; the rest is newest first. A page goes on
after the last row of the one before, so no page costs more than the first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    func,
    literal,
    not_,
    select,
    tuple_,
)
from sqlalchemy import union_all as union

from bot import search
from bot.exchange import storable
from bot.review.labels import standing
from bot.review.queue import REASONS, Reason, counted, waiting
from bot.tables import exchanges, labels, leases, quotes
from migrations.database import reading

#: Rows of a page.
ROWS = 25
#: Nobody reads a larger number: counting stops there.
MANY = 1000
#: Exchanges that a link may name.
NAMED = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for, each as it stands in the address of a page; "" is no condition.

    `reason` is one of REASONS, "waiting" for any of them, "all" for all that was asked, labelled or not.
    `since` and `until` are days, `ids` has commas, `field` is where `q` is looked for.
    """

    reason: str = "waiting"
    q: str = ""
    field: str = ""
    answered: str = ""
    document: str = ""
    build: str = ""
    since: str = ""
    until: str = ""
    label: str = ""
    ids: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filters":
        """The filters in an address; `from` and `to` are other names of `since` and `until`. Where no reason
        is given, other filters look through all."""
        named = {field.name: storable(query.get(field.name, "")).strip() for field in fields(cls)}
        named["since"] = named["since"] or query.get("from", "")
        named["until"] = named["until"] or query.get("to", "")
        named["reason"] = named["reason"] or ("all" if any(named.values()) else "waiting")
        return cls(**named)

    @property
    def given(self) -> dict[str, str]:
        """Those that say something."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


@dataclass(frozen=True, slots=True)
class Listed:
    """One exchange of a page; `holder` is who is at it, `labels` what stands of it as (reviewer, verdict)."""

    id: UUID
    question: str
    answered: bool
    confidence: float
    build: str
    asked_at: datetime
    reason: Reason | None
    holder: str | None
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the log; `after` is where the next one goes on, "" when there is none."""

    rows: tuple[Listed, ...]
    after: str


def sheet(
    engine: Engine,
    threshold: float,
    reviewer: str,
    filters: Filters,
    now: datetime,
    after: str = "",
    most: int = ROWS,
) -> Sheet:
    """The rows that the filters let through. Raises: ValueError when a filter or `after` is not one;
    Unavailable."""
    wheres = _wheres(engine, filters)
    with reading(engine) as connection:
        if filters.reason == "all" or filters.ids:
            rows, following = _newest(connection, wheres, now, after, most)
        else:
            waits = waiting(threshold, reviewer)
            asked = list(REASONS) if filters.reason == "waiting" else [_reason(filters.reason)]
            rows, following = _urgent(connection, waits, asked, wheres, now, after, most)
        said = _said(connection, [row.id for row, _ in rows])
    listed = (
        Listed(
            row.id,
            row.question,
            row.answered,
            row.confidence,
            row.build,
            row.asked_at,
            reason,
            row.holder,
            tuple(said.get(row.id, ())),
        )
        for row, reason in rows
    )
    return Sheet(tuple(listed), following)


def everything(
    engine: Engine, threshold: float, reviewer: str, filters: Filters, now: datetime
) -> Iterator[Listed]:
    """All rows that the filters let through, read a lot at a time. Raises: as `sheet`."""
    after = ""
    while True:
        lot = sheet(engine, threshold, reviewer, filters, now, after, 500)
        yield from lot.rows
        if not (after := lot.after):
            return


def counts(engine: Engine, threshold: float, reviewer: str) -> dict[Reason, int]:
    """How many exchanges wait for each reason, MANY at most. Raises: Unavailable."""
    each = [
        select(
            literal(reason).label("reason"),
            select(func.count())
            .select_from(select(exchanges.c.id).where(where).limit(MANY).subquery())
            .scalar_subquery()
            .label("count"),
        )
        for reason, where in waiting(threshold, reviewer).items()
    ]
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(union(*each))}


_Rows = list[tuple[Row[Any], Reason | None]]


def _newest(
    connection: Connection, wheres: list[ColumnElement[bool]], now: datetime, after: str, most: int
) -> tuple[_Rows, str]:
    place = tuple_(exchanges.c.asked_at, exchanges.c.id)
    wanted = _select(now).where(*wheres, counted())
    if after:
        when, _, id = after.partition(" ")
        wanted = wanted.where(
            place < tuple_(literal(_moment(when), exchanges.c.asked_at.type), literal(UUID(id)))
        )
    else:
        wanted = wanted.where(exchanges.c.asked_at <= now + timedelta(days=1))
    rows = connection.execute(
        wanted.order_by(exchanges.c.asked_at.desc(), exchanges.c.id.desc()).limit(most + 1)
    ).all()
    last = rows[most - 1] if len(rows) > most else None
    return [(row, None) for row in rows[:most]], f"{last.asked_at.isoformat()} {last.id}" if last else ""


def _urgent(
    connection: Connection,
    waits: dict[Reason, ColumnElement[bool]],
    asked: list[Reason],
    wheres: list[ColumnElement[bool]],
    now: datetime,
    after: str,
    most: int,
) -> tuple[_Rows, str]:
    """Reason by reason until the page is full; what waits for several is listed under the first."""
    begun, _, id = after.partition(" ")
    rows: _Rows = []
    earlier: list[ColumnElement[bool]] = []
    for reason in asked:
        if not begun or REASONS.index(reason) >= REASONS.index(_reason(begun)):
            low = UUID(id) if reason == begun else UUID(int=0)
            wanted = _select(now).where(waits[reason], *wheres, *earlier, exchanges.c.id > low)
            found = connection.execute(wanted.order_by(exchanges.c.id).limit(most + 1 - len(rows)))
            rows += [(row, reason) for row in found]
        if len(rows) > most:
            last, why = rows[most - 1]
            return rows[:most], f"{why} {last.id}"
        earlier.append(not_(waits[reason]))
    return rows, ""


def _select(now: datetime) -> Select[Any]:
    held = and_(leases.c.exchange == exchanges.c.id, leases.c.until > now)
    names = ("id", "question", "answered", "confidence", "build", "asked_at")
    return select(*(exchanges.c[name] for name in names), leases.c.reviewer.label("holder")).join_from(
        exchanges, leases, held, isouter=True
    )


def _said(connection: Connection, ids: list[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    found: dict[UUID, list[tuple[str, str]]] = {}
    if ids:
        for row in connection.execute(standing(ids)):
            found.setdefault(row.exchange, []).append((row.reviewer, row.verdict))
    return found


def _wheres(engine: Engine, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    field: search.Field | None = None
    if filters.field:
        field = "question" if filters.field == "question" else "reply"
    sought = search.found(filters.q, engine.dialect, field)
    if sought is not None:
        found.append(exchanges.c.id.in_(search.exchanges_with(sought)))
    if filters.answered:
        found.append(exchanges.c.answered.is_(filters.answered == "yes"))
    if filters.document:
        of = select(quotes.c.exchange).where(quotes.c.document == filters.document)
        found.append(exchanges.c.id.in_(of))
    if filters.build:
        found.append(exchanges.c.build == filters.build)
    if filters.since:
        found.append(exchanges.c.asked_at >= _day(filters.since))
    if filters.until:
        found.append(exchanges.c.asked_at < _day(filters.until) + timedelta(days=1))
    if filters.label:
        given = standing().where(labels.c.verdict == filters.label).subquery()
        found.append(exchanges.c.id.in_(select(given.c.exchange)))
    if filters.ids:
        found.append(exchanges.c.id.in_([UUID(id) for id in filters.ids.split(",")[:NAMED]]))
    return found


def _reason(name: str) -> Reason:
    for known in REASONS:
        if known == name:
            return known
    raise ValueError(f"{name} is no reason")


def _day(written: str) -> datetime:
    return datetime.combine(date.fromisoformat(written), time(), UTC)


def _moment(written: str) -> datetime:
    made = datetime.fromisoformat(written)
    return made if made.tzinfo else made.replace(tzinfo=UTC)
