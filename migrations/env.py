"""Run by Alembic: on the connection that `database.upgrade` hands over, else on DATABASE_URL."""

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import bot.tables
import corpus.tables
from migrations import database


def _render(kind: str, value: Any, generation: AutogenContext) -> str | Literal[False]:
    # A revision must keep its meaning when the code moves on, so it names no type of ours.
    if kind == "type" and isinstance(value, database.Instant):
        return "sa.DateTime(timezone=True)"
    return False


def _compared(name: str | None, kind: str, parents: Any) -> bool:
    # What full-text search is made of differs between the databases: no table of ours describes it.
    return not (name or "").startswith("fts_")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=[corpus.tables.metadata, bot.tables.metadata],
        render_as_batch=True,
        render_item=_render,
        include_name=_compared,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    _run(handed_over)
else:
    with database.engine(os.environ["DATABASE_URL"]).begin() as connection:
        _run(connection)
