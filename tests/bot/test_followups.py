"""Follow-ups and edits: what the answer is told of earlier questions, and replies that change in place."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import ALLOWED, build
from bot.desk import Desk
from bot.handlers import Handlers
from bot.inbox import Inbox
from bot.live import Live, Understood
from bot.log import Writer
from bot.privacy import log_key
from bot.settings import Settings
from migrations.database import engine, upgrade
from retrieval.builds import Build
from retrieval.types import Answer, Turn
from tests.bot.pressing import edited
from tests.bot.program import Program
from tests.botapi.server import BotApi

pytestmark = pytest.mark.model

Make = Callable[..., Program]
TARIFF = "What did Bessent say about the threat of the 100% tariff?"
LI = "What did vice commerce minister Li Chenggang call the result?"
ENVOY = "Who led the Chinese delegation?"


class Telling(Live):
    """A live index that keeps what it is told of earlier questions, and carries over the last of them, and
    what it was told last of what was quoted. It takes `seconds` longer than it needs."""

    told: list[tuple[str, tuple[str, ...]]]
    shown = ""
    seconds = 0.0

    async def answer(self, question: str | Understood, history: Sequence[Turn] = ()) -> tuple[Answer, Build]:
        asked = question if isinstance(question, str) else question.query.question
        self.told.append((asked, tuple(turn.question for turn in history)))
        self.shown = history[-1].shown if history else ""
        await asyncio.sleep(self.seconds)
        answer, build = await super().answer(question)
        return replace(answer, carried=history[-1].question if history else None), build


@asynccontextmanager
async def running(api: BotApi, home: Path, **settings: Any) -> AsyncIterator[Telling]:
    """The program's parts in this process, with a live index that tells what it was told."""
    chosen = Settings(
        _env_file=None,
        telegram_bot_token=api.token,
        telegram_api_base_url=api.base_url,
        talks_home=home,
        answer_threshold=0.0,
        **settings,
    )
    made = engine(chosen.database)
    upgrade(made)
    inbox, writer = Inbox(made), Writer(made)
    application = build(chosen, inbox)
    async with Telling(chosen.index, chosen.models, chosen.answer_threshold) as live:
        live.told = []
        Handlers(Desk(live, made, writer, log_key(home), chosen)).register(application)
        await application.initialize()
        inbox.bot = application.bot.id
        writer.start()
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=1, allowed_updates=ALLOWED)
        yield live
        await application.updater.stop()
        await application.stop()
        await writer.close()
        await application.shutdown()
    made.dispose()


async def test_a_question_is_told_the_ones_before_it_in_its_chat(api: BotApi, home: Path) -> None:
    one, two = api.user(7), api.user(8)
    chat, other = api.private_chat(one), api.private_chat(two)
    async with running(api, home) as live:
        await api.say(chat, one, TARIFF)
        first = await api.next_message(chat)
        assert first.cut("italic") == ()
        await api.say(chat, one, "And what did Li say?")
        second = await api.next_message(chat)
        assert second.cut("italic") == (f"↳ with: {TARIFF}",)
        await api.say(other, two, ENVOY)
        await api.next_message(other)
        await api.say(chat, one, "And Rubio?")
        await api.next_message(chat)
        # In reply to an older answer the later questions do not count, nor what they quoted.
        await api.say(chat, one, "On which channel?", reply_to=first)
        await api.next_message(chat)
        assert first.quotations[0] in live.shown
    assert live.told == [
        (TARIFF, ()),
        ("And what did Li say?", (TARIFF,)),
        (ENVOY, ()),
        ("And Rubio?", (TARIFF, "And what did Li say?")),
        ("On which channel?", (TARIFF,)),
    ]
    assert api.complaints == []


async def test_a_follow_up_is_completed_and_says_with_what(api: BotApi, program: Make) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    started = program(ANSWER_THRESHOLD="0")
    await started.start()
    await api.say(chat, person, TARIFF)
    await api.next_message(chat)
    await api.say(chat, person, "And what did he say about a framework?")
    reply = await api.next_message(chat)
    asked, quoted = reply.cut("italic")
    assert TARIFF in asked
    assert quoted.startswith("↳ and what was quoted: ")
    assert any("framework" in quote for quote in reply.quotations), reply.quotations
    await api.say(chat, person, LI)
    assert (await api.next_message(chat)).cut("italic") == ()
    await started.settled()
    rows = started.rows("SELECT carried FROM exchanges ORDER BY update_id")
    assert [bool(row["carried"]) for row in rows] == [False, True, False]
    assert api.complaints == []


