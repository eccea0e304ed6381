"""The passages nearest to a question: by meaning, by their best sentence and by words."""

import numpy as np
import numpy.typing as npt

from retrieval.builds import Build
from retrieval.encoder import Vectors
from retrieval.query import Query
from retrieval.types import Hit

#: Passages that the vectors and BM25 each put forward.
POOL = 100
#: What a point of BM25 counts beside a cosine.
LEXICAL = 0.02


def search(build: Build, query: Query, vector: Vectors, k: int) -> tuple[Hit, ...]:
    """The `k` best passages of `build` for `query`, whose mixed vector is `vector` (dim,), best first; fewer
    when the build holds fewer, none when it is empty."""
    if not len(build.index):
        return ()
    words = build.lexicon.scores(query.terms)
    rows = _pool(build, vector, words)
    passage = build.index.vectors(rows) @ vector
    sentence = build.best_sentences(rows, vector)
    score = (passage + sentence) / 2 + LEXICAL * words[rows]
    order = np.argsort(-score, kind="stable")[:k]
    return tuple(
        Hit(
            build.passage(int(rows[at])),
            float(score[at]),
            rank,
            (
                ("passage", float(passage[at])),
                ("sentence", float(sentence[at])),
                ("words", float(words[rows[at]])),
            ),
        )
        for rank, at in enumerate(order, 1)
    )


def _pool(build: Build, vector: Vectors, words: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    near, _ = build.index.search(vector, POOL)
    telling = np.argpartition(-words, POOL)[:POOL] if len(words) > POOL else np.arange(len(words))
    return np.union1d(near, telling[words[telling] > 0])
