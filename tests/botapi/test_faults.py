"""Faults on demand, rate limits, and waiting for what the bot does."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from .bot import a_bot
from .limits import Limits
from .record import Chat
from .refusal import Refused
from .server import BotApi


def chat_of(api: BotApi, id: int = 1) -> int:
    return api.private_chat(api.user(id)).id


async def test_flood_control_tells_when_to_come_back(api: BotApi) -> None:
    chat = chat_of(api)
    api.fail("sendMessage", status=429, retry_after=2)
    async with a_bot(api) as bot:
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(chat, "hello")
        # a number, or a timedelta where the environment asks the library for one
        assert caught.value.retry_after in (2, timedelta(seconds=2))
        await bot.send_message(chat, "hello")
    assert [(sent.accepted, sent.fault) for sent in api.sent] == [
        (False, "429, before it took effect"),
        (True, None),
    ]
    assert len(api.shown(api.world.chats[chat])) == 1
    assert not api.refusals


async def test_the_body_of_a_429(api: BotApi) -> None:
    api.fail("*", status=429, retry_after=7)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{api.base_url}/bot{api.token}/getMe") as answer,
    ):
        assert answer.status == 429
        assert await answer.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }


FAULTS: list[tuple[dict[str, Any], type[TelegramError], bool]] = [
    ({"status": 500}, NetworkError, False),
    ({"status": 502}, NetworkError, False),
    ({"status": 502, "accepted": True}, NetworkError, True),
    ({"garbage": True}, TelegramError, False),
    ({"garbage": True, "status": 502}, NetworkError, False),
    ({"garbage": True, "accepted": True}, TelegramError, True),
    ({"drop": "before"}, NetworkError, False),
    ({"drop": "after"}, NetworkError, True),
    ({"truncate": True}, NetworkError, True),
]


@pytest.mark.parametrize(("fault", "error", "accepted"), FAULTS)
async def test_a_fault_strikes_once(
    api: BotApi, fault: dict[str, Any], error: type[TelegramError], accepted: bool
) -> None:
    chat = chat_of(api)
    api.fail("sendMessage", **fault)
    async with a_bot(api) as bot:
        with pytest.raises(error):
            await bot.send_message(chat, "hello")
        (sent,) = api.sent
        assert sent.accepted is accepted
        assert sent.fault is not None
        assert len(api.shown(api.world.chats[chat])) == accepted
        await bot.send_message(chat, "again")
    assert api.sent[-1].fault is None


async def test_a_slow_answer_comes_after_the_effect(api: BotApi) -> None:
    chat = chat_of(api)
    api.fail("sendMessage", slow=0.4)
    async with a_bot(api) as bot:
        started = time.monotonic()
        await bot.send_message(chat, "hello")
        assert time.monotonic() - started >= 0.4
        api.fail("sendMessage", slow=5)
        with pytest.raises(TimedOut):
            await bot.send_message(chat, "hello", read_timeout=0.2)
    assert [sent.accepted for sent in api.sent] == [True, True]
    assert len(api.shown(api.world.chats[chat])) == 2


async def test_a_fault_keeps_to_its_chat_method_and_number(api: BotApi) -> None:
    chat, other = chat_of(api), chat_of(api, 2)
    api.fail("sendMessage", times=2, status=500, chat_id=other)
    async with a_bot(api) as bot:
        await bot.send_chat_action(other, "typing")
        await bot.send_message(chat, "hello")
        for _ in range(2):
            with pytest.raises(NetworkError):
                await bot.send_message(other, "hello")
        await bot.send_message(other, "hello")
        api.fail("sendMessage", times=2, status=500)
        api.mend()
        await bot.send_message(other, "hello")


async def test_a_fault_must_be_one(api: BotApi) -> None:
    with pytest.raises(ValueError, match="one way"):
        api.fail("sendMessage")
    with pytest.raises(ValueError, match="before"):
        api.fail("sendMessage", drop="during")


async def test_polls_can_fail_too(api: BotApi) -> None:
    api.fail("getUpdates", drop="before")
    async with a_bot(api) as bot:
        with pytest.raises(NetworkError):
            await bot.get_updates()
        assert await bot.get_updates() == ()


async def test_strict_limits_answer_429() -> None:
    async with BotApi(strict_limits=True) as api, a_bot(api) as bot:
        chat = chat_of(api)
        for _ in range(3):
            await bot.send_message(chat, "hello")
        with pytest.raises(RetryAfter):
            await bot.send_message(chat, "hello")
        assert api.refusals[0].error == "Too Many Requests: retry after 3"
        await bot.send_message(chat_of(api, 2), "hello")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def flooded(limits: Limits, chat: Chat) -> int:
    """The seconds to wait, 0 when the message went through."""
    try:
        limits.spend(chat)
    except Refused as refusal:
        return int((refusal.parameters or {})["retry_after"])
    return 0


def test_thirty_a_second_in_all() -> None:
    clock = Clock()
    limits = Limits(clock)
    assert [flooded(limits, Chat(id, "private")) for id in range(31)] == [0] * 30 + [1]
    clock.now += 1.01
    assert flooded(limits, Chat(31, "private")) == 0


def test_one_a_second_in_a_chat_after_a_burst() -> None:
    clock = Clock()
    limits = Limits(clock)
    waits = []
    for _ in range(12):
        waits.append(flooded(limits, Chat(1, "private")))
        clock.now += 0.5
    assert waits.count(0) == 6
    clock = Clock()
    limits = Limits(clock)
    for _ in range(12):
        assert flooded(limits, Chat(1, "private")) == 0
        clock.now += 1.01


def test_twenty_a_minute_in_a_group() -> None:
    clock = Clock()
    limits = Limits(clock)
    group, person = Chat(-1, "supergroup"), Chat(1, "private")
    for _ in range(20):
        assert flooded(limits, group) == flooded(limits, person) == 0
        clock.now += 2
    assert flooded(limits, group) == 20
    assert flooded(limits, person) == 0
    clock.now += 20.01
    assert flooded(limits, group) == 0


async def test_without_strict_limits_nothing_waits(api: BotApi) -> None:
    chat = chat_of(api)
    async with a_bot(api) as bot:
        for _ in range(5):
            await bot.send_message(chat, "hello")
    assert all(sent.accepted for sent in api.sent)


async def test_waiting_for_messages_and_calls(api: BotApi) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    async with a_bot(api) as bot:
        await bot.send_message(1, "one")
        later = asyncio.create_task(_later(bot.send_message(1, "two")))
        one, two = await api.next_message(chat), await api.next_message(chat)
        await later
        assert (one.text, two.text) == ("one", "two")
        with pytest.raises(TimeoutError, match="sendMessage 'two'"):
            await api.next_message(chat, timeout=0.05)
        await bot.edit_message_text("three", 1, two.message_id)
        edit = await api.wait_for(lambda call: call.method == "editMessageText", after=two)
        assert (edit.text, edit.message_id) == ("three", two.message_id)
        with pytest.raises(TimeoutError):
            await api.wait_for(lambda call: call.method == "sendMessage", timeout=0.05, after=two)


async def _later(sending: Any) -> None:
    await asyncio.sleep(0.1)
    await sending
