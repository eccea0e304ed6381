"""One database for the tables of corpus and bot: SQLite as a file, or PostgreSQL.

What was committed survives the death of the process and the loss of power, on both. Errors:

DatabaseError
├── Unavailable   locked, full, unreachable: the same call may succeed later
└── NewerSchema   a later release has upgraded the database: this one must not write to it
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.types import TypeDecorator

# Alembic is imported where a schema is changed: it would take a tenth of every start, which only compares.
if TYPE_CHECKING:
    from alembic.config import Config

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Nobody should wait longer than this to be told that the database is busy.
LOCK_SECONDS = 5.0
# Migrations of a large log may take minutes, and every other process that starts has to wait for them.
UPGRADE_SECONDS = 600.0
# Whose turn it is to write to a SQLite file, among the threads of this process.
_TURNS: "WeakKeyDictionary[Engine, threading.Lock]" = WeakKeyDictionary()
_TURNS_LOCK = threading.Lock()
# Names the one lock that upgrades take on PostgreSQL: "talks" in ASCII.
_UPGRADE_LOCK = 0x74616C6B73


class DatabaseError(Exception):
    """Something is wrong with the database at `url`, whose password is hidden."""

    def __init__(self, url: str, what: str) -> None:
        super().__init__(f"database {url}: {what}")
        self.url = url


class Unavailable(DatabaseError):
    """Locked, full or unreachable; nothing of the transaction was kept."""


class NewerSchema(DatabaseError):
    """The database carries `revision`, which this release does not know."""

    def __init__(self, url: str, revision: str) -> None:
        super().__init__(url, f"schema revision {revision} is from a later release; install that one")
        self.revision = revision


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def engine(url: str, patience: float = LOCK_SECONDS) -> Engine:
    """An engine for `sqlite:///a/file` (made at first use, mode 0600) or `postgresql://…`; connects lazily.

    It waits `patience` seconds for a lock or a connection. Its errors show no parameters, for these are
    what people asked.
    Raises: ValueError for any other kind of database, one in memory included: it would lose the log.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        if where.database in (None, "", ":memory:") or str(where.database).startswith("file:"):
            raise ValueError("the database must be a file: sqlite:///path/to/file")
        made = create_engine(
            where.set(drivername="sqlite+pysqlite"),
            connect_args={"timeout": patience},
            pool_timeout=patience,
            # The one used last still holds the pages and statements that the next needs.
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(made, "do_connect", _make_file)
        event.listen(made, "connect", partial(_set_up_sqlite, patience))
        event.listen(made, "begin", _begin_sqlite)
        return made
    if where.get_backend_name() in ("postgresql", "postgres"):
        made = create_engine(
            where.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": max(2, int(patience))},
            pool_pre_ping=True,
            pool_timeout=patience,
            hide_parameters=True,
        )
        event.listen(made, "connect", partial(_set_up_postgresql, patience))
        return made
    raise ValueError(f"neither SQLite nor PostgreSQL: {where.drivername}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write, committed at the end. Raises: Unavailable.

    On SQLite the threads of a process take turns: its own way of waiting is to sleep and try again, up to
    100 ms at a time.
    """
    with _translated(engine), _turn(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, so on SQLite it waits for no writer. Raises: Unavailable."""
    reader = engine.execution_options(sqlite_reading=True, postgresql_readonly=True)
    with _translated(engine), reader.connect() as connection:
        yield connection


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of `connection`."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def upgrade(engine: Engine) -> str:
    """Bring the schema to the head, whole or not at all, and return its revision.

    Processes that start together take turns. Raises: Unavailable, NewerSchema.
    """
    from alembic import command

    with migrating(engine) as connection:
        found = _revision(connection)
        if found is not None and found not in _revisions():
            raise NewerSchema(str(engine.url), found)
        command.upgrade(_config(connection), "head")
    return head()


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A transaction that may alter the schema, one at a time. Raises: Unavailable, DatabaseError."""
    with _translated(engine), engine.connect() as connection:
        # The connection is changed for good, so it must not go back to the pool.
        connection.detach()
        driver = connection.connection.dbapi_connection
        if isinstance(driver, sqlite3.Connection):
            # Altering a table of SQLite rebuilds it, and dropping the old one would cascade to its children.
            # Neither pragma does anything inside a transaction.
            driver.execute("PRAGMA foreign_keys = OFF")
            driver.execute(f"PRAGMA busy_timeout = {int(UPGRADE_SECONDS * 1000)}")
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise DatabaseError(str(engine.url), f"{len(broken)} rows are left without a parent")
        else:
            with connection.begin():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{UPGRADE_SECONDS}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                yield connection


def head() -> str:
    """The newest revision that this release knows."""
    return max(_revisions())


def current(engine: Engine) -> str | None:
    """The revision that the database is at, None when it is blank. Raises: Unavailable."""
    with reading(engine) as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def _config(connection: Connection) -> "Config":
    """Alembic's settings in code, since an installed package has neither pyproject.toml nor alembic.ini."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _revisions() -> set[str]:
    """The revisions of this release, numbered in one line: their files are named by them."""
    return {path.name.partition("_")[0] for path in (Path(__file__).parent / "versions").glob("[0-9]*_*.py")}


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    if engine.dialect.name != "sqlite":
        yield
        return
    with _TURNS_LOCK:
        turn = _TURNS.setdefault(engine, threading.Lock())
    # Whoever waits in vain for this is told by SQLite itself that the file is locked.
    had = turn.acquire(timeout=LOCK_SECONDS)
    try:
        yield
    finally:
        if had:
            turn.release()


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(str(engine.url), str(error.orig)) from error
    except PoolTimeout as error:
        raise Unavailable(str(engine.url), "every connection is in use") from error


def _make_file(dialect: Dialect, record: object, arguments: list[str], options: dict[str, object]) -> None:
    """Make the file before SQLite does: readable by its owner alone, as it holds what people asked."""
    path = Path(arguments[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)


def _set_up_sqlite(patience: float, connection: sqlite3.Connection, record: object) -> None:
    # Python would begin transactions by its own rules; `_begin_sqlite` begins them instead.
    connection.isolation_level = None
    _use_wal(patience, connection)
    # NORMAL may lose the last commits when power fails, and an update whose receipt was confirmed never comes
    # again. FULL syncs the log at each commit: 0.30 ms against 0.03 for 2 kB on an SSD, thrice a question.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_wal(patience: float, connection: sqlite3.Connection) -> None:
    """Switch the file to WAL, which readers and a writer share without waiting.

    SQLite's own timeout does not hold here: while another process sets up the same new file, the switch is
    refused at once.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once, whatever the timeout, when another wrote
    # in between: so all but the readers take the write lock as they begin.
    reading = connection.get_execution_options().get("sqlite_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _set_up_postgresql(patience: float, connection: object, record: object) -> None:
    from psycopg import Connection as PsycopgConnection

    assert isinstance(connection, PsycopgConnection)
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = '{int(patience * 1000)}ms'")
    connection.autocommit = False
