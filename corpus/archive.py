"""Every version of every document that was ever kept, and what was known about it at the time.

The archive does not know which versions are live: that is what the current build says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, Select, and_, func, or_, select, update

from corpus.tables import documents, revisions
from corpus.tables import versions as texts
from migrations.database import insert
from retrieval.types import Document, Origin, Source

Outcome = Literal["new", "changed", "revised", "unchanged", "erased"]

# SQLite takes at most 32,766 parameters in a statement, and a lot in memory is a few megabytes of text.
LOT = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one document: "changed" is another text, "revised" the same text with another source.

    When it was fetched, and what extracted it, does not make a revision. "erased" was refused: it was erased
    for legal reasons.
    """

    document: str
    version: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Version:
    """One text that a document has had; `erased` when the text is gone."""

    version: str
    first_seen: datetime
    erased: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """What was known of a document from `recorded_at` on. `number` counts from 1, across versions."""

    number: int
    version: str
    source: Source
    recorded_at: datetime


def told(source: Source) -> Source:
    """What `source` tells of a document, without when and by what it was read."""
    return replace(source, fetched_at=None, extractor=None)


def keep(connection: Connection, kept: Iterable[Document], now: datetime) -> tuple[Kept, ...]:
    """Keep documents, in the caller's transaction, one `Kept` each in their order; idempotent.

    A withdrawn document that comes back is withdrawn no longer.
    """
    source = iter(kept)
    outcomes: list[Kept] = []
    while lot := list(islice(source, LOT)):
        outcomes += _keep_lot(connection, lot, now)
    return tuple(outcomes)


def pending(connection: Connection, kept: Iterable[Document]) -> tuple[Document, ...]:
    """Those that `keep` would not find unchanged, in their order; only reads."""
    source = iter(kept)
    found: list[Document] = []
    while lot := list(islice(source, LOT)):
        ids = sorted({document.id for document in lot})
        live = select(documents.c.id).where(documents.c.id.in_(ids), documents.c.withdrawn_at.is_(None))
        standing = set(connection.scalars(live))
        newest = _newest(connection, ids)
        found += [d for d in lot if d.id not in standing or _outcome(d, newest.get(d.id)) != "unchanged"]
    return tuple(found)


def withdrawn(connection: Connection, ids: Iterable[str]) -> dict[str, bool]:
    """Which of these documents are withdrawn, and whether their texts were erased with that."""
    wanted = iter(sorted(set(ids)))
    found: dict[str, bool] = {}
    while lot := list(islice(wanted, LOT)):
        rows = connection.execute(
            select(documents.c.id, documents.c.erased_at).where(
                documents.c.id.in_(lot), documents.c.withdrawn_at.is_not(None)
            )
        )
        found |= {row.id: row.erased_at is not None for row in rows}
    return found


