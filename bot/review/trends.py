"""How the answers change with time and with each build: counted by the database, estimated from labels.

The log may be long: what leaves the database is a few rows a step, and the labelled sample. What was tried
out in review does not count.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Integer, Row, Select, and_, case, cast, func, select

from bot.review.labels import standing
from bot.review.queue import kind
from bot.review.stats import Agreement, Drawn, Share, agreements, share
from bot.tables import exchanges, feedback, quotes, samples
from corpus import archive
from migrations.database import reading
from retrieval.types import Source

#: The days that can be looked at, and the days of a step: no more steps than a phone has room for.
STEPS = {30: 1, 91: 7, 364: 28}
#: The builds that are shown at most, those seen last.
BUILDS = 12
#: The exchanges whose quotes are counted at most: they are rows of their own, found one by one.
LATEST = 20_000
#: The exchanges that are told with what they quote.
RECENT = 500
#: Days since a document was published, as a reader thinks of it.
AGES = {30: "last 30 days", 91: "1 to 3 months", 365: "3 to 12 months", 10**6: "over a year"}
UNDATED = "no date"

_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, cut into equal steps: step i is [edges[i], edges[i + 1])."""

    edges: tuple[datetime, ...]

    @classmethod
    def before(cls, now: datetime, days: int) -> "Period":
        """The last `days` days, today among them. Raises: KeyError when it is none of STEPS."""
        step = timedelta(days=STEPS[days])
        end = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        steps = days // STEPS[days]
        return cls(tuple(end - step * back for back in range(steps, -1, -1)))

    @property
    def since(self) -> datetime:
        return self.edges[0]

    @property
    def until(self) -> datetime:
        return self.edges[-1]

    @property
    def days(self) -> int:
        """The days of a step."""
        return (self.edges[1] - self.edges[0]).days

    def step(self, at: datetime) -> int:
        return bisect_right(self.edges, at) - 1


