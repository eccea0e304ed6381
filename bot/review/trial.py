"""Questions asked of kept builds, to see what they answer and why."""

from collections import OrderedDict
from datetime import datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine

from bot.encoders import loader
from bot.exchange import Exchange
from bot.live import Serving
from bot.log import write
from bot.reply import render
from bot.review.replay import serving
from bot.settings import Settings
from retrieval import confidence
from retrieval.answer import answer
from retrieval.types import Answer

#: Builds held in memory: two side by side, and the one before.
HELD = 3


def kept(index: Path) -> tuple[str, ...]:
    """The builds that can be asked, the newest first."""
    return tuple(sorted((path.parent.name for path in index.glob("[0-9]*/manifest.json")), reverse=True))


class Trials:
    """Builds that were asked of late, each loaded at its first question. One question at a time: the encoder
    is for one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held: OrderedDict[str, Serving] = OrderedDict()
        self._lock = Lock()

    def ask(self, engine: Engine, question: str, build: str, now: datetime) -> Answer:
        """The answer of a kept build, logged as tried out in review: it counts nowhere.

        Raises: RetrievalError, Unavailable.
        """
        with self._lock:
            served = self._serving(build)
            found = answer(
                served.build,
                served.encoder,
                question,
                threshold=self._settings.answer_threshold,
                calibration=confidence.of(self._settings.home),
            )
        reply = [message.plain() for message in render(found, served.build)]
        write(engine, Exchange.of(found, origin="review", asked_at=now, reply=reply))
        return found

    def _serving(self, build: str) -> Serving:
        if build not in self._held:
            other = next(reversed(self._held.values()), None)
            settings = self._settings
            self._held[build] = serving(settings.index, settings.models, build, other, loader(settings))
        self._held.move_to_end(build)
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        return self._held[build]
