"""The passages nearest to a question."""

from retrieval.builds import Build
from retrieval.encoder import Vectors
from retrieval.types import Hit


def search(build: Build, vector: Vectors, k: int) -> tuple[Hit, ...]:
    """The `k` passages of `build` with the highest inner product to `vector` (dim,), best first; fewer
    when the build holds fewer, none when it is empty."""
    rows, scores = build.index.search(vector, k)
    return tuple(
        Hit(build.passage(int(row)), float(score), rank, (("passage", float(score)),))
        for rank, (row, score) in enumerate(zip(rows, scores, strict=True), 1)
    )
