"""What is kept about a group: what its administrators chose, and all that goes where the group goes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from bot.exchange import Exchange
from bot.tables import chats, exchanges, feedback, updates
from bot.texts import LANGUAGES, Language
from migrations.database import insert, reading, writing


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the administrators of a group chose. With `mention_only` a reply to the bot is no question."""

    language: Language | None = None
    mention_only: bool = False


def chosen(engine: Engine, chat: str) -> Chosen:
    """What was chosen for the chat with this pseudonym. Raises: Unavailable."""
    with reading(engine) as connection:
        row = connection.execute(
            select(chats.c.language, chats.c.mention_only).where(chats.c.chat == chat)
        ).one_or_none()
    if row is None:
        return Chosen()
    return Chosen(next((code for code in LANGUAGES if code == row.language), None), row.mention_only)


def choose(engine: Engine, chat: str, fresh: Chosen, now: datetime) -> None:
    """Raises: Unavailable."""
    values = {"language": fresh.language, "mention_only": fresh.mention_only, "changed_at": now}
    with writing(engine) as connection:
        connection.execute(
            insert(connection, chats)
            .values(chat=chat, **values)
            .on_conflict_do_update(index_elements=["chat"], set_=values)
        )


def move(engine: Engine, bot: int, old: str, new: str) -> None:
    """Let what is kept about `old` be about `new`. The numbers of its messages go: they mean others there.

    Raises: Unavailable.
    """
    with writing(engine) as connection:
        if connection.scalar(select(chats.c.chat).where(chats.c.chat == new)) is None:
            connection.execute(chats.update().where(chats.c.chat == old).values(chat=new))
        connection.execute(chats.delete().where(chats.c.chat == old))
        unnumbered: dict[str, Any] = {"chat": new, "question_id": None, "message_ids": []}
        connection.execute(exchanges.update().where(exchanges.c.chat == old).values(unnumbered))
        connection.execute(feedback.update().where(feedback.c.chat == old).values(chat=new, prompt=None))
        for update_id, made in _unwritten(connection, bot, old):
            moved = replace(made, chat=new, question_id=None, message_ids=())
            this = (updates.c.bot == bot, updates.c.update_id == update_id)
            connection.execute(updates.update().where(*this).values(exchange=moved.to_json()))


def forget(engine: Engine, bot: int, chat: str, chat_id: int) -> None:
    """Delete all about a chat in one transaction, what still waits to be answered there included.

    Raises: Unavailable.
    """
    with writing(engine) as connection:
        waiting = [
            row.update_id
            for row in connection.execute(
                select(updates.c.update_id, updates.c.raw).where(
                    updates.c.bot == bot, updates.c.state != "done"
                )
            )
            if _place(row.raw) == chat_id
        ]
        over = {"state": "done", "raw": None, "chat_id": None, "exchange": None}
        gone = [*waiting, *(update_id for update_id, _ in _unwritten(connection, bot, chat))]
        connection.execute(
            updates.update().where(updates.c.bot == bot, updates.c.update_id.in_(gone)).values(over)
        )
        for table in (exchanges, feedback, chats):
            connection.execute(table.delete().where(table.c.chat == chat))


def _unwritten(connection: Connection, bot: int, chat: str) -> list[tuple[int, Exchange]]:
    """The exchanges of a chat that are replied to and wait to be written."""
    rows = connection.execute(
        select(updates.c.update_id, updates.c.exchange).where(
            updates.c.bot == bot, updates.c.state == "done", updates.c.exchange.is_not(None)
        )
    )
    found = [(row.update_id, Exchange.from_json(row.exchange)) for row in rows if chat in row.exchange]
    return [(update_id, made) for update_id, made in found if made.chat == chat]


def _place(raw: dict[str, Any]) -> int | None:
    """The chat of an update as it came."""
    for inside in raw.values():
        if isinstance(inside, dict):
            chat = (inside.get("chat") or inside.get("message", {}).get("chat")) or {}
            return int(chat["id"]) if "id" in chat else None
    return None
