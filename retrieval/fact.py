"""One typed span of a sentence: the value that every finder of facts yields."""

from dataclasses import dataclass
from typing import Literal

from retrieval.types import Span

FactKind = Literal[
    "date", "time", "duration", "number", "money", "percentage", "ordinal", "person", "place", "organisation",
    "law", "name", "quotation", "reason",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """A typed span; offsets are into the sentence it was found in.

    `value` is what two facts of one kind are compared by: a date as far as it is given (`2025-10-30`,
    `2025-10`, `10-30`, `2025`), an amount as digits, a name as written. `unit` is the unit, or the noun
    counted. `sure` in (0, 1] is how far spelling alone can be trusted.
    """

    kind: FactKind
    span: Span
    text: str
    value: str
    unit: str = ""
    sure: float = 1.0
