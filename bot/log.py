"""The life of an update, and the log of what was asked and answered.

An update is received, then sending, then done. Its row holds all that is needed to go on after a crash:
the update as it came until it is done, the whole exchange from just before its reply is sent until the
exchange's own rows are written. Whoever dies in between is succeeded by `unfinished` and `Writer.recover`.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, and_, bindparam, func, select, tuple_, update

from bot import search, tables
from bot.exchange import Exchange
from bot.tables import updates
from migrations.database import Unavailable, insert, reading, writing

logger = logging.getLogger(__name__)

# Inserted one by one, exchanges cost a commit each; from fifty in one the gain is small, and a batch that
# fails has to be tried again whole.
BATCH = 50
# Seconds that an exchange waits for others: written at once, each would hold up the next question's commits.
LINGER = 0.2
FIRST_WAIT = 0.1
LONGEST_WAIT = 30.0

# Built once: on the question path, building a statement costs about as much as running it.
_THIS = and_(updates.c.bot == bindparam("this_bot"), updates.c.update_id == bindparam("this_update"))
_CHANGE = update(updates).where(_THIS)
_BEGIN_SENDING = _CHANGE.where(updates.c.state == "received")
_END_SENDING = _CHANGE.where(updates.c.state == "sending").returning(updates.c.exchange, updates.c.attempts)
_BEGIN_AGAIN = (
    _CHANGE.where(updates.c.state != "done")
    .values(attempts=updates.c.attempts + 1)
    .returning(updates.c.attempts)
)


@dataclass(frozen=True, slots=True)
class Pending:
    """An update that a crash left unfinished, as it came (`raw`).

    While "sending" there is the exchange whose reply may or may not have arrived at `chat_id`. `attempts`
    counts how often work on it began again in this state, as `begin` notes: an update that kills whoever
    works on it is known by it. One that only waited when its process died is not.
    """

    update_id: int
    state: Literal["received", "sending"]
    raw: dict[str, Any]
    attempts: int
    exchange: Exchange | None
    chat_id: int | None


def receive(engine: Engine, bot: int, received: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Store updates as Telegram sent them; those that were not there yet, by update_id.

    One transaction: after it they may be confirmed. Raises: Unavailable, and then none was stored.
    """
    if not received:
        return ()
    by_id = {int(raw["update_id"]): dict(raw) for raw in received}
    now = datetime.now(UTC)
    rows = [
        {"bot": bot, "update_id": id, "state": "received", "raw": raw, "received_at": now, "changed_at": now}
        # Sorted, so that two replicas with overlapping batches cannot wait for each other.
        for id, raw in sorted(by_id.items())
    ]
    with writing(engine) as connection:
        new = connection.scalars(
            insert(connection, updates).on_conflict_do_nothing().returning(updates.c.update_id), rows
        ).all()
    return tuple(by_id[id] for id in sorted(new))


def sending(engine: Engine, bot: int, update_id: int, exchange: Exchange, chat_id: int | None) -> bool:
    """Note what is about to be sent. False, and nothing must be sent, if another was here first.

    Raises: Unavailable.
    """
    changes = {
        "state": "sending",
        "attempts": 0,
        "exchange": replace(exchange, bot=bot, update_id=update_id).to_json(),
        "chat_id": chat_id,
        "changed_at": datetime.now(UTC),
    }
    with writing(engine) as connection:
        moved = connection.execute(_BEGIN_SENDING, _this(bot, update_id) | changes)
    return moved.rowcount == 1


def done(
    engine: Engine,
    bot: int,
    update_id: int,
    message_ids: Sequence[int] | None,
    late: Sequence[tuple[str, float]] = (),
    repeated: bool = False,
) -> Exchange | None:
    """Note what was delivered, nothing when it could not be, None when it arrived where messages have no
    numbers; what is raw goes from the row. `late`: the stages since the exchange was noted, which its row
    could not hold. `repeated`: it may have arrived twice.

    The exchange to be recorded, or None if the row is not "sending". Raises: Unavailable.
    """
    now = datetime.now(UTC)
    this = _this(bot, update_id)
    changes = {"state": "done", "raw": None, "chat_id": None, "changed_at": now}
    with writing(engine) as connection:
        row = connection.execute(_END_SENDING, this | changes).one_or_none()
        if row is None:
            return None
        exchange = Exchange.from_json(row.exchange)
        exchange = replace(
            exchange,
            stages=(*exchange.stages, *late),
            message_ids=tuple(message_ids or ()),
            replied_at=now if message_ids or message_ids is None else None,
            repeated=repeated or row.attempts > 0,
        )
        connection.execute(_CHANGE, this | {"exchange": exchange.to_json()})
    return exchange


