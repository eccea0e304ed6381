"""What maintainers do in Telegram, and what nobody else can; no user's text in any of it."""

import asyncio
import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from telegram.ext import ExtBot

from bot import people
from bot.desk import Desk
from bot.limits import Limits
from bot.meter import Meter
from bot.privacy import log_key, pseudonym
from bot.refreshing import reported
from bot.settings import Settings
from bot.upkeep import Upkeep
from tests.bot.pressing import buttons, press
from tests.bot.program import Program
from tests.botapi.record import Sent
from tests.botapi.server import BotApi
from tests.database import upgraded
from tests.database.examples import NOON

Make = Callable[..., Program]
TARIFF = "What did Bessent say about the threat of the 100% tariff?"
SOURCES = """
[[source]]
name = "notes"
kind = "folder"
path = "notes"
publisher = "Notes Desk"
tier = "press"
licence = "CC0-1.0"
"""
NOTE = "# The seventh round\n\nThe seventh round of the talks was held in Reykjavik on a rainy Tuesday.\n"


def report(home: Path, id: str, outcome: str, error: str | None = None) -> None:
    (home / "reports").mkdir(exist_ok=True)
    check = {"name": "golden recall", "holds": outcome != "rejected", "found": "Who secretly asked this?"}
    told: dict[str, Any] = {"id": id, "outcome": outcome, "at": "2026-04-01T08:30:00+00:00", "error": error}
    told["checks"] = [check]
    (home / "reports" / f"{id}.json").write_text(json.dumps(told))


async def edited_until(api: BotApi, message: Sent, words: str) -> Sent:
    return await api.wait_for(
        lambda call: call.method == "editMessageText"
        and call.message_id == message.message_id
        and words in (call.text or ""),
        timeout=90,
    )


@pytest.mark.model
async def test_a_maintainer_sees_the_state_and_refreshes_and_a_stranger_cannot(
    api: BotApi, program: Make, tmp_path: Path
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "round.md").write_text(NOTE)
    (tmp_path / "sources.toml").write_text(SOURCES)
    ada, stranger = api.user(7), api.user(8)
    chat, other = api.private_chat(ada), api.private_chat(stranger)
    running = program(MAINTAINERS="7", CORPUS_SOURCES=str(tmp_path / "sources.toml"))
    await running.start()
    menus = {call.params.get("scope"): call for call in api.calls if call.method == "setMyCommands"}
    mine = next(call for scope, call in menus.items() if scope and json.loads(scope).get("chat_id") == 7)
    assert {"status", "refresh", "ask"} <= {c["command"] for c in json.loads(mine.params["commands"])}
    for command in ("/status", "/refresh"):
        await api.say(other, stranger, command)
        assert (await api.next_message(other)).text == "I read questions as text only. /help says how to ask."

    await api.say(chat, ada, TARIFF)
    await api.next_message(chat)
    await running.settled()
    await api.say(chat, ada, "/status")
    status = (await api.next_message(chat)).text or ""
    assert "1 document" in status
    assert "1 question, 100% answered" in status
    assert "Bessent" not in status

    with (running.home / "refresh.lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        await api.say(chat, ada, "/refresh")
        refused = await edited_until(api, await api.next_message(chat), "another refresh is running")
    assert refused.buttons == ()

    await api.say(chat, ada, "/refresh")
    planning = await api.next_message(chat)
    plan = await edited_until(api, planning, "new 1")
    assert "+ The seventh round" in (plan.text or "")
    (button,) = buttons(api, chat, planning)
    assert len(button["callback_data"].encode()) <= 64
    await press(api, chat, planning, button["text"])
    await edited_until(api, planning, "Refreshed and published")
    async with asyncio.timeout(15):
        while "is live" not in running.lines():  # noqa: ASYNC110  another process's log
            await asyncio.sleep(0.1)
    await api.say(chat, ada, "Where was the seventh round held?")
    assert any("Reykjavik" in quote for quote in (await api.next_message(chat)).quotations)

    report(running.home, "30000101T000000000-refresh", "failed", "the disk is full")
    alert = (await api.next_message(chat, timeout=15)).text or ""
    assert "A refresh failed (1 April 2026, 08:30 UTC): the disk is full" in alert
    assert api.complaints == []
    assert [c for c in api.calls if c.chat_id == 8 and "refresh" in (c.text or "").lower()] == []


def test_reports_are_read_in_order_and_name_checks_only(tmp_path: Path) -> None:
    report(tmp_path, "20260401T083000000-refresh", "rejected")
    report(tmp_path, "20260402T083000000-refresh", "published")
    (tmp_path / "reports" / "20260403T083000000-refresh.json").write_text("{half")
    first, second = reported(tmp_path)
    assert (first.outcome, first.why) == ("rejected", "golden recall")
    assert (second.outcome, second.why) == ("published", "")
    assert reported(tmp_path, first.name) == (second,)
    assert reported(tmp_path / "nowhere") == ()


async def test_errors_that_jump_are_told_once_as_is_a_failed_refresh(api: BotApi, tmp_path: Path) -> None:
    chat = api.private_chat(api.user(7))
    settings = Settings(_env_file=None, talks_home=tmp_path, maintainers="7")
    nothing: Any = None
    engine, key = upgraded.sqlite(tmp_path / "talks.db"), log_key(tmp_path)
    desk = Desk(nothing, engine, nothing, key, settings, Meter())
    bot = ExtBot(api.token, base_url=f"{api.base_url}/bot", rate_limiter=Limits(4, (100, 1.0)))
    context: Any = SimpleNamespace(bot=bot)
    async with bot:
        watching = asyncio.create_task(Upkeep(desk, look=0.02).watch(context))
        await asyncio.sleep(0.1)
        desk.meter.errors.inc(4)
        await asyncio.sleep(0.1)
        assert api.sent == []
        desk.meter.errors.inc(2)
        assert "6 errors" in ((await api.next_message(chat)).text or "")
        desk.meter.errors.inc(9)
        people.set_language(engine, pseudonym(key, "user", 7), "ms", NOON)
        report(tmp_path, "20260401T083000000-refresh", "rejected")
        assert "Semakan menolak" in ((await api.next_message(chat)).text or "")
        report(tmp_path, "20260402T083000000-refresh", "failed")
        await asyncio.sleep(0.2)
        watching.cancel()
    assert len(api.sent) == 2
    assert "secretly" not in (api.sent[1].text or "")


@pytest.mark.model
async def test_a_kill_while_a_plan_is_made_leaves_all_as_it_was(api: BotApi, program: Make) -> None:
    ada = api.user(7)
    chat = api.private_chat(ada)
    running = program(MAINTAINERS="7")
    await running.start()
    live = (running.home / "index" / "CURRENT").read_text()
    await api.say(chat, ada, "/refresh")
    await api.next_message(chat)
    await running.settled()
    await running.kill()
    assert (running.home / "index" / "CURRENT").read_text() == live
    await running.start()
    await api.say(chat, ada, TARIFF)
    assert (await api.next_message(chat, timeout=20)).quotations
    # The child that was left behind may still hold the lock, and then this says so.
    ended = ("Nothing to publish", "another refresh is running")
    await api.say(chat, ada, "/refresh")
    planning = await api.next_message(chat)

    def done(call: Sent) -> bool:
        return call.message_id == planning.message_id and any(end in (call.text or "") for end in ended)

    await api.wait_for(done, timeout=90)
    assert (running.home / "index" / "CURRENT").read_text() == live
