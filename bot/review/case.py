"""One exchange with all that is behind it: the reply as sent, each quote in its document, what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, select

from bot.message import Message
from bot.review.labels import Label, history
from bot.tables import exchanges, feedback, hits, quotes
from corpus import archive
from migrations.database import reading
from retrieval.sentences import sentences
from retrieval.types import Document, Span

Documents = Mapping[tuple[str, str], Document]
#: Sentences shown at either side of a quote.
AROUND = 2
#: Where the ids of exchanges are read.
SHOWN = ": `talks review next` shows one with its id, and the review pages name each in its address"
#: A conversation this long before a question, and this many of it, may have to do with it.
TALK, EARLIER = timedelta(hours=1), 5


@dataclass(frozen=True, slots=True)
class Place:
    """A quote or a hit by value, with the text around it; all three texts are None once it was erased.

    `number` is that of the citation or the rank.
    """

    number: int
    document: str
    version: str
    start: int
    end: int
    score: float
    speaker: str | None
    title: str | None
    before: str | None
    text: str | None
    after: str | None
    answer: Span | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An exchange before it in the same conversation."""

    id: UUID
    question: str
    answered: bool
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Disliked:
    """A 👎 by an asker, or a 👍 when `good`."""

    good: bool
    reason: str | None
    quote: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """An exchange as a reviewer sees it; people are not named in it, not even by pseudonym.

    `earlier` is the conversation before it, oldest first; `documents` has what quotes and hits
    are of, without what was erased.
    """

    id: UUID
    origin: str
    question: str
    carried: str | None
    answered: bool
    confidence: float
    reason: str
    build: str
    asked_at: datetime
    stages: tuple[tuple[str, float], ...]
    reply: tuple[Message, ...]
    quotes: tuple[Place, ...]
    hits: tuple[Place, ...]
    feedback: tuple[Disliked, ...]
    labels: tuple[Label, ...]
    earlier: tuple[Earlier, ...]
    documents: Documents


def find(engine: Engine, beginning: str) -> UUID:
    """The exchange whose id begins so. Raises: ValueError when not just one does; Unavailable."""
    digits = beginning.replace("-", "").lower()
    if not digits or len(digits) > 32 or set(digits) - set("0123456789abcdef"):
        raise ValueError(f"{beginning} is not the beginning of an id{SHOWN}")
    low, high = (UUID(digits.ljust(32, fill)) for fill in "0f")
    with reading(engine) as connection:
        inside = select(exchanges.c.id).where(exchanges.c.id.between(low, high)).limit(2)
        found: list[UUID] = [*connection.scalars(inside)]
    if len(found) != 1:
        wrong = "more than one exchange begins" if found else "no exchange begins"
        raise ValueError(f"{wrong} with {beginning}{SHOWN}")
    return found[0]


def case(engine: Engine, id: UUID) -> Case:
    """The exchange. Raises: ValueError when it is gone; Unavailable."""
    labels = history(engine, id)
    with reading(engine) as connection:
        row = connection.execute(select(exchanges).where(exchanges.c.id == id)).one_or_none()
        if row is None:
            raise ValueError(f"there is no exchange {id}")
        quoted = select(quotes).where(quotes.c.exchange == id).order_by(quotes.c.number)
        found = select(hits).where(hits.c.exchange == id).order_by(hits.c.rank)
        quote_rows, hit_rows = connection.execute(quoted).all(), connection.execute(found).all()
        documents = archive.several(connection, ((p.document, p.version) for p in (*quote_rows, *hit_rows)))
        said = select(feedback.c.good, feedback.c.reason, feedback.c.quote, feedback.c.text).where(
            feedback.c.bot == row.bot, feedback.c.update_id == row.update_id
        )
        return Case(
            id=row.id,
            origin=row.origin,
            question=row.question,
            carried=row.carried,
            answered=row.answered,
            confidence=row.confidence,
            reason=row.reason,
            build=row.build,
            asked_at=row.asked_at,
            stages=tuple((name, ms) for name, ms in row.stages),
            reply=tuple(Message.of(plain) for plain in row.reply),
            quotes=tuple(_place(documents, q, q.number, quoted=True) for q in quote_rows),
            hits=tuple(_place(documents, h, h.rank, quoted=False) for h in hit_rows),
            feedback=tuple(Disliked(*given) for given in connection.execute(said)),
            labels=labels,
            earlier=_earlier(connection, row),
            documents=documents,
        )


def around(document: Document, span: Span) -> tuple[str, str]:
    """The text of the sentences before and after `span`, from where it ends to where they do."""
    cuts = sentences(document.text)
    before = [cut for cut in cuts if cut.end <= span.start][-AROUND:]
    after = [cut for cut in cuts if cut.start >= span.end][:AROUND]
    start = before[0].start if before else span.start
    end = after[-1].end if after else span.end
    return document.text[start : span.start], document.text[span.end : end]


def _place(documents: Documents, row: Row[*tuple[Any, ...]], number: int, *, quoted: bool) -> Place:
    kept = documents.get((row.document, row.version))
    before = text = after = None
    if kept is not None:
        span = Span(row.start, row.end)
        text = kept.slice(span)
        before, after = around(kept, span)
    return Place(
        number=number,
        document=row.document,
        version=row.version,
        start=row.start,
        end=row.end,
        score=row.score,
        speaker=row.speaker if quoted else None,
        title=kept.source.title if kept else None,
        before=before,
        text=text,
        after=after,
        answer=Span(row.answer_start, row.answer_end) if quoted and row.answer_start is not None else None,
    )


def _earlier(connection: Connection, row: Row[*tuple[Any, ...]]) -> tuple[Earlier, ...]:
    if row.chat is None:
        return ()
    before = (
        select(exchanges.c.id, exchanges.c.question, exchanges.c.answered, exchanges.c.asked_at)
        .where(
            exchanges.c.chat == row.chat,
            exchanges.c.thread.is_not_distinct_from(row.thread),
            exchanges.c.asked_at < row.asked_at,
            exchanges.c.asked_at >= row.asked_at - TALK,
        )
        .order_by(exchanges.c.asked_at.desc())
        .limit(EARLIER)
    )
    return tuple(Earlier(*found) for found in connection.execute(before))[::-1]