def drop(engine: Engine, bot: int, update_ids: Iterable[int]) -> int:
    """Be done with received updates that have no exchange; how many there were. Raises: Unavailable."""
    with writing(engine) as connection:
        dropped = connection.execute(
            update(updates)
            .where(
                updates.c.bot == bot,
                updates.c.update_id.in_(list(update_ids)),
                updates.c.state == "received",
            )
            .values(state="done", raw=None, changed_at=datetime.now(UTC))
        )
    return dropped.rowcount


def unfinished(
    engine: Engine, bot: int, idle: timedelta = timedelta(0), now: datetime | None = None
) -> tuple[Pending, ...]:
    """Take up what a crash left, by update_id: answer what is received, send again what is sending.

    A row counts as left when nothing has touched it for `idle`, and being taken up touches it. So one
    process may ask with zero as it starts; where replicas share the database, `idle` is longer than any
    answer takes, and each row goes to one of them. Raises: Unavailable.
    """
    now = now or datetime.now(UTC)
    with writing(engine) as connection:
        rows = connection.execute(
            update(updates)
            .where(
                updates.c.bot == bot,
                updates.c.state.in_(("received", "sending")),
                updates.c.changed_at <= now - idle,
            )
            .values(changed_at=now)
            .returning(updates)
        ).all()
    return tuple(
        Pending(row.update_id, row.state, row.raw, row.attempts, exchange, row.chat_id)
        for row in sorted(rows, key=lambda row: row.update_id)
        for exchange in (None if row.exchange is None else _parsed(row),)
        if row.state == "received" or exchange is not None
    )


def open_updates(engine: Engine, bot: int) -> int:
    """How many updates are not done. Raises: Unavailable."""
    with reading(engine) as connection:
        counted = select(func.count()).where(updates.c.bot == bot, updates.c.state != "done")
        return int(connection.scalar(counted) or 0)


def begin(engine: Engine, bot: int, update_id: int) -> int:
    """Note that work on an update that a crash left begins again; how often it has, this time included.

    0 if it is done by now. Raises: Unavailable.
    """
    with writing(engine) as connection:
        begun = connection.execute(_BEGIN_AGAIN, _this(bot, update_id) | {"changed_at": datetime.now(UTC)})
        return begun.scalar() or 0


def purge(engine: Engine, before: datetime) -> int:
    """Delete the rows of updates done before then whose exchanges are written; how many there were.

    Telegram repeats an update for 24 hours, so rows have to stay for longer than that. Raises: Unavailable.
    """
    with writing(engine) as connection:
        gone = connection.execute(
            updates.delete().where(
                updates.c.state == "done", updates.c.exchange.is_(None), updates.c.changed_at < before
            )
        )
    return gone.rowcount


def write(engine: Engine, *exchanges: Exchange) -> None:
    """Write exchanges with their hits and quotes in one transaction; those already there are left alone.

    Raises: Unavailable, and then none was written.
    """
    # Sorted, so that two replicas that recover the same rows cannot wait for each other.
    ordered = sorted(
        exchanges, key=lambda exchange: (exchange.bot or 0, exchange.update_id or 0, exchange.id)
    )
    with writing(engine) as connection:
        new = _insert_exchanges(connection, ordered)
        hits = [{"exchange": made.id, **asdict(hit)} for made in new for hit in made.hits]
        quotes = [{"exchange": made.id, **asdict(quote)} for made in new for quote in made.quotes]
        if hits:
            connection.execute(tables.hits.insert(), hits)
        if quotes:
            connection.execute(tables.quotes.insert(), quotes)
        if new:
            connection.execute(tables.words.insert(), [search.row(made) for made in new])
        written = [(made.bot, made.update_id) for made in ordered if made.update_id is not None]
        if written:
            connection.execute(
                update(updates)
                .where(tuple_(updates.c.bot, updates.c.update_id).in_(written), updates.c.state == "done")
                .values(exchange=None)
            )


