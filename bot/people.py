"""All that is stored about one person: shown, consented to, deleted."""

from base64 import b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, select

from bot.exchange import Exchange
from bot.tables import (
    consents,
    exchanges,
    feedback,
    hits,
    labels,
    languages,
    leases,
    quotes,
    samples,
    seconds,
    updates,
    watches,
)
from bot.texts import LANGUAGES, Language
from migrations.database import insert, reading, writing

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much was deleted."""

    questions: int
    feedback: int


def consent(engine: Engine, user: str) -> bool:
    """Whether `user` lets their questions improve the bot. Raises: Unavailable."""
    with reading(engine) as connection:
        return bool(connection.scalar(select(consents.c.given).where(consents.c.user == user)))


def set_consent(engine: Engine, user: str, given: bool, now: datetime) -> None:
    """Raises: Unavailable."""
    fresh = {"given": given, "changed_at": now}
    with writing(engine) as connection:
        connection.execute(
            insert(connection, consents)
            .values(user=user, **fresh)
            .on_conflict_do_update(index_elements=["user"], set_=fresh)
        )


def language(engine: Engine, user: str) -> Language | None:
    """The language that `user` chose, if they did. Raises: Unavailable."""
    with reading(engine) as connection:
        chosen = connection.scalar(select(languages.c.language).where(languages.c.user == user))
    return next((each for each in LANGUAGES if each == chosen), None)


def set_language(engine: Engine, user: str, chosen: Language | None, now: datetime) -> None:
    """What `user` is told from now on is told in `chosen`; None for the language of their Telegram.

    Raises: Unavailable.
    """
    fresh = {"language": chosen, "changed_at": now}
    with writing(engine) as connection:
        if chosen is None:
            connection.execute(languages.delete().where(languages.c.user == user))
            return
        connection.execute(
            insert(connection, languages)
            .values(user=user, **fresh)
            .on_conflict_do_update(index_elements=["user"], set_=fresh)
        )
        connection.execute(watches.update().where(watches.c.user == user).values(language=chosen))


def stored(engine: Engine, bot: int, user: str, user_id: int) -> dict[str, Any]:
    """All rows about a person as JSON data: `user` is the pseudonym of `user_id`, which only updates that
    are not yet done hold. Raises: Unavailable."""
    with reading(engine) as connection:
        mine = exchanges.c.user == user
        found: dict[str, Any] = {
            "schema": SCHEMA,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "pseudonym": user,
            "exchanges": _rows(connection, select(exchanges).where(mine).order_by(exchanges.c.asked_at)),
            "feedback": _rows(connection, select(feedback).where(feedback.c.user == user)),
            "consents": _rows(connection, select(consents).where(consents.c.user == user)),
            "languages": _rows(connection, select(languages).where(languages.c.user == user)),
            "watches": _rows(connection, select(watches).where(watches.c.user == user)),
        }
        for made in found["exchanges"]:
            for table in (hits, quotes, labels, samples, leases, seconds):
                # Who the reviewers are is about them.
                columns = [column for column in table.columns if column.name != "reviewer"]
                rows = select(*columns).where(table.c.exchange == UUID(made["id"]))
                made[table.name] = _rows(connection, rows)
        waiting = _waiting(connection, bot, user, user_id)
        found["exchanges"] += [_json(asdict(made)) for _, made, _ in waiting if made is not None]
        found["updates"] = [raw for _, _, raw in waiting if raw is not None]
    return found


def forget(engine: Engine, bot: int, user: str, user_id: int) -> Deleted:
    """Delete all of it in one transaction. Updates still to be answered stay until they are, and then are
    logged like any other. Raises: Unavailable."""
    with writing(engine) as connection:
        waiting = [id for id, made, raw in _waiting(connection, bot, user, user_id) if made and not raw]
        if waiting:
            connection.execute(
                updates.update()
                .where(updates.c.bot == bot, updates.c.update_id.in_(waiting))
                .values(exchange=None)
            )
        gone = connection.execute(exchanges.delete().where(exchanges.c.user == user)).rowcount
        judged = connection.execute(feedback.delete().where(feedback.c.user == user)).rowcount
        for table in (consents, languages, watches):
            connection.execute(table.delete().where(table.c.user == user))
    return Deleted(gone + len(waiting), judged)


def _waiting(
    connection: Connection, bot: int, user: str, user_id: int
) -> list[tuple[int, Exchange | None, dict[str, Any] | None]]:
    """What is still under way for a person: update, exchange not yet written, update as it came."""
    found: list[tuple[int, Exchange | None, dict[str, Any] | None]] = []
    for row in connection.execute(
        select(updates).where(
            updates.c.bot == bot, (updates.c.state != "done") | updates.c.exchange.is_not(None)
        )
    ):
        made = Exchange.from_json(row.exchange) if row.exchange and user in row.exchange else None
        made = made if made and made.user == user else None
        raw = row.raw if _sender(row.raw or {}) == user_id else None
        if made or raw:
            found.append((row.update_id, made, raw))
    return found


def _sender(raw: dict[str, Any]) -> int | None:
    for inside in raw.values():
        if isinstance(inside, dict) and isinstance(inside.get("from"), dict):
            return int(inside["from"]["id"])
    return None


def _rows(connection: Connection, wanted: Select[Any]) -> list[dict[str, Any]]:
    return [_json(dict(row._mapping)) for row in connection.execute(wanted)]


def _json(row: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, bytes):
            return b64encode(value).decode()
        return str(value) if isinstance(value, UUID) else value

    return {name: plain(value) for name, value in row.items()}
