"""The review pages as `talks review serve` serves them, over a log, and a browser before them."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import Engine

from bot.exchange import Exchange
from bot.feedback import Given, explain
from bot.log import write
from bot.review.labels import add
from migrations import database
from tests.bot.program import environment
from tests.review.logs import BOT, CORPUS, QUESTIONS, asked, build_of, document, keep
from tests.review.pages import PASSWORD, join

ROOT = Path(__file__).parents[2]
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
#: Pixels of the smallest text that one can read on a phone.
SMALLEST = 11.0
NAME = "ann"
#: Answered, silent, in the letters that people ask in, and one that wants to be a page.
ASKED = (
    *QUESTIONS,
    "Who won the World Cup?",
    "world cup winner",
    "稀土出口管制什么时候恢复？",
    "<script>document.title = 'taken over'</script>?",
)


@dataclass(frozen=True, slots=True)
class Site:
    """The pages at `url` over the log that `engine` opens."""

    url: str
    engine: Engine
    home: Path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one that CHROMIUM names; nothing is ever downloaded."""
    arguments = ["--disable-gpu", "--disable-quic", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """200 exchanges of the last month, some labelled, some disliked, and someone who may sign in."""
    home = tmp_path_factory.mktemp("site")
    engine = database.engine(f"sqlite:///{home / 'talks.db'}")
    database.upgrade(engine)
    fill(engine, home)
    join(engine, NAME, "maintainer")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [sys.executable, "-m", "bot", "review", "serve", "--port", str(port)]
    given = environment(TALKS_HOME=str(home), STARTER_CORPUS="false")
    with subprocess.Popen(serve, cwd=ROOT, env=given, stderr=subprocess.PIPE) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _await(url, process)
            yield Site(url, engine, home)
        finally:
            process.terminate()
            engine.dispose()


def fill(engine: Engine, home: Path) -> None:
    random = Random(20251110)
    dated = [
        document(one.id, one.text, day)
        for one, day in zip(CORPUS, (date(2025, 11, 1), date(2025, 6, 1), None), strict=True)
    ]
    keep(engine, *dated)
    build = build_of(home / "index", *dated)
    templates = [asked(build, question) for question in ASKED]
    now = datetime.now(UTC)

    def made(number: int) -> Exchange:
        template = random.choice(templates)
        return replace(
            template,
            id=UUID(int=random.getrandbits(128), version=4),
            update_id=number,
            user=f"user {number % 7}",
            asked_at=now - timedelta(days=29 * random.random()),
            # Near the threshold, so that there is enough that waits.
            confidence=random.uniform(0.5, 0.75),
            build=build.id if number % 3 else "20251001T000000000-earlier0",
            stages=(("all", random.lognormvariate(3, 0.6)),),
        )

    exchanges = [made(number) for number in range(1, 201)]
    write(engine, *exchanges)
    for exchange in exchanges[:8]:
        explain(engine, Given(BOT, exchange.update_id or 0, "u", "c"), "out_of_date", 1, now)
    for exchange in exchanges[100:140]:
        for who in ("one", "two"):
            add(engine, exchange.id, who, "right", now)


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{url}/sign-in", timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, "the pages did not start"
            time.sleep(0.1)
    raise AssertionError("the pages did not start in a minute")


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=name]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue*")


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Site) -> Any:
    """What a browser that is signed in holds."""
    context = browser.new_context()
    sign_in(context.new_page(), site)
    state = context.storage_state()
    context.close()
    return state


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: Site, signed_in: Any) -> Iterator[Opened]:
    """Opens a page of the site at a size, signed in; the test fails if the page said anything was wrong."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open(path: str, size: str = "desktop", scheme: str = "light", **more: Any) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            storage_state=signed_in,
            reduced_motion="reduce",
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda said: harmless(page, said) or wrong.append(said.text))
        page.on("request", lambda sent: sent.url.startswith(site.url) or wrong.append(f"asks {sent.url}"))
        page.goto(site.url + path)
        return page

    yield open
    for context in contexts:
        context.close()
    assert wrong == []


def harmless(page: Page, said: ConsoleMessage) -> bool:
    """Whether it is no error, or only that the page itself has a status such as 404."""
    own = said.text.startswith("Failed to load resource") and said.location["url"] == page.url
    return said.type != "error" or own


def faults(page: Page) -> list[str]:
    """What axe finds that keeps someone from using the page: serious and critical faults."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """What makes the page wider than the window: nothing, or the elements that stick out."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
    )
    return found


def too_small(page: Page) -> list[str]:
    """Texts that are shown smaller than SMALLEST, SVG's in the size that they are drawn at."""
    found: list[str] = page.evaluate(
        """(smallest) => {
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
          for (let node = walk.nextNode(); node; node = walk.nextNode()) {
            const at = node.parentElement;
            if (!node.data.trim() || at.closest("title") || !at.getClientRects().length) continue;
            const scale = at.getScreenCTM ? at.getScreenCTM().a : 1;
            const size = parseFloat(getComputedStyle(at).fontSize) * scale;
            if (size < smallest) found.push(`${size}: ${node.data.trim().slice(0, 60)}`);
          }
          return found;
        }""",
        SMALLEST,
    )
    return found
