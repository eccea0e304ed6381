"""The map of questions is one model's, brings together what asks the same, and changes no length."""

from pathlib import Path

import numpy as np

from retrieval import encoder, paraphrase
from retrieval.models import BUNDLED, digest, locate
from tests.fakes import BagOfWords
from tests.quality.paraphrase import KEPT, learned


def test_what_ships_is_for_the_bundled_model(prepared_models: Path) -> None:
    model = encoder.load(digest(locate(BUNDLED)), prepared_models).model
    found = paraphrase.map_of(model)
    assert found.shape == (KEPT, model.dimension)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_vectors_of_another_model_stay_as_they_are(bag: BagOfWords) -> None:
    vectors = bag.encode(["one question", "and another"], "query")
    same = paraphrase.mapped(paraphrase.map_of(bag.model), vectors)
    assert np.allclose(same, vectors, atol=1e-6)


def test_what_is_mapped_has_length_one_and_nothing_stays_nothing() -> None:
    drawn = np.random.default_rng(1)
    map = drawn.normal(size=(4, 8)).astype(np.float32)
    found = paraphrase.mapped(map, drawn.normal(size=(5, 8)).astype(np.float32))
    assert found.shape == (5, 4)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert not paraphrase.mapped(map, np.zeros((1, 8), np.float32)).any()
    assert paraphrase.mapped(map, np.zeros((0, 8), np.float32)).shape == (0, 4)


def test_learning_brings_together_what_has_one_answer() -> None:
    # What a vector is about fills most of it, and says nothing; what it asks for is a small part.
    drawn = np.random.default_rng(2)
    owners = np.repeat(np.arange(40), 5)
    asked = drawn.normal(size=(40, 16))[owners] * 0.5
    vectors = np.hstack([drawn.normal(size=(200, 144)) * 0.3, asked]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    def together(shown: np.ndarray) -> float:
        """The share of vectors whose nearest other one has the same owner."""
        near = shown @ shown.T
        np.fill_diagonal(near, -1)
        return float((owners[near.argmax(1)] == owners).mean())

    found = learned(vectors, owners, epochs=60)
    assert found.shape == (KEPT, 160)
    assert together(paraphrase.mapped(found, vectors)) > together(vectors) + 0.1
    assert np.array_equal(found, learned(vectors, owners, epochs=60))


def test_the_words_of_the_shipped_map_tell_who_from_when(prepared_models: Path) -> None:
    model = encoder.load(digest(locate(BUNDLED)), prepared_models)
    asked, same, other = paraphrase.mapped(
        paraphrase.map_of(model.model),
        model.encode(
            [
                "Who is in charge of TikTok's American company?",
                "Which executive runs TikTok in the United States?",
                "When did TikTok's American company start?",
            ],
            "query",
        ),
    )
    assert asked @ same > asked @ other
