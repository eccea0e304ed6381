"""Databases of both kinds for the tests of review."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from migrations import database
from tests.database.conftest import blank, database_url, engine, postgresql

__all__ = ["blank", "database_url", "engine", "postgresql"]


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of SQLite with all tables and nothing in them: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("blank") / "talks.db"
    made = database.engine(f"sqlite:///{path}")
    database.upgrade(made)
    made.dispose()
    return path.read_bytes()


@pytest.fixture
def made_sqlite(tmp_path: Path, blank_sqlite: bytes) -> Engine:
    """The database of a home at `tmp_path`, with all tables."""
    path = tmp_path / "talks.db"
    path.write_bytes(blank_sqlite)
    return database.engine(f"sqlite:///{path}")
