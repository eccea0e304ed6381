import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select, text

import bot.tables
import corpus.tables
from bot import log, search
from corpus import archive
from migrations import database

from .examples import BOT, exchange_of

ROOT = Path(database.__file__).parent.parent
HISTORY = [script.revision for script in ScriptDirectory(str(ROOT / "migrations")).walk_revisions()][::-1]
TABLES = {**bot.tables.metadata.tables, **corpus.tables.metadata.tables}
WHEN = "2025-11-10 12:00:00.000000"
# Of the exchange below: its question, what it leaned on, its build, and where its quotes stand.
DIGEST = hashlib.sha256(
    json.dumps(["What was agreed?", None, "b1", [["busan", "v1", 0, 4]]]).encode()
).hexdigest()

# What a database may hold at each revision, for the upgrades from there to carry on. A new revision needs
# rows of its own here: those of the one before it, in the shape that it gives them.
ROWS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "0001": [
        ("documents", {"id": "busan", "created_at": WHEN}),
        ("versions", {"document": "busan", "version": "v1", "text": "They agreed.", "first_seen": WHEN}),
        (
            "revisions",
            {
                "document": "busan",
                "number": 1,
                "version": "v1",
                "title": "After Busan",
                "tier": "press",
                "compiled_from": "[]",
                "recorded_at": WHEN,
            },
        ),
        (
            "updates",
            {
                "bot": BOT,
                "update_id": 1,
                "state": "received",
                "raw": '{"update_id": 1}',
                "received_at": WHEN,
                "changed_at": WHEN,
            },
        ),
        (
            "updates",
            {
                "bot": BOT,
                "update_id": 2,
                "state": "sending",
                "raw": '{"update_id": 2}',
                "chat_id": -100,
                "exchange": exchange_of("What is sent?").to_json(),
                "received_at": WHEN,
                "changed_at": WHEN,
            },
        ),
        (
            "exchanges",
            {
                "id": "0" * 32,
                "origin": "terminal",
                "question": "What was agreed?",
                "answered": True,
                "confidence": 0.5,
                "reason": "answered",
                "build": "b1",
                "reply": "[]",
                "message_ids": "[]",
                "question_vector": b"\0\xff",
                "stages": '[["encode", 5.0], ["search", 2.5]]',
                "repeated": False,
                "asked_at": WHEN,
            },
        ),
        (
            "hits",
            {
                "exchange": "0" * 32,
                "rank": 1,
                "document": "busan",
                "version": "v1",
                "start": 0,
                "end": 4,
                "score": 1.0,
            },
        ),
        (
            "quotes",
            {
                "exchange": "0" * 32,
                "number": 1,
                "document": "busan",
                "version": "v1",
                "start": 0,
                "end": 4,
                "score": 1.0,
            },
        ),
    ],
}

ROWS["0002"] = [
    *ROWS["0001"],
    (
        "feedback",
        {
            "bot": BOT,
            "update_id": 3,
            "user": "u",
            "chat": "c",
            "good": False,
            "reason": "wrong_quote",
            "quote": 2,
            "text": "The other sentence.",
            "prompt": 12,
            "given_at": WHEN,
        },
    ),
    ("consents", {"user": "u", "given": True, "changed_at": WHEN}),
]

ROWS["0003"] = [
    *ROWS["0002"],
    ("reviewers", {"name": "one", "added_at": WHEN}),
    (
        "labels",
        {
            "exchange": "0" * 32,
            "reviewer": "one",
            "verdict": "wrong_quote",
            "gold_document": "busan",
            "gold_version": "v1",
            "gold_start": 0,
            "gold_end": 4,
            "note": "The other one.",
            "at": WHEN,
        },
    ),
    ("samples", {"exchange": "0" * 32, "probability": 0.5, "drawn_at": WHEN}),
]

ROWS["0004"] = [
    (table, row | {"milliseconds": 7.5, "digest": DIGEST} if table == "exchanges" else row)
    for table, row in ROWS["0003"]
]

ROWS["0005"] = [
    *ROWS["0004"],
    ("chats", {"chat": "c", "language": "ms", "mention_only": True, "changed_at": WHEN}),
]

ROWS["0006"] = [
    *ROWS["0005"],
    ("sessions", {"token": "t", "reviewer": "one", "expires_at": WHEN}),
    ("attempts", {"id": 1, "key": "name n", "at": WHEN}),
]

ROWS["0007"] = [
    *ROWS["0006"],
    ("leases", {"exchange": "0" * 32, "reviewer": "one", "until": WHEN}),
    ("seconds", {"exchange": "0" * 32, "reviewer": "one", "at": WHEN}),
    ("words", {"id": 1, "exchange": "0" * 32, "question": "what was agreed", "reply": ""}),
]

ROWS["0008"] = [
    (table, row | {"author": "A reporter", "extractor": "plain"} if table == "revisions" else row)
    for table, row in ROWS["0007"]
]

ROWS["0009"] = [
    *ROWS["0008"],
    ("languages", {"user": "u", "language": "ms", "changed_at": WHEN}),
    (
        "watches",
        {"bot": BOT, "update_id": 3, "user": "u", "chat_id": 7, "language": "ms", "made_at": WHEN},
    ),
]

