"""The real program with its log and its archive in a real PostgreSQL."""

from collections.abc import Callable

import pytest
import sqlalchemy

from migrations.database import engine
from tests.bot.program import Program
from tests.botapi.server import BotApi
from tests.database.conftest import postgresql

__all__ = ["postgresql"]

pytestmark = pytest.mark.model


async def test_a_question_is_answered_and_logged(
    api: BotApi,
    program: Callable[..., Program],
    postgresql: Callable[[], str],
) -> None:
    url = postgresql()
    person = api.user(7)
    chat = api.private_chat(person)
    running = program(DATABASE_URL=url)
    await running.start()
    await api.say(chat, person, "What did Bessent say about the threat of the 100% tariff?")
    reply = await api.next_message(chat)
    assert reply.quotations
    assert await running.stop() == 0
    made = engine(url)
    with made.connect() as connection:
        logged = connection.execute(sqlalchemy.text("SELECT answered, message_ids FROM exchanges")).all()
        states = connection.execute(sqlalchemy.text("SELECT state, raw FROM updates")).all()
    made.dispose()
    assert logged == [(True, [reply.message_id])]
    assert states == [("done", None)]
    assert not (running.home / "talks.db").exists() or running.rows("SELECT 1 FROM exchanges") == []
