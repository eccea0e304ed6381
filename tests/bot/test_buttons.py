"""Buttons under replies: what they show is verbatim, they outlive restarts, pressed twice they do no harm."""

import asyncio
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.questions import EXAMPLES
from bot.texts import say
from tests.bot.conftest import ARTICLES, program_of_module
from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import tidy as running
from tests.bot.pressing import answered, buttons, data, edited, labels, press
from tests.bot.program import Program, environment
from tests.botapi.server import BotApi

__all__ = ["api", "program_of_module", "running"]

SETTINGS = {"CONTEXT_SENTENCES": "3"}
pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

TARIFF = "What did Bessent say about the threat of the 100% tariff?"
ARTICLE = (ARTICLES / "article.md").read_text()


async def test_context_opens_and_shuts_in_place_also_after_a_restart(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    up = next(label for label in labels(buttons(api, chat, reply)) if "▲" in label)
    quote = reply.quotations[0]
    pressed = data(api, chat, reply, up)
    await press(api, chat, reply, up)
    wide = await edited(api, reply)
    assert wide.quotations[0] in ARTICLE
    assert wide.quotations[0].endswith(quote)
    assert len(wide.quotations[0]) > len(quote)
    assert wide.cut("italic")[0] in wide.quotations[0].removesuffix(quote)
    assert wide.quotations[1:] == reply.quotations[1:]

    await running.stop()
    await running.start()
    # Pressed again, on a screen that has not changed yet.
    key = await api.press(person, reply, pressed, stale=True)
    await answered(api, key)
    down = next(label for label in labels(buttons(api, chat, reply)) if "▼" in label)
    await press(api, chat, reply, down)
    both = await edited(api, reply, after=wide)
    while both.quotations[0] == wide.quotations[0]:
        both = await edited(api, reply, after=both)
    assert both.quotations[0].startswith(wide.quotations[0])
    assert both.quotations[0] in ARTICLE
    shut = next(label for label in labels(buttons(api, chat, reply)) if "✕" in label)
    await press(api, chat, reply, shut)
    back = await edited(api, reply, after=both)
    assert (back.text, back.entities) == (reply.text, reply.entities)
    assert back.buttons == reply.buttons
    assert api.unanswered == []
    assert api.complaints == []
    assert [call.error for call in api.refusals if "not modified" not in (call.error or "")] == []


async def test_buttons_that_mean_nothing_any_more_are_answered_politely(
    api: BotApi, running: Program
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    before = api.shown(chat)
    strange = ("0abc", "more", "1n700000900.1", "1v700000900.0", "1w700000900.2.0", f"1c{'A' * 16}:1.2.0.0.9")
    for text in strange:
        told = await answered(api, await api.press(person, reply, text, stale=True))
        assert told.params["text"]
    old = await answered(api, await api.press(person, reply, "2c", stale=True))
    assert old.params["text"] == say("en", "button-old")
    gone = f"1c{'A' * 16}:1.2.0.0.9"
    lost = await answered(api, await api.press(person, reply, gone, stale=True))
    assert lost.params["text"] == say("en", "text-gone")
    await running.settled()
    assert api.shown(chat) == before
    assert api.unanswered == []
    assert running.rows("SELECT * FROM feedback") == []
    # Somebody else's question is none of this chat's.
    other = api.user(8)
    theirs = api.private_chat(other)
    await api.say(theirs, other, TARIFF)
    asked = await api.next_message(theirs)
    thumb = data(api, theirs, asked, "👎")
    assert (await answered(api, await api.press(person, reply, thumb, stale=True))).params["text"]
    await running.settled()
    assert running.rows("SELECT * FROM feedback") == []


async def test_further_quotes_come_in_place_and_lead_back(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    await running.settled()
    await press(api, chat, reply, "More quotes ▸")
    more = await edited(api, reply)
    assert more.quotations
    assert not set(more.quotations) & set(reply.quotations)
    assert all(quote in ARTICLE for quote in more.quotations)
    assert f"[{len(reply.quotations) + 1}]" in (more.text or "")
    assert "less close" in more.cut("italic")[0]
    label = next(label for label in labels(buttons(api, chat, reply)) if label.endswith("▼"))
    await press(api, chat, reply, label)
    wide = await edited(api, reply, after=more)
    assert wide.quotations[0].startswith(more.quotations[0])
    assert wide.quotations[0] in ARTICLE
    await press(api, chat, reply, "◂ Back")
    back = await edited(api, reply, after=wide)
    assert (back.text, back.entities) == (reply.text, reply.entities)
    assert back.buttons == reply.buttons
    assert api.complaints == []


async def test_a_press_waits_for_no_question_and_slow_answers_show_that_the_bot_writes(
    api: BotApi, running: Program
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    api.fail("sendMessage", status=500, times=2, chat_id=7)
    await api.say(chat, person, "Who is He Lifeng?")
    await api.wait_for(lambda call: call.method == "sendMessage" and call.fault is not None)
    await press(api, chat, reply, "👍")
    late = await api.next_message(chat)
    said = [call.method for call in api.calls]
    assert said.index("answerCallbackQuery") < api.calls.index(late)
    actions = [call.params["action"] for call in api.calls if call.method == "sendChatAction"]
    assert actions[-1] == "typing"


async def test_questions_to_try_are_a_tap_away(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.start(chat, person)
    start = await api.next_message(chat)
    await press(api, chat, start, EXAMPLES[0])
    reply = await api.next_message(chat)
    assert any("100% tariff" in quote for quote in reply.quotations)
    await running.settled()
    assert [row["question"] for row in running.rows("SELECT question FROM exchanges")] == [EXAMPLES[0]]
    await press(api, chat, reply, "👍")
    await running.settled()
    assert [row["good"] for row in running.rows("SELECT good FROM feedback")] == [1]


async def test_citations_are_copied_sources_open_and_links_lead_to_the_exact_quote(
    api: BotApi, running: Program
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    under = buttons(api, chat, reply)
    copied = next(button["copy_text"]["text"] for button in under if "📋" in button["text"])
    assert copied.endswith(
        "After two days in Kuala Lumpur, a tariff threat recedes. Talks Test Desk, 27 October 2025. "
        "https://example.org/kuala-lumpur-tariff-threat"
    )
    opens = [button["url"] for button in under if "🔗" in button["text"]]
    assert set(opens) == {"https://example.org/kuala-lumpur-tariff-threat"}
    number = next(e for e in reply.entities if e["type"] == "text_link")
    link = urlsplit(number["url"])
    assert (link.hostname, link.path) == ("t.me", "/talks_test_bot")
    other = api.user(8)
    theirs = api.private_chat(other)
    await api.start(theirs, other, parse_qs(link.query)["start"][0])
    opened = await api.next_message(theirs)
    assert opened.quotations == reply.quotations[:1]
    assert opened.cut("bold") == reply.cut("bold")[: len(opened.cut("bold"))]
    share = next(button["url"] for button in buttons(api, theirs, opened) if "Share" in button["text"])
    assert parse_qs(urlsplit(share).query)["url"] == [number["url"]]

    # From here on the program's corpus is another one: this test comes last.
    swapped = running.lines().count("is live")
    note = running.home / "article.md"
    note.write_text(ARTICLE.replace("effectively off the table", "on the table again"))
    add = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "corpus", "add", str(note),
        "--url", "https://example.org/kuala-lumpur-tariff-threat",
        env=environment(TALKS_HOME=str(running.home), STARTER_CORPUS="false"),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await add.wait() == 0
    async with asyncio.timeout(15):
        while running.lines().count("is live") == swapped:  # noqa: ASYNC110  another process's log
            await asyncio.sleep(0.1)
    await api.start(theirs, other, parse_qs(link.query)["start"][0])
    kept = await api.next_message(theirs)
    assert kept.quotations == opened.quotations
    await api.start(theirs, other, f"q1{'A' * 16}0_9")
    assert "not any more" in ((await api.next_message(theirs)).text or "")
    assert api.complaints == []
