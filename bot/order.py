"""Chats are answered side by side; within a chat, updates keep their order.

A pressed button is acknowledged at once: presses keep an order of their own and wait for no question, nor do
inline queries.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from typing import Any, Literal

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.log import Pending

#: A chat, or without one a person; and what queues apart there.
Lane = tuple[int | None, Literal["message", "press", "inline"]]

#: Updates that may wait at once. Above this they stay in the queue, stored all the same.
WAITING = 10_000


class Order(BaseUpdateProcessor):
    """An update waits for its chat's earlier ones, and for those of no other chat: one whose reply Telegram
    holds back takes nobody's place. What is scarce is bounded where it is used: the encoder, the threads that
    search, the connections to Telegram."""

    def __init__(self) -> None:
        super().__init__(WAITING)
        self._locks: defaultdict[Lane, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._users: defaultdict[Lane, int] = defaultdict(int)

    async def initialize(self) -> None:
        """Locks are made as chats write."""

    async def shutdown(self) -> None:
        """Locks go with their last update."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Run `coroutine` when it is this update's turn."""
        lane = _lane(update)
        self._users[lane] += 1
        try:
            async with self._locks[lane]:
                await coroutine
        finally:
            self._users[lane] -= 1
            if not self._users[lane]:
                del self._users[lane], self._locks[lane]


def _lane(update: object) -> Lane:
    """Where an update queues, one taken up again after a crash included."""
    if isinstance(update, Pending):
        if update.chat_id is not None:
            return update.chat_id, "message"
        update = Update.de_json(update.raw, None)
    if not isinstance(update, Update):
        return None, "message"
    place = update.effective_chat or update.effective_user
    kind: Literal["message", "press", "inline"] = "press" if update.callback_query else "message"
    return place.id if place else None, "inline" if update.inline_query else kind
