"""The vectors of a build's texts, carried over from an earlier build by the digest of exactly what was
embedded (the text, the prompt and the model), so that only what changed is embedded.

A build holds a set for its passages, one for its sentences and one for the questions that lead to these, and
the first two of a second encoder where there is one. The passages' own are kept as they came, the others as
float16.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.encoder import Embedder, Vectors
from retrieval.models import Kind

Keys = npt.NDArray[np.bytes_]
Stored = npt.NDArray[np.float32] | npt.NDArray[np.float16]
Half = npt.NDArray[np.float16]

PASSAGES, SENTENCES, QUESTIONS = "", "sentence_", "question_"
#: What the names of a second encoder's files begin with.
SECOND = "second_"


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vectors (n, dim) float32 that `encoder` gives to texts; the rows in `missing` are still zero."""

    name: str
    encoder: Embedder
    kind: Kind
    texts: Sequence[str]
    keys: Keys
    vectors: Vectors
    missing: list[int]

    def finish(self, progress: Callable[[int], None]) -> None:
        """Embed what is missing; `progress` gets counts."""
        if self.missing:
            texts = [self.texts[row] for row in self.missing]
            self.vectors[self.missing] = self.encoder.encode(texts, self.kind, progress)

    def write(self, folder: Path) -> None:
        """Write vectors and keys into `folder`."""
        keys, vectors = files(self.name)
        np.save(folder / keys, self.keys)
        np.save(folder / vectors, self.vectors if self.name == PASSAGES else self.vectors.astype(np.float16))


def files(name: str) -> tuple[str, str]:
    """The files of the set `name`: keys, vectors."""
    return f"{name}keys.npy", f"{name}vectors.npy"


def read(folder: Path, name: str) -> Half:
    """The vectors of a set that is kept as float16, (n, dim), memory-mapped. Raises: OSError, ValueError."""
    found: Half = np.load(folder / files(name)[1], mmap_mode="r")
    return found


def begin(name: str, encoder: Embedder, texts: Sequence[str], before: Path | None) -> Embedding:
    """The vectors of `texts` as far as the build in the folder `before` knows them."""
    kind: Kind = "query" if name == QUESTIONS else "document"
    keys = _keys(encoder, kind, texts)
    vectors = np.zeros((len(texts), encoder.model.dimension), np.float32)
    missing = list(range(len(texts)))
    if before is not None:
        known, stored = (np.load(before / file, mmap_mode="r") for file in files(name))
        missing = _carry(np.asarray(known), stored, keys, vectors)
    return Embedding(name, encoder, kind, texts, keys, vectors, missing)


def _keys(encoder: Embedder, kind: Kind, texts: Sequence[str]) -> Keys:
    prefix = f"{encoder.model.digest}\0{encoder.model.prompt(kind)}\0".encode()
    return np.array([hashlib.sha256(prefix + text.encode()).hexdigest()[:32] for text in texts], "S32")


def _carry(known: Keys, stored: Stored, keys: Keys, out: Vectors) -> list[int]:
    """Copy into the rows of `out` the vectors of those `keys` that are known; the rows of the others."""
    if not len(known):
        return list(range(len(keys)))
    order = np.argsort(known)
    places = order[np.minimum(np.searchsorted(known, keys, sorter=order), len(known) - 1)]
    same = known[places] == keys
    if same.any():
        out[same] = stored[places[same]]
    return [int(row) for row in np.flatnonzero(~same)]
