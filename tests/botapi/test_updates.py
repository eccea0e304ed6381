"""Getting updates: by polling, confirmed and not, and by a webhook."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict

from .bot import a_bot
from .server import BotApi
from .webhook import SECRET_HEADER


async def test_a_message_arrives_with_its_command_and_mention(api: BotApi) -> None:
    ada = api.user(1, "Ada", language_code="de", username="ada_writes")
    said = await api.say(api.private_chat(ada), ada, "/start abc @some_body 🎉 https://example.com")
    async with a_bot(api) as bot:
        (update,) = await bot.get_updates()
    message = update.message
    assert message is not None
    assert (update.update_id, message.message_id, message.text) == (
        said.update_id,
        said.message_id,
        said.text,
    )
    assert message.from_user is not None
    assert (message.from_user.language_code, message.chat.type) == ("de", "private")
    assert {kind: message.parse_entity(entity) for entity in message.entities for kind in [entity.type]} == {
        "bot_command": "/start",
        "mention": "@some_body",
        "url": "https://example.com",
    }


async def test_unconfirmed_updates_are_given_again_and_confirmed_ones_never(api: BotApi) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    first, second, third = [await api.say(chat, ada, text) for text in ("one", "two", "three")]
    async with a_bot(api) as bot:
        for _ in range(2):
            assert [u.update_id for u in await bot.get_updates(limit=2)] == [
                first.update_id,
                second.update_id,
            ]
        assert second.update_id is not None
        assert [u.update_id for u in await bot.get_updates(offset=second.update_id + 1)] == [third.update_id]
        assert [u.update_id for u in await bot.get_updates()] == [third.update_id]


async def test_a_negative_offset_keeps_the_newest(api: BotApi) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    said = [await api.say(chat, ada, text) for text in ("one", "two", "three")]
    async with a_bot(api) as bot:
        assert [u.update_id for u in await bot.get_updates(offset=-1)] == [said[2].update_id]
        assert len(await bot.get_updates()) == 1


async def test_a_long_poll_ends_when_something_comes(api: BotApi) -> None:
    ada = api.user(1)
    async with a_bot(api) as bot:
        poll = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.1)
        assert not poll.done()
        await api.say(api.private_chat(ada), ada, "hello")
        (update,) = await asyncio.wait_for(poll, 2)
    assert update.message is not None
    assert update.message.text == "hello"


async def test_a_poll_that_times_out_is_empty(api: BotApi) -> None:
    async with a_bot(api) as bot:
        assert await bot.get_updates(timeout=1) == ()


async def test_a_second_reader_ends_the_first_with_a_conflict(api: BotApi) -> None:
    async with a_bot(api) as bot, a_bot(api) as other:
        poll = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.1)
        later = asyncio.create_task(other.get_updates(timeout=1))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await poll
        assert await later == ()


async def test_polling_conflicts_with_a_webhook(api: BotApi) -> None:
    async with a_bot(api) as bot:
        await bot.set_webhook("http://127.0.0.1:9/hook")
        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        assert await bot.get_updates() == ()


async def test_a_confirmed_update_can_be_repeated(api: BotApi) -> None:
    ada = api.user(1)
    said = await api.say(api.private_chat(ada), ada, "once")
    assert said.update_id is not None
    async with a_bot(api) as bot:
        await bot.get_updates()
        assert await bot.get_updates(offset=said.update_id + 1) == ()
        await api.repeat(said.update_id)
        (again,) = await bot.get_updates(offset=said.update_id + 1)
        assert again.update_id == said.update_id
        assert await bot.get_updates(offset=said.update_id + 1) == ()


async def test_reactions_come_only_when_asked_for(api: BotApi) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    async with a_bot(api) as bot:
        await bot.send_message(1, "an answer")
        written = await api.next_message(chat)
        assert await api.react(ada, written, "👍") is None
        await bot.get_updates(allowed_updates=["message", "message_reaction"])
        assert await api.react(ada, written, "👍")
        (update,) = await bot.get_updates()
        assert update.message_reaction is not None
        assert update.message_reaction.new_reaction[0].to_dict() == {"type": "emoji", "emoji": "👍"}
    assert len(api.updates.dropped) == 1


async def test_presses_edits_and_blocks_parse(api: BotApi) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    said = await api.say(chat, ada, "hello")
    async with a_bot(api) as bot:
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
        await bot.send_message(1, "an answer", reply_markup=keyboard)
        written = await api.next_message(chat)
        with pytest.raises(ValueError, match="no button"):
            await api.press(ada, written, "less")
        key = await api.press(ada, written, "more")
        await api.edit(said, "hello again")
        await api.block(ada)
        await api.ask_inline(ada, "tariffs")
        _, pressed, edited, blocked, asked = await bot.get_updates()
    assert pressed.callback_query is not None
    assert (pressed.callback_query.id, pressed.callback_query.data) == (key, "more")
    assert pressed.callback_query.message is not None
    assert pressed.callback_query.message.message_id == written.message_id
    assert edited.edited_message is not None
    assert edited.edited_message.text == "hello again"
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert asked.inline_query is not None
    assert asked.inline_query.query == "tariffs"
    assert api.unanswered == [key]


async def test_privacy_mode_hides_talk_but_not_commands_and_replies(api: BotApi) -> None:
    ada = api.user(1)
    group = api.group(-1001, "Trade desk")
    async with a_bot(api) as bot:
        answer = await bot.send_message(group.id, "an answer")
        written = await api.next_message(group)
        assert written.message_id == answer.message_id
        assert (await api.say(group, ada, "just talk")).update_id is None
        assert (await api.say(group, ada, f"@{api.username} hello")).update_id is None
        assert (await api.say(group, ada, "/ask@other_bot x")).update_id is None
        heard = [
            await api.say(group, ada, "/ask x"),
            await api.say(group, ada, f"/ask@{api.username} x"),
            await api.say(group, ada, "and then?", reply_to=written),
        ]
        got = await bot.get_updates()
    assert [update.update_id for update in got] == [message.update_id for message in heard]
    assert got[2].message is not None
    assert got[2].message.reply_to_message is not None
    assert got[2].message.reply_to_message.text == "an answer"


async def test_an_admin_bot_and_a_forum_topic(api: BotApi) -> None:
    ada = api.user(1)
    forum = api.group(-1002, "Forum", topics=True, admin=True)
    await api.say(forum, ada, "just talk", thread=77)
    async with a_bot(api) as bot:
        (update,) = await bot.get_updates()
        assert update.message is not None
        assert (update.message.message_thread_id, update.message.is_topic_message) == (77, True)
        await bot.send_message(forum.id, "here", message_thread_id=77)
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(forum.id, "here", message_thread_id=1)
    assert (await api.next_message(forum)).thread == 77
    with pytest.raises(ValueError, match="General"):
        api.topic(forum, 1)


class Hook:
    """A program's webhook: answers the statuses it was given, then 200, and keeps what came."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.came: list[tuple[str | None, dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((request.headers.get(SECRET_HEADER), await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def __aenter__(self) -> "Hook":
        app = web.Application()
        app.router.add_post("/hook", self.take)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()


