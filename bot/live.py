"""The live build and its encoder: loaded aside, swapped in one step, asked from an async program.

A question keeps the build that it began with. Questions that wait are encoded in one batch by one
thread (fast tokenizers are not safe to share); searching runs on a small pool beside it. From the one
to the other a question goes by itself: the event loop has Telegram to speak to meanwhile.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self

import numpy as np

from retrieval import builds, confidence, encoder, multilingual
from retrieval.answer import Stopwatch, answer_encoded
from retrieval.builds import Build
from retrieval.encoder import Embedder, Encoder, Vectors
from retrieval.errors import DamagedBuild, RetrievalError
from retrieval.query import Query, understand
from retrieval.types import Answer, Turn

#: Makes the encoder of a model, known by its digest, from a folder of models.
Encoders = Callable[[str, Path], Encoder]

log = logging.getLogger(__name__)

#: Encoding up to 8 waiting questions at once gains 1.2-1.4 times; more is slower.
BATCH = 8
SEARCHERS = 2
#: Seconds between two looks at which build is current.
LOOK = 2.0


@dataclass(frozen=True, slots=True)
class Serving:
    """A loaded build and the encoder that its vectors were made with."""

    build: Build
    encoder: Encoder


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as the build that will answer it understands it alone, in so many milliseconds."""

    serving: Serving
    query: Query
    took: float

    @property
    def leans(self) -> bool:
        """Whether the answer depends on the questions before it."""
        return self.query.leans


@dataclass(frozen=True, slots=True)
class _Waiting:
    serving: Serving
    query: Query
    embedder: Embedder
    watch: Stopwatch
    since: float
    answer: Future[Answer]


def load(
    index: Path, models: Path, before: Serving | None = None, encoders: Encoders = encoder.load
) -> Serving:
    """The current build under `index`, with the encoder of `before` where the model is the same, else with
    what `encoders` makes of its model.

    Raises: NoBuild, DamagedBuild, ModelMissing, ModelMismatch.
    """
    build = builds.load(index)
    if before is not None and before.encoder.model.digest == build.manifest.model:
        return Serving(build, before.encoder)
    return Serving(build, encoders(build.manifest.model, models))


def begin(index: Path, models: Path, encoders: Encoders = encoder.load) -> Serving:
    """As `load`, but where the current build is damaged, the newest earlier one that is whole serves: this is
    logged as an error. What someone withdrew since is not quoted from it.

    Raises: NoBuild, DamagedBuild when none is whole, ModelMissing, ModelMismatch.
    """
    try:
        return load(index, models, None, encoders)
    except DamagedBuild as error:
        current = error.build
        earlier = sorted((p.parent.name for p in index.glob("[0-9]*/manifest.json")), reverse=True)
        for id in sorted(earlier, key=lambda id: id > current if current else False):
            if id == current:
                continue
            try:
                builds.check(index, id)
                build = builds.load(index, id)
            except DamagedBuild:
                continue
            log.error("%s: the earlier build %s serves until another is published", error, id)
            build = replace(build, damaged=build.damaged | _withdrawn(index))
            return Serving(build, encoders(build.manifest.model, models))
        raise


def _withdrawn(index: Path) -> frozenset[str]:
    """The documents that someone withdrew, which an earlier build still holds."""
    try:
        return frozenset(json.loads((index / "withdrawn.json").read_text("utf-8")))
    except FileNotFoundError:
        return frozenset()


def _understand(serving: Serving, question: str, history: Sequence[Turn] = ()) -> Query:
    spoken = multilingual.spoken(serving.build, serving.encoder)
    return understand(serving.build, question, history, spoken)


