"""Groups, topics and channels: the bot answers who speaks to it, where it was asked, and nobody else."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.message import REPEAT
from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import program_of_module
from tests.bot.conftest import tidy as running
from tests.bot.pressing import answered, data, edited
from tests.bot.program import Program
from tests.botapi.record import Chat, Sent, User
from tests.botapi.server import BotApi

__all__ = ["api", "program_of_module", "running"]

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

TARIFF = "What did Bessent say about the threat of the 100% tariff?"
LI = "What did vice commerce minister Li Chenggang call the result?"
ANONYMOUS = User(1087968824, "Group", "GroupAnonymousBot", is_bot=True)


async def replied(api: BotApi, chat: Chat) -> tuple[Sent, int | None]:
    """The bot's next message, and the number of the one that it replies to."""
    sent = await api.next_message(chat)
    return sent, json.loads(sent.params.get("reply_parameters", "{}")).get("message_id")


async def test_a_group_is_answered_when_it_speaks_to_the_bot_and_only_then(
    api: BotApi, running: Program
) -> None:
    ada, ben = api.user(7), api.user(8, "Ben")
    group = api.group(-1001, "Trade desk", admin=True)
    await api.say(group, ada, "The 100% tariff is off the table, they say.")
    asked = await api.say(group, ada, f"/ask {TARIFF}")
    reply, to = await replied(api, group)
    assert reply.quotations
    assert to == asked.message_id
    for text in (f"@{api.username} {LI}", f"{LI[:-1]}, @{api.username.title()}?"):
        asked = await api.say(group, ben, text)
        named, to = await replied(api, group)
        assert "preliminary consensus" in "".join(named.quotations)
        assert to == asked.message_id
    asked = await api.say(group, ben, LI, reply_to=reply)
    answer, to = await replied(api, group)
    assert "preliminary consensus" in "".join(answer.quotations)
    assert to == asked.message_id
    # Talk, commands for others, and what other bots write.
    said = await api.say(group, ada, LI)
    for text in ("/ask@another_bot " + LI, "@another_bot " + LI, "/nonsense", LI):
        await api.say(group, ada, text)
    await api.say(group, ben, LI, reply_to=said)
    await api.say(group, User(9, "Machine", "machine_bot", is_bot=True), f"@{api.username} {LI}")
    await api.say(group, ada, f"/ask@{api.username} Who led the Chinese delegation?")
    await api.next_message(group)
    await running.settled()
    assert sum(call.method == "sendMessage" for call in api.sent) == 5
    assert [row["question"] for row in running.rows("SELECT question FROM exchanges ORDER BY update_id")] == [
        TARIFF,
        LI,
        LI,
        LI,
        "Who led the Chinese delegation?",
    ]
    # What was not said to the bot was never written down.
    stored = {row["update_id"] for row in running.rows("SELECT update_id FROM updates")}
    assert said.update_id not in stored
    assert api.complaints == []


