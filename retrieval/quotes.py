"""Which sentences of the best passages answer: candidates scored, the best few kept.

A quote is a span of whole sentences. It is never edited: one that leans on the sentence before is widened
to hold it, and one too long for a message is narrowed to whole clauses around its answer.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from retrieval.builds import Build
from retrieval.encoder import Vectors
from retrieval.expansions import SILENT, Asked, lead
from retrieval.fit import Fit, fit
from retrieval.query import SURE, Query
from retrieval.questions import asks_for
from retrieval.search import KEPT
from retrieval.sentences import clauses
from retrieval.types import Document, Hit, Quote, Span
from retrieval.words import stems

#: Longest quote in UTF-16 units: three of them and their citations fit one Telegram message.
LONGEST = 900
MOST = 3
#: A sentence that is widened by the one before must stay readable on a phone: half of LONGEST.
WIDEST = 450
#: What each part of a sentence's score counts: the score is the logarithm of the odds that it is the right
#: one of those it stands among. `reached` and `near` are shares of the question's words by idf.
WEIGHTS: dict[str, float] = json.loads((Path(__file__).parent / "ranking.json").read_text())["weights"]
#: The same without what questions add, which not every sentence carries.
PLAIN = {n: w for n, w in WEIGHTS.items() if n not in ("led", "alike", "worded", "carries")}
#: Sentences whose facts are read: the right one is among the first twelve for .97-1.00 of dev questions.
FITTED = 12
#: Two words that share this many first letters are near ("negotiator" and "negotiation").
STEM = 5
#: Further quotes are shown until the right one is among them with this probability: 2.7 are shown on average
#: over dev questions; at .99 it would be 2.4, and one of them right .014 less often for clapnq, .003 for
#: others.
ENOUGH = 0.999
#: What the best sentence's score counts beside its passage's own: nDCG@10 of dev golden .844 -> .875, squad2
#: .947 -> .957, xquad .940 -> .951, clapnq as before; ten times as much loses some of it again.
SENTENCE = 0.1
#: Two sentences nearer than this say the same.
SAME = 0.8

#: Sentences before one that leans on them, among which the name is that its "he" stands for; others are read
#: with the one before.
LEANT = 3

_LEANING = re.compile(
    r"[“\"‘']?(?:(?:and|but|so|also|then|however|instead|still),?\s)?"
    r"(?:he|she|it|they|his|her|its|their|this|these|those|that|both|such|the (?:former|latter|two))\b",
    re.IGNORECASE,
)
_BLANK = re.compile(r"\n\s*\n")
_PERSON = re.compile(r"(?:and |but )?s?he\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may answer, with what it is scored by. `row` is its row among the build's vectors."""

    hit: Hit
    span: Span
    row: int
    context: str
    parts: dict[str, float]
    fit: Fit | None = None

    @property
    def score(self) -> float:
        return score(self.parts)


