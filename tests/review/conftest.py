"""Databases of both kinds for the tests of review."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.database import upgraded
from tests.database.conftest import engine, postgresql, postgresql_engine, postgresql_upgraded

__all__ = ["engine", "postgresql", "postgresql_engine", "postgresql_upgraded"]


@pytest.fixture
def made_sqlite(tmp_path: Path) -> Engine:
    """The database of a home at `tmp_path`, with all tables."""
    return upgraded.sqlite(tmp_path / "talks.db")
