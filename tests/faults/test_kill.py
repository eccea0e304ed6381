"""The demonstration in small, and that its judge sees what it is there to see."""

import json
import time
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from bot import log
from bot.message import REPEAT
from migrations.database import engine, upgrade
from tests.bot.program import Program
from tests.botapi.record import Chat, Message, Sent
from tests.botapi.server import BotApi
from tests.database.examples import exchange_of
from tests.faults import kill, refresh, replies

CHAT = Chat(7, "private")
ASKED = Message(CHAT, 11, "What was agreed in Busan?", None, {}, update_id=700)
COMMAND = Message(CHAT, 12, "/start", None, {}, update_id=701)


def sent(text: str, message_id: int, asked: int | None) -> Sent:
    params = {"reply_parameters": json.dumps({"message_id": asked})} if asked else {}
    return Sent(
        "sendMessage", 7, None, text, (), None, message_id, time.monotonic(), MappingProxyType(params), True
    )


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program that never ran, whose database holds one exchange: the reply "Yes." as message 50."""
    made = engine(f"sqlite:///{tmp_path / 'talks.db'}")
    upgrade(made)
    log.receive(made, 1, [{"update_id": 700, "message": {}}])
    exchange = exchange_of(ASKED.text)
    reply = ({"text": "Yes.", "entities": []},)
    log.sending(made, 1, 700, replace(exchange, reply=reply, quotes=()), CHAT.id)
    delivered = log.done(made, 1, 700, [50])
    assert delivered is not None
    log.write(made, delivered)
    made.dispose()
    return Program(BotApi(), tmp_path)


def test_the_judge_is_content_with_one_reply_that_is_kept(program: Program) -> None:
    assert replies.wrong(program, [ASKED], [COMMAND], [sent("Yes.", 50, 11), sent("Hello", 51, None)]) == []


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ([], "no reply to"),
        ([sent("Yes.", 50, 11), sent("Yes.", 51, 11)], "again unmarked"),
        ([sent("Yes.", 49, 11), sent("Yes." + REPEAT, 50, 11)], "not marked in the database"),
        ([sent("Yes.", 49, 11)], "never accepted"),
        ([sent("No.", 50, 11)], "is not in the database"),
        ([sent("Yes.", 50, 11), sent("Well?", 51, 99)], "answers nothing"),
    ],
)
def test_the_judge_sees_what_is_wrong(program: Program, calls: list[Sent], says: str) -> None:
    assert any(says in line for line in replies.wrong(program, [ASKED], [], calls))


def test_the_judge_sees_a_command_answered_twice_and_an_update_left(program: Program) -> None:
    calls = [sent("Yes.", 50, 11), sent("Hello", 51, None), sent("Hello", 52, None)]
    assert any("again unmarked" in line for line in replies.wrong(program, [ASKED], [COMMAND], calls))
    left = engine(f"sqlite:///{program.home / 'talks.db'}")
    log.receive(left, 1, [{"update_id": 702, "message": {}}])
    assert "update 702 is left received" in replies.wrong(program, [ASKED], [], calls[:1])


def test_a_current_that_names_no_build_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    assert refresh.wrong(tmp_path, [set()])[0].startswith("CURRENT does not serve")


@pytest.mark.model
async def test_two_runs_lose_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank = home.with_name("blank")
    blank.mkdir()
    (blank / "models").symlink_to((home / "models").resolve())
    assert await kill.demonstrate(home.parent, (1, 2), seed=7) == []
    assert capsys.readouterr().out.count(" ok: ") == 2