def score(parts: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """What the parts of a sentence's score add up to; a part that is not known yet counts nothing."""
    return sum(weight * parts.get(name, 0.0) for name, weight in weights.items())


def candidates(
    build: Build, query: Query, vector: Vectors, hits: Iterable[Hit], most: int = FITTED
) -> tuple[Quote, ...]:
    """The `most` sentences of the passages in `hits` that come nearest to answering, best first, whole and
    not yet widened or narrowed; each with the span that answers, where there is one."""
    asked, asking = build.expansions.asked(vector), asks_for(query.text)
    # One that asks for something else about the same is no sign that nothing answers.
    silent = lead(build.expansions.nearest(SILENT, asked, asking)[1])
    found = [s for hit in hits for s in _sentences(build, query, vector, asked, asking, silent, hit)]
    if (phrase := query.phrase) is not None:
        found = [s for s in found if phrase.search(s.hit.passage.document.slice(s.span))]
    found.sort(key=lambda sentence: -sentence.score)
    beside = any("carries" in sentence.parts for sentence in found[:most])
    plain = [sentence for sentence in found[most:] if "carries" not in sentence.parts]
    read = [_fitted(query, sentence) for sentence in (*found[:most], *(plain[:KEPT] if beside else ()))]
    read.sort(key=lambda sentence: -sentence.score)
    return tuple(_quote(query, sentence) for sentence in read)


def _sentences(
    build: Build, query: Query, vector: Vectors, asked: Asked, asking: str, silent: float, hit: Hit
) -> Iterable[Sentence]:
    document = hit.passage.document
    rows, spans = build.sentences_of(hit.passage.id)
    cosines = np.asarray(build.sentence_vectors[rows.start : rows.stop], np.float32) @ vector
    made = dict(hit.parts)
    for row, span, cosine in zip(rows, spans, cosines, strict=True):
        text = document.slice(span)
        context = _context(build, row, document, LEANT if _LEANING.match(text) else 1)
        reached, near = coverage(query, text, context)
        carried = build.expansions.text(row)
        parts = {
            "sentence": float(cosine),
            "passage": made["passage"],
            "words": made["words"],
            "reached": reached,
            "near": near,
            "fresh": float(not query.shown or " ".join(text.split()) not in query.shown),
            "named": float(
                not query.proper or query.mentioned(stems(text) | stems(context) | stems(carried))
            ),
        }
        if carried:
            led, alike = map(lead, build.expansions.nearest(row, asked, asking))
            worded, _ = coverage(query, text, carried)
            parts |= {"carries": 1.0, "led": led, "alike": alike, "worded": worded}
            parts |= {"silent": silent, "questions": float(len(build.expansions.of(row)))}
        yield Sentence(hit, span, row, context, parts)


def _context(build: Build, row: int, document: Document, most: int) -> str:
    """What a reader of the sentence in `row` has read: the title and the sentences before, at most `most`."""
    read = [document.source.title]
    while most and (before := build.sentence_before(row)):
        read.append(document.slice(before))
        row, most = row - 1, most - 1
    return "\n".join(read)


def coverage(query: Query, sentence: str, context: str) -> tuple[float, float]:
    """The share of the question's content words, weighted by idf, that stand in the sentence or its context,
    and that stand in the sentence or are near to a word of it. 0 for a question without any."""
    total = sum(query.weights.values())
    if not total:
        return 0.0, 0.0
    own = stems(sentence)
    around = own | stems(context)
    own, around = (held | query.named(held) for held in (own, around))
    starts = {word[:STEM] for word in own if len(word) >= STEM}
    reached = sum(weight for term, weight in query.weights.items() if term in around)
    near = sum(weight for term, weight in query.weights.items() if term in own or term[:STEM] in starts)
    return reached / total, near / total


def _fitted(query: Query, sentence: Sentence) -> Sentence:
    text = sentence.hit.passage.document.slice(sentence.span)
    found = fit(query.asked, text, sentence.context, _speaker(query, text, sentence.context))
    more = {
        "typed": found.typed,
        "details": found.details,
        "contradicts": float(found.contradicts),
    }
    return replace(sentence, fit=found, parts=sentence.parts | more)


def _speaker(query: Query, sentence: str, context: str) -> str | None:
    """Who "he" or "she" is taken for in "He added, …" when somebody's words are asked for and the sentences
    just before name that person. For the score only: no quote is attributed by it."""
    asked = query.asked.speaker
    if asked is None or not _PERSON.match(sentence):
        return None
    around = stems(context)
    named = any(stems(form) <= around for form, weight in asked.forms if weight >= SURE)
    return asked.text if named else None


def _quote(query: Query, sentence: Sentence) -> Quote:
    span, answer = sentence.span, sentence.fit.span if sentence.fit else None
    if (phrase := query.phrase) is not None:
        match = phrase.search(sentence.hit.passage.document.slice(span))
        answer = Span(*match.span()) if match else None
    return Quote(
        document=sentence.hit.passage.document,
        span=span,
        passage=sentence.hit.passage,
        score=round(sentence.score, 6),
        answer=Span(span.start + answer.start, span.start + answer.end) if answer else None,
        parts=tuple(sentence.parts.items()),
    )


def choose(build: Build, query: Query, ranked: Sequence[Quote]) -> tuple[Quote, ...]:
    """At most three of `ranked` (best first), each saying something else, and no more than are needed for the
    right one to be among them."""
    chosen: list[Quote] = []
    passed = 0.0
    for quote, chance in zip(ranked, chances(ranked), strict=True):
        if len(chosen) == MOST or passed >= ENOUGH:
            break
        passed += chance
        if all(_adds(quote, other) for other in chosen):
            chosen.append(shown(build, quote))
    return tuple(chosen)


def chances(ranked: Sequence[Quote]) -> list[float]:
    """How probable it is for each of `ranked` that it is the right one of them, if one is."""
    odds = [math.exp(quote.score - ranked[0].score) for quote in ranked]
    return [of / sum(odds) for of in odds]


def reordered(hits: Sequence[Hit], ranked: Sequence[Quote]) -> tuple[Hit, ...]:
    """`hits` by their own score and that of their best sentence among `ranked`."""
    best: dict[int, float] = {}
    for quote in ranked:
        best.setdefault(quote.passage.id, quote.score)
    least = min(best.values(), default=0.0)
    scored = [(hit.score + SENTENCE * best.get(hit.passage.id, least), hit) for hit in hits]
    scored.sort(key=lambda one: -one[0])
    return tuple(replace(hit, score=score, rank=rank) for rank, (score, hit) in enumerate(scored, 1))


def _adds(quote: Quote, other: Quote) -> bool:
    """Whether `quote` tells a reader of `other` something that is not in it yet."""
    if quote.document is other.document and quote.span.overlaps(other.span):
        return False
    mine, theirs = stems(quote.text), stems(other.text)
    return not mine <= theirs and len(mine & theirs) < SAME * min(len(mine), len(theirs))


def shown(build: Build, quote: Quote) -> Quote:
    """`quote` as a reader gets it: with the sentence before where it leans on it, and not over LONGEST."""
    wide = widen(build, quote)
    span = narrow(wide.document, wide.span, wide.answer)
    answer = wide.answer if wide.answer is not None and wide.answer in span else None
    return replace(wide, span=span, answer=answer)


def widen(build: Build, quote: Quote) -> Quote:
    """`quote` with the sentence before it when it begins with a word that stands for something there, and no
    blank line parts the two."""
    if not _LEANING.match(quote.text):
        return quote
    rows, spans = build.sentences_of(quote.passage.id)
    before = build.sentence_before(rows.start + spans.index(quote.span)) if quote.span in spans else None
    if before is None or utf16(quote.document.text[before.start : quote.span.end]) > WIDEST:
        return quote
    if _BLANK.search(quote.document.text, before.end, quote.span.start):
        return quote
    return replace(quote, span=Span(before.start, quote.span.end))


def narrow(document: Document, span: Span, answer: Span | None = None) -> Span:
    """`span`, or where it is over `LONGEST` UTF-16 units a run of whole clauses of it that is not: from
    the beginning, or from as few clauses before `answer` as leave it inside; at a single clause longer than
    that, as many of its words."""
    if utf16(document.slice(span)) <= LONGEST:
        return span
    parts = clauses(document.text, span)
    for first in range(len(parts)):
        found = _run(document, parts[first:])
        if answer is None or answer in found or parts[first].start > answer.start:
            return found
    return _run(document, parts)


def _run(document: Document, parts: Sequence[Span]) -> Span:
    start, end = parts[0].start, parts[0].end
    for part in parts[1:]:
        if utf16(document.text[start : part.end]) > LONGEST:
            break
        end = part.end
    return Span(start, end)


def utf16(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
