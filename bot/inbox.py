"""The queue that updates come in by: stored first, so that none is confirmed to Telegram and then lost."""

import asyncio
import json
import logging
from typing import Any

from sqlalchemy import Engine
from telegram import Update

from bot.address import asks, heard
from bot.log import receive
from bot.meter import Meter
from migrations.database import DatabaseError
from retrieval.words import whole

log = logging.getLogger(__name__)

#: Seconds between two tries of what the database did not take.
PAUSE = 2.0


class Inbox(asyncio.Queue[object]):
    """`put` returns when the update is stored, and only then does the poller confirm it to Telegram.

    An update that is stored already, from a repeat or through another replica, goes no further. While the
    database takes nothing, `put` waits and Telegram keeps the updates. What people in a group say to each
    other goes nowhere; inline queries, half-typed and worthless in a minute, are not stored.

    A plain question goes on while it is being stored. Whoever answers it says nothing before `kept`.
    """

    def __init__(self, engine: Engine, meter: Meter | None = None) -> None:
        super().__init__()
        self._engine = engine
        self._meter = meter or Meter()
        self.bot = 0
        self._storing: dict[int, asyncio.Task[bool]] = {}

    async def put(self, item: object) -> None:
        if isinstance(item, Update):
            item = _sound(item)
        if isinstance(item, Update) and item.inline_query is None:
            if not heard(item, item.get_bot()):
                return
            if storing := self._storing.get(item.update_id):
                await asyncio.shield(storing)
                return
            self._meter.arrived(item.update_id)
            if asks(item, item.get_bot()):
                storing = self._storing[item.update_id] = asyncio.create_task(self._stored(item))
                await super().put(item)
                await asyncio.shield(storing)
                return
            if not await self._stored(item):
                return
        await super().put(item)

    async def kept(self, update: int) -> bool:
        """Wait until an update that is worked on is stored. False, and nothing must be said to it, if it was
        stored before; so this is asked once."""
        storing = self._storing.get(update)
        try:
            return storing is None or await asyncio.shield(storing)
        finally:
            self._storing.pop(update, None)

    async def again(self, item: object) -> None:
        """Queue what is stored already: the updates that a start finds unfinished."""
        await super().put(item)

    async def _stored(self, update: Update) -> bool:
        raw: dict[str, Any] = update.to_dict()
        while True:
            try:
                return bool(await asyncio.to_thread(receive, self._engine, self.bot, [raw]))
            except DatabaseError as error:
                log.error("update %d waits, it cannot be stored: %s", update.update_id, error)
                await asyncio.sleep(PAUSE)


def _sound(update: Update) -> Update:
    """`update` without halves of surrogate pairs, which could be neither stored nor sent."""
    told = json.dumps(update.to_dict(), ensure_ascii=False)
    mended = whole(told)
    return update if mended == told else Update.de_json(json.loads(mended), update.get_bot())