async def drained(bot: Bot) -> None:
    for _ in range(100):
        if (await bot.get_webhook_info()).pending_update_count == 0:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("updates are left")


async def test_a_webhook_gets_updates_in_order_with_its_secret(api: BotApi) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    before = await api.say(chat, ada, "before it was set")
    async with Hook() as hook, a_bot(api) as bot:
        assert await bot.set_webhook(hook.url, secret_token="s3cret", allowed_updates=["message"])
        after = await api.say(chat, ada, "after")
        await drained(bot)
        info = await bot.get_webhook_info()
        assert (info.url, info.allowed_updates) == (hook.url, ("message",))
        assert after.update_id is not None
        await api.repeat(after.update_id)
        await drained(bot)
    assert [secret for secret, _ in hook.came] == ["s3cret"] * 3
    updates = [Update.de_json(body, bot) for _, body in hook.came]
    assert [update.update_id for update in updates] == [before.update_id, after.update_id, after.update_id]


async def test_a_webhook_that_fails_gets_the_update_again(api: BotApi) -> None:
    ada = api.user(1)
    async with Hook(500, 403) as hook, a_bot(api) as bot:
        await bot.set_webhook(hook.url)
        said = await api.say(api.private_chat(ada), ada, "hello")
        await drained(bot)
        info = await bot.get_webhook_info()
        assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"
        assert api.webhook is not None
        assert [(one.update_id, one.status) for one in api.webhook.attempts] == [
            (said.update_id, status) for status in (500, 403, 200)
        ]


async def test_a_slow_chat_does_not_hold_up_another(api: BotApi) -> None:
    ada, bob = api.user(1), api.user(2, "Bob")
    async with Hook(500, 500, 500, 500) as hook, a_bot(api) as bot:
        await bot.set_webhook(hook.url)
        await api.say(api.private_chat(ada), ada, "first")
        await api.say(api.private_chat(ada), ada, "second")
        await api.say(api.private_chat(bob), bob, "elsewhere")
        await drained(bot)
    order = [body["message"]["text"] for _, body in hook.came]
    assert order.index("elsewhere") < len(order) - 1
    assert order.index("second") > max(place for place, text in enumerate(order) if text == "first")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"url": "http://example.com/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.com:8080/"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        (
            {"url": "https://example.com/", "secret_token": "no spaces"},
            "secret token contains unallowed characters",
        ),
        ({"url": "https://example.com/", "secret_token": "x" * 257}, "secret token is too long"),
    ],
)
async def test_a_webhook_is_refused(api: BotApi, asked: dict[str, str], sentence: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{api.base_url}/bot{api.token}/setWebhook", json=asked) as answer,
    ):
        assert await answer.json() == {
            "ok": False,
            "error_code": 400,
            "description": f"Bad Request: {sentence}",
        }
