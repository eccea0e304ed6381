"""The commands as a maintainer and a cron job give them: what they print, and their exit codes."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from corpus import cli, report
from corpus.errors import FetchFailed, Locked
from corpus.plan import SHOWN
from corpus.refresh import lock
from retrieval.errors import NoBuild
from tests.corpus.changing import Desk, text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "home")
    made.fill(6)
    return made


def run(desk: Desk, arguments: Sequence[str]) -> Result:
    return CliRunner().invoke(cli.app, list(arguments), obj=lambda: desk.shop)


def test_plan_as_json_has_its_keys_and_a_page(desk: Desk) -> None:
    ran = run(desk, ["plan", "--json"])
    assert ran.exit_code == 0
    shown = json.loads(ran.stdout)
    assert tuple(shown) == SHOWN
    assert len(shown["new"]) == shown["passages_to_embed"] == 6
    assert (desk.home / "plans" / shown["id"] / "report.html").stat().st_size > 2000
    published = run(desk, ["refresh", "--plan", shown["id"]])
    assert published.exit_code == 0
    assert run(desk, ["refresh", "--plan", shown["id"]]).exit_code == 1


def test_refresh_says_what_came_of_it_by_its_exit_code(desk: Desk) -> None:
    assert run(desk, ["refresh", "--yes"]).exit_code == 0
    again = run(desk, ["refresh", "--yes"])
    assert (again.exit_code, "nothing to publish" in again.stdout) == (0, True)
    desk.put(d1=text(1, "agreed on a truce"))
    looked = run(desk, ["plan"])
    assert "unchanged  5 documents of the sources\nto embed   1 passage, " in looked.stdout
    assert "embedding passages and sentences: 2" in looked.stderr
    desk.broken = (FetchFailed("https://a.example/feed", "timed out"),)
    partly = run(desk, ["refresh", "--yes", "--json"])
    assert partly.exit_code == 4
    told = json.loads(partly.stdout)
    assert (told["outcome"], told["failed"][0]["reason"]) == ("published", "timed out")
    desk.silent = True
    assert run(desk, ["refresh", "--yes"]).exit_code == 1
    desk.silent, desk.broken = False, ()
    desk.remove(*(f"d{n}" for n in range(4)))
    codes = [run(desk, ["refresh", "--yes"]).exit_code for _ in range(3)]
    assert codes == [0, 0, 3]


@pytest.mark.parametrize(
    "wrong",
    [["refresh"], ["refresh", "--yes", "--force"], ["refresh", "--yes", "--reason", "x"], ["prune"],
     ["prune", "--keep", "0"], ["withdraw", "d1"], ["withdraw", "d1", "--reason", " "]],
)  # fmt: skip
def test_wrong_usage_is_told_apart(desk: Desk, wrong: list[str]) -> None:
    assert run(desk, wrong).exit_code == 2


def test_a_page_that_is_gone_is_named_and_is_no_failure(desk: Desk) -> None:
    desk.gone = ("https://a.example/gone",)
    assert "refused    https://a.example/gone: listed, but gone" in run(desk, ["plan"]).stdout
    ran = run(desk, ["refresh", "--yes"])
    assert ran.exit_code == 0
    assert "refused    https://a.example/gone: listed, but gone" in ran.stderr


def test_force_needs_its_reason_and_is_kept(desk: Desk) -> None:
    run(desk, ["refresh", "--yes"])
    desk.remove(*(f"d{n}" for n in range(4)))
    for _ in range(3):
        run(desk, ["refresh", "--yes"])
    forced = run(desk, ["refresh", "--yes", "--force", "--reason", "the folder moved"])
    assert forced.exit_code == 0
    last = report.kept(desk.home)[-1]
    assert (last.forced, last.reason) == (True, "the folder moved")
    assert "the folder moved" in run(desk, ["history"]).stdout


def test_the_life_of_a_document_can_be_followed(desk: Desk) -> None:
    run(desk, ["refresh", "--yes"])
    first, id = desk.current(), desk.id("d1")
    desk.put(d1=text(1, "agreed on a truce"))
    run(desk, ["refresh", "--yes"])
    assert "[-nothing yet.-] {+a truce.+}" in run(desk, ["diff", first]).stdout
    shown = run(desk, ["show", id]).stdout
    assert "agreed on a truce" in shown
    old = next(line.split()[1] for line in shown.splitlines() if line.startswith("version"))
    assert "nothing yet" in run(desk, ["show", id, "--version", old[:10]]).stdout
    assert run(desk, ["show", id, "--version", "zz"]).exit_code == 2
    assert run(desk, ["rollback"]).exit_code == 0
    assert desk.current() == first
    assert run(desk, ["withdraw", id, "--reason", "it was wrong", "--erase"]).exit_code == 0
    gone = run(desk, ["show", id]).stdout
    assert "it was wrong" in gone
    assert "its text is erased" in gone
    assert "withdraw" in run(desk, ["history"]).stdout
    assert len(run(desk, ["history", "--json"]).stdout.splitlines()) == 4
    assert "nothing to delete" in run(desk, ["prune", "--keep", "1"]).stdout, "both builds held it"


def test_fetched_at_another_time_is_no_difference(desk: Desk) -> None:
    run(desk, ["refresh", "--yes"])
    desk.put(d6=text(6))
    run(desk, ["refresh", "--yes"])
    first = desk.current()
    run(desk, ["rollback"])
    run(desk, ["refresh", "--yes"])
    assert desk.current() != first
    assert run(desk, ["diff", first]).stdout == "unchanged  7 documents\n"


def test_known_failures_reach_the_program_as_they_are(desk: Desk) -> None:
    assert isinstance(run(desk, ["rollback"]).exception, NoBuild)
    with lock(desk.home):
        assert isinstance(run(desk, ["plan"]).exception, Locked)


@pytest.mark.parametrize(
    "command", ["plan", "refresh", "rollback", "withdraw", "prune", "history", "show", "diff"]
)
def test_every_command_explains_itself(desk: Desk, command: str) -> None:
    helped = run(desk, [command, "--help"])
    assert helped.exit_code == 0
    assert len(helped.stdout.split()) > 30
