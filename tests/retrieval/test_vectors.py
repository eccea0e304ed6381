"""A second encoder's vectors in a build: beside the first's, carried over by what was embedded, or absent."""

from pathlib import Path

import numpy as np
import pytest

from retrieval import builds
from retrieval.builds import Build
from retrieval.errors import DamagedBuild
from retrieval.types import Document, Source, Span
from tests.fakes import BagOfWords


def document(name: str, text: str) -> Document:
    return Document.of(name, Source(f"About {name}"), text)


def whole(document: Document) -> list[Span]:
    return [Span(0, len(document.text))]


def make(root: Path, encoder: BagOfWords, documents: list[Document], before: Build | None = None) -> Build:
    id = builds.write(root, documents, whole, encoder, before)
    builds.publish(root, id)
    return builds.load(root)


TALKS = [
    document("geneva", "They met in Geneva. Duties came down for 90 days."),
    document("busan", "They met in Busan. Fentanyl tariffs were halved."),
]


def test_without_a_second_encoder_a_build_holds_nothing_of_one(tmp_path: Path) -> None:
    made = make(tmp_path, BagOfWords(), TALKS)
    assert made.second is None
    assert made.manifest.second == ""
    assert not list(made.folder.glob("second*"))


def test_the_second_vectors_stand_in_the_same_rows_and_change_nothing_of_the_first(tmp_path: Path) -> None:
    other = BagOfWords("other", dimension=64)
    plain = make(tmp_path / "plain", BagOfWords(), TALKS)
    made = make(tmp_path / "both", BagOfWords(second=other), TALKS)
    assert made.second is not None
    assert made.manifest.second == other.model.digest
    assert made.second.passages.shape == (2, 64)
    texts = [f"{d.source.title}\n{d.text}" for d in TALKS]
    np.testing.assert_allclose(made.second.passages, other.encode(texts, "document"), atol=1e-3)
    for name in ("vectors.npy", "sentence_vectors.npy", "passages.faiss", "keys.npy"):
        assert (plain.folder / name).read_bytes() == (made.folder / name).read_bytes(), name


def test_a_refresh_embeds_with_both_only_what_changed(tmp_path: Path) -> None:
    first = make(tmp_path, BagOfWords(second=BagOfWords("other", dimension=64)), TALKS)
    again = BagOfWords(second=(other := BagOfWords("other", dimension=64)))
    made = make(tmp_path, again, [TALKS[0], document("madrid", "They met in Madrid.")], first)
    assert again.embedded == other.embedded == ["About madrid\nThey met in Madrid.", "They met in Madrid."]
    assert (made.manifest.embedded, made.manifest.carried) == (4, 6)


def test_turning_it_on_embeds_the_second_set_only_and_turning_it_off_drops_it(tmp_path: Path) -> None:
    off = make(tmp_path, BagOfWords(), TALKS)
    first, other = BagOfWords(), BagOfWords("other", dimension=64)
    first.second = other
    on = make(tmp_path, first, TALKS, off)
    assert not first.embedded
    assert len(other.embedded) == 6
    silent = BagOfWords()
    assert make(tmp_path, silent, TALKS, on).second is None
    assert not silent.embedded


def test_a_second_model_of_another_size_carries_nothing_over(tmp_path: Path) -> None:
    first = make(tmp_path, BagOfWords(second=BagOfWords("other", dimension=64)), TALKS)
    wide = BagOfWords("wide", dimension=128)
    made = make(tmp_path, BagOfWords(second=wide), TALKS, first)
    assert made.second is not None
    assert made.second.sentences.shape == (4, 128)
    assert len(wide.embedded) == 6


@pytest.mark.parametrize("name", ["second_vectors.npy", "second_sentence_vectors.npy"])
def test_a_missing_second_set_is_damage(tmp_path: Path, name: str) -> None:
    made = make(tmp_path, BagOfWords(second=BagOfWords("other", dimension=64)), TALKS)
    (made.folder / name).unlink()
    with pytest.raises(DamagedBuild, match=name):
        builds.load(tmp_path)
