"""The newest first, where the question asks how things stand: among candidates that answer about as well.

The day of a sentence is the last one that its own words tell, one after its document's publication left aside
as a plan; else that of the document's event, or of its publication where the event was yet to come or is not
known. An undated one counts as oldest.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from retrieval.facts import facts_of
from retrieval.questions import Question
from retrieval.quotes import PLAIN, score
from retrieval.types import Document, Quote

_NOW = re.compile(
    r"\b(?:latest|newest|(?:most )?recent(?:ly)?|current(?:ly)?|now|nowadays|at present|so far|today"
    r"|these days|to date|last (?:round|meeting|call|talks|visit|summit|time))\b",
    re.IGNORECASE,
)
#: Of a state that lasts, of what is to come or of how much something is, in the present tense.
_STATE = re.compile(
    r"\b(?:is|are|does|do|has|have|will)\b.*?\b(?:still|in force|in effect|yet|any ?more|any longer)\b"
    r"|\b(?:when|until when|how long) (?:does|do|will)\b"
    r"|\bwhen (?:is|are)\b.*?\b(?:end(?:s|ing)?|over|due|expir(?:e|es|ing)|next)\b"
    r"|\bhow (?:much|many|high|low|big|large)\b.*?\b(?:is|are|does|do)\b"
    r"|\bwhat(?:['’]?s| is| are) (?:[\w-]+(?:['’]s)? ){0,4}"
    r"(?:tariffs?|dut(?:y|ies)|lev(?:y|ies)|rates?|deficit|surplus|price|total|cap|limit|quota)\b",
    re.IGNORECASE,
)
#: A candidate is comparable to the best from this share of its odds on (a score is the logarithm of odds).
COMPARABLE = 2.0
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


def wanted(question: Question, dated: bool = True) -> bool:
    """Whether the question asks for how things stand now, or for the last of several. One in the present
    tense that names no day does so where the documents are `dated`, as news is: the present of an undated
    text is its own."""
    if question.kind == "latest" or _NOW.search(question.text):
        return True
    return dated and _STATE.search(question.text) is not None and not any(facts_of(("date",), question.text))


def day(document: Document, text: str) -> date | None:
    """The day that `text`, words of `document`, is of."""
    limit = document.source.published or date.max
    known = min(document.source.event, limit) if document.source.event else document.source.published
    return max((day for day in days(text) if day <= limit), default=known)


def days(text: str) -> tuple[date, ...]:
    """The days that `text` tells with their year, in order; of a month its first."""
    return tuple(day for fact in facts_of(("date",), text) if (day := _day(fact.value)))


def newest_first(question: Question, ranked: Sequence[Quote]) -> tuple[Quote, ...]:
    """`ranked` (best first) with those that are comparable to the best ordered by their day, newest first;
    the scores stay where they were. Unchanged unless the question wants that."""
    if not ranked:
        return ()
    places = [at for at, quote in enumerate(ranked) if _comparable(quote, ranked[0])]
    sources = [ranked[at].document.source for at in places]
    if not wanted(question, all(source.event or source.published for source in sources)):
        return tuple(ranked)
    days = {at: day(ranked[at].document, ranked[at].text) or date.min for at in places}
    order, moved = sorted(places, key=lambda at: days[at], reverse=True), list(ranked)
    for place, at in zip(places, order, strict=True):
        moved[place] = replace(ranked[at], score=ranked[place].score)
    return tuple(moved)


def _comparable(quote: Quote, best: Quote) -> bool:
    """Whether `quote` answers about as well as the `best`: where only the best carries questions, by what is
    known of both without them."""
    if quote.score >= best.score - COMPARABLE:
        return True
    mine, its = dict(quote.parts), dict(best.parts)
    led = "carries" in its and "carries" not in mine
    return led and score(mine, PLAIN) >= score(its, PLAIN) - COMPARABLE


def _day(value: str) -> date | None:
    found = _DAY.fullmatch(value)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return None
