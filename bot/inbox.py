"""The queue that updates come in by: stored first, so that none is confirmed to Telegram and then lost."""

import asyncio
import logging
from typing import Any

from sqlalchemy import Engine
from telegram import Update

from bot.address import heard
from bot.log import receive
from bot.meter import Meter
from migrations.database import DatabaseError

log = logging.getLogger(__name__)

#: Seconds between two tries to store an update that the database did not take.
PAUSE = 2.0


class Inbox(asyncio.Queue[object]):
    """`put` returns when the update is stored, and only then does the poller confirm it to Telegram.

    An update that is stored already, from a repeat or through another replica, goes no further. While the
    database takes nothing, `put` waits and Telegram keeps the updates. What people in a group say to each
    other goes nowhere; inline queries, half-typed and worthless in a minute, are not stored.
    """

    def __init__(self, engine: Engine, meter: Meter | None = None) -> None:
        super().__init__()
        self._engine = engine
        self._meter = meter or Meter()
        self.bot = 0

    async def put(self, item: object) -> None:
        if isinstance(item, Update) and item.inline_query is None:
            if not heard(item, item.get_bot()):
                return
            self._meter.arrived(item.update_id)
            if not await self._stored(item):
                return
        await super().put(item)

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
