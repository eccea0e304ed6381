"""Inline queries, messages to a guest, channels, and groups that the bot joins, leaves or moves with."""

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.error import BadRequest, ChatMigrated

from .bot import a_bot
from .server import BotApi


def card(id: str = "1") -> InlineQueryResultArticle:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    return InlineQueryResultArticle(id, "A card", InputTextMessageContent("what it says"), keyboard)


async def test_an_inline_result_is_chosen_pressed_and_edited(api: BotApi) -> None:
    ada = api.user(1)
    group = api.group(-1001, "Trade desk")
    async with a_bot(api) as bot:
        asked = await api.ask_inline(ada, "tariffs")
        button = InlineQueryResultsButton("More", start_parameter="help")
        await bot.answer_inline_query(asked, [card()], button=button)
        posted = await api.choose(ada, asked, "1", group)
        assert posted is not None
        key = await api.press_inline(ada, posted, "more")
        with pytest.raises(ValueError, match="no button"):
            await api.press_inline(ada, posted, "less")
        _, sent, chosen, pressed = await bot.get_updates()
        assert await bot.edit_message_text("something else", inline_message_id=posted) is True
    assert sent.message is not None
    assert sent.message.via_bot is not None
    assert chosen.chosen_inline_result is not None
    assert (chosen.chosen_inline_result.query, chosen.chosen_inline_result.result_id) == ("tariffs", "1")
    assert chosen.chosen_inline_result.inline_message_id == posted
    assert pressed.callback_query is not None
    assert (pressed.callback_query.inline_message_id, pressed.callback_query.message) == (posted, None)
    assert api.unanswered == [key]
    assert [message["text"] for message in api.shown(group)] == ["something else"]


async def test_inline_answers_are_refused_when_late_or_wrong(api: BotApi) -> None:
    ada = api.user(1)
    async with a_bot(api) as bot:
        asked = await api.ask_inline(ada, "tariffs")
        spaced = InlineQueryResultsButton("More", start_parameter="no spaces")
        for results, options, error in (
            ([card("x" * 65)], {}, "Result_id_invalid"),
            ([card(), card()], {}, "Result_id_duplicate"),
            ([card()], {"cache_time": -1}, "Cache_time_invalid"),
            ([card()], {"button": spaced}, "Start_param_invalid"),
            ([card()], {"button": InlineQueryResultsButton("More")}, "exactly one"),
        ):
            with pytest.raises(BadRequest, match=f"(?i){error}"):
                await bot.answer_inline_query(asked, results, **options)
        api.expire(asked)
        with pytest.raises(BadRequest, match="too old"):
            await bot.answer_inline_query(asked, [card()])


async def test_a_guest_says_one_thing(api: BotApi) -> None:
    ada = api.user(1)
    async with a_bot(api) as bot:
        stranger = api.group(-1005, "Elsewhere")
        del api.world.chats[stranger.id]
        key = await api.summon(stranger, ada, f"@{api.username} what about tariffs?")
        (update,) = await bot.get_updates()
        assert update.guest_message is not None
        assert update.guest_message.guest_query_id == key
        sent = await bot.answer_guest_query(key, card())
        with pytest.raises(BadRequest, match="too old"):
            await bot.answer_guest_query(key, card())
        assert await api.press_inline(ada, sent.inline_message_id, "more")
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(stranger.id, "and more")
    assert [message["text"] for message in api.shown(stranger)][1:] == ["what it says"]


async def test_groups_are_joined_moved_and_left_and_channels_post(api: BotApi) -> None:
    ada = api.user(1)
    group = api.group(-1001, "Trade desk")
    channel = api.channel(-1009, "News")
    async with a_bot(api) as bot:
        await api.add(group, ada)
        moved = api.migrate(group, -1002)
        with pytest.raises(ChatMigrated):
            await bot.send_message(group.id, "hello")
        await api.kick(moved, ada)
        await api.post(channel, "/ask something")
        joined, to, of, left, posted = await bot.get_updates()
    assert joined.my_chat_member is not None
    assert joined.my_chat_member.difference()["status"] == ("left", "member")
    assert to.message is not None
    assert of.message is not None
    assert (to.message.migrate_to_chat_id, of.message.migrate_from_chat_id) == (moved.id, group.id)
    assert left.my_chat_member is not None
    assert left.my_chat_member.chat.id == moved.id
    assert posted.channel_post is not None
    assert posted.channel_post.from_user is None
    assert posted.channel_post.sender_chat is not None


async def test_a_message_in_a_topic_is_no_reply_that_privacy_lets_through(api: BotApi) -> None:
    ada = api.user(1)
    forum = api.group(-1002, "Forum", topics=True)
    assert (await api.say(forum, ada, "just talk", thread=77)).update_id is None
    said = await api.say(forum, ada, "/ask x", thread=77)
    assert said.json["reply_to_message"]["message_id"] == 77
