"""Vectors outlive the process that made them, until a build that holds them is live."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corpus import embedded
from corpus.embedded import FOLDER, LOT, keeping
from retrieval.encoder import Progress, Vectors
from retrieval.models import Kind
from tests.corpus.changing import Desk, text
from tests.fakes import BagOfWords


class Mortal(BagOfWords):
    """Dies when it has embedded `most` texts."""

    most = LOT + 10

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        if len(self.embedded) + len(texts) > self.most:
            raise KeyboardInterrupt
        return super().encode(texts, kind, progress)


TEXTS = [f"Text {n} names port{n}." for n in range(2 * LOT + 5)]


def test_only_the_lot_that_was_under_way_is_embedded_again(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        keeping(Mortal(), tmp_path).encode(TEXTS, "document")
    bag, steps = Mortal(), list[int]()
    bag.most = len(TEXTS)
    vectors = keeping(bag, tmp_path).encode(TEXTS, "document", steps.append)
    assert len(bag.embedded) == LOT + 5
    assert sum(steps) == len(TEXTS)
    assert np.array_equal(vectors, BagOfWords().encode(TEXTS, "document"))


def test_what_is_damaged_or_of_another_model_is_embedded_again(tmp_path: Path) -> None:
    keeping(BagOfWords(), tmp_path).encode(TEXTS[:9], "document")
    other = BagOfWords("another")
    keeping(other, tmp_path).encode(TEXTS[:9], "document")
    assert len(other.embedded) == 9
    (path, _) = sorted((tmp_path / FOLDER).rglob("*.npz"))
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    bags = BagOfWords(), BagOfWords("another")
    for bag in bags:
        vectors = keeping(bag, tmp_path).encode(TEXTS[:9], "document")
        assert np.array_equal(vectors, bag.encode(TEXTS[:9], "document"))
    assert sorted(len(bag.embedded) for bag in bags) == [9, 18]


def test_a_refresh_embeds_nothing_that_a_plan_had_and_leaves_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.fill(6)
    desk.plan()
    count = len(desk.bag.embedded)
    assert desk.refresh().outcome == "published"
    assert len([t for t in desk.bag.embedded[count:] if "delegations" in t]) == 0
    assert not (desk.home / FOLDER).exists()
    desk.put(d1=text(1, "agreed on a truce"))
    desk.plan()
    assert (desk.home / embedded.FOLDER).exists()
