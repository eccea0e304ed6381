"""Fakes that work: an encoder that finds texts by the words they share, and can say no.

Its vectors are hashed bags of words, so a question is close to a text as far as they share words, and at
right angles to a text with none of them. It needs no model, loads no library, and always gives the same.
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from retrieval.encoder import Embedder, Progress, Vectors, unit
from retrieval.models import Kind, Model
from retrieval.rerank import Reranker

WORD = re.compile(r"\w+")
#: Words that say nothing of a text's subject: two texts that share only these do not resemble each other.
COMMON = frozenset(
    """a an and are as at be been by did do does for from had has have he her him his how i in into is it its
    of on or she so than that the their them then there they this those to was we were what when where which
    who whom whose why will with would you""".split()  # noqa: SIM905  a list would fill the page
)


class BagOfWords:
    """A `retrieval.encoder.Encoder`: each word but the common ones adds one direction, signed by its hash.

    `embedded` holds every text that was embedded, in order. A word is a token, and so are the two ends.
    `second` and `reranker` stand beside it.
    """

    def __init__(
        self,
        name: str = "bag-of-words",
        dimension: int = 512,
        window: int = 256,
        second: Embedder | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.second, self.reranker = second, reranker
        digest = hashlib.sha256(f"{name} {dimension} {window}".encode()).hexdigest()
        self.model = Model(digest=digest, name=name, backend="onnx", dimension=dimension, window=window)
        self.embedded: list[str] = []

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        vectors = np.zeros((len(texts), self.model.dimension), np.float32)
        for row, text in enumerate(texts):
            words = [word for word in WORD.findall(text.casefold()) if word not in COMMON]
            for word in words or ["\0"]:
                place = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
                vectors[row, place % self.model.dimension] += 1 if place >> 63 else -1
            if not vectors[row].any():
                vectors[row, 0] = 1
            self.embedded.append(text)
            if progress is not None:
                progress(1)
        return unit(vectors)

    def count(self, text: str) -> int:
        return len(WORD.findall(text)) + 2

    def words(self) -> frozenset[str]:
        return COMMON
