"""The live build and its encoder: loaded aside, swapped in one step, asked from an async program.

A question keeps the build that it began with. Questions that wait are encoded in one batch by one
thread (fast tokenizers are not safe to share); searching runs on a small pool beside it.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from retrieval import builds, confidence, encoder, multilingual
from retrieval.answer import Stopwatch, answer_encoded
from retrieval.builds import Build
from retrieval.encoder import Embedder, Encoder, Vectors
from retrieval.errors import DamagedBuild, RetrievalError
from retrieval.query import Query, leans, understand
from retrieval.types import Answer

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
class _Waiting:
    query: Query
    embedder: Embedder
    vectors: asyncio.Future[Vectors]


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
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._encoding = ThreadPoolExecutor(1, "encode")
        self._searching = ThreadPoolExecutor(SEARCHERS, "search")
        self._tasks: list[asyncio.Task[None]] = []
        self.serving: Serving

    async def __aenter__(self) -> "Live":
        loop = asyncio.get_running_loop()
        self.serving = await loop.run_in_executor(self._encoding, self._begin)
        self._tasks = [asyncio.create_task(self._encode()), asyncio.create_task(self._follow())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._encoding.shutdown()
        self._searching.shutdown()

    def leans(self, question: str) -> bool:
        """Whether the answer depends on the questions before it."""
        return leans(understand(self.serving.build, question).asked)

    async def answer(self, question: str, history: Sequence[str] = ()) -> tuple[Answer, Build]:
        """The answer, and the build it is from. `history` holds the questions before, oldest first."""
        loop = asyncio.get_running_loop()
        watch = Stopwatch()
        serving = self.serving
        with watch.stage("understand"):
            spoken = multilingual.spoken(serving.build, serving.encoder)
            query = understand(serving.build, question, history, spoken)
        embedder = multilingual.embedder(serving.encoder, query)
        waiting = _Waiting(query, embedder, loop.create_future())
        with watch.stage("encode"):
            await self._waiting.put(waiting)
            vectors = await waiting.vectors
        build = serving.build
        answer = await loop.run_in_executor(
            self._searching,
            partial(answer_encoded, calibration=self._calibration, reranker=serving.encoder.reranker),
            build,
            query,
            vectors,
            self._threshold,
            watch,
        )
        return answer, build

    async def _encode(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            for embedder in {id(w.embedder): w.embedder for w in batch}.values():
                mine = [w for w in batch if w.embedder is embedder]
                texts = [text for w in mine for text in w.query.texts]
                try:
                    vectors = await loop.run_in_executor(self._encoding, embedder.encode, texts, "query")
                except Exception as error:  # noqa: BLE001  the askers get it, the loop goes on
                    for w in mine:
                        if not w.vectors.done():
                            w.vectors.set_exception(error)
                    continue
                ends = np.cumsum([len(w.query.texts) for w in mine])
                for w, own in zip(mine, np.split(vectors, ends[:-1]), strict=True):
                    if not w.vectors.done():
                        w.vectors.set_result(own)

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
