"""A whole document for reading: paragraphs of sentences, with quotes and the chosen span marked.

The pieces of all sentences and the gaps between them are, in order, the document's text and nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.paragraphs import paragraphs
from retrieval.sentences import sentences
from retrieval.types import Document, Span


@dataclass(frozen=True, slots=True)
class Mark:
    """A quote by the number of its citation, and the words in it that answer."""

    number: int
    span: Span
    answer: Span | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that is marked alike throughout: `quote` is the number of the first quote that it is of."""

    start: int
    text: str
    quote: int | None
    answer: bool
    gold: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """`reach` is the span that is chosen when this sentence is: itself, or what is chosen already and itself.
    `gap` is the white space that follows."""

    span: Span
    reach: Span
    gold: bool
    pieces: tuple[Piece, ...]
    gap: str


def marked(
    document: Document, marks: Sequence[Mark], gold: Span | None = None
) -> tuple[tuple[Sentence, ...], ...]:
    """The paragraphs of a document, each with its sentences. A `gold` beyond the text is no gold."""
    text = document.text
    if gold is not None and gold.end > len(text):
        gold = None
    # Every character is in a sentence or in the gap after one: what precedes the first goes with it.
    starts = [span.start for span in sentences(text)] or [0]
    ends = [*(span.end for span in sentences(text))] or [len(text)]
    starts[0] = 0
    breaks = [start for start, _ in paragraphs(text)]
    found: list[list[Sentence]] = [[]]
    for start, end, following in zip(starts, ends, [*starts[1:], len(text)], strict=True):
        if found[-1] and any(found[-1][-1].span.start < at <= start for at in breaks):
            found.append([])
        if end > start:
            span = Span(start, end)
            pieces = tuple(_pieces(text, span, marks, gold))
            reach = _reach(span, gold)
            chosen = gold is not None and span.overlaps(gold)
            found[-1].append(Sentence(span, reach, chosen, pieces, text[end:following]))
    return tuple(tuple(paragraph) for paragraph in found if paragraph)


def _pieces(text: str, span: Span, marks: Sequence[Mark], gold: Span | None) -> Iterator[Piece]:
    spans = [mark.span for mark in marks] + [mark.answer for mark in marks if mark.answer]
    edges = {edge for one in [*spans, *([gold] if gold else [])] for edge in (one.start, one.end)}
    cuts = sorted({span.start, span.end, *(edge for edge in edges if span.start < edge < span.end)})
    for start, end in pairwise(cuts):
        here = Span(start, end)
        over = [mark for mark in marks if mark.span.overlaps(here)]
        yield Piece(
            start,
            text[start:end],
            over[0].number if over else None,
            any(mark.answer is not None and mark.answer.overlaps(here) for mark in over),
            gold is not None and gold.overlaps(here),
        )


def _reach(sentence: Span, gold: Span | None) -> Span:
    if gold is None or sentence.overlaps(gold):
        return sentence
    return Span(min(sentence.start, gold.start), max(sentence.end, gold.end))