def document(connection: Connection, id: str, version: str | None = None) -> Document | None:
    """The newest revision of a version, of the newest one by default; None if unknown or erased."""
    wanted = _revisions().where(revisions.c.document == id, texts.c.text.is_not(None))
    if version is not None:
        wanted = wanted.where(revisions.c.version == version)
    row = connection.execute(wanted.order_by(revisions.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else Document(id, row.version, _source(row), row.text)


def several(
    connection: Connection, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Document]:
    """Versions by (document, version), each in its newest revision; unknown and erased ones are left out.

    For the few that one page shows: all are read at once.
    """
    places = sorted(set(wanted))
    if not places:
        return {}
    inside = or_(*(and_(revisions.c.document == id, revisions.c.version == v) for id, v in places))
    rows = connection.execute(
        _revisions().where(inside, texts.c.text.is_not(None)).order_by(revisions.c.number)
    )
    made = (Document(row.document, row.version, _source(row), row.text) for row in rows)
    return {(document.id, document.version): document for document in made}


def starting(connection: Connection, prefix: str, most: int = 8) -> tuple[Document, ...]:
    """Documents with a version that begins with `prefix`, in its newest revision there, the latest kept
    first; at most so many. Erased texts are not among them."""
    rows = connection.execute(
        _revisions()
        .where(revisions.c.version.between(prefix, prefix + "g"), texts.c.text.is_not(None))
        .order_by(revisions.c.recorded_at.desc(), revisions.c.number.desc())
        .limit(most)
    )
    found: dict[tuple[str, str], Document] = {}
    for row in rows:
        made = Document(row.document, row.version, _source(row), row.text)
        found.setdefault((row.document, row.version), made)
    return tuple(found.values())


def ids(connection: Connection) -> frozenset[str]:
    """Every document that was ever kept."""
    return frozenset(connection.scalars(select(documents.c.id)))


def versions(connection: Connection, id: str) -> tuple[Version, ...]:
    """The versions of a document in the order they were first seen; empty if unknown."""
    rows = connection.execute(
        select(texts.c.version, texts.c.first_seen, texts.c.text.is_(None).label("erased"))
        .where(texts.c.document == id)
        .order_by(texts.c.first_seen, texts.c.version)
    )
    return tuple(Version(row.version, row.first_seen, bool(row.erased)) for row in rows)


def history(connection: Connection, id: str) -> tuple[Revision, ...]:
    """The revisions of a document, oldest first; empty if unknown."""
    rows = connection.execute(
        select(revisions).where(revisions.c.document == id).order_by(revisions.c.number)
    )
    return tuple(Revision(row.number, row.version, _source(row), row.recorded_at) for row in rows)


def sources(connection: Connection, ids: Iterable[str]) -> dict[str, Source]:
    """What was last known about each of these documents; unknown ones are left out."""
    wanted = iter(sorted(set(ids)))
    found: dict[str, Source] = {}
    while lot := list(islice(wanted, LOT)):
        found |= {id: revision.source for id, revision in _newest(connection, lot).items()}
    return found


def withdraw(connection: Connection, id: str, now: datetime) -> bool:
    """Mark a document as withdrawn; its texts stay. False if it is unknown or already withdrawn."""
    marked = connection.execute(
        update(documents)
        .where(documents.c.id == id, documents.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    return marked.rowcount == 1


def erase(connection: Connection, id: str, now: datetime) -> int:
    """Erase the texts of a document for good, for legal reasons; how many were erased.

    Its row stays as a tombstone, and `keep` refuses the document from now on.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    connection.execute(
        update(documents)
        .where(documents.c.id == id, documents.c.erased_at.is_(None))
        .values(erased_at=now, withdrawn_at=func.coalesce(documents.c.withdrawn_at, now))
    )
    gone = connection.execute(
        update(texts).where(texts.c.document == id, texts.c.text.is_not(None)).values(text=None)
    )
    return gone.rowcount


def scrub(engine: Engine) -> None:
    """Take out of SQLite's files what was erased: until then its pages and its log still hold the bytes. On
    PostgreSQL, vacuuming does that in its own time."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _keep_lot(connection: Connection, lot: list[Document], now: datetime) -> Iterator[Kept]:
    ids = sorted({document.id for document in lot})
    connection.execute(
        insert(connection, documents).on_conflict_do_nothing(),
        [{"id": id, "created_at": now} for id in ids],
    )
    # The rows stay locked to the end, so two refreshes cannot give out one revision number twice.
    # Sorted, so that they cannot wait for each other either.
    erased = {
        row.id: row.erased_at is not None
        for row in connection.execute(
            select(documents.c.id, documents.c.erased_at)
            .where(documents.c.id.in_(ids))
            .order_by(documents.c.id)
            .with_for_update()
        )
    }
    newest = _newest(connection, ids)
    new_texts: dict[tuple[str, str], dict[str, Any]] = {}
    new_revisions: list[dict[str, Any]] = []
    outcomes: list[Kept] = []
    for document in lot:
        known = newest.get(document.id)
        outcome: Outcome = "erased" if erased[document.id] else _outcome(document, known)
        outcomes.append(Kept(document.id, document.version, outcome))
        if outcome in ("erased", "unchanged"):
            continue
        number = 1 if known is None else known.number + 1
        newest[document.id] = Revision(number, document.version, document.source, now)
        new_texts[document.id, document.version] = {
            "document": document.id,
            "version": document.version,
            "text": document.text,
            "first_seen": now,
        }
        new_revisions.append(_row(document, number, now))
    if new_revisions:
        connection.execute(insert(connection, texts).on_conflict_do_nothing(), list(new_texts.values()))
        connection.execute(revisions.insert(), new_revisions)
    connection.execute(
        update(documents)
        .where(
            documents.c.id.in_(ids), documents.c.erased_at.is_(None), documents.c.withdrawn_at.is_not(None)
        )
        .values(withdrawn_at=None)
    )
    return iter(outcomes)


def _outcome(document: Document, known: Revision | None) -> Outcome:
    if known is None:
        return "new"
    if known.version != document.version:
        return "changed"
    return "unchanged" if told(known.source) == told(document.source) else "revised"


def _newest(connection: Connection, ids: list[str]) -> dict[str, Revision]:
    last = (
        select(revisions.c.document, func.max(revisions.c.number).label("number"))
        .where(revisions.c.document.in_(ids))
        .group_by(revisions.c.document)
        .subquery()
    )
    rows = connection.execute(
        select(revisions).join(
            last, and_(revisions.c.document == last.c.document, revisions.c.number == last.c.number)
        )
    )
    return {row.document: Revision(row.number, row.version, _source(row), row.recorded_at) for row in rows}


def _revisions() -> Select[Any]:
    return select(revisions, texts.c.text).join(
        texts,
        and_(revisions.c.document == texts.c.document, revisions.c.version == texts.c.version),
    )


def _row(document: Document, number: int, now: datetime) -> dict[str, Any]:
    source = document.source
    return {
        "document": document.id,
        "number": number,
        "version": document.version,
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published,
        "url": source.url,
        "fetched_at": source.fetched_at,
        "tier": source.tier,
        "licence": source.licence,
        "author": source.author,
        "extractor": source.extractor,
        "kind": source.kind,
        "event": source.event,
        "compiled_from": [
            {
                "publisher": origin.publisher,
                "published": None if origin.published is None else origin.published.isoformat(),
                "url": origin.url,
            }
            for origin in source.compiled_from
        ],
        "recorded_at": now,
    }


def _source(row: Row[Any]) -> Source:
    return Source(
        title=row.title,
        publisher=row.publisher,
        published=row.published,
        url=row.url,
        fetched_at=row.fetched_at,
        tier=row.tier,
        licence=row.licence,
        author=row.author,
        extractor=row.extractor,
        kind=row.kind,
        event=row.event,
        compiled_from=tuple(
            Origin(
                origin["publisher"],
                None if origin["published"] is None else date.fromisoformat(origin["published"]),
                origin["url"],
            )
            for origin in row.compiled_from
        ),
    )
