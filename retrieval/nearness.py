"""Where in a sentence the words asked about stand, and what stands beside them.

Nearness is counted in words; a clause mark parts two words as two more would.
"""

import re
from functools import lru_cache

from retrieval.types import Span
from retrieval.words import stem, tokens

_BREAK = re.compile(r"[,;:!?()—–“”\"]|\.(?=\s|$)")


@lru_cache(maxsize=8192)
def _placed(sentence: str) -> tuple[tuple[str, int, int, int], ...]:
    """The words of `sentence` as (stem, start, end, place)."""
    placed, last, place = [], 0, 0
    for word, start, end in tokens(sentence):
        place += 1 + (2 if _BREAK.search(sentence, last, start) else 0)
        placed.append((stem(word), start, end, place))
        last = end
    return tuple(placed)


class Nearness:
    """How near spans of one sentence are to the asked words in it."""

    def __init__(self, asked: frozenset[str], sentence: str) -> None:
        self.words = _placed(sentence)
        self.asked = asked
        self.marks = [(word, start, place) for word, start, _, place in self.words if word in asked]

    def of(self, span: Span) -> float:
        """From 0, no asked word in the sentence outside `span`, toward 1, all of them beside it."""
        inside = [place for _, start, end, place in self.words if start < span.end and end > span.start]
        if not inside or not self.marks:
            return 0.0
        first, last = inside[0], inside[-1]
        best: dict[str, float] = {}
        for word, start, place in self.marks:
            if not span.start <= start < span.end:
                distance = first - place if place < first else max(0, place - last)
                best[word] = max(best.get(word, 0.0), 1 / (1 + distance / 4))
        return sum(best.values()) / len(self.asked)
