"""Labels become golden questions, and a replay is judged by them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from bot.cli import app
from bot.exchange import Exchange
from bot.live import Serving
from bot.log import write
from bot.review.golden import judged
from bot.review.golden import write as write_golden
from bot.review.labels import add, located, undo
from bot.review.replay import Asked, questions, replay
from corpus import archive, checks, exam
from migrations import database
from migrations.database import writing
from retrieval import builds, evaluate
from retrieval.builds import Build
from retrieval.types import Turn
from tests.corpus.changing import Desk, text
from tests.fakes import BagOfWords

from .logs import CORPUS, HARVEST, MAGNETS, NOON, QUESTIONS, asked, build_of, keep, log

SILENT = "Who won the World Cup?"


@pytest.fixture
def build(engine: Engine, tmp_path: Path) -> Build:
    keep(engine, *CORPUS)
    return build_of(tmp_path / "index", *CORPUS)


@pytest.fixture
def logged(engine: Engine, build: Build) -> list[Exchange]:
    return log(engine, build, *QUESTIONS, SILENT)


def texts(engine: Engine) -> dict[str, list[str]]:
    """What is right by question, of those that leaned on no other."""
    return {
        one.asked.question: [right.text for right in one.right] for one in judged(engine) if not one.history
    }


def test_labels_tell_what_is_right(engine: Engine, logged: list[Exchange]) -> None:
    tariff, soybeans, magnets, silent = logged
    add(engine, tariff.id, "one", "right", NOON)
    add(engine, soybeans.id, "one", "wrong_quote", NOON, located(engine, soybeans.id, "from January"))
    add(engine, magnets.id, "one", "should_have_abstained", NOON)
    add(engine, silent.id, "one", "right", NOON)
    assert texts(engine) == {
        SILENT: [],
        QUESTIONS[2]: [],
        QUESTIONS[1]: ["from January"],
        QUESTIONS[0]: ["🤝 Bessent said that the extra tariff was off the table."],
    }
    undo(engine, tariff.id, "one", NOON)
    assert QUESTIONS[0] not in texts(engine)


def test_what_tells_nothing_is_no_golden_question(engine: Engine, logged: list[Exchange]) -> None:
    add(engine, logged[0].id, "one", "wrong_quote", NOON)
    add(engine, logged[1].id, "one", "partly", NOON)
    add(engine, logged[3].id, "one", "should_have_answered", NOON)
    assert judged(engine) == ()


def test_several_labels_of_a_question(engine: Engine, build: Build, logged: list[Exchange]) -> None:
    tariff = logged[0]
    add(engine, tariff.id, "one", "right", NOON)
    again = asked(build, tariff.question, 20)
    followed = replace(asked(build, tariff.question, 21), carried="And of wheat?")
    write(engine, again, followed)
    add(engine, again.id, "two", "partly", NOON, located(engine, again.id, "asked him why"))
    add(engine, followed.id, "two", "should_have_abstained", NOON)
    first, second = judged(engine)
    assert (first.asked, first.right, first.history) == (
        Asked(tariff.question, "And of wheat?"), (), (Turn("And of wheat?"),),
    )  # fmt: skip
    # Either is right; the latest comes first.
    assert [right.text for right in second.right] == [
        "asked him why", "🤝 Bessent said that the extra tariff was off the table.",
    ]  # fmt: skip
    assert first.id != second.id
    # The latest word on whether there is an answer counts.
    add(engine, again.id, "one", "should_have_abstained", NOON)
    assert texts(engine)[tariff.question] == []
    add(engine, tariff.id, "one", "right", NOON)
    assert len(texts(engine)[tariff.question]) == 2


def test_erased_spans_are_no_gold(engine: Engine, logged: list[Exchange]) -> None:
    add(engine, logged[1].id, "one", "right", NOON)
    with writing(engine) as connection:
        archive.erase(connection, "harvest", NOON)
    assert judged(engine) == ()


def test_the_gate_and_the_evaluation_read_them(
    engine: Engine, logged: list[Exchange], tmp_path: Path
) -> None:
    add(engine, logged[0].id, "one", "right", NOON)
    add(engine, logged[3].id, "one", "right", NOON)
    path = write_golden(tmp_path, judged(engine))
    assert evaluate.golden(path, CORPUS).questions == tuple(one.question for one in judged(engine))
    gate = [question for question in exam.questions(tmp_path) if question.split == "reviewed"]
    assert [(question.text, question.answerable) for question in gate] == [
        (SILENT, False), (QUESTIONS[0], True),
    ]  # fmt: skip
    assert [p.name for p in path.parent.iterdir()] == ["reviewed.jsonl"]
    write_golden(tmp_path, ())
    assert path.read_text() == ""


def test_a_replay_is_judged_by_labels(
    engine: Engine, build: Build, logged: list[Exchange], tmp_path: Path
) -> None:
    for exchange in logged:
        add(engine, exchange.id, "one", "right", NOON)
    known = {one.asked: one.question for one in judged(engine)}
    bag = BagOfWords()
    before, after = Serving(build, bag), Serving(build_of(tmp_path / "index", HARVEST, MAGNETS), bag)
    found = replay(questions(engine), before, after, 0.1, known)
    assert (found.judged, found.right_before, found.right_after) == (4, 4, 3)
    assert (found.better, found.worse, found.p) == (0, 1, 1.0)
    assert [change.asked.question for change in found.changes] == [QUESTIONS[0]]


def test_one_command_changes_the_gate(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    keep(engine, *CORPUS)
    logged = log(engine, build_of(tmp_path / "index", *CORPUS), *QUESTIONS, SILENT)
    engine.dispose()
    run = CliRunner(env={"TALKS_HOME": str(tmp_path), "TALKS_REVIEWER": "one"})
    for exchange in (logged[0], logged[3]):
        assert run.invoke(app, ["review", "label", str(exchange.id), "right"]).exit_code == 0
    done = run.invoke(app, ["review", "golden"])
    assert done.exit_code == 0
    assert done.stdout.startswith("2 golden questions, 1 of them without an answer, in ")
    lines = [json.loads(line) for line in (tmp_path / "golden" / "reviewed.jsonl").read_text().splitlines()]
    assert lines[1]["question"] == QUESTIONS[0]
    assert lines[1]["gold"] == [
        {"document": "speech", "text": "🤝 Bessent said that the extra tariff was off the table."}
    ]
    assert lines[0]["gold"] == lines[0]["history"] == []
    assert lines[0].keys() == {"id", "question", "gold", "history", "shown", "kind"}


def test_two_commands_from_an_answer_to_a_gate_that_holds_it(tmp_path: Path) -> None:
    """What was answered right, and is labelled so, keeps a build from going live that cannot find it."""
    desk = Desk(tmp_path / "home")
    desk.fill(9)
    desk.refresh()
    answered = asked(builds.load(desk.shop.index), "Where did the delegations meet on day 1 in Lima?")
    assert answered.quotes[0].document == desk.id("d1")
    write(desk.shop.engine, answered)
    others = {
        f"d{n}": text(n, "met in Lima on day 1, where delegations did meet in Lima") for n in range(2, 9)
    }
    desk.put(d1="Something else\n\nNothing of the kind is told any more.", **others)
    ungated = desk.plan().exam
    assert ungated is not None
    assert ungated.answerable == 0

    run = CliRunner(env={"TALKS_HOME": str(desk.home), "TALKS_REVIEWER": "one"})
    assert run.invoke(app, ["review", "label", str(answered.id), "right"]).exit_code == 0
    assert run.invoke(app, ["review", "golden"]).exit_code == 0

    before = desk.current()
    planned = desk.plan()
    assert planned.exam is not None
    assert (planned.exam.answerable, planned.exam.candidate.recall) == (1, 0.0)
    rejected = desk.refresh(planned)
    assert [check.name for check in checks.failed(rejected.checks)] == ["recall"]
    assert (rejected.outcome, desk.current()) == ("rejected", before)
    # A label that is taken back takes the gate along.
    assert run.invoke(app, ["review", "label", str(answered.id), "undo"]).exit_code == 0
    assert run.invoke(app, ["review", "golden"]).exit_code == 0
    assert desk.refresh().outcome == "published"
