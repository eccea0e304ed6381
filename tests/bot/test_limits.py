"""The rate limiter through python-telegram-bot's own requests, against the strict server."""

import asyncio
import time
from datetime import UTC, datetime

import httpx
import pytest
from telegram import Chat, Message, Update
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.limits import GROUP, OVERALL, Limits
from bot.message import REPEAT
from bot.order import Order
from tests.botapi.server import BotApi

QUICK = (0.01, 0.05)


async def bot_of(api: BotApi, chat_rate: tuple[float, float] = (100, 1.0)) -> ExtBot[None]:
    bot = ExtBot(api.token, base_url=f"{api.base_url}/bot", rate_limiter=Limits(4, chat_rate, QUICK))
    await bot.initialize()
    return bot


def texts(api: BotApi, chat: int) -> list[str | None]:
    return [sent.text for sent in api.sent if sent.chat_id == chat and sent.accepted]


async def test_a_429_holds_back_its_own_chat_and_no_other(api: BotApi) -> None:
    one, two = (api.private_chat(api.user(id)) for id in (1, 2))
    api.fail("sendMessage", status=429, retry_after=1, chat_id=1)
    async with await bot_of(api) as bot:
        held = asyncio.create_task(bot.send_message(one.id, "late"))
        await asyncio.sleep(0.1)
        await bot.send_message(two.id, "at once")
        assert not held.done()
        await held
    assert texts(api, 1) == ["late"]
    assert texts(api, 2) == ["at once"]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_after_a_server_error_it_is_sent_again_and_marked_for_it_may_have_arrived(
    api: BotApi, status: int
) -> None:
    chat = api.private_chat(api.user(1))
    api.fail("sendMessage", status=status)
    api.fail("sendMessage", status=status, accepted=True)
    async with await bot_of(api) as bot:
        await bot.send_message(chat.id, "hello")
    assert texts(api, 1) == ["hello" + REPEAT, "hello" + REPEAT]


async def test_what_was_never_sent_is_sent_unmarked() -> None:
    data = {"chat_id": 1, "text": "hello"}
    sent: list[str] = []

    async def send() -> bool:
        if refused:
            raise NetworkError("refused") from refused.pop()
        sent.append(str(data["text"]))
        return True

    refused = [httpx.ConnectError("nobody listens"), httpx.ConnectTimeout("nobody answers")]
    await Limits(4, backoff=QUICK).process_request(send, (), {}, "sendMessage", data, None)
    assert sent == ["hello"]


async def test_a_changed_message_keeps_its_distance_from_what_was_sent_before(api: BotApi) -> None:
    one, two = (api.private_chat(api.user(id)) for id in (1, 2))
    async with await bot_of(api, chat_rate=(1, 0.4)) as bot:
        first = await bot.send_message(one.id, "one")
        other = await bot.send_message(two.id, "one")
        await asyncio.sleep(0.4)
        start = time.monotonic()
        await bot.edit_message_text("two", one.id, first.message_id)
        assert time.monotonic() - start < 0.3, "nothing was sent lately"
        await bot.edit_message_text("three", one.id, first.message_id)
        assert time.monotonic() - start >= 0.3
        await bot.edit_message_text("two", two.id, other.message_id)
        assert time.monotonic() - start < 0.7, "another chat does not wait"


async def test_a_lost_answer_is_sent_again_and_marked_once(api: BotApi) -> None:
    chat = api.private_chat(api.user(1))
    api.fail("sendMessage", times=2, drop="after")
    async with await bot_of(api) as bot:
        await bot.send_message(chat.id, "hello")
    assert texts(api, 1) == ["hello", "hello" + REPEAT, "hello" + REPEAT]


async def test_a_file_whose_answer_was_lost_is_sent_again_and_marked(api: BotApi) -> None:
    chat = api.private_chat(api.user(1))
    api.fail("sendDocument", drop="after")
    async with await bot_of(api) as bot:
        await bot.send_document(chat.id, b"{}", caption="All of it.", filename="a.json")
    assert texts(api, 1) == ["All of it.", "All of it." + REPEAT]
    assert [list(sent.files.values()) for sent in api.sent] == [[b"{}"], [b"{}"]]


@pytest.mark.parametrize("fault", [{"garbage": True}, {"truncate": True}])
async def test_an_answer_that_cannot_be_read_counts_as_lost(api: BotApi, fault: dict[str, bool]) -> None:
    chat = api.private_chat(api.user(1))
    api.fail("sendMessage", **fault)
    async with await bot_of(api) as bot:
        await bot.send_message(chat.id, "hello")
    assert texts(api, 1)[-1] == "hello" + REPEAT


