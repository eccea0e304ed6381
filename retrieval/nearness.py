"""Where in a sentence the words asked about stand, and what stands beside them.

Nearness is counted in words; a clause mark parts two words as two more would.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from retrieval.questions import Question
from retrieval.types import Span
from retrieval.words import is_content, stem, stems, tokens

_BREAK = re.compile(r"[,;:!?()—–“”\"]|\.(?=\s|$)")
_CALLED = re.compile(
    r"(?:called|known as|named|such as|including|termed|dubbed|referred to as|:)\s*(?:the |an? )?[“\"'‘]?$"
)


@lru_cache(maxsize=8192)
def _placed(sentence: str) -> tuple[tuple[str, int, int, bool, int], ...]:
    """The words of `sentence` as (stem, start, end, whether content, place)."""
    placed, last, place = [], 0, 0
    for word, start, end in tokens(sentence):
        place += 1 + (2 if _BREAK.search(sentence, last, start) else 0)
        placed.append((stem(word), start, end, is_content(word), place))
        last = end
    return tuple(placed)


class Nearness:
    """How near spans of one sentence are to the asked words in it."""

    def __init__(self, asked: frozenset[str], sentence: str) -> None:
        self.words = _placed(sentence)
        self.asked = asked
        self.marks = [(word, start, place) for word, start, _, _, place in self.words if word in asked]

    def of(self, span: Span) -> float:
        """From 0, no asked word in the sentence outside `span`, toward 1, all of them beside it."""
        inside = [place for _, start, end, _, place in self.words if start < span.end and end > span.start]
        if not inside or not self.marks:
            return 0.0
        first, last = inside[0], inside[-1]
        best: dict[str, float] = {}
        for word, start, place in self.marks:
            if not span.start <= start < span.end:
                distance = first - place if place < first else max(0, place - last)
                best[word] = max(best.get(word, 0.0), 1 / (1 + distance / 4))
        return sum(best.values()) / len(self.asked)


def phrase(question: Question, sentence: str) -> Span | None:
    """The run of words nearest to the asked ones that the question does not say itself; None without any."""
    asked = frozenset(question.content)
    near = Nearness(asked, sentence)
    after = _after_verb(question)
    edges = [start for _, start, _ in near.marks]
    noun = stem(question.noun) if question.noun else ""
    best: tuple[float, Span] | None = None
    for span in _runs(sentence, asked):
        score = near.of(span)
        if edges and after is not None:
            score += 0.15 if (span.start > edges[-1]) == after else 0.0
        if _CALLED.search(sentence, max(0, span.start - 24), span.start):
            score += 0.2
        if noun and noun in stems(sentence[span.start : span.end]):
            score += 0.2
        if best is None or score > best[0]:
            best = (score, span)
    return best[1] if best else None


def _after_verb(question: Question) -> bool | None:
    """Whether the answer stands behind the asked verb ("what did they launch") or before it ("what led to").
    None when the question does not tell."""
    found = re.search(
        r"\b(?:what|which)\b.*?\b(?P<aux>did|does|do|is|was|are|were|has|have|had|will|would|can)\b",
        question.text,
        re.I,
    )
    if not found:
        return False if re.search(r"\b(?:what|which)\b", question.text, re.I) else None
    return (
        True
        if found["aux"].casefold() in ("did", "does", "do", "has", "have", "will", "would", "can")
        else None
    )


def _runs(sentence: str, asked: frozenset[str]) -> Iterator[Span]:
    """Runs of words with no asked word and no clause mark inside, trimmed of stop words."""
    start = end = -1
    last = 0
    for word, left, right, content, _ in _placed(sentence):
        # A capitalised word belongs to the name before it: "Entity List", asked for a list.
        named = end == last and sentence[start : start + 1].isupper() and sentence[left].isupper()
        told = word in asked and not (start >= 0 and named)
        if start >= 0 and (told or _BREAK.search(sentence, last, left)):
            yield Span(start, end)
            start = -1
        last = right
        if told or (start < 0 and not content):
            continue
        if start < 0 and sentence[left - 1 : left] in ("$", "€", "£", "¥"):
            left -= 1
        start = left if start < 0 else start
        end = right if content else end
    if start >= 0:
        yield Span(start, end)
