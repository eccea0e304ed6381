"""`talks review` as a reviewer types it: what it shows, keeps and refuses."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

from bot.cli import app
from bot.exchange import Exchange
from bot.feedback import Given, explain
from bot.log import write
from bot.review.labels import history
from bot.review.users import check
from corpus import archive
from migrations import database
from migrations.database import writing

from .logs import BOT, CORPUS, NOON, QUESTIONS, asked, build_of, keep

Talks = Callable[..., Result]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The database of a home, as the program makes it."""
    made = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def logged(engine: Engine, tmp_path: Path) -> list[Exchange]:
    keep(engine, *CORPUS)
    build = build_of(tmp_path / "index", *CORPUS)
    made = [asked(build, question, n) for n, question in enumerate((*QUESTIONS, "Who won the World Cup?"))]
    write(engine, *made)
    return made


@pytest.fixture
def talks(tmp_path: Path, engine: Engine) -> Talks:
    """Runs `talks` as the reviewer "one"."""
    run = CliRunner(env={"TALKS_HOME": str(tmp_path), "TALKS_REVIEWER": "one", "COLUMNS": "200"})
    return lambda *words: run.invoke(app, words)


def told(done: Result) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_an_exchange_is_shown_with_its_quotes_in_their_documents(
    talks: Talks, engine: Engine, logged: list[Exchange]
) -> None:
    first = logged[0]
    explain(engine, Given(BOT, first.update_id or 0, "u", "c"), "wrong_quote", 1, NOON)
    done = talks("review", "show", str(first.id)[:10])
    assert done.exit_code == 0
    assert f"? {first.question}" in done.stdout
    assert "> 🤝 Bessent said that the extra tariff was off the table." in done.stdout
    assert (
        "⟦🤝 Bessent said that the extra tariff was off the table.⟧ Nobody at the meeting asked him why."
        in done.stdout
    )
    assert "👎 wrong_quote [1]" in done.stdout
    assert f"{first.hits[0].score:.3f}  speech: 🤝 Bessent said" in done.stdout
    assert first.user not in done.stdout.split()
    shown = told(talks("review", "show", str(first.id), "--json"))
    assert shown["quotes"][0]["text"] == "🤝 Bessent said that the extra tariff was off the table."
    assert shown["reply"] == list(first.reply)
    assert "user" not in shown
    assert "chat" not in shown


def test_an_erased_document_is_not_shown(talks: Talks, engine: Engine, logged: list[Exchange]) -> None:
    with writing(engine) as connection:
        archive.erase(connection, "harvest", NOON)
    done = talks("review", "show", str(logged[1].id))
    assert done.exit_code == 0
    assert "(its document was erased)" in done.stdout


def test_labels_are_kept_with_their_gold(talks: Talks, engine: Engine, logged: list[Exchange]) -> None:
    id = str(logged[0].id)
    done = talks("review", "label", id, "wrong_quote", "--gold", "asked him why", "--note", "Odd.")
    assert (done.exit_code, done.stdout) == (0, f"{id}: wrong_quote by one\n")
    assert talks("review", "label", id, "undo").stdout == f"{id}: label of one taken back\n"
    assert talks("review", "label", id, "right", "--reviewer", "two").exit_code == 0
    said = history(engine, logged[0].id)
    assert [(one.reviewer, one.verdict) for one in said] == [
        ("one", "wrong_quote"), ("one", None), ("two", "right"),
    ]  # fmt: skip
    assert said[0].gold is not None
    assert CORPUS[0].slice(said[0].gold.span) == "asked him why"
    shown = talks("review", "show", id).stdout
    assert "one  wrong_quote, gold speech [" in shown
    assert "one  undone" in shown


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("zz", "right"), "not the beginning of an id"),
        (("ffffffffffffffff", "right"), "no exchange begins"),
        (("{id}", "fine"), "say one of right, partly"),
        (("{id}", "should_have_answered"), "it was answered"),
        (("{id}", "undo"), "no label of one stands"),
        (("{id}", "partly", "--gold", "No such words."), "no document reads that"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    talks: Talks, engine: Engine, logged: list[Exchange], words: tuple[str, ...], why: str
) -> None:
    done = talks("review", "label", *(word.format(id=logged[0].id) for word in words))
    assert done.exit_code == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert history(engine, logged[0].id) == ()


def test_a_session_from_the_first_to_the_last(talks: Talks, logged: list[Exchange]) -> None:
    labelled = []
    while (due := told(talks("review", "next", "--rate", "1", "--json")))["exchange"]:
        labelled.append(due["exchange"])
        assert due["probability"] == 1
        assert talks("review", "label", due["exchange"], "right").exit_code == 0
    assert sorted(labelled) == sorted(str(exchange.id) for exchange in logged)
    assert talks("review", "next").stdout == "nothing waits for a label\n"
    other = talks("review", "next", "--second", "--reviewer", "two")
    assert other.stdout.startswith("Why this one: another reviewer labelled it\n")

    found = told(talks("review", "stats", "--json"))
    assert (found["exchanges"], found["answered"], found["labels"]) == (4, 3, 4)
    assert found["precision"]["value"] == 1.0
    assert found["precision"]["n"] == 3
    assert 0.4 < found["precision"]["low"] < 0.5
    figures = talks("review", "stats").stdout
    assert "exchanges      4, 3 answered (75.0%)" in figures
    assert "right          100.0% [43.9%, 100.0%] from 3 of the sample" in figures


def test_an_empty_log_has_nothing_to_review(talks: Talks) -> None:
    assert talks("review", "next").stdout == "nothing waits for a label\n"
    assert "no label in the sample yet" in talks("review", "stats").stdout


def test_who_may_sign_in_is_said_here(tmp_path: Path, engine: Engine) -> None:
    run = CliRunner(env={"TALKS_HOME": str(tmp_path)})

    def users(*words: str, password: str = "") -> Result:
        return run.invoke(app, ["review", "user", *words], input=password)

    assert "ann may sign in as a reviewer" in users("add", "ann", password="a long password\n").output
    assert users("add", "max", "--role", "maintainer", password="a long password\n").exit_code == 0
    assert users("list").output.splitlines() == ["reviewer    ann", "maintainer  max"]
    for words, password in (
        (("add", "ann"), "a long password\n"),
        (("add", "bob"), "short\n"),
        (("add", "bob", "--role", "king"), "a long password\n"),
        (("passwd", "bob"), "a long password\n"),
        (("remove", "bob"), ""),
    ):
        assert users(*words, password=password).exit_code == 2, words
    assert users("passwd", "ann", password="another password\n").exit_code == 0
    assert check(engine, "ann", "another password") is not None
    assert users("remove", "ann").exit_code == 0
    assert users("list").output.splitlines() == ["maintainer  max"]


def test_pages_are_not_opened_to_others_while_nobody_may_sign_in(talks: Talks) -> None:
    refused = talks("review", "serve", "--host", "0.0.0.0")
    assert refused.exit_code == 2
    assert "nobody may sign in yet" in refused.output
