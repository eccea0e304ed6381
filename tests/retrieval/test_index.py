"""Search by inner product, whatever the size of the index."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.encoder import Vectors, unit
from retrieval.index import FLAT_LIMIT, Index


def random(rows: int, dimension: int = 16) -> Vectors:
    return unit(np.random.default_rng(7).normal(size=(rows, dimension)).astype(np.float32))


def test_the_nearest_come_first_and_are_the_true_ones() -> None:
    vectors = random(500)
    rows, scores = Index.of(vectors).search(vectors[42], 10)
    true = np.argsort(-(vectors @ vectors[42]))[:10]
    assert rows[0] == 42
    assert list(rows) == list(true)
    assert np.allclose(scores, (vectors @ vectors[42])[true], atol=1e-6)


@pytest.mark.parametrize(("size", "k", "found"), [(0, 5, 0), (1, 5, 1), (3, 3, 3), (3, 10, 3)])
def test_a_small_index_returns_what_it_has(size: int, k: int, found: int) -> None:
    rows, scores = Index.of(random(size)).search(random(1)[0], k)
    assert (len(rows), len(scores)) == (found, found)
    assert set(rows) <= set(range(size))


def test_a_written_index_answers_the_same(tmp_path: Path) -> None:
    index = Index.of(random(50))
    index.write(tmp_path / "index")
    read = Index.read(tmp_path / "index")
    assert len(read) == len(index) == 50
    for mine, theirs in zip(index.search(random(1)[0], 5), read.search(random(1)[0], 5), strict=True):
        assert np.array_equal(mine, theirs)


def test_above_the_limit_half_precision_finds_the_same(tmp_path: Path) -> None:
    vectors = random(FLAT_LIMIT + 1, dimension=8)
    index = Index.of(vectors)
    index.write(tmp_path / "index")
    assert (tmp_path / "index").stat().st_size < vectors.nbytes * 0.6
    for row in (0, 777, FLAT_LIMIT):
        assert index.search(vectors[row], 1)[0][0] == row


def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be written"):
        Index.of(random(3)).write(tmp_path / "nowhere" / "index")


def test_a_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"not an index at all")
    with pytest.raises(RuntimeError):
        Index.read(tmp_path / "index")
