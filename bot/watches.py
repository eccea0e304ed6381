"""What people want to be told: one row for each person and question, until it is told, dropped or too old.

A row holds what is told from just before it is sent until it arrived, so that a program that dies in between
is succeeded by one that knows. Whoever notes it tells it: of replicas that find the same news, one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, func, select

from bot.exchange import Exchange
from bot.tables import labels, watches
from bot.texts import Language
from migrations.database import insert, reading, writing

#: Watches that one person may have at the same time: a list that a phone shows whole.
MOST = 10
#: How long a watch waits before it is dropped. /privacy says so.
LIFE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Watch:
    """A person, the update of the question that they watch, and where and in which language to tell them.

    `exchange` is what they are told, as JSON, since it was noted at `sending_at`; both None before.
    """

    bot: int
    update_id: int
    user: str
    chat_id: int
    language: Language
    made_at: datetime
    exchange: str | None = None
    sending_at: datetime | None = None


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
    """Delete a watch; whether it was there. Raises: Unavailable."""
    return _delete(engine, _this(bot, update_id, user)) == 1


def sending(engine: Engine, watch: Watch, exchange: Exchange, now: datetime) -> bool:
    """Note what is about to be told. False, and nothing must be sent, where the watch is not as it was read:
    it is dropped, or another tells it. Raises: Unavailable."""
    unchanged = watches.c.sending_at.is_not_distinct_from(watch.sending_at)
    this = and_(_this(watch.bot, watch.update_id, watch.user), unchanged)
    with writing(engine) as connection:
        noted = watches.update().where(this).values(exchange=exchange.to_json(), sending_at=now)
        return connection.execute(noted).rowcount == 1


def of(engine: Engine, bot: int, user: str) -> tuple[Watch, ...]:
    """A person's watches, oldest first. Raises: Unavailable."""
    return _read(engine, and_(watches.c.bot == bot, watches.c.user == user))


def waiting(engine: Engine, bot: int) -> tuple[Watch, ...]:
    """Everybody's watches that nothing is told of yet, oldest first. Raises: Unavailable."""
    return _read(engine, and_(watches.c.bot == bot, watches.c.sending_at.is_(None)))


def left(engine: Engine, bot: int, now: datetime, idle: timedelta) -> tuple[Watch, ...]:
    """Take up the watches whose news was about to be sent `idle` ago or before and may not have arrived.
    Being taken up counts as that anew, so each goes to one replica. Raises: Unavailable."""
    these = and_(watches.c.bot == bot, watches.c.sending_at <= now - idle)
    columns = [watches.c[name] for name in Watch.__dataclass_fields__]
    with writing(engine) as connection:
        rows = connection.execute(watches.update().where(these).values(sending_at=now).returning(*columns))
        return tuple(Watch(*row) for row in rows)


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


def _this(bot: int, update_id: int, user: str) -> ColumnElement[bool]:
    return and_(watches.c.bot == bot, watches.c.update_id == update_id, watches.c.user == user)


def _read(engine: Engine, which: ColumnElement[bool]) -> tuple[Watch, ...]:
    columns = [watches.c[name] for name in Watch.__dataclass_fields__]
    with reading(engine) as connection:
        rows = connection.execute(select(*columns).where(which).order_by(watches.c.made_at))
        return tuple(Watch(*row) for row in rows)


def _delete(engine: Engine, which: ColumnElement[bool]) -> int:
    with writing(engine) as connection:
        return connection.execute(watches.delete().where(which)).rowcount