class Live:
    """What answers questions in a running program. Use as an async context manager."""

    def __init__(
        self,
        index: Path,
        models: Path,
        threshold: float,
        look: float = LOOK,
        encoders: Encoders = encoder.load,
    ) -> None:
        self._begin: Callable[[], Serving] = lambda: begin(index, models, encoders)
        self._load: Callable[[Serving], Serving] = lambda before: load(index, models, before, encoders)
        self._index = index
        self._threshold = threshold
        self._calibration = confidence.of(index.parent)
        self._look = look
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._encoding = ThreadPoolExecutor(1, "encode")
        self._searching = ThreadPoolExecutor(SEARCHERS, "search")
        self._following: asyncio.Task[None]
        self.serving: Serving

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self.serving = await loop.run_in_executor(self._encoding, self._begin)
        self._encoding.submit(self._encode)
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        self._waiting.put(None)
        self._encoding.shutdown()
        self._searching.shutdown()

    def understand(self, question: str) -> Understood:
        """A question before it is answered, to see whether it needs those before it."""
        began = time.perf_counter()
        query = _understand(self.serving, question)
        return Understood(self.serving, query, (time.perf_counter() - began) * 1000)

    async def answer(self, question: str | Understood, history: Sequence[Turn] = ()) -> tuple[Answer, Build]:
        """The answer, and the build it is from. `history` holds the turns before, oldest first."""
        understood = self.understand(question) if isinstance(question, str) else question
        serving, query = understood.serving, understood.query
        watch = Stopwatch([("understand", understood.took)])
        if history:
            with watch.stage("understand"):
                query = _understand(serving, query.question, history)
        embedder = multilingual.embedder(serving.encoder, query)
        waiting = _Waiting(serving, query, embedder, watch, time.perf_counter(), Future())
        self._waiting.put(waiting)
        return await asyncio.wrap_future(waiting.answer), serving.build

    def _encode(self) -> None:
        """Encode what waits, and hand it on to be searched for, until told to stop."""
        while (first := self._waiting.get()) is not None:
            batch: list[_Waiting | None] = [first]
            with suppress(Empty):
                while len(batch) < BATCH and batch[-1] is not None:
                    batch.append(self._waiting.get_nowait())
            asked = [w for w in batch if w is not None and w.answer.set_running_or_notify_cancel()]
            for embedder in {id(w.embedder): w.embedder for w in asked}.values():
                self._encode_with(embedder, [w for w in asked if w.embedder is embedder])
            if batch[-1] is None:
                return

    def _encode_with(self, embedder: Embedder, asked: Sequence[_Waiting]) -> None:
        try:
            vectors = embedder.encode([text for w in asked for text in w.query.texts], "query")
        except Exception as error:  # noqa: BLE001  the askers get it, the thread goes on
            for w in asked:
                w.answer.set_exception(error)
            return
        ends = np.cumsum([len(w.query.texts) for w in asked])
        for w, own in zip(asked, np.split(vectors, ends[:-1]), strict=True):
            w.watch.stages.append(("encode", (time.perf_counter() - w.since) * 1000))
            self._searching.submit(self._search, w, own)

    def _search(self, asked: _Waiting, vectors: Vectors) -> None:
        build, reranker = asked.serving.build, asked.serving.encoder.reranker
        try:
            answer = answer_encoded(
                build, asked.query, vectors, self._threshold, asked.watch,
                calibration=self._calibration, reranker=reranker,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  the asker gets it
            asked.answer.set_exception(error)
        else:
            asked.answer.set_result(answer)

    async def _follow(self) -> None:
        """Swap the build when `CURRENT` names another. One that cannot be loaded is said once and the one
        that serves stays."""
        loop = asyncio.get_running_loop()
        refused = ""
        while True:
            await asyncio.sleep(self._look)
            named = ""
            try:
                named = builds.current(self._index)
                if named in (self.serving.build.id, refused):
                    continue
                self.serving = await loop.run_in_executor(self._searching, self._load, self.serving)
                log.info("build %s is live", self.serving.build.id)
            except (RetrievalError, OSError) as error:
                refused = named
                log.error("build %s stays live: %s", self.serving.build.id, error)
