"""The page of gaps: what people asked and the corpus does not say, for those who choose its sources."""

from dataclasses import dataclass

from starlette.responses import Response

from bot.review.gaps import LATEST, Gap, gaps
from bot.review.trends import STEPS
from bot.review.trends_page import chosen, named
from bot.review.visit import Visit

#: The gaps that are shown at most.
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """A gap as the page has it: `heights` in percent of the highest step of any gap, `late` how many of its
    questions are in the last quarter of the period."""

    gap: Gap
    href: str
    heights: tuple[float, ...]
    late: int


def show(visit: Visit) -> Response:
    """The gaps of the last `days`. Raises: HTTPException when there is no such period."""
    days, period = chosen(visit)
    found = gaps(visit.engine, period)
    highest = max((count for gap in found.gaps for count in gap.steps), default=1)
    return visit.render(
        "gaps.html",
        days=days,
        choices=tuple(STEPS),
        shown=[_shown(gap, highest) for gap in found.gaps[:SHOWN]],
        hidden=max(0, len(found.gaps) - SHOWN),
        single=found.single,
        latest=LATEST if found.more else None,
    )


def _shown(gap: Gap, highest: int) -> Shown:
    return Shown(
        gap,
        named(gap.exchanges),
        tuple(round(100 * count / highest, 2) for count in gap.steps),
        sum(gap.steps[-(-3 * len(gap.steps) // 4) :]),
    )
