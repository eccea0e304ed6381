"""Every quote ever logged, read again from its stored version and held against the reply as it was sent.

The log is read in lots, so a check of a long one takes no more memory than that of a short one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, select

from bot.context import QUOTED
from bot.message import Message
from bot.tables import exchanges, quotes
from corpus import archive
from migrations.database import reading
from retrieval.types import version_of

_Row = Row[*tuple[Any, ...]]

LOT = 500
#: Texts kept at hand, the last used: a few megabytes, and every version of a corpus of ordinary size.
KEPT = 256

Verdict = Literal["holds", "erased", "unknown", "altered", "outside", "differs", "unsent", "unlogged"]
MEANING: dict[Verdict, str] = {
    "unknown": "its version was never kept",
    "altered": "the stored text is not what its version says",
    "outside": "it leaves the stored text",
    "differs": "the reply quotes another text",
    "unsent": "the reply does not quote it",
    "unlogged": "the reply quotes what is not logged",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """One quote of one exchange and what came of its check; the place is None for one that is not logged."""

    exchange: UUID
    number: int
    verdict: Verdict
    document: str | None = None
    version: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    """A stored version: its text, or what is wrong with it."""

    text: str
    wrong: Verdict | None


def checked(engine: Engine) -> Iterator[Checked]:
    """Every quote of the log, one by one, those of an exchange in order. Raises: Unavailable."""
    # A lot has a transaction of its own: one that stays open would keep the database from tidying up.
    read = lru_cache(KEPT)(lambda document, version: _stored(engine, document, version))
    for exchange, reply, logged in _lots(engine):
        quoted = [
            message.under(entity)
            for message in map(Message.of, reply)
            for entity in sorted(message.entities, key=lambda e: e.offset)
            if entity.type in QUOTED
        ]
        for place, row in enumerate(logged):
            sent = quoted[place] if place < len(quoted) else None
            verdict = _verdict(read(row.document, row.version), row.start, row.end, sent)
            yield Checked(exchange, row.number, verdict, row.document, row.version, row.start, row.end)
        for number in range(len(logged) + 1, len(quoted) + 1):
            yield Checked(exchange, number, "unlogged")


def _verdict(stored: _Text, start: int, end: int, sent: str | None) -> Verdict:
    if stored.wrong is not None:
        return stored.wrong
    if not 0 <= start < end <= len(stored.text):
        return "outside"
    if sent is None:
        return "unsent"
    return "holds" if stored.text[start:end] == sent else "differs"


def _stored(engine: Engine, id: str, version: str) -> _Text:
    with reading(engine) as connection:
        found = archive.document(connection, id, version)
        if found is None:
            gone = any(v.version == version and v.erased for v in archive.versions(connection, id))
            return _Text("", "erased" if gone else "unknown")
    return _Text(found.text, None if version_of(found.text) == version else "altered")


def _lots(engine: Engine) -> Iterator[tuple[UUID, list[dict[str, Any]], list[_Row]]]:
    """Each exchange with its reply and its quotes by number."""
    after: UUID | None = None
    while True:
        with reading(engine) as connection:
            rows, logged = _lot(connection, after)
        if not rows:
            return
        for row in rows:
            yield row.id, row.reply, logged.get(row.id, [])
        after = rows[-1].id


def _lot(connection: Connection, after: UUID | None) -> tuple[list[_Row], dict[UUID, list[_Row]]]:
    wanted = select(exchanges.c.id, exchanges.c.reply).order_by(exchanges.c.id).limit(LOT)
    if after is not None:
        wanted = wanted.where(exchanges.c.id > after)
    rows: list[_Row] = [*connection.execute(wanted)]
    logged: dict[UUID, list[_Row]] = {}
    if rows:
        inside = quotes.c.exchange.between(rows[0].id, rows[-1].id)
        for quote in connection.execute(
            select(quotes).where(inside).order_by(quotes.c.exchange, quotes.c.number)
        ):
            logged.setdefault(quote.exchange, []).append(quote)
    return rows, logged
