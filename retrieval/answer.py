"""A question in, an answer out: encode, search, choose, decide. Every quote is checked before it leaves.

The verbatim guarantee is made of three parts: a `Quote` holds offsets and no text of its own; a build
knows at load which of its documents are not what their version says; and `verified` drops a quote of
such a document, or one whose text was changed in memory since.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from retrieval import multilingual, recency, rerank, speakers
from retrieval.builds import Build
from retrieval.confidence import THRESHOLD, Calibration, confidence, load
from retrieval.encoder import Encoder, Vectors
from retrieval.query import Query, mixed, understand
from retrieval.quotes import candidates, choose, reordered
from retrieval.rerank import Reranker
from retrieval.search import search
from retrieval.types import Answer, Quote, Turn, version_of

log = logging.getLogger(__name__)

#: Passages whose sentences compete to be the quote: eight hold the answer of .97 of the dev questions about
#: the briefs, twelve of .99.
READ = 12
#: Passages that an answer names as its hits.
DEPTH = 10
#: Candidates kept for those who look at why.
CONSIDERED = 8


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage, in the order the stages ran."""

    stages: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.stages.append((name, (time.perf_counter() - start) * 1000))


@dataclass(slots=True)
class Mismatches:
    """How many quotes were dropped because their text was not what their version says."""

    count: int = 0


mismatches = Mismatches()


def answer(
    build: Build,
    encoder: Encoder,
    question: str,
    *,
    history: Sequence[Turn] = (),
    threshold: float = THRESHOLD,
    depth: int = DEPTH,
    calibration: Calibration | None = None,
) -> Answer:
    """What `build` answers to `question`, asked after the turns in `history` (oldest first). `threshold`
    is the confidence below which nothing is quoted, `depth` the number of passages searched for,
    `calibration` the operator's own."""
    watch = Stopwatch()
    with watch.stage("understand"):
        query = understand(build, question, history, multilingual.spoken(build, encoder))
    with watch.stage("encode"):
        vectors = multilingual.embedder(encoder, query).encode(query.texts, "query")
    return answer_encoded(build, query, vectors, threshold, watch, depth, calibration, encoder.reranker)


def answer_encoded(
    build: Build,
    query: Query,
    vectors: Vectors,
    threshold: float = THRESHOLD,
    watch: Stopwatch | None = None,
    depth: int = DEPTH,
    calibration: Calibration | None = None,
    reranker: Reranker | None = None,
) -> Answer:
    """The same for a query whose texts are already encoded: `vectors` (len(query.texts), dim) float32, by the
    encoder that `multilingual.embedder` names."""
    watch = watch or Stopwatch()
    fitted = load(multilingual.CALIBRATION) if query.second else calibration or load()
    find, pick = (multilingual.search, multilingual.candidates) if query.second else (search, candidates)
    vector = mixed(query, vectors)
    with watch.stage("search"):
        hits = find(build, query, vector, max(depth, READ)) if query.readable else ()
    if reranker is not None:
        with watch.stage("rerank"):
            hits = rerank.passages(reranker, query.text, hits)
    with watch.stage("choose"):
        ranked = pick(build, query, vector, hits[:READ])
        ranked = rerank.quotes(reranker, query.text, ranked) if reranker is not None else ranked
        best = speakers.by(query.asked, ranked)
        ranked = recency.newest_first(query.asked, best)
        hits = hits if query.second else reordered(hits, ranked)
        # What is newer comes first, but does not make doubtful what answers.
        sure = max(confidence(query, first, hits, fitted) for first in (best, ranked))
        chosen = verified(build, choose(build, query, ranked)) if sure >= threshold else ()
        quotes = tuple(map(speakers.attributed, chosen))
    return Answer(
        question=query.question,
        quotes=quotes,
        hits=hits[:depth],
        confidence=round(sure, 4),
        answered=bool(quotes),
        reason=_reason(build, query, quotes, sure, threshold),
        build=build.id,
        considered=ranked[:CONSIDERED],
        carried=query.carried,
        vector=np.asarray(vectors[0], "<f2").tobytes(),
        stages=tuple(watch.stages),
        calibration=fitted.digest,
        language=query.foreign.code if query.foreign and not query.second and not quotes else None,
    )


def verified(build: Build, quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The quotes whose document still is the text that its version names, in `build`. Each other one is
    dropped, logged as an error with its ids, and counted in `mismatches`."""
    sound: list[Quote] = []
    for quote in quotes:
        document = quote.document
        if document.id not in build.damaged and version_of(document.text) == document.version:
            sound.append(quote)
            continue
        mismatches.count += 1
        log.error(
            "quote dropped: the text of document %s is not version %s (build %s, span %d-%d)",
            document.id, document.version, build.id, quote.span.start, quote.span.end,
        )  # fmt: skip
    return tuple(sound)


def _reason(build: Build, query: Query, quotes: Sequence[Quote], sure: float, threshold: float) -> str:
    if quotes:
        return f"confidence {sure:.2f} is at least {threshold:.2f}"
    if not build.documents:
        return "the corpus is empty"
    if query.foreign is not None and not query.readable:
        return f"the question is in another language than English ({query.foreign.code})"
    if sure < threshold:
        return f"confidence {sure:.2f} is below {threshold:.2f}: no sentence is close enough to the question"
    return "the text that would be quoted failed its check against the stored version"
