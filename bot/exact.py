"""Where the documents hold given words, letter for letter: kinds of quotation marks and spaces aside."""

import re
from bisect import bisect_left, bisect_right

from bot.sources import newest_first
from retrieval.builds import Build
from retrieval.quotes import MOST, narrow
from retrieval.sentences import sentences
from retrieval.types import Document, Passage, Quote, Span

MARKS = '"“”„«»「」『』'
_APOSTROPHES = "'‘’"
_SPACE = re.compile(r"\s+")


def holding(build: Build, words: str) -> tuple[tuple[Quote, ...], int]:
    """Quotes that hold `words`, one a document and newest first, at most three; and how many documents do."""
    pattern = _pattern(words)
    if pattern is None:
        return (), 0
    found = [
        (document, match)
        for document in newest_first(build.documents)
        if (match := pattern.search(document.text)) is not None
    ]
    return tuple(_quote(document, Span(*match.span())) for document, match in found[:MOST]), len(found)


def _pattern(words: str) -> re.Pattern[str] | None:
    """What finds `words`, upper or lower case; None for none."""
    bare = words.strip().strip(MARKS + _APOSTROPHES).strip()
    if not bare:
        return None
    pieces: list[str] = []
    for character in _SPACE.sub(" ", bare):
        for alike in (MARKS, _APOSTROPHES):
            if character in alike:
                pieces.append(f"[{alike}]")
                break
        else:
            pieces.append(r"\s+" if character == " " else re.escape(character))
    inside = "".join(pieces)
    start, end = (r"\b" if bare[i].isalnum() and bare[i].isascii() else "" for i in (0, -1))
    return re.compile(f"{start}{inside}{end}", re.IGNORECASE)


def _quote(document: Document, words: Span) -> Quote:
    """The sentences around `words`, or the words alone where those are too long to send."""
    spans = sentences(document.text)
    first = bisect_right(spans, words.start, key=lambda s: s.end)
    last = bisect_left(spans, words.end, key=lambda s: s.start)
    whole = Span(spans[first].start, spans[last - 1].end) if first < last else words
    span = narrow(document, whole)
    if words not in span:
        span = narrow(document, words)
    answer = words if words in span else None
    return Quote(document, span, Passage(0, document, span), 1.0, answer=answer)
