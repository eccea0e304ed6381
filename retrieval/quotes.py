"""Which sentences of the best passages answer: candidates scored, the best few kept.

A quote is a span of whole sentences. It is never edited: a sentence too long for a message is
narrowed to whole clauses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from retrieval.builds import Build
from retrieval.encoder import Vectors
from retrieval.query import Query
from retrieval.sentences import clauses
from retrieval.types import Document, Hit, Quote, Span

#: Longest quote in UTF-16 units: three of them and their citations fit one Telegram message.
LONGEST = 900
MOST = 3
#: A further quote must score at least this share of the best one's score.
NEAR = 0.85


def candidates(build: Build, query: Query, vector: Vectors, hits: Iterable[Hit]) -> tuple[Quote, ...]:
    """Every sentence of the passages in `hits`, best first. A sentence's score is the mean of its own
    cosine to the question and its passage's."""
    found: list[Quote] = []
    for hit in hits:
        rows, spans = build.sentences_of(hit.passage.id)
        own = np.asarray(build.sentence_vectors[rows.start : rows.stop], np.float32) @ vector
        for span, cosine in zip(spans, own, strict=True):
            parts = (("sentence", float(cosine)), ("passage", hit.score))
            score = (float(cosine) + hit.score) / 2
            found.append(Quote(hit.passage.document, span, hit.passage, score, parts=parts))
    return tuple(sorted(found, key=lambda quote: -quote.score))


def choose(ranked: Sequence[Quote]) -> tuple[Quote, ...]:
    """At most three of `ranked` (best first), each near the best and each saying something else."""
    chosen: list[Quote] = []
    for quote in ranked:
        if quote.score < NEAR * ranked[0].score or len(chosen) == MOST:
            break
        narrowed = replace(quote, span=narrow(quote.document, quote.span))
        if all(narrowed.text.casefold() != other.text.casefold() for other in chosen):
            chosen.append(narrowed)
    return tuple(chosen)


def narrow(document: Document, span: Span) -> Span:
    """`span`, or where it is longer than `LONGEST` UTF-16 units its longest run of whole clauses from the
    beginning that is not; at a single clause longer than that, as many of its words."""
    if utf16(document.slice(span)) <= LONGEST:
        return span
    end = span.start
    for clause in clauses(document.text, span):
        if utf16(document.text[span.start : clause.end]) > LONGEST:
            break
        end = clause.end
    if end > span.start:
        return Span(span.start, end)
    text, size, end = document.slice(span), 0, 0
    for position, character in enumerate(text):
        size += utf16(character)
        if size > LONGEST:
            break
        if character.isspace():
            end = position
    return Span(span.start, span.start + (len(text[:end].rstrip()) or position))


def utf16(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)
