"""What was asked before: exchanges read back, those included that are not yet written to their own rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, select

from bot.exchange import Exchange
from bot.message import Message
from bot.tables import exchanges, quotes, updates
from migrations.database import reading

#: Earlier questions that a follow-up may lean on.
TURNS = 5


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote by value, as the log holds it."""

    document: str
    version: str
    start: int
    end: int
    answer_start: int | None
    answer_end: int | None
    speaker: str | None
    directness: str | None


@dataclass(frozen=True, slots=True)
class Past:
    """An exchange as far as a later one needs it. `messages` are the numbers of the reply's messages."""

    update_id: int | None
    chat: str | None
    thread: int | None
    question_id: int | None
    question: str
    carried: str | None
    asked_at: datetime
    messages: tuple[int, ...]
    quotes: tuple[Quoted, ...] = ()


def exchange(engine: Engine, bot: int, update_id: int) -> Past | None:
    """The exchange that an update began, with its quotes; None when there is none, or none any more."""
    with reading(engine) as connection:
        this = (updates.c.bot == bot, updates.c.update_id == update_id)
        waiting = connection.scalar(select(updates.c.exchange).where(*this))
        if waiting is not None:
            return _of(Exchange.from_json(waiting))
        row = connection.execute(
            _PAST.add_columns(exchanges.c.id).where(
                exchanges.c.bot == bot, exchanges.c.update_id == update_id
            )
        ).one_or_none()
        if row is None:
            return None
        names = [quotes.c[name] for name in Quoted.__dataclass_fields__]
        found = connection.execute(
            select(*names).where(quotes.c.exchange == row.id).order_by(quotes.c.number)
        )
        return _past(row, tuple(Quoted(*quote) for quote in found))


def inline(engine: Engine, bot: int, update_id: int) -> Message | None:
    """What the log says that an inline message shows, whose exchange an update began; None for any other."""
    with reading(engine) as connection:
        this = (updates.c.bot == bot, updates.c.update_id == update_id)
        waiting = connection.scalar(select(updates.c.exchange).where(*this))
        if waiting is not None:
            made = Exchange.from_json(waiting)
            return Message.of(made.reply[0]) if made.origin == "inline" else None
        reply = connection.scalar(
            select(exchanges.c.reply).where(
                exchanges.c.bot == bot, exchanges.c.update_id == update_id, exchanges.c.origin == "inline"
            )
        )
        return None if reply is None else Message.of(reply[0])


def reply_to(engine: Engine, bot: int, chat: str, question_id: int) -> Past | None:
    """The newest exchange that the message `question_id` of a chat began, its quotes left out."""
    with reading(engine) as connection:
        waiting = [past for past in _unwritten(connection, bot, chat) if past.question_id == question_id]
        if waiting:
            return max(waiting, key=lambda past: past.update_id or 0)
        row = connection.execute(
            _PAST.where(
                exchanges.c.bot == bot, exchanges.c.chat == chat, exchanges.c.question_id == question_id
            )
            .order_by(exchanges.c.update_id.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _past(row)


def earlier(
    engine: Engine,
    bot: int,
    chat: str,
    thread: int | None,
    since: datetime,
    update: int,
    but: int | None = None,
) -> tuple[Past, ...]:
    """The last few exchanges of a chat's thread since then whose updates came before `update`, oldest first,
    each with its first quote at least. A message that was edited counts once, as it last read; the message
    `but` not at all."""
    with reading(engine) as connection:
        rows = connection.execute(
            _PAST.add_columns(exchanges.c.id)
            .where(
                exchanges.c.bot == bot,
                exchanges.c.chat == chat,
                exchanges.c.thread.is_not_distinct_from(thread),
                exchanges.c.asked_at >= since,
                exchanges.c.update_id < update,
            )
            .order_by(exchanges.c.asked_at.desc(), exchanges.c.update_id.desc())
            .limit(2 * TURNS)
        ).all()
        names = [quotes.c[name] for name in Quoted.__dataclass_fields__]
        firsts = connection.execute(
            select(quotes.c.exchange, *names).where(
                quotes.c.exchange.in_([row.id for row in rows]), quotes.c.number == 1
            )
        )
        first = {exchange: (Quoted(*quote),) for exchange, *quote in firsts}
        found = [_past(row, first.get(row.id, ())) for row in rows]
        for past in _unwritten(connection, bot, chat):
            if past.thread == thread and past.asked_at >= since and (past.update_id or 0) < update:
                found.append(past)
    found.sort(key=lambda past: (past.asked_at, past.update_id or 0))
    last = {past.question_id or -(past.update_id or 0): past for past in found}
    last.pop(but or 0, None)
    return tuple(last.values())[-TURNS:]


_PAST: Select[Any] = select(
    *(exchanges.c[name] for name in ("update_id", "chat", "thread", "question_id", "question", "carried")),
    *(exchanges.c[name] for name in ("asked_at", "message_ids")),
)


def _past(row: Any, quoted: tuple[Quoted, ...] = ()) -> Past:
    return Past(
        row.update_id, row.chat, row.thread, row.question_id, row.question, row.carried, row.asked_at,
        tuple(row.message_ids), quoted,
    )  # fmt: skip


def _unwritten(connection: Connection, bot: int, chat: str) -> list[Past]:
    """The exchanges of a chat that are replied to and wait to be written: seldom one."""

    def found() -> Iterator[Past]:
        for text in connection.scalars(
            select(updates.c.exchange).where(
                updates.c.bot == bot, updates.c.state == "done", updates.c.exchange.is_not(None)
            )
        ):
            if chat in text:
                yield _of(Exchange.from_json(text))

    return [past for past in found() if past.chat == chat]


def _of(made: Exchange) -> Past:
    names = Quoted.__dataclass_fields__
    return Past(
        made.update_id, made.chat, made.thread, made.question_id, made.question, made.carried, made.asked_at,
        made.message_ids, tuple(Quoted(*(getattr(quote, name) for name in names)) for quote in made.quotes),
    )  # fmt: skip
