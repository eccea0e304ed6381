"""What people want to be told: one row for each person and question, until it is told, dropped or too old."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, func, select

from bot.tables import labels, watches
from bot.texts import Language
from migrations.database import insert, reading, writing

#: Watches that one person may have at the same time: a list that a phone shows whole.
MOST = 10
#: How long a watch waits before it is dropped. /privacy says so.
LIFE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Watch:
    """A person, the update of the question that they watch, and where and in which language to tell them."""

    bot: int
    update_id: int
    user: str
    chat_id: int
    language: Language
    made_at: datetime


def add(engine: Engine, watch: Watch) -> bool:
    """Keep a watch; one that is there already stays as it is. False where the person has too many.

    Raises: Unavailable.
    """
    row = {name: getattr(watch, name) for name in Watch.__dataclass_fields__}
    with writing(engine) as connection:
        mine = select(watches.c.update_id).where(watches.c.bot == watch.bot, watches.c.user == watch.user)
        there = connection.scalars(mine).all()
        if len(there) >= MOST and watch.update_id not in there:
            return False
        connection.execute(insert(connection, watches).values(row).on_conflict_do_nothing())
    return True


def take(engine: Engine, bot: int, update_id: int, user: str) -> bool:
    """Delete a watch; whether it was there. Whoever takes it tells it, so none is told twice.

    Raises: Unavailable.
    """
    this = and_(watches.c.bot == bot, watches.c.update_id == update_id, watches.c.user == user)
    return _delete(engine, this) == 1


def of(engine: Engine, bot: int, user: str) -> tuple[Watch, ...]:
    """A person's watches, oldest first. Raises: Unavailable."""
    return _read(engine, and_(watches.c.bot == bot, watches.c.user == user))


def all_of(engine: Engine, bot: int) -> tuple[Watch, ...]:
    """Everybody's watches, oldest first. Raises: Unavailable."""
    return _read(engine, watches.c.bot == bot)


def expire(engine: Engine, bot: int, now: datetime) -> int:
    """Delete the watches that waited too long; how many. Raises: Unavailable."""
    return _delete(engine, and_(watches.c.bot == bot, watches.c.made_at < now - LIFE))


def leave(engine: Engine, bot: int, chat_id: int) -> int:
    """Delete the watches of a chat that the bot can no longer write to; how many. Raises: Unavailable."""
    return _delete(engine, and_(watches.c.bot == bot, watches.c.chat_id == chat_id))


def move(engine: Engine, bot: int, old: int, new: int) -> None:
    """Tell elsewhere what would be told in the chat `old`. Raises: Unavailable."""
    with writing(engine) as connection:
        mine = watches.update().where(watches.c.bot == bot, watches.c.chat_id == old)
        connection.execute(mine.values(chat_id=new))


def last_label(engine: Engine) -> int:
    """The number of the newest label, 0 for none: what reviewers say can change which answers are better.

    Raises: Unavailable.
    """
    with reading(engine) as connection:
        return connection.scalar(select(func.max(labels.c.id))) or 0


def _read(engine: Engine, which: ColumnElement[bool]) -> tuple[Watch, ...]:
    columns = [watches.c[name] for name in Watch.__dataclass_fields__]
    with reading(engine) as connection:
        rows = connection.execute(select(*columns).where(which).order_by(watches.c.made_at))
        return tuple(Watch(*row) for row in rows)


def _delete(engine: Engine, which: ColumnElement[bool]) -> int:
    with writing(engine) as connection:
        return connection.execute(watches.delete().where(which)).rowcount
