"""What askers say of answers: one row for each person and answer, the last word counts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, and_, select, update

from bot.callbacks import Reason
from bot.exchange import storable
from bot.tables import feedback
from migrations.database import insert, reading, writing


@dataclass(frozen=True, slots=True)
class Given:
    """Who speaks of which answer: the update of its question, pseudonyms of the person and the chat."""

    bot: int
    update_id: int
    user: str
    chat: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why someone voted an answer down, as far as they said: `quote` is the number of the wrong one."""

    reason: Reason | None
    quote: int | None


def of(engine: Engine, bot: int, update_id: int, user: str) -> Complaint | None:
    """What stands against an answer; None when the person did not vote it down. Raises: Unavailable."""
    this = (feedback.c.bot == bot, feedback.c.update_id == update_id, feedback.c.user == user)
    with reading(engine) as connection:
        row = connection.execute(
            select(feedback.c.reason, feedback.c.quote).where(*this, feedback.c.good.is_(False))
        ).one_or_none()
    return Complaint(*row) if row else None


def judge(engine: Engine, given: Given, good: bool, now: datetime) -> None:
    """Note 👍 or 👎. 👎 again leaves the reason and text alone. Raises: Unavailable."""
    fresh = {"good": good, "given_at": now}
    if good:
        fresh |= {"reason": None, "quote": None}
    _put(engine, given, fresh)


def explain(engine: Engine, given: Given, reason: Reason, quote: int, now: datetime) -> bool:
    """Note why an answer is bad; `quote` 0 for none. True when a sentence was not yet asked for.

    Raises: Unavailable.
    """
    _put(engine, given, {"good": False, "reason": reason, "quote": quote or None, "given_at": now})
    with writing(engine) as connection:
        return connection.scalar(select(feedback.c.prompt).where(_this(given))) is None


def prompted(engine: Engine, given: Given, message: int) -> None:
    """Note the message that asks for a sentence. Raises: Unavailable."""
    with writing(engine) as connection:
        connection.execute(update(feedback).where(_this(given)).values(prompt=message))


def add(engine: Engine, bot: int, user: str, chat: str, prompt: int, text: str) -> bool:
    """Keep what `user` wrote in reply to the message `prompt`. False when that asked for nothing of theirs.

    Raises: Unavailable.
    """
    with writing(engine) as connection:
        found = connection.execute(
            update(feedback)
            .where(
                feedback.c.bot == bot,
                feedback.c.user == user,
                feedback.c.chat == chat,
                feedback.c.prompt == prompt,
            )
            .values(text=storable(text))
        )
    return found.rowcount > 0


def _put(engine: Engine, given: Given, fresh: dict[str, object]) -> None:
    row = {"bot": given.bot, "update_id": given.update_id, "user": given.user, "chat": given.chat}
    with writing(engine) as connection:
        connection.execute(
            insert(connection, feedback)
            .values(**row, **fresh)
            .on_conflict_do_update(index_elements=["bot", "update_id", "user"], set_=fresh)
        )


def _this(given: Given) -> ColumnElement[bool]:
    return and_(
        feedback.c.bot == given.bot,
        feedback.c.update_id == given.update_id,
        feedback.c.user == given.user,
    )
