"""Quote cards behind the bot's name, and answers as a guest, over real HTTP from the program as a process."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.inline import CACHE, SILENT
from bot.message import REPEAT
from bot.questions import EXAMPLES
from tests.bot.conftest import ARTICLES, program_of_module
from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import tidy as running
from tests.bot.pressing import answered
from tests.bot.program import Program
from tests.botapi.record import Chat, Sent, piece
from tests.botapi.server import BotApi

__all__ = ["api", "program_of_module", "running"]

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

TARIFF = "What did Bessent say about the threat of the 100% tariff?"
LI = "What did vice commerce minister Li Chenggang call the result?"
ARTICLE = (ARTICLES / "article.md").read_text()


async def cards(api: BotApi, key: str) -> tuple[list[dict[str, Any]], Sent]:
    """What was answered to an inline query."""
    sent = await api.wait_for(
        lambda call: call.method == "answerInlineQuery" and call.params["inline_query_id"] == key
    )
    return json.loads(sent.params["results"]), sent


def quotations(content: dict[str, Any]) -> list[str]:
    """What stands in quotation blocks of a message to be sent, or of one that was."""
    text = content.get("message_text") or content["text"]
    return [piece(text, e) for e in content["entities"] if e["type"].endswith("blockquote")]


def labels(content: dict[str, Any]) -> list[str]:
    return [button["text"] for row in content["reply_markup"]["inline_keyboard"] for button in row]


def data(api: BotApi, posted: str, label: str) -> str:
    rows = api.world.inline_messages[posted]["reply_markup"]["inline_keyboard"]
    return str(next(b["callback_data"] for row in rows for b in row if b["text"] == label))


async def thumbed(api: BotApi, posted: str, after: Sent | None = None) -> Sent:
    """The next change of an inline message's buttons."""
    return await api.wait_for(
        lambda call: call.method == "editMessageReplyMarkup" and call.params["inline_message_id"] == posted,
        after=after,
    )


