"""A cross-encoder of the operator's: loaded with sentence-transformers, refused when it is none, in charge of
the order and of nothing else."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from retrieval import builds, rerank
from retrieval.aided import Aided
from retrieval.answer import answer
from retrieval.errors import ModelError, ModelMissing
from retrieval.types import Document, Hit, Passage, Quote, Source, Span
from tests.fakes import BagOfWords
from tests.retrieval import models

TEXTS = ("The two sides met.", "Lower duties for seven days.", "A licence is needed.")


class Longest:
    """A `retrieval.rerank.Reranker` that likes long texts; `read` holds what it was given."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        self.read += texts
        return [float(len(text)) for text in texts]


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.cross_encoder(tmp_path_factory.mktemp("cross"))


def hits() -> tuple[Hit, ...]:
    documents = [Document.of(f"d{n}", Source(f"Title {n}"), text) for n, text in enumerate(TEXTS)]
    passages = [Passage(n, d, Span(0, len(d.text))) for n, d in enumerate(documents)]
    return tuple(Hit(p, 1.0 - 0.1 * n, n + 1, (("passage", 0.5),)) for n, p in enumerate(passages))


def test_a_cross_encoder_scores_as_sentence_transformers_does(cross: Path) -> None:
    import torch
    from sentence_transformers import CrossEncoder

    question = "Who leads the Chinese side?"
    found = rerank.load(str(cross)).scores(question, TEXTS)
    theirs = CrossEncoder(str(cross), device="cpu").predict(
        [(question, text) for text in TEXTS], activation_fn=torch.nn.Identity()
    )
    assert found == pytest.approx([float(score) for score in theirs], abs=1e-5)
    assert len({round(score, 6) for score in found}) == len(TEXTS)
    assert rerank.load(str(cross)).scores(question, ()) == []


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no model folder"):
        rerank.load("/nope/there/is/none")
    with pytest.raises(ModelError, match="gives 3 scores"):
        rerank.load(str(models.cross_encoder(tmp_path, labels=3)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no cross-encoder"):
        rerank.load(str(tmp_path / "empty"))


def test_passages_stand_in_its_order_and_scores_where_they_were() -> None:
    model, before = Longest(), hits()
    after = rerank.passages(model, "q", before)
    assert [hit.passage.text for hit in after] == sorted(TEXTS, key=len, reverse=True)
    assert [(hit.score, hit.rank) for hit in after] == [(hit.score, hit.rank) for hit in before]
    assert dict(after[0].parts) == {"passage": 0.5, "rerank": float(len(model.read[1]))}
    assert model.read[0] == "Title 0\nThe two sides met."
    assert rerank.passages(model, "q", ()) == ()


def test_quotes_stand_in_its_order_and_scores_where_they_were() -> None:
    ranked = [Quote(h.passage.document, h.passage.span, h.passage, h.score) for h in hits()]
    after = rerank.quotes(Longest(), "q", ranked)
    assert [quote.text for quote in after] == sorted(TEXTS, key=len, reverse=True)
    assert [quote.score for quote in after] == [quote.score for quote in ranked]
    assert rerank.quotes(Longest(), "q", ()) == ()


def test_an_answer_is_in_its_order_and_says_what_that_took(tmp_path: Path) -> None:
    documents = [hit.passage.document for hit in hits()]
    plain, aided = BagOfWords(), Aided(BagOfWords(), reranker=Longest())
    id = builds.write(tmp_path, documents, lambda d: [Span(0, len(d.text))], aided)
    builds.publish(tmp_path, id)
    build = builds.load(tmp_path)
    before = answer(build, plain, "What did the two sides do?", threshold=0.0)
    after = answer(build, aided, "What did the two sides do?", threshold=0.0)
    assert before.hits[0].passage.text == TEXTS[0]
    assert after.hits[0].passage.text == max(TEXTS, key=len)
    assert after.considered[0].text == max(TEXTS, key=len)
    assert "rerank" in dict(after.stages)
    assert "rerank" not in dict(before.stages)
