"""What the program shows elsewhere as a page: the chat as Telegram has it, and the report of a refresh."""

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from corpus import page as report
from corpus.errors import FetchFailed
from corpus.plan import Plan
from tests.bot.conftest import corpus_home
from tests.bot.program import Program
from tests.bot.transcript import page as transcript
from tests.botapi.server import BotApi
from tests.browser.conftest import SCHEMES, SIZES, faults, too_small, too_wide
from tests.corpus.changing import Desk, text

__all__ = ["corpus_home"]

ANSWERED = "What did Bessent say about the threat of the 100% tariff?"
TOO_LONG = "What does the article say about the truce, and about " + "soybeans" * 30 + "?"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, corpus_home: Path) -> dict[str, Path]:
    """The files of both."""
    folder = tmp_path_factory.mktemp("pages")
    home = folder / "home"
    shutil.copytree(corpus_home, home, ignore=shutil.ignore_patterns("models"))
    (home / "models").symlink_to(corpus_home / "models")
    # A browser driven from this thread runs an event loop in it.
    with ThreadPoolExecutor(1) as thread:
        chat = thread.submit(asyncio.run, chatting(home)).result()
    (folder / "chat.html").write_text(chat, "utf-8")
    (folder / "report.html").write_text(report.render(changing(folder / "desk" / "home")), "utf-8")
    return {name: folder / f"{name}.html" for name in ("chat", "report")}


async def chatting(home: Path) -> str:
    """The chat after two questions, one of them in a word too long for any line."""
    async with BotApi() as api:
        program = Program(api, home)
        await program.start()
        person = api.user(7, "You")
        chat = api.private_chat(person)
        for question in (ANSWERED, TOO_LONG):
            await api.say(chat, person, question)
            await api.next_message(chat, timeout=30)
        await program.stop()
        return transcript(api, chat)


def changing(home: Path) -> Plan:
    """A plan in which everything happens, some of it under names too long for any line."""
    desk = Desk(home)
    desk.fill(6)
    desk.refresh()
    desk.put(d1=text(1, "agreed on " + "everything" * 30), d7=text(7))
    desk.remove("d2")
    desk.broken = (FetchFailed("https://a.example/" + "very-long-path" * 20, "timed out"),)
    return desk.plan()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["chat", "report"])
def test_nothing_sticks_out(
    browser: Browser, pages: dict[str, Path], name: str, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(pages[name].as_uri())
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{size}-{scheme}.png", full_page=True)
    assert too_wide(page) == []
    assert too_small(page) == []
    # The chat is a picture of another program; the report is our page.
    assert name == "chat" or faults(page) == []
    context.close()
