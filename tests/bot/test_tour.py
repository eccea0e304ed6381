"""Everything from /start: each command and mode within two taps, in the language that a person chose."""

import asyncio
import json
from itertools import product

import pytest

from bot.callbacks import SCREENS
from bot.commands import COMMANDS
from bot.texts import LANGUAGES, NAMES, Language, say
from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import program_of_module
from tests.bot.conftest import tidy as running
from tests.bot.pressing import buttons, edited, labels, press
from tests.bot.program import Program
from tests.botapi.record import Chat, Sent
from tests.botapi.server import BotApi

__all__ = ["api", "program_of_module", "running"]

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]


async def tap(api: BotApi, chat: Chat, sent: Sent, label: str) -> Sent:
    """The message that comes when a button is pressed."""
    await press(api, chat, sent, label)
    return await api.next_message(chat)


async def started(api: BotApi, number: int, language: str = "en") -> tuple[Chat, Sent]:
    """Somebody new, and the welcome. A chat takes one message a second, so each test has several."""
    person = api.user(number, language_code=language)
    chat = api.private_chat(person)
    await api.say(chat, person, "/start")
    return chat, await api.next_message(chat)


async def reached(api: BotApi, number: int, label: str) -> set[str]:
    """What the button of the welcome and those below what it shows lead to."""
    chat, start = await started(api, number)
    shown = await tap(api, chat, start, label)
    button = next(each for each in buttons(api, chat, start) if each["text"] == label)
    if button["callback_data"][1] == "x":
        return {"ask"} if shown.quotations or "corpus" in (shown.text or "") else set()
    found = {SCREENS[int(button["callback_data"][2:])]}
    for inner in buttons(api, chat, shown):
        if inner.get("callback_data", "")[1:2] == "o":
            await tap(api, chat, shown, inner["text"])
            found.add(SCREENS[int(inner["callback_data"][2:])])
        if inner.get("url") == f"https://t.me/{api.username}?startgroup=new":
            found.add("a group")
    return found


async def test_every_command_and_mode_is_within_two_taps_of_start(api: BotApi, running: Program) -> None:
    chat, start = await started(api, 700)
    names = labels(buttons(api, chat, start))
    found = await asyncio.gather(*(reached(api, 701 + n, name) for n, name in enumerate(names)))
    assert {"start"}.union(*found) == {*COMMANDS, "groups", "inline", "a group"}
    assert api.unanswered == []
    assert api.complaints == []


async def test_a_button_shows_what_its_command_shows(api: BotApi, running: Program) -> None:
    async def both(number: int, screen: str) -> None:
        chat, start = await started(api, number)
        await api.say(chat, api.world.users[number], f"/{screen}")
        typed = await api.next_message(chat)
        pressed = await tap(api, chat, start, say("en", f"open-{screen}"))
        assert (pressed.text, pressed.buttons) == (typed.text, typed.buttons)

    screens = ("latest", "sources", "quote", "watches", "privacy", "language", "help", "about")
    await asyncio.gather(*(both(number, screen) for number, screen in enumerate(screens, 730)))
    chat, start = await started(api, 740)
    privacy = await tap(api, chat, start, say("en", "open-privacy"))
    file = await tap(api, chat, privacy, say("en", "open-mydata"))
    assert json.loads(next(iter(file.files.values())))["schema"] == 1
    assert api.complaints == []


async def test_a_person_is_spoken_to_in_the_language_of_their_telegram_or_their_own_choice(
    api: BotApi, running: Program
) -> None:
    person = api.user(31, language_code="zh-hans")
    chat = api.private_chat(person)
    await api.say(chat, person, "/start")
    start = await api.next_message(chat)
    assert (start.text or "").startswith("我用资料来源里的原话回答")
    shown = await tap(api, chat, start, say("zh-hans", "open-language"))
    assert labels(buttons(api, chat, shown)) == [*NAMES.values(), f"✓ {say('zh-hans', 'language-own')}"]
    await press(api, chat, shown, NAMES["ms"])
    changed = await edited(api, shown)
    assert changed.text == say("ms", "language-which")
    assert f"✓ {NAMES['ms']}" in labels(buttons(api, chat, shown))
    scope = {"type": "chat", "chat_id": chat.id}
    menu = await api.wait_for(
        lambda call: call.method == "setMyCommands" and json.loads(call.params["scope"]) == scope
    )
    assert say("ms", "command-ask") in [each["description"] for each in json.loads(menu.params["commands"])]
    await api.say(chat, person, "What did Bessent say about the threat of the 100% tariff?")
    reply = await api.next_message(chat)
    assert "bulan lalu" in (reply.text or "") or "tahun lalu" in (reply.text or "")
    assert "27 Oktober 2025" in (reply.text or "")
    assert "threat of the 100% has gone away" in "".join(reply.quotations)
    assert f"▲ {say('ms', 'before')}" in labels(buttons(api, chat, reply)) or reply.quotations[1:]
    await press(api, chat, shown, say("ms", "language-own"))
    assert (await edited(api, shown, changed)).text == say("zh-hans", "language-which")
    assert running.rows("SELECT * FROM languages") == []
    assert api.complaints == []


async def test_a_question_that_cannot_be_read_is_declined_in_its_own_language(
    api: BotApi, running: Program
) -> None:
    person = api.user(790)
    chat = api.private_chat(person)
    await api.say(chat, person, "贝森特对百分之百关税说了什么？")
    reply = await api.next_message(chat)
    assert (reply.quotations, reply.cut("bold")) == ((), (say("zh-hans", "foreign"),))
    assert labels(buttons(api, chat, reply)) == ["👍", "👎"]
    assert api.complaints == []


async def test_every_screen_can_be_read_in_every_language(api: BotApi, running: Program) -> None:
    screens = ("watches", "groups", "inline", "privacy", "language", "help", "about")

    async def shown(number: int, language: Language, screen: str) -> str | None:
        chat, start = await started(api, number, language)
        return (await tap(api, chat, start, say(language, f"open-{screen}"))).text

    texts = await asyncio.gather(
        *(shown(750 + n, *each) for n, each in enumerate(product(LANGUAGES, screens)))
    )
    assert len(set(texts)) == len(LANGUAGES) * len(screens)
    assert api.complaints == []
