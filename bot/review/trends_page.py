"""The page of trends: every number of a period as a plot, and behind every point its exchanges."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.review.plot import Bar, Bars, Column, Marker, Plot, Point, Series, estimated, plot
from bot.review.stats import Share
from bot.review.trends import LATEST, STEPS, Counted, Period, Trends, trends
from bot.review.visit import Visit
from retrieval import builds, manifest
from retrieval.errors import NoBuild

#: The documents and pairs of reviewers that are shown at most.
LONGEST = 12
#: The exchanges that a link names at most: an address has to stay short enough for every browser.
NAMED = 50


def show(visit: Visit) -> Response:
    """The trends of the last `days`. Raises: HTTPException when there is no such period."""
    days, period = chosen(visit)
    found = trends(visit.engine, period, visit.settings.answer_threshold)
    return visit.render(
        "trends.html",
        days=days,
        choices=tuple(STEPS),
        plots=plots(found),
        lists=lists(found, live_documents(visit.settings.index)),
        builds=by_build(found),
    )


def chosen(visit: Visit) -> tuple[int, Period]:
    """The period that a page is asked for in `days`. Raises: HTTPException when there is no such period."""
    given = visit.query.get("days", str(min(STEPS)))
    days = next((days for days in STEPS if str(days) == given), None)
    if days is None:
        raise HTTPException(404, f"There are pages of {', '.join(map(str, STEPS))} days.")
    return days, Period.before(visit.now, days)


def plots(found: Trends) -> tuple[Plot, ...]:
    """What changes from step to step."""
    period, whole, steps = found.period, found.whole, found.steps
    columns = [
        Column(_named(start, end), _day(start), link(start, end))
        for start, end in zip(period.edges[:-1], period.edges[1:], strict=True)
    ]
    a_day = "a day" if period.days == 1 else f"a day, on average of {period.days}"
    marks = markers(found)

    def behind(of: Callable[[Counted], Sequence[UUID]]) -> list[Column]:
        """Columns that lead to just those exchanges, where there are any."""
        whole = zip(columns, steps, strict=True)
        return [replace(one, href=named(of(step))) if of(step) else one for one, step in whole]

    def line(name: str, of: Callable[[Counted], Point | None]) -> Series:
        return Series(name, "line", tuple(map(of, steps)))

    return (
        plot(
            f"Questions {a_day}",
            f"{whole.asked:,} in all",
            columns,
            [Series("questions", "bar", tuple(_per_day(one.asked, period.days) for one in steps))],
            lambda value: f"{value:,g}",
            markers=marks,
        ),
        plot(
            "Answered",
            _percent(whole.answered, whole.asked),
            columns,
            [line("answered", lambda one: _ratio(one.answered, one.asked))],
            _share,
            top=1,
            markers=marks,
        ),
        plot(
            "Right answers",
            _estimate(whole.precision),
            behind(lambda one: one.labelled),
            [Series("right", "dots", tuple(estimated(one.precision) for one in steps))],
            _share,
            note="Estimated from labels of the random sample; the bars are 95% intervals.",
            top=1,
            markers=marks,
        ),
        plot(
            "👎 of all replies",
            _percent(len(whole.disliked), whole.asked),
            behind(lambda one: one.disliked),
            [line("👎", lambda one: _ratio(len(one.disliked), one.asked))],
            lambda value: f"{100 * value:.3g}%",
            markers=marks,
        ),
        plot(
            "Time to an answer",
            "no question" if whole.p50 is None else f"{whole.p50:,.0f} ms in the middle",
            columns,
            [
                line("half of all within", lambda one: _time(one.p50)),
                line("95% within", lambda one: _time(one.p95)),
            ],
            lambda value: f"{value:,g} ms",
            markers=marks,
        ),
    )


def by_build(found: Trends) -> Plot:
    """The builds side by side, in the order they came."""
    seen = found.builds
    return plot(
        "Build by build",
        f"{len(seen)} build{'s' * (len(seen) != 1)}",
        [
            Column(f"B{n}, {one.build}, since {_day(one.since)}", f"B{n}", build_link(one.build))
            for n, one in enumerate(seen, 1)
        ],
        [
            Series("right", "dots", tuple(estimated(one.counted.precision) for one in seen)),
            Series(
                "answered", "line", tuple(_ratio(one.counted.answered, one.counted.asked) for one in seen)
            ),
        ],
        _share,
        top=1,
    )


def live_documents(index: Path) -> frozenset[str]:
    """The documents that answer now; none before the first build."""
    try:
        return frozenset(id for id, _ in manifest.read(index, builds.current(index)).documents)
    except NoBuild:
        return frozenset()


def lists(found: Trends, live: frozenset[str]) -> tuple[Bars, ...]:
    """What is counted by name, not by time."""
    since, until = found.period.since, found.period.until
    most = max((one.exchanges for one in found.quoted), default=1)
    counted = f"Of the latest {LATEST:,} exchanges. " if found.whole.asked > LATEST else ""
    used = len(live.intersection(one.document for one in found.quoted))
    complaints = max((len(of) for _, of in found.reasons), default=1)
    ages = [(name, of, sum(one.exchanges for one in of)) for name, of in found.ages]
    every = max(1, sum(count for _, _, count in ages))
    return (
        Bars(
            "Why 👎",
            f"{sum(len(of) for _, of in found.reasons):,} reasons were given.",
            tuple(
                Bar(
                    name.replace("_", " "),
                    100 * len(of) / complaints,
                    f"{len(of):,}",
                    named(of),
                )
                for name, of in found.reasons
            ),
        ),
        Bars(
            "Quoted by document",
            f"{counted}{used} of {len(live)} live documents were quoted.",
            tuple(
                Bar(
                    one.title or one.document,
                    100 * one.exchanges / most,
                    f"{one.exchanges:,}",
                    link(since, until, document=one.document),
                    one.document,
                )
                for one in found.quoted[:LONGEST]
            ),
        ),
        Bars(
            "Quoted by age",
            "When what is quoted was published, before today.",
            tuple(
                Bar(
                    name,
                    100 * count / every,
                    _percent(count, every),
                    named([id for id, document in found.recent if document in {one.document for one in of}]),
                )
                for name, of, count in ages
                if of
            ),
        ),
        Bars(
            "Reviewers agree",
            "Cohen's kappa: 1 is always, 0 no more than by chance.",
            tuple(
                Bar(
                    " and ".join(one.reviewers),
                    100 * max(0.0, one.kappa or 0.0),
                    f"{'not defined' if one.kappa is None else f'{one.kappa:.2f}'} on {one.n}",
                    named(both),
                )
                for one, both in sorted(found.agreements, key=lambda pair: -pair[0].n)[:LONGEST]
            ),
        ),
    )


def markers(found: Trends) -> tuple[Marker, ...]:
    """Where each build but the first of the period began to answer."""
    period = found.period
    return tuple(
        Marker(
            round(100 * ((one.since - period.since) / (period.until - period.since)), 3),
            f"B{number}",
            f"build {one.build}, since {_day(one.since)}",
            build_link(one.build),
        )
        for number, one in enumerate(found.builds, 1)
        if number > 1
    )


def link(since: datetime, until: datetime, **more: str) -> str:
    """The exchanges of the days in [since, until)."""
    days = {"from": f"{since:%Y-%m-%d}", "to": f"{until - timedelta(days=1):%Y-%m-%d}"}
    return f"/queue?{urlencode(days | more)}"


def named(ids: Iterable[UUID]) -> str:
    """These exchanges, the first NAMED of them."""
    return f"/queue?ids={','.join(map(str, islice(dict.fromkeys(ids), NAMED)))}"


def build_link(build: str) -> str:
    """The exchanges that a build answered."""
    return f"/queue?{urlencode({'build': build})}"


def _named(start: datetime, end: datetime) -> str:
    last = end - timedelta(days=1)
    return _day(start) if start == last else f"{_day(start)} – {_day(last)}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b}"


def _per_day(count: int, days: int) -> Point:
    return Point(count / days, f"{count:,}")


def _ratio(count: int, of: int) -> Point | None:
    return Point(count / of, f"{_percent(count, of)}, {count:,} of {of:,}") if of else None


def _time(milliseconds: float | None) -> Point | None:
    return None if milliseconds is None else Point(milliseconds, f"{milliseconds:,.0f} ms")


def _percent(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else "nothing asked"


def _estimate(share: Share | None) -> str:
    return "no label yet" if share is None else f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def _share(value: float) -> str:
    return f"{value:.0%}"