ROWS["0010"] = [
    (
        (table, row | {"exchange": exchange_of("What is sent?").to_json(), "sending_at": WHEN})
        if table == "watches"
        else (table, row)
    )
    for table, row in ROWS["0009"]
]


def config(connection: Connection) -> Config:
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(ROOT / "migrations"))
    return made


def put(connection: Connection, revision: str) -> None:
    for table, row in ROWS[revision]:
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({values})'), row)


def test_there_is_one_history_with_one_head() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    assert script.get_heads() == [database.head()] == HISTORY[-1:]
    assert script.get_bases() == HISTORY[:1]
    assert not {*bot.tables.metadata.tables} & {*corpus.tables.metadata.tables}


def test_a_blank_database_upgrades(blank: Engine) -> None:
    assert database.current(blank) is None
    assert database.upgrade(blank) == database.head()
    assert database.current(blank) == database.head()
    made = {name for name in inspect(blank).get_table_names() if not name.startswith("fts_")}
    assert made == {*TABLES, "alembic_version"}
    assert database.upgrade(blank) == database.head()


def test_the_tables_are_those_that_the_code_names(engine: Engine) -> None:
    with engine.begin() as connection:
        command.check(config(connection))
        # What Alembic does not compare.
        found = inspect(connection)
        for name, table in TABLES.items():
            constraints = {str(check["name"]) for check in found.get_check_constraints(name)}
            assert constraints == {
                str(check.name) for check in table.constraints if str(check.name).startswith("ck_")
            }
            assert found.get_pk_constraint(name)["constrained_columns"] == [
                column.name for column in table.primary_key.columns
            ]


def test_every_revision_has_rows_to_start_from() -> None:
    assert list(ROWS) == HISTORY


@pytest.mark.parametrize("revision", HISTORY)
def test_a_database_of_every_revision_upgrades_with_its_rows(blank: Engine, revision: str) -> None:
    with blank.begin() as connection:
        command.upgrade(config(connection), revision)
        put(connection, revision)

    database.upgrade(blank)

    with database.reading(blank) as connection:
        for name in {name for name, _ in ROWS[revision]}:
            kept = connection.scalar(select(func.count()).select_from(TABLES[name]))
            assert kept == sum(name == table for table, _ in ROWS[revision]), name
        document = archive.document(connection, "busan")
        assert document is not None
        assert (document.text, document.source.title) == ("They agreed.", "After Busan")
        asked = connection.execute(select(bot.tables.exchanges)).one()
        assert (asked.question, asked.question_vector) == ("What was agreed?", b"\0\xff")
        for typed, hits in (("AGREED", 1), ("disagreed", 0)):
            sought = search.found(typed, blank.dialect)
            assert sought is not None
            assert len(connection.execute(search.exchanges_with(sought)).all()) == hits, typed
        assert (asked.milliseconds, asked.digest) == (7.5, DIGEST)
    assert [pending.state for pending in log.unfinished(blank, BOT)] == ["received", "sending"]


async def test_processes_that_start_together_upgrade_once(database_url: str) -> None:
    program = "import sys; from migrations import database as d; print(d.upgrade(d.engine(sys.argv[1])))"
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, database_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    printed = [(await process.communicate())[0].decode().strip() for process in started]
    assert printed == [database.head()] * 4


def test_a_database_of_a_later_release_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(database.NewerSchema) as caught:
        database.upgrade(engine)
    assert caught.value.revision == "9999"
    assert database.current(engine) == "9999"


def test_an_installed_package_upgrades_wherever_it_lies(tmp_path: Path) -> None:
    place = tmp_path / "100 % ours"
    for package in ("bot", "corpus", "migrations", "retrieval"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from migrations import database as d;"
        "print(d.__file__); print(d.upgrade(d.engine('sqlite:///new.db')))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program, str(place)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines() == [str(place / "migrations" / "database.py"), database.head()]
    assert (tmp_path / "new.db").exists()


def test_altering_a_table_leaves_its_children(engine: Engine) -> None:
    """SQLite rebuilds a table to alter it: with foreign keys on, that would delete the rows below it."""
    with database.writing(engine) as connection:
        put(connection, HISTORY[-1])
    with database.migrating(engine) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("exchanges") as batch:
            batch.alter_column("thread", new_column_name="topic")
    with database.reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM exchanges WHERE topic IS NULL")) == 1
        assert connection.scalar(text("SELECT count(*) FROM hits")) == 1
        assert connection.scalar(text("SELECT count(*) FROM quotes")) == 1


def test_an_upgrade_that_orphans_rows_is_undone(tmp_path: Path) -> None:
    """Of SQLite alone: PostgreSQL never lets go of its foreign keys."""
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    with database.writing(engine) as connection:
        put(connection, HISTORY[-1])
    with pytest.raises(database.DatabaseError, match="7 rows"), database.migrating(engine) as connection:
        connection.execute(text("DELETE FROM exchanges"))
    with database.reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM exchanges")) == 1
