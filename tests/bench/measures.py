"""What was measured, as one line of the table, and the arithmetic of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what was measured, its value in words, and beside what. `ratio` is ours divided by theirs,
    None where there is nothing to compare with; `most` is what it may be."""

    what: str
    value: str
    ratio: float | None = None
    beside: str = ""
    most: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the ratio is within what it may be."""
        return self.most is None or (self.ratio is not None and self.ratio <= self.most)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them do not exceed. Raises: ValueError for none."""
    if not values:
        raise ValueError("a quantile of nothing")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def alternated(rounds: int, *measures: Callable[[], float]) -> tuple[float, ...]:
    """The median of each measure, taken in turns so that a machine that slows down slows all of them."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return tuple(median(values) for values in zip(*taken, strict=True))


def table(lines: Sequence[Line]) -> str:
    """The lines as text, in columns."""
    rows = [("what", "measured", "ratio", "beside")]
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        if line.most is not None:
            ratio += f" (≤ {line.most:.2f}{'' if line.kept else ': NOT KEPT'})"
        rows.append((line.what, line.value, ratio, line.beside))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
