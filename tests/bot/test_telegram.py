"""The real program as a process, asked over real HTTP; the reply and the database are read."""

import asyncio
import json
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.handlers import ATTEMPTS, COMMANDS, EXAMPLES
from bot.message import REPEAT
from tests.bot.conftest import ARTICLES, program_of_module
from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import tidy as running
from tests.bot.program import Program, environment
from tests.botapi.server import BotApi

__all__ = ["api", "program_of_module", "running"]

SETTINGS = {
    "OPERATOR_NAME": "The Test Desk",
    "OPERATOR_CONTACT": "desk@example.org",
    "LOG_LEVEL": "DEBUG",
}
pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

TARIFF = "What did Bessent say about the threat of the 100% tariff?"
LI = "What did vice commerce minister Li Chenggang call the result?"
ARTICLE = (ARTICLES / "article.md").read_text()


async def test_a_question_gets_a_cited_verbatim_quote_and_the_database_has_it(
    api: BotApi, running: Program
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    asked = await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    quotes = reply.quotations
    assert any("the threat of the 100% has gone away" in quote for quote in quotes)
    assert all(quote in ARTICLE for quote in quotes)
    assert reply.cut("text_link")[:2] == ("[1]", "After two days in Kuala Lumpur, a tariff threat recedes")
    assert "Talks Test Desk, 27 October 2025" in (reply.text or "")
    assert "[1]" in (reply.text or "")

    await api.say(chat, person, "Who won the 2022 World Cup?")
    silent = await api.next_message(chat)
    assert silent.quotations == ()
    assert "27 October 2025" in (silent.text or "")

    await running.settled()
    one, two = running.rows("SELECT * FROM exchanges ORDER BY asked_at, update_id")
    assert (one["question"], one["answered"], two["answered"]) == (TARIFF, 1, 0)
    assert json.loads(one["message_ids"]) == [reply.message_id]
    assert json.loads(one["reply"])[0]["text"] == reply.text
    assert one["update_id"] == asked.update_id
    assert len(one["question_vector"]) == 2 * 384
    stages = [name for name, _ in json.loads(one["stages"])]
    assert stages[:2] == ["wait", "understand"]
    assert stages[-4:] == ["render", "store", "note", "between"]
    assert "encode" in stages
    assert one["chat"] != one["user"]
    rows = running.rows("SELECT * FROM quotes ORDER BY number")
    assert len(rows) == len(quotes)
    assert running.rows("SELECT count(*) AS n FROM hits WHERE exchange = ?", one["id"])[0]["n"] > 0
    raw = (running.home / "talks.db").read_bytes() + (running.home / "talks.db-wal").read_bytes()
    assert re.search(rb'"chat_id": ?7\b', raw) is None
    assert api.complaints == []
    assert api.refusals == []


async def test_every_quote_in_the_log_is_read_from_its_stored_version(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    for question in (TARIFF, "Who is He Lifeng?", LI):
        await api.say(chat, person, question)
        reply = await api.next_message(chat)
        await running.settled()
        stored = running.rows(
            'SELECT substr(v.text, q.start + 1, q."end" - q.start) AS text FROM quotes q'
            " JOIN exchanges e ON e.id = q.exchange JOIN versions v ON v.document = q.document"
            " AND v.version = q.version WHERE e.question = ? ORDER BY q.number",
            question,
        )
        assert tuple(row["text"] for row in stored) == reply.quotations != ()


async def test_commands_and_what_is_not_text(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, "/start")
    start = await api.next_message(chat)
    assert tuple(row[0]["text"] for row in start.buttons)[: len(EXAMPLES)] == EXAMPLES
    await api.say(chat, person, "/help")
    assert "word for word" in ((await api.next_message(chat)).text or "")
    await api.say(chat, person, "/about")
    about = (await api.next_message(chat)).text or ""
    assert "The Test Desk (desk@example.org)" in about
    assert "1 document," in about
    await api.say(chat, person, "/nonsense")
    assert "/help" in ((await api.next_message(chat)).text or "")
    sticker = {"message_id": 900, "date": 1761600000, "chat": chat.json, "from": person.json}
    await api.push({"message": sticker | {"location": {"latitude": 3.1, "longitude": 101.7}}})
    assert "text only" in ((await api.next_message(chat)).text or "")
    await running.settled()
    assert running.rows("SELECT count(*) AS n FROM exchanges")[0]["n"] == 0
    menu = next(call for call in api.calls if call.method == "setMyCommands")
    assert [c["command"] for c in json.loads(menu.params["commands"])] == list(COMMANDS)
    assert api.complaints == []


async def test_half_a_surrogate_pair_in_a_message_is_no_error(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    # No app would send it; a server may.
    command = {"type": "bot_command", "offset": 0, "length": 6}
    bodies: tuple[dict[str, Any], ...] = (
        {"text": "\ud83d"},
        {"text": "/quote off the \ud83d table", "entities": [command]},
    )
    for body in bodies:
        api.updates.push({"message": api.world.write(chat, person, None, body)})
    assert (await api.next_message(chat)).quotations == ()
    assert "off the \ufffd table" in ((await api.next_message(chat)).text or "")
    key = await api.ask_inline(person, "Bessent \ud83d tariff")
    await api.wait_for(
        lambda call: call.method == "answerInlineQuery" and call.params["inline_query_id"] == key
    )
    assert api.complaints == []


async def test_chats_are_answered_side_by_side_and_each_in_order(api: BotApi, running: Program) -> None:
    people = [api.user(id) for id in range(1, 9)]
    chats = [api.private_chat(person) for person in people]
    api.fail("sendMessage", status=429, retry_after=3, chat_id=1)
    for round in range(2):
        for person, chat in zip(people, chats, strict=True):
            await api.say(chat, person, f"What did Bessent say in part {round}?")
    for chat in chats[1:]:
        await api.next_message(chat)
        await api.next_message(chat)
    held = [sent for sent in api.sent if sent.chat_id == 1 and sent.accepted]
    assert held == []
    await api.next_message(chats[0])
    await api.next_message(chats[0])
    await running.settled()
    asked = running.rows("SELECT question, chat FROM exchanges ORDER BY replied_at")
    by_chat: dict[str, list[str]] = {}
    for row in asked:
        by_chat.setdefault(row["chat"], []).append(row["question"])
    assert len(by_chat) == 8
    assert all([q[-2] for q in questions] == ["0", "1"] for questions in by_chat.values())


async def test_an_update_that_comes_twice_is_answered_once(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    asked = await api.say(chat, person, TARIFF)
    await api.next_message(chat)
    assert asked.update_id is not None
    await api.repeat(asked.update_id)
    await api.say(chat, person, LI)
    assert "Li Chenggang" in ((await api.next_message(chat)).text or "")
    await running.settled()
    assert running.rows("SELECT count(*) AS n FROM exchanges")[0]["n"] == 2
    assert sum(sent.accepted for sent in api.sent if sent.method == "sendMessage") == 2


async def test_a_question_asked_while_the_program_is_away_is_answered(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    assert await running.stop() == 0
    await api.say(chat, person, TARIFF)
    await running.start()
    assert (await api.next_message(chat)).quotations


async def test_a_kill_while_a_reply_is_sent_repeats_it_marked(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    api.fail("sendMessage", slow=30)
    await api.say(chat, person, TARIFF)
    first = await api.next_message(chat)
    await running.kill()
    assert running.rows("SELECT state FROM updates") == [{"state": "sending"}]
    await running.start()
    again = await api.next_message(chat)
    assert again.text == (first.text or "") + REPEAT
    assert again.params["reply_parameters"] == first.params["reply_parameters"]
    await running.settled()
    (row,) = running.rows("SELECT * FROM exchanges")
    assert row["repeated"] == 1
    assert json.loads(row["message_ids"]) == [again.message_id]
    assert running.rows("SELECT raw, chat_id, exchange FROM updates") == [
        {"raw": None, "chat_id": None, "exchange": None}
    ]


async def test_a_kill_while_a_command_is_answered_answers_it_again_marked(
    api: BotApi, running: Program
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    api.fail("sendMessage", slow=30)
    await api.say(chat, person, "/help")
    first = await api.next_message(chat)
    await running.kill()
    assert running.rows("SELECT state FROM updates") == [{"state": "received"}]
    await running.start()
    assert (await api.next_message(chat)).text == (first.text or "") + REPEAT
    await api.say(chat, person, "/help")
    assert (await api.next_message(chat)).text == first.text


async def test_an_update_at_which_the_program_dies_again_and_again_is_given_up_and_the_asker_told(
    api: BotApi, running: Program
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    api.fail("sendMessage", slow=30)
    await api.say(chat, person, "/help")
    await api.next_message(chat)
    await running.kill()
    with sqlite3.connect(running.home / "talks.db") as connection:
        connection.execute("UPDATE updates SET attempts = ?", (ATTEMPTS,))
    await running.start()
    assert "breaks at this message" in ((await api.next_message(chat)).text or "")
    await running.settled()


async def test_an_asker_who_blocks_the_bot_stops_nothing(api: BotApi, running: Program) -> None:
    rude, person = api.user(6), api.user(7)
    chats = api.private_chat(rude), api.private_chat(person)
    await api.say(chats[0], rude, TARIFF)
    await api.next_message(chats[0])
    await api.block(rude)
    await api.say(chats[0], rude, TARIFF)
    await api.say(chats[1], person, TARIFF)
    assert (await api.next_message(chats[1])).quotations
    await running.settled()
    undelivered = running.rows("SELECT replied_at FROM exchanges WHERE message_ids = '[]'")
    assert undelivered == [{"replied_at": None}]


async def test_the_token_is_in_no_log_line_at_any_level(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    api.fail("sendMessage", drop="before")
    api.fail("getUpdates", status=502)
    await api.say(chat, person, TARIFF)
    await api.next_message(chat, timeout=20)
    await running.settled()
    assert "getUpdates" in running.lines()
    assert "[token]" in running.lines()
    assert api.token not in running.lines()
    assert api.token.split(":")[1] not in running.lines().replace("talks_test_bot", "").replace(
        "TestDesk", ""
    )


async def test_a_wrong_token_is_said_in_a_line(api: BotApi, home: Path) -> None:
    wrong = Program(api, home, TELEGRAM_BOT_TOKEN="123456:WRONG")
    with pytest.raises(AssertionError, match="ended with 1"):
        await wrong.start()
    assert "@BotFather" in wrong.lines()
    assert "Traceback" not in wrong.lines()


async def test_a_new_build_goes_live_without_a_restart(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    question = "Where was the sixth round held?"
    swapped = running.lines().count("is live")
    note = running.home / "note.txt"
    note.write_text("The sixth round of the talks was held in Reykjavik on a rainy Tuesday.\n")
    add = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "corpus", "add", str(note),
        env=environment(TALKS_HOME=str(running.home), STARTER_CORPUS="false"),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await add.wait() == 0
    async with asyncio.timeout(15):
        while running.lines().count("is live") == swapped:  # noqa: ASYNC110  another process's log
            await asyncio.sleep(0.1)
    await api.say(chat, person, question)
    reply = await api.next_message(chat)
    assert any("Reykjavik" in quote for quote in reply.quotations)
    assert "undated" in (reply.text or "")
