"""Programs that share a database: each takes up what one that died left, and leaves alone what one works on.

On SQLite a program is alone. On PostgreSQL each holds a shared lock for as long as it is connected, so one
that starts knows whether there are others.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from bot.inbox import Inbox
from bot.log import Writer, unfinished
from migrations.database import DatabaseError

log = logging.getLogger(__name__)

#: What nobody touched for so long was left by a program that died: no answer takes longer, waits included.
LEFT = timedelta(minutes=5)
#: Seconds between two looks for what another program left.
LOOK = 60.0
#: Names the lock: "answr" in ASCII.
_LOCK = 0x616E737772

Clock = Callable[[], datetime]


def _clock() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def taking_up(
    engine: Engine, bot: int, inbox: Inbox, writer: Writer, clock: Clock = _clock, look: float = LOOK
) -> AsyncIterator[timedelta]:
    """Take up what earlier programs left: exchanges to write, replies to send again, questions to answer; and
    meanwhile what others leave. Inside, for how long nobody touched what is left by now.

    Raises: DatabaseError.
    """
    await writer.recover()
    with _joined(engine) as alone:
        idle = timedelta(0) if alone else LEFT
        await _take_up(engine, bot, inbox, idle, clock)
        looking = asyncio.create_task(_look(engine, bot, inbox, clock, look))
        try:
            yield idle
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


@contextmanager
def _joined(engine: Engine) -> Iterator[bool]:
    """Be known to others that start; whether there is no other now."""
    if engine.dialect.name == "sqlite":
        yield True
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        alone = bool(connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK})")))
        connection.execute(text(f"SELECT pg_advisory_lock_shared({_LOCK})"))
        if alone:
            connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        try:
            yield alone
        finally:
            connection.invalidate()


async def _look(engine: Engine, bot: int, inbox: Inbox, clock: Clock, look: float) -> None:
    while engine.dialect.name != "sqlite":
        await asyncio.sleep(look)
        try:
            await _take_up(engine, bot, inbox, LEFT, clock)
        except DatabaseError as error:
            log.error("no look at what other programs left: %s", error)


async def _take_up(engine: Engine, bot: int, inbox: Inbox, idle: timedelta, clock: Clock) -> None:
    for pending in await asyncio.to_thread(unfinished, engine, bot, idle, clock()):
        await inbox.again(pending)
