"""The encoders that the settings ask for, with what stands beside them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from bot.settings import Settings
from retrieval import encoder, models, multilingual, rerank
from retrieval.aided import Aided
from retrieval.builds import Build
from retrieval.encoder import Encoder
from retrieval.errors import ModelError


def prepare(settings: Settings, say: Callable[[str], None]) -> Encoder:
    """The encoder of new builds, exported on first use. Raises: ModelMissing, ModelError."""
    return _aided(settings, encoder.prepare(settings.embedding_model, settings.models, say))


def loader(settings: Settings) -> Callable[[str, Path], Encoder]:
    """What makes the encoder of a build that was written before. Raises then: ModelMissing, ModelError."""
    return lambda key, folder: _aided(settings, encoder.load(key, folder))


def differences(settings: Settings, build: Build) -> list[str]:
    """What the settings ask for and the live `build` was not made with, a line each."""
    found = []
    named = build.manifest.model_name
    if settings.embedding_model != named:
        try:
            if models.digest(models.locate(settings.embedding_model)) != build.manifest.model:
                found.append(
                    f"EMBEDDING_MODEL is {settings.embedding_model}, the live build was made with {named}: "
                    "`talks corpus build` makes one with the other"
                )
        except (ModelError, OSError) as error:
            found.append(
                f"EMBEDDING_MODEL cannot be used: {error}; the live build goes on with {named}, "
                "but nothing can be added until the setting is right"
            )
    if settings.multilingual and not build.manifest.second:
        found.append(
            "MULTILINGUAL is on, but the live build answers English only: run `talks corpus build`"
        )
    return found


def _aided(settings: Settings, first: Encoder) -> Encoder:
    if not settings.multilingual and settings.reranker_model is None:
        return first
    return Aided(
        first,
        second=multilingual.load() if settings.multilingual else None,
        reranker=_reranker(settings.reranker_model) if settings.reranker_model else None,
    )


_reranker = cache(rerank.load)
