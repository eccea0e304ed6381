"""What was quoted is what is stored: a single changed character, span or entity is told."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, update
from typer.testing import CliRunner

from bot.cli import app
from bot.exchange import Exchange
from bot.log import write
from bot.review.verify import LOT, Checked, checked
from bot.tables import exchanges, quotes
from corpus import archive, tables
from migrations import database
from migrations.database import writing

from .logs import CORPUS, HARVEST, NOON, QUESTIONS, SPEECH, build_of, document, keep, log


@pytest.fixture
def logged(engine: Engine, tmp_path: Path) -> list[Exchange]:
    """Three answered questions and one that is not, their documents kept."""
    keep(engine, *CORPUS)
    made = log(engine, build_of(tmp_path / "index", *CORPUS), *QUESTIONS, "Who won the World Cup?")
    assert [exchange.answered for exchange in made] == [True, True, True, False]
    assert any("🤝" in made[0].reply[0]["text"] for _ in made)
    return made


def verdicts(engine: Engine) -> Counter[str]:
    return Counter(one.verdict for one in checked(engine))


def quoting(engine: Engine, id: str) -> Checked:
    return next(one for one in checked(engine) if one.document == id)


def test_all_that_was_said_holds(engine: Engine, logged: list[Exchange]) -> None:
    found = list(checked(engine))
    assert {one.verdict for one in found} == {"holds"}
    assert len(found) == sum(len(exchange.quotes) for exchange in logged) >= 3
    assert {one.document for one in found} == {"speech", "harvest", "magnets"}


def test_an_empty_log_holds(engine: Engine) -> None:
    assert list(checked(engine)) == []


def test_later_versions_and_withdrawal_change_nothing(engine: Engine, logged: list[Exchange]) -> None:
    keep(engine, document("speech", "Bessent said nothing at all."))
    with writing(engine) as connection:
        archive.withdraw(connection, "harvest", NOON)
    assert verdicts(engine).keys() == {"holds"}


def test_erased_documents_are_told_apart(engine: Engine, logged: list[Exchange]) -> None:
    with writing(engine) as connection:
        archive.erase(connection, "harvest", NOON)
    assert quoting(engine, "harvest").verdict == "erased"
    assert verdicts(engine).keys() == {"holds", "erased"}


def test_a_changed_character_in_the_archive_is_told(engine: Engine, logged: list[Exchange]) -> None:
    with writing(engine) as connection:
        connection.execute(
            update(tables.versions)
            .where(tables.versions.c.document == "speech")
            .values(text=SPEECH.text.replace("why", "Why"))
        )
    assert quoting(engine, "speech").verdict == "altered"
    assert quoting(engine, "harvest").verdict == "holds"


def test_a_span_off_by_one_is_told(engine: Engine, logged: list[Exchange]) -> None:
    change_quotes(engine, "speech", start=quotes.c.start + 1)
    assert quoting(engine, "speech").verdict == "differs"


def test_a_span_behind_the_text_is_told(engine: Engine, logged: list[Exchange]) -> None:
    change_quotes(engine, "harvest", end=len(HARVEST.text) + 1)
    assert quoting(engine, "harvest").verdict == "outside"


def test_a_version_that_was_never_kept_is_told(engine: Engine, logged: list[Exchange]) -> None:
    change_quotes(engine, "harvest", version="0" * 64)
    assert quoting(engine, "harvest").verdict == "unknown"


def test_a_reply_that_says_otherwise_is_told(engine: Engine, logged: list[Exchange]) -> None:
    first, second, third, silent = logged
    (message,) = first.reply
    change_reply(engine, first, message | {"text": message["text"].replace("tariff was", "tariff is ")})
    shifted = [e | {"offset": e["offset"] + ("quote" in e["type"])} for e in second.reply[0]["entities"]]
    change_reply(engine, second, second.reply[0] | {"entities": shifted})
    change_reply(engine, third, third.reply[0] | {"entities": []})
    invented = {"type": "blockquote", "offset": 0, "length": 3}
    change_reply(engine, silent, silent.reply[0] | {"entities": [invented]})
    by_exchange = {one.exchange: one.verdict for one in checked(engine) if one.number == 1}
    assert by_exchange == {
        first.id: "differs", second.id: "differs", third.id: "unsent", silent.id: "unlogged",
    }  # fmt: skip


def test_a_log_of_many_lots_is_read_to_its_end(engine: Engine, logged: list[Exchange]) -> None:
    write(engine, *(replace(logged[0], id=uuid4(), update_id=n) for n in range(100, 100 + 2 * LOT)))
    found = list(checked(engine))
    assert len({one.exchange for one in found}) == 2 * LOT + 3
    assert {one.verdict for one in found} == {"holds"}


def change_quotes(engine: Engine, id: str, **values: object) -> None:
    with writing(engine) as connection:
        changed = connection.execute(update(quotes).where(quotes.c.document == id).values(**values))
    assert changed.rowcount


def change_reply(engine: Engine, exchange: Exchange, message: dict[str, object]) -> None:
    with writing(engine) as connection:
        connection.execute(update(exchanges).where(exchanges.c.id == exchange.id).values(reply=[message]))


def test_the_command_counts_and_fails(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    keep(engine, *CORPUS)
    made = log(engine, build_of(tmp_path / "index", *CORPUS), *QUESTIONS)
    total = sum(len(exchange.quotes) for exchange in made)
    run = CliRunner(env={"TALKS_HOME": str(tmp_path)})

    fine = run.invoke(app, ["verify"])
    assert (fine.exit_code, fine.stdout) == (0, f"{total} of {total} quotes hold (100.00%)\n")
    with writing(engine) as connection:
        archive.erase(connection, "magnets", NOON)
    change_quotes(engine, "speech", start=quotes.c.start + 1)
    failing = run.invoke(app, ["verify", "--json"])
    told = json.loads(failing.stdout)
    assert failing.exit_code == 1
    assert told["erased"] > 0
    assert told["quotes"] == total - told["erased"]
    assert told["hold"] + len(told["failed"]) == told["quotes"]
    assert {fault["document"] for fault in told["failed"]} == {"speech"}
    assert {fault["verdict"] for fault in told["failed"]} == {"differs"}
    said = run.invoke(app, ["verify"])
    assert said.exit_code == 1
    assert "the reply quotes another text" in said.stderr
    assert f"{told['erased']} more are of erased documents" in said.stdout
    engine.dispose()