@dataclass(frozen=True, slots=True)
class Counted:
    """What happened in one step, or with one build; latencies in milliseconds, None when nothing was asked.
    `precision` is the share of answers that are right, estimated from those in `labelled`; None without."""

    asked: int
    answered: int
    disliked: tuple[UUID, ...]
    labelled: tuple[UUID, ...]
    precision: Share | None
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A build and since when it answered in the period."""

    build: str
    since: datetime
    counted: Counted


@dataclass(frozen=True, slots=True)
class Quoted:
    """A document and how many exchanges quote it; no `title` once nothing is known of it."""

    document: str
    title: str | None
    published: date | None
    exchanges: int


@dataclass(frozen=True, slots=True)
class Trends:
    """`whole` is all of `period`, `steps` are its own, `builds` in the order they came, `reasons` of 👎 with
    their exchanges, the most frequent first, `quoted` every document that was, the most quoted first,
    `recent` the latest exchanges with what they quote, `agreements` with what both reviewers labelled."""

    period: Period
    whole: Counted
    steps: tuple[Counted, ...]
    builds: tuple[Seen, ...]
    reasons: tuple[tuple[str, tuple[UUID, ...]], ...]
    quoted: tuple[Quoted, ...]
    recent: tuple[tuple[UUID, str], ...]
    agreements: tuple[tuple[Agreement, tuple[UUID, ...]], ...]

    @property
    def ages(self) -> tuple[tuple[str, tuple[Quoted, ...]], ...]:
        """The quoted documents by how long before the end of the period they were published."""
        found: dict[str, list[Quoted]] = {name: [] for name in (*AGES.values(), UNDATED)}
        for one in self.quoted:
            found[age(one.published, self.period.until.date())].append(one)
        return tuple((name, tuple(of)) for name, of in found.items())


def trends(engine: Engine, period: Period, threshold: float) -> Trends:
    """All of it. Raises: Unavailable."""
    step = _step(period)
    # To the millisecond, so that what comes back is bounded however much was asked.
    took = func.round(exchanges.c.milliseconds).label("took")
    with reading(engine) as connection:
        counts = connection.execute(
            select(
                step,
                exchanges.c.build,
                took,
                func.count().label("asked"),
                func.sum(cast(exchanges.c.answered, Integer)).label("answered"),
                func.min(exchanges.c.asked_at).label("since"),
            )
            .where(_inside(period))
            .group_by(step, exchanges.c.build, took)
        ).all()
        said = connection.execute(
            select(exchanges.c.id, step, exchanges.c.build, feedback.c.reason)
            .join_from(feedback, exchanges, _answered_with())
            .where(_inside(period), feedback.c.given_at >= period.since, feedback.c.good.is_(False))
            .order_by(feedback.c.given_at.desc())
        ).all()
        labels = connection.execute(
            standing().join(exchanges).where(_inside(period)).order_by("id")
        ).all()
        drawn = connection.execute(_drawn(period, threshold)).all()
        quoted = _quoted(connection, period)
        recent = connection.execute(
            select(quotes.c.exchange, quotes.c.document).where(quotes.c.exchange.in_(_latest(period, RECENT)))
        ).all()
    verdicts: dict[UUID, Any] = {row.exchange: row.verdict for row in labels}
    complaints = _by(lambda row: row.reason, [row for row in said if row.reason])
    mine: defaultdict[str, dict[UUID, None]] = defaultdict(dict)
    for row in reversed(labels):
        mine[row.reviewer][row.exchange] = None

    def counted(of: Callable[[_Row], Hashable]) -> Callable[[Hashable], Counted]:
        """What makes the counts of a step or a build, `of` being that of a row."""
        asked, disliked, answers = _by(of, counts), _by(of, said), _by(of, drawn)
        return lambda key: Counted(
            asked=sum(row.asked for row in asked[key]),
            answered=sum(row.answered for row in asked[key]),
            disliked=tuple(dict.fromkeys(row.id for row in disliked[key])),
            labelled=tuple(row.id for row in answers[key] if row.answered and row.id in verdicts),
            precision=share(
                [
                    Drawn(row.probability, row.kind, True, verdicts.get(row.id))
                    for row in answers[key]
                    if row.answered
                ],
                ("right",),
            ),
            p50=percentile(asked[key], 50),
            p95=percentile(asked[key], 95),
        )

    since: dict[str, datetime] = {}
    for row in counts:
        since[row.build] = min(row.since, since.get(row.build, row.since))
    order = sorted(since, key=lambda build: (since[build], build))[-BUILDS:]
    in_step, with_build = counted(lambda row: row.step), counted(lambda row: row.build)
    return Trends(
        period=period,
        whole=counted(lambda row: None)(None),
        steps=tuple(in_step(number) for number in range(len(period.edges) - 1)),
        builds=tuple(Seen(build, since[build], with_build(build)) for build in order),
        reasons=tuple(
            (str(name), tuple(row.id for row in of))
            for name, of in sorted(complaints.items(), key=lambda one: (-len(one[1]), str(one[0])))
        ),
        quoted=quoted,
        recent=tuple((row.exchange, row.document) for row in recent),
        agreements=tuple(
            (one, tuple(id for id in mine[one.reviewers[0]] if id in mine[one.reviewers[1]]))
            for one in agreements((row.exchange, row.reviewer, row.verdict) for row in labels)
        ),
    )


def percentile(rows: Sequence[_Row], percent: int) -> float | None:
    """By nearest rank, of rows that say how many exchanges `asked` each `took` so long; None for no rows."""
    left = -(-percent * sum(row.asked for row in rows) // 100)
    for row in sorted(rows, key=lambda row: row.took):
        left -= row.asked
        if left <= 0:
            return float(row.took)
    return None


def age(published: date | None, day: date) -> str:
    """The name in AGES for what was published then."""
    if published is None:
        return UNDATED
    return next(name for days, name in AGES.items() if (day - published).days <= days)


def _inside(period: Period) -> ColumnElement[bool]:
    return and_(
        exchanges.c.asked_at >= period.since,
        exchanges.c.asked_at < period.until,
        exchanges.c.origin != "review",
    )


def _step(period: Period) -> ColumnElement[int]:
    """The number of an exchange's step, in the same words for either database."""
    whens = ((exchanges.c.asked_at < edge, step) for step, edge in enumerate(period.edges[1:-1]))
    return case(*whens, else_=len(period.edges) - 2).label("step")


def _by(of: Callable[[_Row], Hashable], rows: Sequence[_Row]) -> defaultdict[Hashable, list[_Row]]:
    found: defaultdict[Hashable, list[_Row]] = defaultdict(list)
    for row in rows:
        found[of(row)].append(row)
    return found


def _answered_with() -> ColumnElement[bool]:
    return and_(feedback.c.bot == exchanges.c.bot, feedback.c.update_id == exchanges.c.update_id)


def _drawn(period: Period, threshold: float) -> Any:
    return (
        select(
            exchanges.c.id,
            _step(period),
            exchanges.c.build,
            exchanges.c.answered,
            samples.c.probability,
            kind(threshold).label("kind"),
        )
        .join_from(samples, exchanges, samples.c.exchange == exchanges.c.id)
        .where(_inside(period))
    )


def _quoted(connection: Connection, period: Period) -> tuple[Quoted, ...]:
    """How many exchanges quote each document, the latest LATEST of them."""
    times = func.count(quotes.c.exchange.distinct()).label("times")
    rows: Sequence[_Row] = connection.execute(
        select(quotes.c.document, times)
        .where(quotes.c.exchange.in_(_latest(period, LATEST)))
        .group_by(quotes.c.document)
        .order_by(times.desc(), quotes.c.document)
    ).all()
    known = archive.sources(connection, (row.document for row in rows))
    return tuple(_of(row, known.get(row.document)) for row in rows)


def _latest(period: Period, most: int) -> Select[tuple[UUID]]:
    return select(exchanges.c.id).where(_inside(period)).order_by(exchanges.c.asked_at.desc()).limit(most)


def _of(row: _Row, source: Source | None) -> Quoted:
    title, published = (source.title, source.published) if source else (None, None)
    return Quoted(row.document, title, published, row.times)
