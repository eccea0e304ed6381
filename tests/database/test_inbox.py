"""What comes in is stored before it is confirmed; a plain question is worked on meanwhile, and only once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from telegram import Bot, Update

from bot import address
from bot.inbox import Inbox
from migrations.database import writing

from . import upgraded

BOT = Bot("123456:TEST")


def said(text: str, update: int = 700, **more: Any) -> Update:
    chat = {"id": 7, "type": "private", "first_name": "A"}
    sender = {"id": 7, "is_bot": False, "first_name": "A"}
    message = {"message_id": 1, "date": 1_761_000_000, "chat": chat, "from": sender, "text": text}
    return Update.de_json({"update_id": update, "message": message | more}, BOT)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """One that a transaction keeps others from writing to."""
    made = upgraded.sqlite(tmp_path / "talks.db")
    yield made
    made.dispose()


async def test_a_question_is_worked_on_while_it_is_stored_and_answered_once(engine: Engine) -> None:
    inbox = Inbox(engine)
    with writing(engine):
        putting = asyncio.create_task(inbox.put(said("Why?")))
        async with asyncio.timeout(2):
            assert await inbox.get() == said("Why?")
        again = asyncio.create_task(inbox.put(said("Why?")))
        answering = asyncio.create_task(inbox.kept(700))
        await asyncio.wait((putting, again, answering), timeout=0.1)
        assert not any(task.done() for task in (putting, again, answering)), "it is not stored"
    assert await answering
    await asyncio.gather(putting, again)
    assert inbox.empty(), "it came again while it was being stored"
    await inbox.put(said("Why?"))
    inbox.get_nowait()
    assert not await inbox.kept(700), "it came again later"


async def test_a_command_waits_until_it_is_stored_and_a_repeat_of_it_goes_no_further(engine: Engine) -> None:
    inbox = Inbox(engine)
    command = said("/start", entities=[{"type": "bot_command", "offset": 0, "length": 6}])
    with writing(engine):
        putting = asyncio.create_task(inbox.put(command))
        await asyncio.wait([putting], timeout=0.1)
        assert inbox.empty()
    await putting
    await inbox.put(command)
    assert inbox.qsize() == 1
    assert await inbox.kept(700)


REPLIED = {"message_id": 0, "date": 1_761_000_000, "chat": {"id": 7, "type": "private"}, "text": "Say more"}


@pytest.mark.parametrize(
    "update",
    [
        said("/start@another_bot", entities=[{"type": "bot_command", "offset": 0, "length": 18}]),
        said("It was wrong", reply_to_message=REPLIED),
        said("Why?", chat={"id": -7, "type": "group", "title": "Desk"}),
        said("   "),
    ],
)
def test_what_needs_a_look_at_more_than_its_words_is_no_plain_question(update: Update) -> None:
    assert not address.asks(update, BOT)
