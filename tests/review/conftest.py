"""Databases of both kinds for the tests of review."""

from tests.database.conftest import blank, database_url, engine, postgresql

__all__ = ["blank", "database_url", "engine", "postgresql"]
