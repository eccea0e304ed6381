"""The program's database, brought to this program's schema whenever it is opened."""

from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine


def database(settings: Settings) -> "Engine":
    """The database of `settings`, upgraded. Raises: migrations.database.DatabaseError."""
    from migrations.database import current, engine, head, upgrade

    settings.home.mkdir(parents=True, exist_ok=True)
    made = engine(settings.database)
    if current(made) != head():
        upgrade(made)
    return made