async def test_what_somebody_else_said_can_be_asked_about(api: BotApi, running: Program) -> None:
    ada, ben = api.user(7), api.user(8, "Ben")
    group = api.group(-1002, "Trade desk", admin=True)
    said = await api.say(group, ada, LI)
    await api.say(group, ben, "/ask", reply_to=said)
    assert "preliminary consensus" in "".join((await api.next_message(group)).quotations)
    await api.say(group, ben, f"@{api.username}", reply_to=said)
    assert "preliminary consensus" in "".join((await api.next_message(group)).quotations)
    await api.say(group, ben, f"@{api.username}")
    assert "What do you want to know?" in ((await api.next_message(group)).text or "")
    sticker = {"message_id": 900, "date": 1761600000, "chat": group.json, "from": ben.json}
    await api.push({"message": sticker | {"location": {"latitude": 3.1, "longitude": 101.7}}})
    mine = next(m for m in api.shown(group) if m["from"]["id"] == api.world.bot.id)
    voice = {"file_id": "a", "file_unique_id": "b", "duration": 3}
    await api.push({"message": sticker | {"message_id": 901, "voice": voice, "reply_to_message": mine}})
    assert "text only" in ((await api.next_message(group)).text or "")
    photo = {"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}
    mention = {"type": "mention", "offset": 0, "length": len(api.username) + 1}
    caption = {"caption": f"@{api.username} {LI}", "caption_entities": [mention], "photo": [photo]}
    await api.push({"message": sticker | {"message_id": 902} | caption})
    assert "preliminary consensus" in "".join((await api.next_message(group)).quotations)


async def test_topics_and_groups_keep_their_questions_apart(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    forum = api.group(-1003, "Forum", topics=True, admin=True)
    await api.say(forum, ada, "just talk", thread=70)
    asked = await api.say(forum, ada, f"/ask {TARIFF}", thread=70)
    reply, to = await replied(api, forum)
    assert (reply.thread, to) == (70, asked.message_id)
    await api.say(forum, ada, "And what did he say about a framework?", reply_to=reply, thread=70)
    follow, _ = await replied(api, forum)
    assert follow.thread == 70
    assert TARIFF in follow.cut("italic")[0]
    await api.say(forum, ada, "/ask And what did he say about a framework?", thread=71)
    elsewhere, _ = await replied(api, forum)
    assert elsewhere.thread == 71
    assert TARIFF not in (elsewhere.text or "")
    await api.say(forum, ada, "/ask Who led the Chinese delegation?")
    general, _ = await replied(api, forum)
    assert general.thread is None
    await api.say(forum, ada, "/help", thread=71)
    assert (await api.next_message(forum)).thread == 71
    await running.settled()
    rows = running.rows("SELECT thread FROM exchanges ORDER BY update_id")
    assert [row["thread"] for row in rows] == [70, 70, 71, None]
    assert api.complaints == []
    assert api.refusals == []


async def test_a_question_edited_in_a_group_is_answered_where_its_answer_stands(
    api: BotApi, running: Program
) -> None:
    ada = api.user(7)
    group = api.group(-1004, "Trade desk", admin=True)
    asked = await api.say(group, ada, f"@{api.username} {TARIFF}")
    reply = await api.next_message(group)
    await api.edit(asked, f"@{api.username} {LI}")
    new = await edited(api, reply)
    assert "preliminary consensus" in "".join(new.quotations)
    talk = await api.say(group, ada, LI)
    await api.edit(talk, f"{LI} @{api.username}")
    assert (await replied(api, group))[1] == talk.message_id


async def test_everybody_in_a_group_may_press_and_each_is_counted(api: BotApi, running: Program) -> None:
    ada, ben = api.user(7), api.user(8, "Ben")
    group = api.group(-1005, "Trade desk")
    await api.say(group, ada, f"/ask {TARIFF}")
    reply = await api.next_message(group)
    for person, label in ((ada, "👍"), (ben, "👎"), (ben, "Other")):
        await answered(api, await api.press(person, reply, data(api, group, reply, label)))
        if label == "👎":
            await edited(api, reply)
    label = next(b["text"] for b in api.shown(group)[-1]["reply_markup"]["inline_keyboard"][0])
    await answered(api, await api.press(ben, reply, data(api, group, reply, label)))
    await edited(api, reply)
    await running.settled()
    rows = running.rows("SELECT good, reason FROM feedback ORDER BY good")
    assert [(row["good"], row["reason"]) for row in rows] == [(0, "other"), (1, None)]
    # Nobody is asked for a sentence among others.
    assert sum(call.method == "sendMessage" for call in api.sent) == 1
    assert api.complaints == []


async def test_administrators_who_hide_and_channels_are_people_of_their_own(
    api: BotApi, running: Program
) -> None:
    one, two = api.group(-1006, "One", admin=True), api.group(-1007, "Two", admin=True)
    channel = api.channel(-1008, "News")
    for group in (one, two):
        await api.say(group, ANONYMOUS, f"/ask {TARIFF}", sender_chat=group.json)
        assert (await api.next_message(group)).quotations
    await api.post(channel, "The 100% tariff is off the table.")
    await api.post(channel, f"/ask {TARIFF}")
    assert (await api.next_message(channel)).quotations
    await running.settled()
    rows = running.rows("SELECT chat, user FROM exchanges")
    assert len({row["user"] for row in rows}) == 3
    assert all(row["user"] == row["chat"] for row in rows)


async def test_a_group_is_told_once_how_to_ask_and_what_privacy_mode_does(
    api: BotApi, running: Program
) -> None:
    ada = api.user(7)
    group, open_group = api.group(-1010, "Trade desk"), api.group(-1011, "Open", admin=True)
    await api.add(group, ada)
    hello = (await api.next_message(group)).text or ""
    assert "/ask" in hello
    assert "privacy mode is on" in hello
    await api.say(group, ada, f"/start@{api.username} new")
    await api.add(group, ada, "administrator", old="member")
    await api.add(open_group, ada, "administrator")
    assert f"name me (@{api.username})" in ((await api.next_message(open_group)).text or "")
    await running.settled()
    assert sum(call.method == "sendMessage" for call in api.sent) == 2
    await api.say(group, ada, "/help")
    assert "administrators" in ((await api.next_message(group)).text or "")
    await api.say(group, ada, "/mydata")
    hint = await api.next_message(group)
    assert hint.buttons[0][0]["url"] == f"https://t.me/{api.username}"
    assert api.complaints == []


async def test_administrators_choose_a_language_and_that_replies_are_no_questions(
    api: BotApi, running: Program
) -> None:
    ada, ben = api.user(7), api.user(8, "Ben")
    group = api.group(-1012, "Trade desk", admin=True)
    api.member(group, ada, "administrator")
    await api.say(group, ben, "/settings")
    shown = await api.next_message(group)
    toast = await answered(api, await api.press(ben, shown, data(api, group, shown, "Bahasa Melayu")))
    assert "Only administrators" in toast.params["text"]
    assert running.rows("SELECT * FROM chats") == []
    await answered(api, await api.press(ada, shown, data(api, group, shown, "Bahasa Melayu")))
    malay = await edited(api, shown)
    assert "Bahasa: Bahasa Melayu" in (malay.text or "")
    label = "Jawab hanya apabila disebut"
    await answered(api, await api.press(ada, shown, data(api, group, shown, label)))
    strict = await edited(api, shown, after=malay)
    assert [b["text"] for row in strict.buttons for b in row if "✓" in b["text"]] == [
        "✓ Bahasa Melayu",
        f"✓ {label}",
    ]
    await api.say(group, ben, f"/ask {TARIFF}")
    reply = await api.next_message(group)
    assert reply.quotations
    assert "bulan lalu" in (reply.text or "")
    ignored = await api.say(group, ben, LI, reply_to=reply)
    named = await api.say(group, ben, f"@{api.username} {LI}", reply_to=reply)
    _, to = await replied(api, group)
    assert to == named.message_id
    await running.settled()
    assert ignored.update_id is not None
    assert len(running.rows("SELECT id FROM exchanges")) == 2
    hidden = api.group(-1013, "Hidden", admin=True)
    await api.say(hidden, ANONYMOUS, "/settings", sender_chat=hidden.json)
    assert (await api.next_message(hidden)).buttons
    assert api.complaints == []


async def test_a_group_that_moves_keeps_its_settings_and_its_questions(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    group = api.group(-1014, "Trade desk")
    api.member(group, ada, "creator")
    await api.say(group, ada, "/settings")
    shown = await api.next_message(group)
    await answered(api, await api.press(ada, shown, data(api, group, shown, "简体中文")))
    await edited(api, shown)
    await api.say(group, ada, f"/ask {TARIFF}")
    await api.next_message(group)
    await running.settled()
    (before,) = running.rows("SELECT chat FROM exchanges")
    # What is sent while the bot does not know of it arrives in the new chat.
    moved = api.migrate(group, -100_1014, tell=False)
    await api.say(group, ada, f"/ask {LI}")
    assert "preliminary consensus" in "".join((await api.next_message(moved)).quotations)
    said = {"message_id": 1, "date": 1761600000, "from": ada.json}
    await api.push({"message": said | {"chat": group.json, "migrate_to_chat_id": moved.id}})
    await api.push({"message": said | {"chat": moved.json, "migrate_from_chat_id": group.id}})
    await api.say(moved, ada, "/ask And what did he say about a framework?")
    follow = await api.next_message(moved)
    assert "结合上文" in (follow.text or "")
    await running.settled()
    chats = {row["chat"] for row in running.rows("SELECT chat FROM exchanges")}
    assert len(chats) == 1
    assert before["chat"] not in chats
    assert [row["language"] for row in running.rows("SELECT language FROM chats")] == ["zh-hans"]
    assert api.complaints == []


async def test_nothing_is_left_of_a_group_that_parts(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    group, other = api.group(-1015, "Trade desk"), api.group(-1016, "Another")
    api.member(group, ada, "creator")
    for place in (group, other):
        await api.say(place, ada, f"/ask {TARIFF}")
        reply = await api.next_message(place)
        await answered(api, await api.press(ada, reply, data(api, place, reply, "👍")))
    await api.say(group, ada, "/settings")
    shown = await api.next_message(group)
    await answered(api, await api.press(ada, shown, data(api, group, shown, "English")))
    await edited(api, shown)
    await api.say(group, ada, f"/ask {LI}")
    await api.next_message(group)
    await api.kick(group, ada)
    await running.settled()
    counts = [
        running.rows(f"SELECT count(*) AS n FROM {t}")[0]["n"] for t in ("exchanges", "feedback", "chats")
    ]
    assert counts == [1, 1, 0]
    assert all(row["raw"] is None for row in running.rows("SELECT raw FROM updates"))
    assert b"-1015" not in (running.home / "talks.db").read_bytes()


async def test_a_link_opens_its_quote_in_a_group_too(api: BotApi, running: Program) -> None:
    ada = api.user(7)
    group = api.group(-1017, "Trade desk")
    await api.say(group, ada, f"/ask {TARIFF}")
    reply = await api.next_message(group)
    link = next(e["url"] for e in reply.entities if e["type"] == "text_link")
    payload = parse_qs(urlsplit(link).query)["start"][0]
    await api.say(group, ada, f"/start@{api.username} {payload}")
    opened, _ = await replied(api, group)
    assert opened.quotations == reply.quotations[:1]
    assert api.complaints == []


async def test_a_kill_while_a_topic_is_answered_repeats_the_reply_there_marked(
    api: BotApi, running: Program
) -> None:
    ada = api.user(7)
    forum = api.group(-1018, "Forum", topics=True)
    api.fail("sendMessage", slow=30)
    asked = await api.say(forum, ada, f"/ask {TARIFF}", thread=70)
    first = await api.next_message(forum)
    await running.kill()
    assert running.rows("SELECT state FROM updates") == [{"state": "sending"}]
    await running.start()
    again, to = await replied(api, forum)
    assert again.text == (first.text or "") + REPEAT
    assert (again.thread, to) == (70, asked.message_id)
    await running.settled()
    (row,) = running.rows("SELECT repeated, message_ids FROM exchanges")
    assert (row["repeated"], json.loads(row["message_ids"])) == (1, [again.message_id])