async def test_words_behind_the_name_give_a_card_for_each_quote(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    chat = api.private_chat(ada)
    await api.say(chat, ada, TARIFF)
    reply = await api.next_message(chat)
    found, sent = await cards(api, await api.ask_inline(ada, TARIFF))
    shown = [quotations(card["input_message_content"]) for card in found]
    assert shown == [[quote] for quote in reply.quotations]
    assert [card["description"][:40] for card in found] == [quote[:40] for quote in reply.quotations]
    assert all(card["input_message_content"]["link_preview_options"]["is_disabled"] for card in found)
    assert int(sent.params["cache_time"]) == CACHE <= 60
    assert json.loads(sent.params["button"])["start_parameter"]
    rows = found[0]["reply_markup"]["inline_keyboard"]
    link = next(button["url"] for row in rows for button in row if "▲▼" in button["text"])
    await api.start(chat, ada, parse_qs(urlsplit(link).query)["start"][0])
    assert (await api.next_message(chat)).quotations == reply.quotations[:1]
    await running.settled()
    # Words that were only typed are not kept.
    assert len(running.rows("SELECT id FROM exchanges")) == 1
    assert len(running.rows("SELECT update_id FROM updates")) == 2
    assert api.complaints == []
    assert api.refusals == []


async def test_a_card_is_logged_when_it_is_chosen_and_everyone_there_may_judge_it(
    api: BotApi, running: Program
) -> None:
    ada, ben = api.user(7), api.user(8, "Ben")
    key = await api.ask_inline(ada, TARIFF)
    found, _ = await cards(api, key)
    before = labels(found[1])
    assert "👍" not in before
    posted = await api.choose(ada, key, found[1]["id"])
    assert posted is not None
    edit = await thumbed(api, posted)
    assert labels(api.world.inline_messages[posted]) == [*before, "👍", "👎"]
    await running.settled()
    (row,) = running.rows("SELECT * FROM exchanges")
    assert (row["origin"], row["question"], row["chat"], row["answered"]) == ("inline", TARIFF, None, 1)
    assert row["replied_at"] is not None
    (quote,) = running.rows('SELECT start, "end" FROM quotes')
    assert ARTICLE.count(quotations(found[1]["input_message_content"])[0]) == 1
    assert quote["end"] - quote["start"] == len(quotations(found[1]["input_message_content"])[0])

    await answered(api, await api.press_inline(ben, posted, data(api, posted, "👎")))
    why = await thumbed(api, posted, after=edit)
    assert "Wrong speaker" in labels(api.world.inline_messages[posted])
    assert "Should have answered" not in labels(api.world.inline_messages[posted])
    assert not [label for label in labels(api.world.inline_messages[posted]) if "Tell me" in label]
    toast = await answered(api, await api.press_inline(ben, posted, data(api, posted, "Out of date")))
    assert "out of date" in toast.params["text"]
    await thumbed(api, posted, after=why)
    assert labels(api.world.inline_messages[posted]) == [*before, "👍", "👎"]
    await answered(api, await api.press_inline(ada, posted, data(api, posted, "👍")))
    await running.settled()
    rows = running.rows("SELECT good, reason FROM feedback ORDER BY good")
    assert [(row["good"], row["reason"]) for row in rows] == [(0, "out_of_date"), (1, None)]
    assert api.complaints == []
    assert all("not modified" in (call.error or "") for call in api.refusals)


async def test_what_was_sent_through_the_bot_is_no_question_to_it(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    group, chat = api.group(-1101, "Trade desk", admin=True), api.private_chat(ada)
    for place in (group, chat):
        key = await api.ask_inline(ada, TARIFF)
        found, _ = await cards(api, key)
        assert await api.choose(ada, key, found[0]["id"], place)
    await api.say(chat, ada, LI)
    assert "preliminary consensus" in "".join((await api.next_message(chat)).quotations)
    await running.settled()
    assert sum(call.method == "sendMessage" for call in api.sent) == 1


async def test_without_an_answer_a_card_says_so(api: BotApi, running: Program) -> None:
    ada = api.user(7, language_code="ms")
    key = await api.ask_inline(ada, "Who won the 2022 World Cup?")
    (card,), _ = await cards(api, key)
    assert card["id"] == SILENT
    assert card["title"] == "Koleksi ini tidak menyebutnya."
    posted = await api.choose(ada, key, SILENT)
    assert posted is not None
    await thumbed(api, posted)
    assert labels(api.world.inline_messages[posted])[-2:] == ["👍", "👎"]
    await running.settled()
    assert [row["answered"] for row in running.rows("SELECT answered FROM exchanges")] == [0]
    assert api.complaints == []


async def test_without_words_the_cards_show_what_one_may_ask(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    key = await api.ask_inline(ada, "")
    found, _ = await cards(api, key)
    assert [card["title"] for card in found] == list(EXAMPLES)
    posted = await api.choose(ada, key, found[0]["id"])
    assert posted is not None
    await thumbed(api, posted)
    await running.settled()
    assert [row["question"] for row in running.rows("SELECT question FROM exchanges")] == [EXAMPLES[0]]


async def test_a_query_that_is_too_old_is_dropped_quietly_and_too_many_wait(
    api: BotApi, running: Program
) -> None:
    ada, ben = api.user(7), api.user(801, "Ben")
    old = await api.ask_inline(ada, TARIFF)
    api.expire(old)
    await cards(api, await api.ask_inline(ada, LI))
    assert "Traceback" not in running.lines()
    keys = [await api.ask_inline(ben, "x" * length) for length in (1, 2) * 31]
    found, last = await cards(api, keys[-1])
    assert found == []
    assert "wait" in json.loads(last.params["button"])["text"]
    assert int(last.params["cache_time"]) == 0


async def test_a_guest_answers_once_with_all_its_quotes(api: BotApi, running: Program) -> None:
    ada, ben = api.user(7), api.user(8, "Ben")
    # The id of a private chat between two people may be that of the bot's own chat with one of them.
    own = api.private_chat(ben)
    await api.say(own, ben, LI)
    await api.next_message(own)
    elsewhere = Chat(ben.id, "private", first_name="Ben")
    key = await api.summon(elsewhere, ada, f"@{api.username} And what did he say about a framework?")
    await answered_guest(api, key)
    key = await api.summon(elsewhere, ada, f"@{api.username} {TARIFF}")
    sent = await answered_guest(api, key)
    posted, said = next((k, m) for k, m in api.world.inline_messages.items() if _says(m, sent))
    assert len(quotations(said)) > 1
    assert all(quote in ARTICLE for quote in quotations(said))
    await answered(api, await api.press_inline(ben, posted, data(api, posted, "👎")))
    await thumbed(api, posted)
    assert "Wrong quote 2" in labels(api.world.inline_messages[posted])
    reply = next(m for m in api.shown(elsewhere) if m["message_id"] == said["message_id"])
    follow = f"@{api.username} And what did he say about a framework?"
    sent = await answered_guest(api, await api.summon(elsewhere, ada, follow, reply_to_message=reply))
    assert TARIFF in json.loads(sent.params["result"])["input_message_content"]["message_text"]
    await answered_guest(api, await api.summon(elsewhere, ada, f"@{api.username}"))
    await running.settled()
    rows = running.rows("SELECT origin, chat, carried, replied_at FROM exchanges ORDER BY update_id")
    assert [row["origin"] for row in rows] == ["telegram", "inline", "inline", "inline"]
    assert len({row["chat"] for row in rows}) == 2
    # What one asked the bot in private is told to nobody.
    assert rows[1]["carried"] is None
    assert all(row["replied_at"] for row in rows)
    assert sum(call.method == "sendMessage" for call in api.sent) == 1
    assert api.complaints == []


async def test_a_guest_killed_while_it_answers_says_it_again_marked(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    elsewhere = Chat(-1102, "supergroup", title="Elsewhere")
    api.fail("answerGuestQuery", slow=30, accepted=None)
    key = await api.summon(elsewhere, ada, f"@{api.username} {TARIFF}")
    await api.wait_for(lambda call: call.method == "answerGuestQuery")
    await running.kill()
    await running.start()
    again = await answered_guest(api, key, times=2)
    assert json.loads(again.params["result"])["input_message_content"]["message_text"].endswith(REPEAT)
    await running.settled()
    (row,) = running.rows("SELECT repeated, replied_at FROM exchanges")
    # A guest says one thing: the second was refused.
    assert (row["repeated"], row["replied_at"]) == (1, None)
    assert len(api.shown(elsewhere)) == 2


async def answered_guest(api: BotApi, key: str, times: int = 1) -> Sent:
    """The last of so many answers to a guest query."""

    def mine(call: Sent) -> bool:
        return call.method == "answerGuestQuery" and call.params["guest_query_id"] == key

    await api.wait_for(lambda _: sum(map(mine, api.calls)) >= times)
    return [call for call in api.calls if mine(call)][-1]


def _says(message: dict[str, Any], sent: Sent) -> bool:
    content = json.loads(sent.params["result"])["input_message_content"]
    return bool(message["text"] == content["message_text"])
