"""Databases with all tables and nothing in them: to copy one is faster than to run every migration again."""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from migrations import database


def sqlite(path: Path) -> Engine:
    """An engine on a new file of SQLite at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_file())
    return database.engine(f"sqlite:///{path}")


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "talks.db")
        made = database.engine(f"sqlite:///{path}")
        database.upgrade(made)
        made.dispose()
        return path.read_bytes()
