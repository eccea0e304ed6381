"""Chats are answered side by side, a bounded number at a time; within a chat, updates keep their order."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.log import Pending

#: Updates that may wait at once. Above this they stay in the queue, stored all the same.
WAITING = 10_000


class Order(BaseUpdateProcessor):
    """An update waits for its chat's earlier ones, then for one of `width` places. A chat that floods
    waits for itself and takes no second place."""

    def __init__(self, width: int) -> None:
        super().__init__(WAITING)
        self._places = asyncio.Semaphore(width)
        self._locks: defaultdict[int | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._users: defaultdict[int | None, int] = defaultdict(int)

    async def initialize(self) -> None:
        """Locks are made as chats write."""

    async def shutdown(self) -> None:
        """Locks go with their last update."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Run `coroutine` when it is this update's turn."""
        chat = _chat(update)
        self._users[chat] += 1
        try:
            async with self._locks[chat], self._places:
                await coroutine
        finally:
            self._users[chat] -= 1
            if not self._users[chat]:
                del self._users[chat], self._locks[chat]


def _chat(update: object) -> int | None:
    """The chat that an update belongs to, one taken up again after a crash included."""
    if isinstance(update, Pending):
        if update.chat_id is not None:
            return update.chat_id
        update = Update.de_json(update.raw, None)
    return update.effective_chat.id if isinstance(update, Update) and update.effective_chat else None
