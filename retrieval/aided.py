"""An encoder with what stands beside it by setting: a second encoder, a reranker."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.encoder import Embedder, Encoder, Progress, Vectors
from retrieval.models import Kind, Model
from retrieval.rerank import Reranker


@dataclass(frozen=True, slots=True)
class Aided:
    """A `retrieval.encoder.Encoder`: `first` in everything, with aids."""

    first: Encoder
    second: Embedder | None = None
    reranker: Reranker | None = None

    @property
    def model(self) -> Model:
        return self.first.model

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        return self.first.encode(texts, kind, progress)

    def count(self, text: str) -> int:
        return self.first.count(text)

    def words(self) -> frozenset[str]:
        return self.first.words()
