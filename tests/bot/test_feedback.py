"""👍 and 👎: noted once a person, with a reason in one tap and a sentence by reply."""

import pytest

from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import program_of_module
from tests.bot.conftest import tidy as running
from tests.bot.pressing import answered, buttons, data, edited, labels, press
from tests.bot.program import Program
from tests.botapi.server import BotApi

__all__ = ["api", "program_of_module", "running"]

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

TARIFF = "What did Bessent say about the threat of the 100% tariff?"


async def test_a_thumb_down_takes_a_reason_and_a_sentence(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    asked = await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    before = labels(buttons(api, chat, reply))
    down = data(api, chat, reply, "👎")
    told = await press(api, chat, reply, "👎")
    assert "wrong" in told.params["text"]
    why = await edited(api, reply)
    assert (why.text, why.quotations) == (reply.text, reply.quotations)
    offered = labels(buttons(api, chat, reply))[len(before) :]
    assert {"Wrong speaker", "Out of date", "Should not have answered", "Other"} <= set(offered)
    assert "Should have answered" not in offered
    assert sum(label.startswith("Wrong quote") for label in offered) == len(reply.quotations)
    # Twice does no harm: neither the thumb nor the reason.
    await answered(api, await api.press(person, reply, down))
    reason = data(api, chat, reply, offered[0])
    await press(api, chat, reply, offered[0])
    prompt = await api.next_message(chat)
    assert "reply to this message" in (prompt.text or "")
    assert (prompt.reply_markup or {})["force_reply"] is True
    await answered(api, await api.press(person, reply, reason, stale=True))
    await edited(api, reply, after=why)
    assert labels(buttons(api, chat, reply)) == [*before, "🔔 Tell me if it's fixed"]
    await api.say(chat, person, "It was Greer who said that 😀.", reply_to=prompt)
    thanks = await api.next_message(chat)
    assert "kept" in (thanks.text or "")
    await running.settled()
    (row,) = running.rows("SELECT * FROM feedback")
    assert (row["update_id"], row["good"], row["reason"]) == (asked.update_id, 0, "wrong_quote")
    assert (row["quote"], row["text"]) == (1, "It was Greer who said that 😀.")
    (made,) = running.rows("SELECT * FROM exchanges")
    assert (row["user"], row["chat"]) == (made["user"], made["chat"])
    # The last word counts.
    await press(api, chat, reply, "👍")
    await running.settled()
    (row,) = running.rows("SELECT * FROM feedback")
    assert (row["good"], row["reason"], row["quote"]) == (1, None, None)
    assert labels(buttons(api, chat, reply)) == before
    assert sum(call.method == "sendMessage" for call in api.sent) == 3
    assert api.unanswered == []
    assert api.complaints == []


async def test_a_reply_without_an_answer_can_be_one_that_should_have_answered(
    api: BotApi, running: Program
) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, "Who won the 2022 World Cup?")
    reply = await api.next_message(chat)
    assert reply.quotations == ()
    follow = "🔔 Tell me when the corpus covers this"
    assert labels(buttons(api, chat, reply)) == ["👍", "👎", follow]
    await press(api, chat, reply, "👎")
    await edited(api, reply)
    assert labels(buttons(api, chat, reply))[3:] == ["Should have answered", "Out of date", "Other"]
    await press(api, chat, reply, "Should have answered")
    await api.next_message(chat)
    await running.settled()
    (row,) = running.rows("SELECT * FROM feedback")
    assert (row["reason"], row["quote"]) == ("should_have_answered", None)
    assert api.complaints == []
