"""Nearest vectors by inner product. The only file that imports faiss."""

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from retrieval.encoder import Vectors

#: Up to here a flat index answers in about a query encode's time; above, half-precision halves both
#: its memory and its time at a recall@10 of 1.000.
FLAT_LIMIT = 100_000

faiss.omp_set_num_threads(1)


class Index:
    """Vectors to search; row numbers are the passages' ids. Safe to search from several threads."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors) -> "Index":
        """An index over `vectors`, (n, dim) float32 of unit length; n may be 0."""
        size, dimension = vectors.shape
        if size <= FLAT_LIMIT:
            index: faiss.Index = faiss.IndexFlatIP(dimension)
        else:
            index = faiss.IndexScalarQuantizer(
                dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
        index.add(vectors)
        return cls(index)

    @classmethod
    def read(cls, path: Path) -> "Index":
        """The index written at `path`. Raises: RuntimeError when the file is not one."""
        return cls(faiss.read_index(str(path)))

    def write(self, path: Path) -> None:
        """Write the index to `path`. Raises: OSError."""
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as cause:
            raise OSError(f"{path.name} could not be written: {cause}") from cause

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: Vectors, k: int) -> tuple[npt.NDArray[np.int64], Vectors]:
        """The rows nearest to `vector` (dim,) and their inner products, best first; at most k, and fewer
        when the index holds fewer."""
        scores, rows = self._index.search(vector[None, :], min(k, len(self)) or 1)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def vectors(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """The vectors in `rows`, (len(rows), dim) float32."""
        return np.asarray(self._index.reconstruct_batch(rows), np.float32)
