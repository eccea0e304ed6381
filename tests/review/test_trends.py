"""What the trends count: by step and by build, on both databases, without reading the log from end to end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, event, text

from bot.exchange import Exchange
from bot.feedback import Given, explain, judge
from bot.log import write
from bot.review.labels import add
from bot.review.queue import draw
from bot.review.trends import STEPS, Period, age, trends
from corpus import archive
from migrations.database import reading, writing

from .logs import BOT, CORPUS, QUESTIONS, asked, build_of, document, keep

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
RANDOM = Random(20251110)

Put = Callable[..., Exchange]


@pytest.fixture
def put(engine: Engine, tmp_path: Path) -> Put:
    """Writes an answered exchange, or one about nothing, that many days ago; whatever else it says."""
    keep(engine, *CORPUS)
    build = build_of(tmp_path, *CORPUS)
    answered, silent = asked(build, QUESTIONS[0]), asked(build, "Who won the World Cup?")
    assert (answered.answered, silent.answered) == (True, False)
    numbers = iter(range(1, 1000))

    def made(days: float, *, silence: bool = False, took: float = 10.0, **more: object) -> Exchange:
        exchange = replace(
            silent if silence else answered,
            id=UUID(int=RANDOM.getrandbits(128), version=4),
            update_id=next(numbers),
            asked_at=NOW - days * DAY,
            stages=(("all", took),),
            confidence=0.95,
            **more,
        )
        write(engine, exchange)
        return exchange

    return made


def test_a_period_is_whole_days_up_to_today() -> None:
    for days, step in STEPS.items():
        period = Period.before(NOW, days)
        assert (period.until - period.since, period.days) == (days * DAY, step)
        assert period.until == datetime(2025, 11, 11, tzinfo=UTC)
        assert len(period.edges) <= 31
        assert [period.step(at) for at in (period.since, NOW)] == [0, len(period.edges) - 2]
    with pytest.raises(KeyError):
        Period.before(NOW, 31)


def test_an_empty_log_has_no_trend(engine: Engine) -> None:
    found = trends(engine, Period.before(NOW, 30), 0.5)
    assert len(found.steps) == 30
    assert {(one.asked, one.precision, one.p50) for one in found.steps} == {(0, None, None)}
    assert (found.builds, found.reasons, found.quoted, found.agreements) == ((), (), (), ())


def test_each_day_counts_its_own(engine: Engine, put: Put) -> None:
    put(40)
    for took in (10.0, 20.0, 400.0):
        put(1, took=took)
    put(1, silence=True, took=30.0)
    put(0, origin="review")
    disliked, liked = put(0), put(0)
    explain(engine, Given(BOT, disliked.update_id or 0, "u", "c"), "out_of_date", 1, NOW)
    judge(engine, Given(BOT, liked.update_id or 0, "u", "c"), True, NOW)
    found = trends(engine, Period.before(NOW, 30), 0.5)
    yesterday, today = found.steps[-2:]
    assert (yesterday.asked, yesterday.answered, yesterday.disliked) == (4, 3, ())
    assert (yesterday.p50, yesterday.p95) == (20.0, 400.0)
    assert (today.asked, today.answered, today.disliked) == (2, 2, (disliked.id,))
    assert found.reasons == (("out_of_date", (disliked.id,)),)
    assert sum(one.asked for one in found.steps) == 6
    assert sum(one.asked for one in trends(engine, Period.before(NOW, 91), 0.5).steps) == 7


def test_latencies_are_those_of_numpy_by_nearest_rank(engine: Engine, put: Put) -> None:
    took = [float(RANDOM.randrange(10_000)) for _ in range(37)]
    for one in took:
        put(0, took=one)
    today = trends(engine, Period.before(NOW, 30), 0.5).steps[-1]
    expected = np.percentile(took, (50, 95), method="inverted_cdf")
    assert (today.p50, today.p95) == tuple(expected)


def test_builds_are_told_apart(engine: Engine, put: Put) -> None:
    before = [put(3, build="old") for _ in range(4)]
    after = [put(2, build="new") for _ in range(2)]
    put(2, build="new", silence=True)
    draw(engine, 1.0, NOW)
    for number, exchange in enumerate(before):
        add(engine, exchange.id, "one", "right" if number else "wrong_quote", NOW)
    for exchange in after:
        add(engine, exchange.id, "one", "right", NOW)
        add(engine, exchange.id, "two", "right", NOW)
    found = trends(engine, Period.before(NOW, 30), 0.5)
    assert [(one.build, one.since, one.counted.asked, one.counted.answered) for one in found.builds] == [
        ("old", NOW - 3 * DAY, 4, 4), ("new", NOW - 2 * DAY, 3, 2),
    ]  # fmt: skip
    old, new = (one.counted.precision for one in found.builds)
    assert old is not None
    assert new is not None
    assert (old.value, old.n, new.value, new.n) == (0.75, 4, 1.0, 2)
    assert found.steps[-4].precision == old
    [(agreement, both)] = found.agreements
    assert (agreement.reviewers, agreement.n) == (("one", "two"), 2)
    assert set(both) == {exchange.id for exchange in after}
    assert set(found.steps[-3].labelled) == set(both)


def test_what_is_quoted_has_an_age(engine: Engine, put: Put) -> None:
    keep(engine, document(CORPUS[0].id, CORPUS[0].text, date(2025, 9, 1)))
    put(1)
    put(2)
    found = trends(engine, Period.before(NOW, 30), 0.5)
    first = found.quoted[0]
    assert (first.document, first.title, first.exchanges) == ("speech", "Speech", 2)
    ages = {name: [one.document for one in of] for name, of in found.ages}
    assert "speech" in ages["1 to 3 months"]
    assert "speech" not in ages["no date"]
    assert len({id for id, name in found.recent if name == "speech"}) == 2
    with writing(engine) as connection:
        archive.erase(connection, "speech", NOW)
    assert trends(engine, Period.before(NOW, 30), 0.5).quoted[0].exchanges == 2


@pytest.mark.parametrize(
    ("published", "name"),
    [
        (None, "no date"),
        (date(2025, 11, 10), "last 30 days"),
        (date(2025, 10, 10), "1 to 3 months"),
        (date(2024, 12, 1), "3 to 12 months"),
        (date(1974, 1, 1), "over a year"),
    ],
)
def test_ages_have_names(published: date | None, name: str) -> None:
    assert age(published, NOW.date()) == name


def test_the_log_is_searched_not_scanned(engine: Engine, put: Put) -> None:
    put(1)
    statements: list[tuple[str, object]] = []

    def noted(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", noted)
    trends(engine, Period.before(NOW, 30), 0.5)
    event.remove(engine, "before_cursor_execute", noted)
    selects = [(told, given) for told, given in statements if told.startswith("SELECT")]
    assert 5 <= len(selects) <= 8
    if engine.dialect.name != "sqlite":
        # With so few rows PostgreSQL rightly reads them all.
        return
    with reading(engine) as connection:
        for told, given in selects:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", given).all()
            assert not [row.detail for row in plan if row.detail.startswith("SCAN exchanges")], told


def test_half_a_day_counts_in_utc(engine: Engine, put: Put) -> None:
    midnight = datetime(2025, 11, 10, tzinfo=UTC)
    put((NOW - midnight) / DAY)
    put((NOW - midnight) / DAY + 1e-6)
    steps = trends(engine, Period.before(NOW, 30), 0.5).steps
    assert [one.asked for one in steps[-2:]] == [1, 1]
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM exchanges")) == 2
