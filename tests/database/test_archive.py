from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select

from corpus import archive, tables
from migrations.database import reading, writing
from retrieval.types import Document, Origin, Source

from .examples import NOON

SOURCE = Source(
    title="何立峰 in Busan",
    publisher="A paper",
    published=date(2025, 10, 30),
    url="https://a.example/1",
    fetched_at=NOON,
    tier="brief",
    licence="CC BY 4.0",
    author="A reporter",
    extractor="plain",
    kind="report",
    event=date(2025, 10, 29),
    compiled_from=(Origin("One", date(2025, 1, 2), "https://one.example"), Origin("Two")),
)
FIRST = Document.of("busan", SOURCE, "They agreed. 🤝\nNothing else.")


def keep(engine: Engine, *documents: Document, now: datetime = NOON) -> list[str]:
    with writing(engine) as connection:
        kept = archive.keep(connection, documents, now)
    assert [(one.document, one.version) for one in kept] == [(one.id, one.version) for one in documents]
    return [one.outcome for one in kept]


def rows(engine: Engine) -> list[int]:
    kept = (tables.documents, tables.versions, tables.revisions)
    with reading(engine) as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in kept]


def test_what_was_kept_comes_back_whole(engine: Engine) -> None:
    assert keep(engine, FIRST) == ["new"]
    with reading(engine) as connection:
        assert archive.document(connection, "busan") == FIRST
        assert archive.document(connection, "busan", FIRST.version) == FIRST
        assert archive.document(connection, "busan", "0" * 64) is None
        assert archive.document(connection, "geneva") is None
        assert archive.versions(connection, "geneva") == ()
        assert archive.history(connection, "geneva") == ()


def test_keeping_again_changes_nothing(engine: Engine) -> None:
    keep(engine, FIRST)
    later = NOON + timedelta(days=1)
    fetched_again = replace(FIRST, source=replace(SOURCE, fetched_at=later, extractor="plain 2"))
    assert keep(engine, FIRST, fetched_again, now=NOON + timedelta(days=1)) == ["unchanged", "unchanged"]
    assert rows(engine) == [1, 1, 1]


def test_another_title_is_a_revision_of_the_same_version(engine: Engine) -> None:
    renamed = replace(FIRST, source=replace(SOURCE, title="Busan, corrected"))
    dated = replace(renamed, source=replace(renamed.source, compiled_from=SOURCE.compiled_from[:1]))
    assert keep(engine, FIRST, renamed, dated) == ["new", "revised", "revised"]
    assert rows(engine) == [1, 1, 3]
    with reading(engine) as connection:
        assert archive.document(connection, "busan", FIRST.version) == dated
        assert [(one.number, one.source) for one in archive.history(connection, "busan")] == [
            (1, FIRST.source),
            (2, renamed.source),
            (3, dated.source),
        ]


def test_a_text_that_comes_back_is_the_newest_version_again(engine: Engine) -> None:
    second = Document.of("busan", SOURCE, "They agreed on more.")
    later = NOON + timedelta(hours=1)
    assert keep(engine, FIRST) == ["new"]
    assert keep(engine, second, now=later) == ["changed"]
    with reading(engine) as connection:
        assert archive.document(connection, "busan") == second
    assert keep(engine, FIRST, now=later + timedelta(hours=1)) == ["changed"]
    with reading(engine) as connection:
        assert archive.document(connection, "busan") == FIRST
        assert archive.document(connection, "busan", second.version) == second
        assert [(one.version, one.first_seen) for one in archive.versions(connection, "busan")] == [
            (FIRST.version, NOON),
            (second.version, later),
        ]
    assert rows(engine) == [1, 2, 3]


def test_more_documents_than_fit_a_lot(engine: Engine) -> None:
    many = [Document.of(f"d{n % 700}", Source(f"Title {n}"), f"Text {n % 700}.") for n in range(1300)]
    assert keep(engine, *many) == ["new"] * 700 + ["revised"] * 600
    assert keep(engine) == []
    assert rows(engine) == [700, 700, 1300]


def test_a_killed_transaction_keeps_nothing_and_loses_nothing(engine: Engine) -> None:
    keep(engine, FIRST)

    def interrupted() -> Iterator[Document]:
        yield Document.of("busan", SOURCE, "Another text.")
        yield from (Document.of(f"d{n}", SOURCE, "Text.") for n in range(archive.LOT))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writing(engine) as connection:
        archive.keep(connection, interrupted(), NOON)
    assert rows(engine) == [1, 1, 1]
    assert keep(engine, FIRST) == ["unchanged"]


def test_a_withdrawn_document_stays_readable_and_may_return(engine: Engine) -> None:
    keep(engine, FIRST)
    with writing(engine) as connection:
        assert archive.withdraw(connection, "busan", NOON)
        assert not archive.withdraw(connection, "busan", NOON)
        assert not archive.withdraw(connection, "geneva", NOON)
        assert archive.document(connection, "busan") == FIRST
    assert withdrawn(engine) == NOON
    assert keep(engine, FIRST) == ["unchanged"]
    assert withdrawn(engine) is None


def test_an_erased_document_stays_away(engine: Engine) -> None:
    other = Document.of("geneva", SOURCE, "Elsewhere.")
    keep(engine, FIRST, Document.of("busan", SOURCE, "Another text."), other)
    with writing(engine) as connection:
        assert archive.erase(connection, "busan", NOON) == 2
        assert archive.erase(connection, "busan", NOON + timedelta(days=1)) == 0
        assert archive.erase(connection, "nowhere", NOON) == 0
    assert keep(engine, FIRST, other, Document.of("busan", SOURCE, "A third.")) == [
        "erased",
        "unchanged",
        "erased",
    ]
    with reading(engine) as connection:
        assert archive.document(connection, "busan") is None
        assert archive.document(connection, "busan", FIRST.version) is None
        assert archive.document(connection, "geneva") == other
        assert {one.erased for one in archive.versions(connection, "busan")} == {True}
        assert connection.scalars(select(tables.versions.c.text)).all().count(None) == 2
    assert withdrawn(engine) == NOON


def test_two_refreshes_at_once_number_revisions_apart(engine: Engine) -> None:
    def refresh(who: str) -> None:
        for n in range(10):
            keep(engine, *(Document.of(f"d{k}", Source(f"{who} {n}"), "Text.") for k in range(5)))

    threads = [Thread(target=refresh, args=(who,)) for who in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        for k in range(5):
            numbers = [revision.number for revision in archive.history(connection, f"d{k}")]
            assert numbers == list(range(1, 21))


def test_moments_come_back_in_utc(engine: Engine) -> None:
    keep(engine, FIRST)
    with reading(engine) as connection:
        [revision] = archive.history(connection, "busan")
    assert revision.recorded_at == NOON
    assert revision.recorded_at.tzinfo is UTC
    assert revision.source.fetched_at is not None
    assert revision.source.fetched_at.tzinfo is UTC


def withdrawn(engine: Engine) -> datetime | None:
    with reading(engine) as connection:
        return connection.scalar(
            select(tables.documents.c.withdrawn_at).where(tables.documents.c.id == "busan")
        )
