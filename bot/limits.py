"""What leaves for Telegram, and how fast: its limits kept, its refusals waited out, its losses retried.

A 429 holds back its own chat and no other. A request that may have reached Telegram before the connection
or a server on the way failed is sent again, marked as a repeat where it is a message.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from aiolimiter import AsyncLimiter
from telegram._utils.types import JSONDict
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.ext import BaseRateLimiter

from bot.message import REPEATS
from bot.meter import Meter
from bot.texts import Language

log = logging.getLogger(__name__)

# The library gives waits as plain numbers, and warns of it at each, unless it is told to give timedeltas.
os.environ["PTB_TIMEDELTA"] = "true"

#: Telegram's own limits: about 30 messages a second in all, 1 a second in a chat, 20 a minute in a group.
#: A limiter lets its whole amount through at once and then its rate: so at most 30 in any second, and 20 in
#: any minute. Changed messages count.
OVERALL = (5, 0.2)
CHAT = (1, 1.0)
GROUP = (5, 20.0)
#: Seconds before the first repeat of a lost request, doubled each time up to the last.
BACKOFF = (0.5, 30.0)
#: Idle chats' limiters are dropped when there are more than this many.
KEPT = 1000
#: Requests that nobody misses: tried once.
FLEETING = frozenset({"sendChatAction", "answerInlineQuery"})
_FINAL = (BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(slots=True)
class Turn:
    """Leave for one request to `chat`, waited for `held` seconds; `left` is the moment of `time.perf_counter`
    at which the request did, `repeated` whether a message sent in it may have arrived twice."""

    chat: int | str
    held: float
    used: bool = False
    left: float | None = None
    repeated: bool = False


#: The turn that the present task has.
_TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


class Limits(BaseRateLimiter[Language]):
    """Every request of the bot but getUpdates passes here, at most `width` at the same moment. Its
    `rate_limit_args` are the language that a message speaks.

    `chat_rate` and `backoff` are the constants above; tests shorten them.
    """

    def __init__(
        self,
        width: int,
        chat_rate: tuple[float, float] = CHAT,
        backoff: tuple[float, float] = BACKOFF,
        meter: Meter | None = None,
    ) -> None:
        self._meter = meter or Meter()
        self._places = asyncio.Semaphore(width)
        self._chat_rate = chat_rate
        self._backoff = backoff
        self._overall = AsyncLimiter(*OVERALL)
        self._chats: dict[int | str, AsyncLimiter] = {}
        self._groups: dict[int | str, AsyncLimiter] = {}
        self._held: dict[int | str | None, float] = {}

    async def initialize(self) -> None:
        """Nothing is held before the first request."""

    async def shutdown(self) -> None:
        """Requests that wait are cancelled with the tasks that make them."""

    @asynccontextmanager
    async def turn(self, chat: int) -> AsyncIterator[Turn]:
        """Wait until `chat` may have a message; the first one sent to it inside waits no more: what is noted
        inside as being sent is not only waiting."""
        began = time.perf_counter()
        await self._wait(chat, "sendMessage")
        turn = Turn(chat, time.perf_counter() - began)
        before = _TURN.set(turn)
        try:
            yield turn
        finally:
            _TURN.reset(before)

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Language | None,
    ) -> bool | JSONDict | list[JSONDict]:
        """Make the request when its chat may have it; again after a 429 or a loss.

        Raises: TelegramError where Telegram's answer is final, or the request is a fleeting one.
        """
        chat = data.get("chat_id")
        turn = _TURN.get()
        turn = turn if turn and turn.chat == chat else None
        losses = 0
        while True:
            if turn and not turn.used and endpoint not in FLEETING:
                turn.used = True
            else:
                await self._wait(chat, endpoint)
            try:
                async with self._places:
                    self._meter.sends.labels(endpoint).inc()
                    return await callback(*args, **kwargs)
            except RetryAfter as refusal:
                if endpoint in FLEETING:
                    raise
                self._meter.held.inc()
                self._hold(chat, refusal)
            except _FINAL:
                raise
            except TelegramError as loss:
                if endpoint in FLEETING:
                    raise
                if endpoint in ("sendMessage", "sendDocument") and _may_have_arrived(loss):
                    _mark(data, rate_limit_args or "en")
                    if turn:
                        turn.repeated = True
                first, last = self._backoff
                pause = min(first * 2**losses, last)
                losses += 1
                self._meter.lost.inc()
                log.warning("%s failed (%s): again in %.1f s", endpoint, type(loss).__name__, pause)
                await asyncio.sleep(pause)

    async def _wait(self, chat: int | str | None, endpoint: str) -> None:
        loop = asyncio.get_running_loop()
        while (rest := self._held.get(chat, 0.0) - loop.time()) > 0:  # noqa: ASYNC110  a time, not an event
            await asyncio.sleep(rest)
        self._held.pop(chat, None)
        if chat is None or endpoint in FLEETING:
            return
        if endpoint.startswith(("send", "edit")):
            await _limiter(self._chats, chat, self._chat_rate).acquire()
            if isinstance(chat, str) or chat < 0:
                await _limiter(self._groups, chat, GROUP).acquire()
        await self._overall.acquire()

    def _hold(self, chat: int | str | None, refusal: RetryAfter) -> None:
        wait = refusal.retry_after
        assert isinstance(wait, timedelta)
        seconds = wait.total_seconds()
        log.warning("Telegram asks one chat to wait %.0f s", seconds)
        self._held[chat] = asyncio.get_running_loop().time() + seconds


async def leaving(request: httpx.Request) -> None:
    """Note when a turn's request goes out to the network."""
    if (turn := _TURN.get()) and turn.used and turn.left is None:
        turn.left = time.perf_counter()


def _limiter(kept: dict[int | str, AsyncLimiter], chat: int | str, rate: tuple[float, float]) -> AsyncLimiter:
    if chat not in kept and len(kept) >= KEPT:
        for idle in [c for c, limiter in kept.items() if limiter.has_capacity(limiter.max_rate)]:
            del kept[idle]
    return kept.setdefault(chat, AsyncLimiter(*rate))


def _may_have_arrived(loss: TelegramError) -> bool:
    """Whether Telegram may have taken the request although it did not say so: unless it was never sent."""
    return not isinstance(loss.__cause__, _NOT_SENT)


def _mark(data: dict[str, Any], language: Language) -> None:
    name = "text" if "text" in data else "caption"
    if not str(data.get(name) or "").endswith(REPEATS[language]):
        data[name] = f"{data.get(name) or ''}{REPEATS[language]}"
