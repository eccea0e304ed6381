"""Plots as values: where everything stands, in percent of the plot's width and height from its upper left.

`pages/plot.html` draws them as SVG whose texts keep their size however wide it is. What a plot shows stands
in its table too, for those who cannot see it or have no mouse.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

from bot.review.stats import Share

Mark = Literal["bar", "line", "dots"]
#: Lines across a plot at most, and names below it: what a phone has room for.
LINES, NAMES = 4, 5


@dataclass(frozen=True, slots=True)
class Point:
    """A value, with its interval if it is an estimate; `text` is how a person reads it."""

    value: float
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One point a column, None where there is nothing to show."""

    name: str
    mark: Mark
    points: tuple[Point | None, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """What stands at one place of the x axis, and the exchanges behind it; `short` goes below the plot."""

    name: str
    short: str
    href: str


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the plot; `top` and `bottom` are the ends of its interval."""

    x: float
    y: float
    top: float | None
    bottom: float | None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Marker:
    """An upright line where something happened."""

    x: float
    text: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Series over columns; `top` is the value at its upper edge. `headline` says the whole in a word."""

    title: str
    headline: str
    note: str
    columns: tuple[Column, ...]
    series: tuple[Series, ...]
    up: tuple[Tick, ...]
    top: float
    markers: tuple[Marker, ...] = ()

    @property
    def width(self) -> float:
        """Of one column."""
        return 100 / max(1, len(self.columns))

    @property
    def empty(self) -> bool:
        return not any(point for series in self.series for point in series.points)

    @property
    def across(self) -> tuple[Tick, ...]:
        """Names below the plot, so few that they have room; the last column has one."""
        every = max(1, ceil(len(self.columns) / NAMES))
        last = len(self.columns) - 1
        return tuple(
            Tick(self.x(number), column.short)
            for number, column in enumerate(self.columns)
            if (last - number) % every == 0
        )

    def x(self, number: int) -> float:
        """The middle of a column."""
        return round((number + 0.5) * self.width, 3)

    def y(self, value: float) -> float:
        return round(100 - 100 * min(1.0, max(0.0, value / self.top)), 3)

    def places(self, series: Series) -> tuple[Place | None, ...]:
        return tuple(
            None
            if point is None
            else Place(
                self.x(number),
                self.y(point.value),
                None if point.high is None else self.y(point.high),
                None if point.low is None else self.y(point.low),
            )
            for number, point in enumerate(series.points)
        )

    def runs(self, series: Series) -> tuple[str, ...]:
        """The line of a series as points of SVG, broken where there is nothing to show."""
        runs: list[list[str]] = [[]]
        for place in self.places(series):
            if place is None:
                runs.append([])
            else:
                runs[-1].append(f"{place.x:g},{place.y:g}")
        return tuple(" ".join(run) for run in runs if len(run) > 1)

    def told(self, number: int) -> str:
        """What a column says, in words."""
        said = [f"{one.name}: {point.text}" for one in self.series if (point := one.points[number])]
        return f"{self.columns[number].name} · {', '.join(said) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a list of bars; `share` in percent of the longest that there could be."""

    name: str
    share: float
    text: str
    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Values by name, the longest names cut by the page. `note` says what they are shares of."""

    title: str
    note: str
    bars: tuple[Bar, ...]


def plot(
    title: str,
    headline: str,
    columns: Sequence[Column],
    series: Sequence[Series],
    shown: Callable[[float], str],
    *,
    note: str = "",
    top: float | None = None,
    markers: Sequence[Marker] = (),
) -> Plot:
    """A plot from 0 to `top`, or to a round number above all values; `shown` writes the numbers beside it."""
    highest = max((p.value for one in series for p in one.points if p), default=0.0)
    step = round_step(highest if top is None else top)
    upper = step * max(1, ceil(highest / step)) if top is None else top
    ticks = [step * n for n in range(floor(upper / step + 1e-9) + 1)]
    up = tuple(Tick(round(100 - 100 * value / upper, 3), shown(value)) for value in ticks)
    return Plot(title, headline, note, tuple(columns), tuple(series), up, upper, tuple(markers))


def round_step(highest: float) -> float:
    """1, 2 or 5 times a power of ten: the least that cuts up to `highest` into at most LINES pieces."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** floor(log10(highest / LINES))
    return next(power * n for n in (1, 2, 5, 10) if power * n * LINES >= highest * (1 - 1e-9))


def estimated(share: Share | None) -> Point | None:
    """An estimated share as a point with its interval."""
    if share is None:
        return None
    text = f"{share.value:.0%}, between {share.low:.0%} and {share.high:.0%}, from {share.n}"
    return Point(share.value, text, share.low, share.high)
