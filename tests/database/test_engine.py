import sqlite3
import stat
from pathlib import Path
from threading import Thread, Timer
from time import monotonic

import pytest
from sqlalchemy import Engine, text

from bot import log
from migrations import database

from .examples import BOT, raw


@pytest.fixture
def impatient(engine: Engine) -> Engine:
    """Another engine on the database of `engine`, which waits for a fifth of a second only."""
    return database.engine(engine.url.render_as_string(hide_password=False), patience=0.2)


def lock(engine: Engine) -> str:
    """A statement that keeps others from writing until its transaction ends."""
    if engine.dialect.name == "sqlite":
        return "UPDATE alembic_version SET version_num = version_num"
    return "LOCK TABLE updates IN EXCLUSIVE MODE"


def test_a_locked_database_says_so_and_loses_nothing(engine: Engine, impatient: Engine) -> None:
    log.receive(engine, BOT, [raw(1)])
    with engine.begin() as connection:
        connection.execute(text(lock(engine)))
        began = monotonic()
        with pytest.raises(database.Unavailable, match="lock") as caught:
            log.receive(impatient, BOT, [raw(2), raw(3)])
        assert 0.15 < monotonic() - began < 2
        assert caught.value.url in str(caught.value)
        assert caught.value.__cause__ is not None
    assert log.receive(impatient, BOT, [raw(2), raw(3)]) == (raw(2), raw(3))
    assert [pending.update_id for pending in log.unfinished(engine, BOT)] == [1, 2, 3]


def test_readers_wait_for_no_writer(engine: Engine, impatient: Engine) -> None:
    log.receive(engine, BOT, [raw(1)])
    with engine.begin() as connection:
        connection.execute(text(lock(engine)))
        with database.reading(impatient) as reader:
            assert reader.scalar(text("SELECT count(*) FROM updates")) == 1


def test_a_writer_that_reads_first_is_not_thrown_out(engine: Engine) -> None:
    """With SQLite's own way to begin, the second of two that read and then write would fail at once."""
    with database.writing(engine) as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def count() -> None:
        for _ in range(20):
            with database.writing(engine) as connection:
                value = connection.scalar(text("SELECT value FROM counter" + for_update))
                connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    for_update = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""
    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading(engine) as connection:
        assert connection.scalar(text("SELECT value FROM counter")) == 80


def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    """On SQLite alone, which can be told how many pages there are."""
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    log.receive(engine, BOT, [raw(1)])
    with engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(database.Unavailable, match="full"):
        log.receive(engine, BOT, [raw(2, "long " * 4000)])
    with engine.connect() as connection:
        connection.execute(text(f"PRAGMA max_page_count = {pages + 100}"))
    assert log.receive(engine, BOT, [raw(2, "long " * 4000)]) == (raw(2, "long " * 4000),)
    assert [pending.update_id for pending in log.unfinished(engine, BOT)] == [1, 2]


def test_connections_that_the_server_dropped_are_made_anew(postgresql_engine: Engine) -> None:
    engine = postgresql_engine
    log.receive(engine, BOT, [raw(1)])
    other = database.engine(engine.url.render_as_string(hide_password=False))
    with other.connect() as connection:
        dropped = connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    assert len(dropped) == 1
    other.dispose()
    assert log.receive(engine, BOT, [raw(2)]) == (raw(2),)


def test_an_unreachable_server_says_so_without_the_password(tmp_path: Path) -> None:
    engine = database.engine(f"postgresql://bot:hunter2@/talks?host={tmp_path}")
    with pytest.raises(database.Unavailable, match="database postgresql") as caught:
        database.current(engine)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in caught.value.url


def test_errors_show_nothing_of_what_people_asked(engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(text("ALTER TABLE updates RENAME TO elsewhere"))
    with pytest.raises(Exception, match="updates") as caught:
        log.receive(engine, BOT, [raw(1, "my secret question")])
    shown = f"{caught.value} {caught.value.__cause__}"
    assert "my secret question" not in shown


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "talks.db"
    engine = database.engine(f"sqlite:///{path}")
    assert not path.parent.exists()
    database.upgrade(engine)
    log.receive(engine, BOT, [raw(1)])
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["talks.db", "talks.db-shm", "talks.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_sqlite_syncs_every_commit(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == database.LOCK_SECONDS * 1000


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://a/b", "sqlite:///file::memory:?uri=true"]
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"the database must be a file|neither SQLite nor PostgreSQL"):
        database.engine(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_name_postgresql_is_understood(scheme: str) -> None:
    assert database.engine(f"{scheme}://u@localhost/talks").driver == "psycopg"


def test_a_new_file_that_another_is_setting_up_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself gives up at once on the switch to WAL, whatever its timeout, while another writes."""
    path = tmp_path / "talks.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE made (value INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    Timer(0.2, other.execute, ["COMMIT"]).start()
    with database.reading(database.engine(f"sqlite:///{path}")) as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    other.close()


def test_a_new_file_that_stays_locked_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "talks.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE made (value INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(database.Unavailable, match="locked"):
        database.current(database.engine(f"sqlite:///{path}", patience=0.2))
    other.close()
