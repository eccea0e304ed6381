"""A cross-encoder, where the operator has one: it reads question and text together and puts them in order.

Passages and then sentences are ordered by it alone; the scores stay where they were, so that the confidence,
which is fitted to them, keeps its meaning. Its own score is the part `rerank` of a hit or a quote.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from retrieval.errors import ModelError
from retrieval.models import locate
from retrieval.types import Document, Hit, Quote


class Reranker(Protocol):
    """Scores texts by how well they answer. Safe to share between threads."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One for each text, higher is better: the logarithm of odds, as far as the model was trained so."""
        ...


class CrossEncoder:
    """Any cross-encoder of sentence-transformers with one label."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        import torch

        pairs = [(question, text) for text in texts]
        found = self._model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        return [float(score) for score in found]


def load(name: str) -> CrossEncoder:
    """The cross-encoder in the folder `name`, or of that hub name. Raises: ModelMissing, ModelError."""
    folder = locate(name)
    with contextlib.redirect_stdout(io.StringIO()):
        import torch
        from sentence_transformers import CrossEncoder as Model
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        torch.set_num_threads(1)
        try:
            model = Model(str(folder), device="cpu")
        except Exception as cause:
            raise ModelError(name, f"{name} is no cross-encoder that can be loaded: {cause}") from cause
    if model.num_labels != 1:
        raise ModelError(name, f"{name} gives {model.num_labels} scores a pair, and a reranker gives one")
    return CrossEncoder(model)


def passages(reranker: Reranker, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """`hits` (best first) in the order that `reranker` puts their passages in, each read with its title."""
    found = reranker.scores(question, [_read(hit.passage.document, hit.passage.text) for hit in hits])
    order = sorted(range(len(hits)), key=lambda at: -found[at])
    return tuple(
        replace(hits[at], score=place.score, rank=place.rank, parts=(*hits[at].parts, ("rerank", found[at])))
        for place, at in zip(hits, order, strict=True)
    )


def quotes(reranker: Reranker, question: str, ranked: Sequence[Quote]) -> tuple[Quote, ...]:
    """The sentences of `ranked` (best first) in its order, each read with its document's title."""
    found = reranker.scores(question, [_read(quote.document, quote.text) for quote in ranked])
    order = sorted(range(len(ranked)), key=lambda at: -found[at])
    return tuple(
        replace(ranked[at], score=place.score, parts=(*ranked[at].parts, ("rerank", found[at])))
        for place, at in zip(ranked, order, strict=True)
    )


def _read(document: Document, text: str) -> str:
    return f"{document.source.title}\n{text}"
