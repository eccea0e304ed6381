"""What is measured inside: a question by stage, sixteen askers, and embedding, beside the bare libraries.

"Bare" is what someone would write in ten lines: sentence-transformers encodes one question after the other,
and a flat FAISS index of the same passages gives the nearest five. It reads no words, chooses no sentence
and checks no quote.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from bot.live import Live
from retrieval import builds, encoder
from retrieval import models as stored
from retrieval.answer import answer
from retrieval.builds import Build
from retrieval.confidence import THRESHOLD
from retrieval.encoder import Encoder
from tests.bench.measures import Line, alternated, quantile

ASKERS = 16
NEAREST = 5
#: Texts embedded in a round of the comparison.
EMBEDDED = 64


class Bare:
    """sentence-transformers on one thread, which is faster than two on a machine that does anything else,
    and FAISS over the passages of `build`."""

    def __init__(self, model: str, build: Build) -> None:
        import faiss
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(1)
        self._torch: Any = torch
        self._model: Any = SentenceTransformer(str(stored.locate(model)), device="cpu")
        vectors = build.index.vectors(np.arange(len(build.index)))
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def nearest(self, question: str) -> None:
        vector = self._model.encode([question], normalize_embeddings=True, show_progress_bar=False)
        self._index.search(np.asarray(vector, np.float32), NEAREST)

    def embed(self, texts: Sequence[str]) -> None:
        """Embed with a thread a core: as many as a build takes on two."""
        self._torch.set_num_threads(cores())
        self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        self._torch.set_num_threads(1)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measured(home: Path, models: Path, model: str, questions: Sequence[str], rounds: int) -> list[Line]:
    """The lines on the live build of `home`."""
    build = builds.load(home / "index")
    served = encoder.load(build.manifest.model, models)
    bare = Bare(model, build)
    lines = latency(build, served, bare, questions)
    lines.append(throughput(home, models, bare, questions, rounds))
    lines.append(embedding(build, served, bare, rounds))
    return lines


def latency(build: Build, served: Encoder, bare: Bare, questions: Sequence[str]) -> list[Line]:
    """Each question once in turn with the bare libraries, one after the other, by stage."""
    ours: dict[str, list[float]] = {}
    theirs: list[float] = []
    for question in (questions[0], *questions):
        began = time.perf_counter()
        found = answer(build, served, question)
        whole = (time.perf_counter() - began) * 1000
        began = time.perf_counter()
        bare.nearest(question)
        theirs.append((time.perf_counter() - began) * 1000)
        for stage, milliseconds in (*found.stages, ("all", whole)):
            ours.setdefault(stage, []).append(milliseconds)
    # The first of both is not counted: it warms caches up.
    middle, late = quantile(theirs[1:], 0.5), quantile(theirs[1:], 0.95)
    lines = []
    for stage, taken in ours.items():
        p50, p95 = quantile(taken[1:], 0.5), quantile(taken[1:], 0.95)
        named = "one question, all of retrieval.answer" if stage == "all" else f"one question: {stage}"
        compared = (p50 / middle, f"{middle:.1f} ms (p95 {late:.1f}) bare") if stage == "all" else (None, "")
        lines.append(Line(named, f"p50 {p50:.2f} ms, p95 {p95:.2f} ms", *compared))
    return lines


def throughput(home: Path, models: Path, bare: Bare, questions: Sequence[str], rounds: int) -> Line:
    """Sixteen askers, each with another question once the last is answered, beside bare in sequence."""
    asked = list(islice(cycle(questions), max(len(questions), 4 * ASKERS)))

    async def ask() -> float:
        async with Live(home / "index", models, THRESHOLD) as live:
            await live.answer(asked[0])
            left = iter(asked)

            async def asker() -> None:
                for question in left:
                    await live.answer(question)

            began = time.perf_counter()
            await asyncio.gather(*(asker() for _ in range(ASKERS)))
            return len(asked) / (time.perf_counter() - began)

    def alone() -> float:
        began = time.perf_counter()
        for question in asked:
            bare.nearest(question)
        return len(asked) / (time.perf_counter() - began)

    ours, theirs = alternated(rounds, lambda: asyncio.run(ask()), alone)
    return Line(
        f"{ASKERS} askers at once, through bot.live.Live",
        f"{ours:.0f} questions/s",
        ours / theirs,
        f"{theirs:.0f} questions/s bare, one after the other (more is better)",
    )


def embedding(build: Build, served: Encoder, bare: Bare, rounds: int) -> Line:
    """The same passages embedded by what builds and by sentence-transformers."""
    texts = [build.passage(row).text for row in range(min(EMBEDDED, len(build.index)))]

    def rate(embed: Any) -> float:
        began = time.perf_counter()
        embed(texts)
        return len(texts) / (time.perf_counter() - began)

    ours, theirs = alternated(
        rounds, lambda: rate(lambda some: served.encode(some, "document")), lambda: rate(bare.embed)
    )
    return Line(
        f"embedding {len(texts)} passages, as a build does",
        f"{ours:.1f} passages/s",
        ours / theirs,
        f"{theirs:.1f} passages/s with sentence-transformers, a thread a core (more is better)",
    )
