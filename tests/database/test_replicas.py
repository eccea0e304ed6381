"""Programs that share a PostgreSQL: one takes up what another left, after five minutes and not before."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from bot import log
from bot.exchange import Exchange
from bot.inbox import Inbox
from bot.log import Pending, Writer
from bot.replicas import LEFT, taking_up

from .examples import BOT, CHAT, raw

#: What a slow machine takes between two lines: rows are dated by the real time.
MARGIN = timedelta(minutes=1)


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return self.now

    async def move(self, by: timedelta) -> None:
        """Move on, and wait until whoever goes by it looked and acted on it twice."""
        self.now += by
        seen = self.looks
        async with asyncio.timeout(10):
            while self.looks < seen + 4:  # noqa: ASYNC110  looks are counted, nobody tells
                await asyncio.sleep(0.01)


def begin(
    engine: Engine, clock: Callable[[], datetime], look: float = 0.02
) -> tuple[Inbox, AbstractAsyncContextManager[timedelta]]:
    inbox = Inbox(engine)
    return inbox, taking_up(engine, BOT, inbox, Writer(engine), clock, look)


def everything(*inboxes: Inbox) -> list[Pending]:
    """What waits in any of them, by update."""
    found = [inbox.get_nowait() for inbox in inboxes for _ in range(inbox.qsize())]
    return sorted((each for each in found if isinstance(each, Pending)), key=lambda each: each.update_id)


async def test_what_a_program_left_is_taken_up_by_one_of_the_others_after_five_minutes(
    postgresql_engine: Engine, exchange: Exchange
) -> None:
    clock = Clock()
    _, first = begin(postgresql_engine, clock, look=3600)
    one, second = begin(postgresql_engine, clock)
    other, third = begin(postgresql_engine, clock)
    async with first as alone:
        assert alone == timedelta(0)
        log.receive(postgresql_engine, BOT, [raw(1), raw(2)])
        assert log.sending(postgresql_engine, BOT, 2, exchange, CHAT)
        async with second as among, third:
            assert among == LEFT
            await clock.move(LEFT - MARGIN)
            assert everything(one, other) == []
            await clock.move(2 * MARGIN)
            async with asyncio.timeout(10):
                while one.qsize() + other.qsize() < 2:  # noqa: ASYNC110  two programs' looks
                    await asyncio.sleep(0.01)
            taken = everything(one, other)
            assert [(each.update_id, each.state) for each in taken] == [(1, "received"), (2, "sending")]
            await clock.move(LEFT - MARGIN)
            assert everything(one, other) == []


async def test_a_program_that_is_alone_takes_up_at_once_what_was_left(postgresql_engine: Engine) -> None:
    clock = Clock()
    _, gone = begin(postgresql_engine, clock)
    async with gone:
        log.receive(postgresql_engine, BOT, [raw(1)])
    clock.now = datetime.now(UTC)
    inbox, next_one = begin(postgresql_engine, clock)
    async with next_one as idle:
        assert idle == timedelta(0)
        assert [each.update_id for each in everything(inbox)] == [1]