class Writer:
    """One task that writes exchanges in batches, off the question path.

    It needs no bound: every exchange in it went through two commits to the same database first, so it
    cannot grow while that is away. Nothing in it can be lost, as its row in updates keeps it.
    """

    def __init__(self, engine: Engine, executor: Executor | None = None, *, batch: int = BATCH) -> None:
        self._engine = engine
        self._executor = executor
        self._batch = batch
        self._queue: asyncio.Queue[Exchange | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.failures = 0

    def start(self) -> None:
        """Begin to write; to be called where the event loop runs."""
        self._task = asyncio.create_task(self._run(), name="log writer")

    @property
    def waiting(self) -> int:
        """How many exchanges are not yet taken up."""
        return self._queue.qsize()

    def record(self, exchange: Exchange) -> None:
        """Have an exchange written soon. Never waits, never raises."""
        self._queue.put_nowait(exchange)

    async def join(self) -> None:
        """Wait until all that was recorded so far is written."""
        await self._queue.join()

    async def recover(self) -> int:
        """Write what an earlier process left: exchanges that are done and not yet written; how many.

        Raises: Unavailable.
        """
        loop = asyncio.get_running_loop()
        recovered = 0
        after = (0, 0)
        while rows := await loop.run_in_executor(
            self._executor, _unwritten, self._engine, after, self._batch
        ):
            left = [exchange for row in rows if (exchange := _parsed(row)) is not None]
            await self._write(left)
            recovered += len(left)
            after = (rows[-1].bot, rows[-1].update_id)
        return recovered

    async def close(self, seconds: float = 10.0) -> None:
        """Write all that was recorded and stop; what is not written in `seconds` waits in its row."""
        if self._task is None:
            return
        self._queue.put_nowait(None)
        try:
            await asyncio.wait_for(self._task, seconds)
        except TimeoutError:
            logger.error("closed before every exchange was written: the next start recovers them")

    async def _run(self) -> None:
        open = True
        while open:
            taken = [await self._queue.get()]
            if taken[0] is not None:
                await asyncio.sleep(LINGER)
            while len(taken) < self._batch and not self._queue.empty():
                taken.append(self._queue.get_nowait())
            open = None not in taken
            await self._write([exchange for exchange in taken if exchange is not None])
            for _ in taken:
                self._queue.task_done()

    async def _write(self, exchanges: list[Exchange]) -> None:
        """Write a batch, trying again for as long as the database is away."""
        loop = asyncio.get_running_loop()
        wait = FIRST_WAIT
        while exchanges:
            try:
                await loop.run_in_executor(self._executor, write, self._engine, *exchanges)
                return
            except Unavailable:
                self.failures += 1
                logger.exception("%d exchanges not written, again in %.1f s", len(exchanges), wait)
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
            except Exception:  # whatever it is: one that cannot be written must not take the others with it
                self.failures += 1
                if len(exchanges) == 1:
                    logger.exception("exchange %s cannot be written: it stays in its row", exchanges[0].id)
                    return
                for exchange in exchanges:
                    await self._write([exchange])
                return


def _this(bot: int, update_id: int) -> dict[str, Any]:
    return {"this_bot": bot, "this_update": update_id}


def _parsed(row: Row[*tuple[Any, ...]]) -> Exchange | None:
    """None, and loudly, if the payload cannot be read: one such row must not keep the bot from starting."""
    try:
        return Exchange.from_json(row.exchange)
    except ValueError:
        logger.exception("the exchange of update %d of bot %d cannot be read", row.update_id, row.bot)
        return None


def _unwritten(engine: Engine, after: tuple[int, int], limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    with reading(engine) as connection:
        return connection.execute(
            select(updates.c.bot, updates.c.update_id, updates.c.exchange)
            .where(
                updates.c.state == "done",
                updates.c.exchange.is_not(None),
                tuple_(updates.c.bot, updates.c.update_id) > after,
            )
            .order_by(updates.c.bot, updates.c.update_id)
            .limit(limit)
        ).all()


def _insert_exchanges(connection: Connection, exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Those of `exchanges` that were not there yet, now inserted."""
    if not exchanges:
        return []
    # The fields of an exchange are named as the columns are.
    names = [column.name for column in tables.exchanges.columns]
    rows = [{name: getattr(made, name) for name in names} for made in exchanges]
    added = insert(connection, tables.exchanges).on_conflict_do_nothing().returning(tables.exchanges.c.id)
    inserted = set(connection.scalars(added, rows))
    return [made for made in exchanges if made.id in inserted]
