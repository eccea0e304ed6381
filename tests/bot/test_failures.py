"""What goes wrong inside while someone asks: the asker is told or answered, and nothing passes in silence."""

import asyncio
import logging
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot import watches
from bot.app import build
from bot.desk import Desk
from bot.handlers import Handlers
from bot.inbox import Inbox
from bot.live import Live, Understood
from bot.log import Writer
from bot.privacy import log_key
from bot.settings import Settings
from migrations.database import engine, reading, upgrade, writing
from retrieval.builds import Build
from retrieval.types import Answer, Turn
from tests.bot.program import Program, environment
from tests.botapi.server import BotApi

pytestmark = pytest.mark.model
QUESTION = "What did Bessent say about the threat of the 100% tariff?"


class Broken(Live):
    """A live index that fails at every question."""

    async def answer(self, question: str | Understood, history: Sequence[Turn] = ()) -> tuple[Answer, Build]:
        raise RuntimeError("the index is on fire")


class Locking(Live):
    """A live index that has somebody else lock the database while it answers, for `seconds`."""

    seconds = 8.0

    async def answer(self, question: str | Understood, history: Sequence[Turn] = ()) -> tuple[Answer, Build]:
        answered = await super().answer(question, history)
        other = sqlite3.connect(self._index.parent / "talks.db", isolation_level=None)
        while not other.execute("SELECT 1 FROM updates").fetchone():  # noqa: ASYNC110  another's database
            await asyncio.sleep(0.01)
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(self.seconds, other.close)
        return answered


@asynccontextmanager
async def running(api: BotApi, home: Path, live: type[Live]) -> AsyncIterator[Engine]:
    """The program's parts in this process, with another live index."""
    settings = Settings(
        _env_file=None,
        telegram_bot_token=api.token,
        telegram_api_base_url=api.base_url,
        talks_home=home,
        answer_threshold=0.0,
    )
    made = engine(settings.database)
    upgrade(made)
    inbox, writer = Inbox(made), Writer(made)
    application = build(settings, inbox)
    async with live(settings.index, settings.models, settings.answer_threshold) as serving:
        Handlers(Desk(serving, made, writer, log_key(home), settings)).register(application)
        await application.initialize()
        inbox.bot = application.bot.id
        writer.start()
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=1)
        yield made
        await application.updater.stop()
        await application.stop()
        await writer.close()
        await application.shutdown()


def rows(database: Engine, sql: str) -> list[tuple[Any, ...]]:
    with reading(database) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


async def test_an_asker_is_told_of_an_error_with_the_id_that_the_log_has(
    api: BotApi, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    with caplog.at_level(logging.ERROR):
        async with running(api, home, Broken) as made:
            await api.say(chat, person, QUESTION)
            told = (await api.next_message(chat)).text or ""
            await asyncio.sleep(0.3)
            states = rows(made, "SELECT state, raw FROM updates")
    id = re.search(r"error is ([0-9a-f]{6})", told)
    assert id is not None
    assert f"error {id[1]}" in caplog.text
    assert "the index is on fire" in caplog.text
    assert "fire" not in told
    assert states == [("done", None)]


async def test_a_log_that_cannot_be_written_eats_no_reply_and_is_said(
    api: BotApi, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    with caplog.at_level(logging.ERROR):
        async with running(api, home, Locking) as database:
            await api.say(chat, person, QUESTION)
            reply = await api.next_message(chat, timeout=20)
            assert reply.quotations
            async with asyncio.timeout(10):
                while rows(database, "SELECT state, raw FROM updates") != [("done", None)]:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
    assert "answered without a note" in caplog.text
    # What could not be noted before it left was noted after: nobody gets it again.
    assert rows(database, "SELECT question FROM exchanges") == [(QUESTION,)]


async def test_that_the_bot_left_a_group_is_noted_when_the_database_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(_env_file=None, talks_home=tmp_path)
    made = engine(settings.database, patience=0.1)
    upgrade(made)
    other = sqlite3.connect(tmp_path / "talks.db", isolation_level=None)
    desk = Desk(Live(tmp_path, tmp_path, 0.0), made, Writer(made), log_key(tmp_path), settings)
    with writing(made) as connection:
        values = "1, 2, 'u', -7, 'en', '2026-01-01', NULL, NULL"
        connection.exec_driver_sql(f"INSERT INTO watches VALUES ({values})")
    other.execute("BEGIN IMMEDIATE")
    leaving = asyncio.create_task(desk.insist(watches.leave, 1, -7))
    await asyncio.sleep(0.5)
    assert not leaving.done()
    other.close()
    async with asyncio.timeout(10):
        await leaving
    assert rows(made, "SELECT * FROM watches") == []
    assert "leave waits" in caplog.text


async def test_a_program_that_cannot_reach_telegram_stops_when_told_to(api: BotApi, home: Path) -> None:
    program = Program(api, home, TELEGRAM_API_BASE_URL="http://127.0.0.1:9")
    starting = asyncio.create_task(program.start())
    async with asyncio.timeout(30):
        while not program.log.exists() or "getMe failed" not in program.lines():  # noqa: ASYNC110  a process
            await asyncio.sleep(0.1)
    starting.cancel()
    assert await program.stop(wait=10) == 0
    assert "talks doctor" in program.lines()
    assert "Traceback" not in program.lines()


def test_a_home_that_cannot_be_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for arguments in (["ask", "Who?"], ["run"], ["corpus", "list"], ["db", "upgrade"]):
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=tmp_path, text=True, capture_output=True, check=False, stdin=subprocess.DEVNULL,
            env=environment(TALKS_HOME=str(tmp_path / "file")),
        )  # fmt: skip
        assert ended.returncode == 1
        assert "Traceback" not in ended.stderr
        assert str(tmp_path / "file") in ended.stderr
