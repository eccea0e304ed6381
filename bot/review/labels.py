"""What reviewers say of exchanges. Nothing is overwritten: the last word of each about an exchange stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, Select, func, select

from bot.exchange import storable
from bot.tables import exchanges, hits, labels, leases, quotes, reviewers
from corpus import archive
from migrations.database import insert, reading, writing
from retrieval.types import Document, Span

Verdict = Literal[
    "right",
    "partly",
    "wrong_quote",
    "wrong_speaker",
    "out_of_date",
    "should_have_answered",
    "should_have_abstained",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
#: What can be said of an exchange that has no answer; the rest is about quotes.
SILENT: tuple[Verdict, ...] = ("right", "should_have_answered")


@dataclass(frozen=True, slots=True)
class Gold:
    """The span of a stored version that answers best."""

    document: str
    version: str
    span: Span


@dataclass(frozen=True, slots=True)
class Label:
    """What a reviewer said; no `verdict` when they took back what they had said before."""

    id: int
    exchange: UUID
    reviewer: str
    verdict: Verdict | None
    gold: Gold | None
    note: str | None
    at: datetime


def add(
    engine: Engine,
    exchange: UUID,
    reviewer: str,
    verdict: Verdict,
    now: datetime,
    gold: Gold | None = None,
    note: str | None = None,
) -> None:
    """Label an exchange; what the reviewer said of it before is history from now on.

    Raises: ValueError when there is no such exchange or span, or the verdict does not fit; Unavailable.
    """
    with writing(engine) as connection:
        answered = connection.scalar(select(exchanges.c.answered).where(exchanges.c.id == exchange))
        if answered is None:
            raise ValueError(f"there is no exchange {exchange}")
        if answered and verdict == "should_have_answered":
            raise ValueError("it was answered: say what is wrong with the quotes")
        if not answered and verdict not in SILENT:
            raise ValueError(f"it was not answered: say {' or '.join(SILENT)}")
        if gold is not None:
            _text(connection, gold)
        _append(connection, exchange, reviewer, verdict, now, gold, note)


def undo(engine: Engine, exchange: UUID, reviewer: str, now: datetime) -> None:
    """Take a reviewer's label of an exchange back. Raises: ValueError when none stands; Unavailable."""
    with writing(engine) as connection:
        mine = standing().where(labels.c.exchange == exchange, labels.c.reviewer == reviewer)
        if connection.execute(mine).one_or_none() is None:
            raise ValueError(f"no label of {reviewer} stands for exchange {exchange}")
        _append(connection, exchange, reviewer, None, now)


def history(engine: Engine, exchange: UUID) -> tuple[Label, ...]:
    """All that was ever said of an exchange, oldest first. Raises: Unavailable."""
    with reading(engine) as connection:
        rows = connection.execute(select(labels).where(labels.c.exchange == exchange).order_by(labels.c.id))
        return tuple(label(row) for row in rows)


def standing(of: Sequence[UUID] | None = None) -> Select[Any]:
    """The labels that stand, one for each exchange and reviewer who has one; only `of` these exchanges."""
    last = select(func.max(labels.c.id)).group_by(labels.c.exchange, labels.c.reviewer)
    if of is not None:
        last = last.where(labels.c.exchange.in_(of))
    return select(labels).where(labels.c.id.in_(last), labels.c.verdict.is_not(None))


def label(row: Row[*tuple[Any, ...]]) -> Label:
    """The label in a row of the table."""
    gold = None
    if row.gold_document is not None:
        gold = Gold(row.gold_document, row.gold_version, Span(row.gold_start, row.gold_end))
    return Label(row.id, row.exchange, row.reviewer, row.verdict, gold, row.note, row.at)


def located(engine: Engine, exchange: UUID, text: str, document: str | None = None) -> Gold:
    """The span that reads `text`: in what the exchange quoted or found, best first, or in the newest version
    of `document`. Raises: ValueError when it is nowhere, or more than once in one text; Unavailable."""
    with reading(engine) as connection:
        for kept in _near(connection, exchange) if document is None else _named(connection, document):
            match kept.text.count(text):
                case 0:
                    continue
                case 1:
                    start = kept.text.index(text)
                    return Gold(kept.id, kept.version, Span(start, start + len(text)))
                case times:
                    raise ValueError(f"document {kept.id} reads that {times} times: give more of its words")
    raise ValueError("no document reads that: copy the words exactly, or name the document")


def text_of(connection: Connection, gold: Gold) -> str | None:
    """What the span reads; None once its document is erased."""
    found = archive.document(connection, gold.document, gold.version)
    return None if found is None else found.slice(gold.span)


def _text(connection: Connection, gold: Gold) -> str:
    found = text_of(connection, gold)
    if found is None:
        raise ValueError(f"there is no version {gold.version} of document {gold.document}")
    return found


def _append(
    connection: Connection,
    exchange: UUID,
    reviewer: str,
    verdict: Verdict | None,
    now: datetime,
    gold: Gold | None = None,
    note: str | None = None,
) -> None:
    known(connection, reviewer, now)
    # Whoever was at it is done with it.
    connection.execute(
        leases.delete().where(leases.c.exchange == exchange, leases.c.reviewer == reviewer)
    )
    connection.execute(
        labels.insert().values(
            exchange=exchange,
            reviewer=reviewer,
            verdict=verdict,
            gold_document=gold.document if gold else None,
            gold_version=gold.version if gold else None,
            gold_start=gold.span.start if gold else None,
            gold_end=gold.span.end if gold else None,
            note=storable(note) if note else None,
            at=now,
        )
    )


def known(connection: Connection, reviewer: str, now: datetime) -> None:
    """Have a reviewer be known by name; they may label, not sign in."""
    named = insert(connection, reviewers).values(name=reviewer, added_at=now)
    connection.execute(named.on_conflict_do_nothing())


def _near(connection: Connection, exchange: UUID) -> list[Document]:
    """The documents that an exchange quoted, then those that it found, each once."""
    wanted: dict[tuple[str, str], None] = {}
    for table, order in ((quotes, quotes.c.number), (hits, hits.c.rank)):
        places = select(table.c.document, table.c.version).where(table.c.exchange == exchange).order_by(order)
        wanted |= {(row.document, row.version): None for row in connection.execute(places)}
    found = (archive.document(connection, *place) for place in wanted)
    return [document for document in found if document is not None]


def _named(connection: Connection, id: str) -> list[Document]:
    found = archive.document(connection, id)
    if found is None:
        raise ValueError(f"there is no document {id}")
    return [found]