async def test_an_edit_is_tried_again_without_a_mark(api: BotApi) -> None:
    chat = api.private_chat(api.user(1))
    async with await bot_of(api) as bot:
        message = await bot.send_message(chat.id, "one")
        api.fail("editMessageText", drop="before")
        await bot.edit_message_text("two", chat.id, message.message_id)
    assert texts(api, 1)[-1] == "two"


async def test_what_is_final_is_not_tried_again(api: BotApi) -> None:
    user = api.user(1)
    chat = api.private_chat(user)
    async with await bot_of(api) as bot:
        with pytest.raises(BadRequest):
            await bot.send_message(404, "nobody")
        await api.block(user)
        with pytest.raises(Forbidden):
            await bot.send_message(chat.id, "blocked")
    assert len(api.refusals) == 2


async def test_a_chat_action_is_tried_once(api: BotApi) -> None:
    chat = api.private_chat(api.user(1))
    api.fail("sendChatAction", status=500)
    async with await bot_of(api) as bot:
        with pytest.raises(TelegramError):
            await bot.send_chat_action(chat.id, "typing")
    assert sum(call.method == "sendChatAction" for call in api.calls) == 1


async def test_messages_to_a_chat_keep_their_distance_and_others_do_not_wait(api: BotApi) -> None:
    for id in (1, 2, 3):
        api.private_chat(api.user(id))
    async with await bot_of(api, chat_rate=(1, 0.4)) as bot:
        start = time.monotonic()
        await asyncio.gather(*(bot.send_message(chat, f"{i}") for i in range(2) for chat in (1, 2, 3)))
        took = time.monotonic() - start
    assert took >= 0.4
    first, second = (sent.at for sent in api.sent if sent.chat_id == 1)
    assert second - first >= 0.3


async def test_who_has_a_turn_sends_at_once_and_the_next_one_waits_again(api: BotApi) -> None:
    chat = api.private_chat(api.user(1))
    async with await bot_of(api, chat_rate=(1, 0.4)) as bot:
        limits = bot.rate_limiter
        assert isinstance(limits, Limits)
        await bot.send_message(chat.id, "first")
        start = time.monotonic()
        async with limits.turn(chat.id):
            had = time.monotonic()
            await bot.send_message(chat.id, "second")
            sent = time.monotonic()
            await bot.send_message(chat.id, "third")
        end = time.monotonic()
    assert had - start >= 0.3
    assert sent - had < 0.2
    assert end - sent >= 0.3


async def test_thirty_held_back_chats_hold_back_no_other(api: BotApi) -> None:
    order = Order()
    for id in range(1, 32):
        api.private_chat(api.user(id))
    for id in range(1, 31):
        api.fail("sendMessage", status=429, retry_after=30, chat_id=id)
    async with await bot_of(api) as bot, asyncio.TaskGroup() as group:
        held = [
            group.create_task(order.do_process_update(update_in(id), bot.send_message(id, "late")))
            for id in range(1, 31)
        ]
        await asyncio.sleep(1.5)
        async with asyncio.timeout(5):
            await order.do_process_update(update_in(31), bot.send_message(31, "at once"))
        assert not any(task.done() for task in held)
        for task in held:
            task.cancel()
    assert texts(api, 31) == ["at once"]


def update_in(chat: int) -> Update:
    message = Message(1, datetime.now(UTC), Chat(chat, "private"), text="?")
    return Update(chat, message=message)


@pytest.mark.parametrize(("limit", "most", "window"), [(OVERALL, 30, 1), (GROUP, 20, 60)])
def test_no_window_holds_more_than_telegram_takes(
    limit: tuple[float, float], most: int, window: float
) -> None:
    amount, seconds = limit
    # What leaves at once when nothing left for long, and what may follow until the window ends.
    assert amount + window * amount / seconds <= most


async def test_a_group_waits_when_it_had_its_share_and_others_do_not(api: BotApi) -> None:
    group, other = api.group(-1001, "One"), api.group(-1002, "Two")
    async with await bot_of(api) as bot:
        for number in range(int(GROUP[0])):
            await bot.send_message(group.id, str(number))
        edit = asyncio.create_task(bot.edit_message_text("changed", group.id, 101))
        await bot.send_message(other.id, "at once")
        await asyncio.sleep(0.2)
        assert not edit.done()
        edit.cancel()
    assert texts(api, other.id) == ["at once"]