async def test_questions_of_long_ago_do_not_count(api: BotApi, home: Path) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    async with running(api, home) as live:
        old = {"message_id": 90, "date": 1761600000, "chat": chat.json, "from": person.json, "text": TARIFF}
        await api.push({"message": old})
        await api.next_message(chat)
        await api.say(chat, person, "And Li?")
        await api.next_message(chat)
    assert live.told == [(TARIFF, ()), ("And Li?", ())]


async def test_too_many_questions_get_a_kind_word_and_those_of_earlier_minutes_do_not_count(
    api: BotApi, home: Path
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    async with running(api, home, questions_per_minute=2) as live:
        for minute in range(4):
            old = {"message_id": 90 + minute, "date": 1761600000 + 61 * minute, "chat": chat.json}
            await api.push({"message": old | {"from": person.json, "text": TARIFF}})
            assert (await api.next_message(chat)).quotations
        for _ in range(2):
            await api.say(chat, person, TARIFF)
            assert (await api.next_message(chat)).quotations
        await api.say(chat, person, TARIFF)
        assert "Please wait" in ((await api.next_message(chat)).text or "")
    assert len(live.told) == 6


async def test_too_many_questions_in_a_group_are_told_once(api: BotApi, home: Path) -> None:
    ada, ben = api.user(7), api.user(8, "Ben")
    group = api.group(-1001, "Trade desk")
    async with running(api, home, questions_per_minute=1):
        for _ in range(4):
            await api.say(group, ada, f"/ask {TARIFF}")
        assert (await api.next_message(group)).quotations
        assert "Please wait" in ((await api.next_message(group)).text or "")
        await api.say(group, ben, f"/ask {TARIFF}")
        assert (await api.next_message(group)).quotations
    assert sum(call.method == "sendMessage" for call in api.sent) == 3


async def test_one_chat_action_shows_when_an_answer_takes_long(api: BotApi, home: Path) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    async with running(api, home) as live:
        await api.say(chat, person, TARIFF)
        await api.next_message(chat)
        live.seconds = 1.2
        await api.say(chat, person, LI)
        await api.next_message(chat)
    actions = [call for call in api.calls if call.method == "sendChatAction"]
    assert [call.params["action"] for call in actions] in (["typing"], ["typing", "typing"])
    place = api.calls.index(actions[-1])
    assert api.calls[place + 1].method == "sendMessage"


async def test_an_edited_question_is_answered_where_its_answer_stands(api: BotApi, program: Make) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    started = program()
    await started.start()
    asked = await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    # The same words once more, as when a link preview loads, change nothing.
    await api.edit(asked, TARIFF)
    changed = await api.edit(asked, LI)
    new = await edited(api, reply)
    assert new.text != reply.text
    assert "preliminary consensus" in "".join(new.quotations)
    assert new.buttons != reply.buttons
    await started.settled()
    await api.edit(changed, "Who won the 2022 World Cup?")
    silent = await edited(api, reply, after=new)
    assert silent.quotations == ()
    await started.settled()
    rows = started.rows("SELECT question, question_id, message_ids FROM exchanges ORDER BY update_id")
    assert [row["question"] for row in rows] == [TARIFF, LI, "Who won the 2022 World Cup?"]
    assert {row["question_id"] for row in rows} == {asked.message_id}
    assert len({row["message_ids"] for row in rows}) == 1
    assert sum(call.method == "sendMessage" for call in api.sent) == 1
    assert api.complaints == []


async def test_a_caption_or_a_forwarded_text_is_the_question(api: BotApi, program: Make) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    started = program()
    await started.start()
    photo = {"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}
    origin = {"type": "hidden_user", "date": 1761600000, "sender_user_name": "Somebody"}
    about = {"date": 1761600000, "chat": chat.json, "from": person.json}
    await api.push({"message": about | {"message_id": 90, "photo": [photo], "caption": TARIFF}})
    first = await api.next_message(chat)
    await api.push({"message": about | {"message_id": 91, "forward_origin": origin, "text": LI}})
    second = await api.next_message(chat)
    assert first.quotations != second.quotations
    await api.push({"message": about | {"message_id": 92, "photo": [photo]}})
    assert "text only" in ((await api.next_message(chat)).text or "")
    await started.settled()
    rows = started.rows("SELECT question FROM exchanges ORDER BY update_id")
    assert [row["question"] for row in rows] == [TARIFF, LI]
    assert api.complaints == []
