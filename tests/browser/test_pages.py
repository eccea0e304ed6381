"""Every page at the size of a phone and of a desktop, by day and by night: readable, and usable by all."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from bot.tables import exchanges
from migrations.database import reading
from tests.browser.conftest import (
    NAME,
    SCHEMES,
    SIZES,
    Opened,
    Site,
    faults,
    sign_in,
    too_small,
    too_wide,
)

PAGES = (
    "/queue", "/queue?reason=all", "/queue?reason=near&q=%3Cscript%3E", "/queue?ids=x", "/nowhere",
    "/try", "/trends", "/trends?days=364", "/gaps", "/golden",
)  # fmt: skip


def exchange(site: Site, *, answered: bool) -> str:
    """The path of an exchange."""
    wanted = select(exchanges.c.id).where(exchanges.c.answered.is_(answered)).limit(1)
    with reading(site.engine) as connection:
        return f"/exchange/{connection.scalar(wanted)}"


def wrong(page: Page) -> list[str]:
    """What keeps a page from being readable and usable."""
    return faults(page) + too_wide(page) + too_small(page)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_readable_and_usable(opened: Opened, site: Site, size: str, scheme: str) -> None:
    page = opened("/queue", size, scheme)
    found = {}
    for path in (*PAGES, exchange(site, answered=True), exchange(site, answered=False)):
        page.goto(site.url + path)
        assert page.title().endswith("Talks"), page.title()
        found[path] = wrong(page)
        if folder := os.environ.get("PICTURES"):
            name = path.strip("/").replace("/", "-").partition("?")[0]
            page.screenshot(path=Path(folder) / f"{name}-{size}-{scheme}.png", full_page=True)
    said = "\n".join(f"{path}: {one}" for path, each in found.items() for one in each)
    assert not said, said


@pytest.mark.parametrize("size", SIZES)
def test_one_signs_in_and_out(browser: Browser, site: Site, size: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{site.url}/trends")
    assert "/sign-in" in page.url
    assert wrong(page) == []
    page.fill("[name=name]", NAME)
    page.fill("[name=password]", "not the password")
    page.keyboard.press("Enter")
    page.get_by_text("Name or password is wrong").wait_for()
    assert wrong(page) == []
    sign_in(page, site)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    page.goto(f"{site.url}/queue")
    assert "/sign-in" in page.url
    context.close()


def test_pages_are_readable_without_scripts(opened: Opened, site: Site) -> None:
    page = opened("/trends", "phone", java_script_enabled=False)
    assert page.locator("svg.drawing").count() == 6
    page.get_by_text("As a table").first.click()
    assert page.locator("table").first.is_visible()
    page.goto(site.url + "/gaps")
    assert page.locator("li.gap").count() >= 1
    page.goto(site.url + exchange(site, answered=True))
    assert page.get_by_role("button", name="Right").is_visible()
    assert page.locator("mark").count() >= 1


@pytest.mark.parametrize("size", SIZES)
def test_a_point_leads_to_its_exchanges(opened: Opened, site: Site, size: str) -> None:
    page = opened("/trends", size)
    drawing = page.locator("svg.drawing").first
    box = drawing.bounding_box()
    assert box is not None
    # The last day but two has some: 200 in 30 days.
    told = drawing.locator("a:has(.column)").nth(27)
    said = told.locator("title").text_content() or ""
    count = int(said.rpartition(" ")[2])
    page.mouse.click(box["x"] + box["width"] * 27.5 / 30, box["y"] + box["height"] / 2)
    page.wait_for_url("**/queue?from=*")
    assert page.locator("[data-row]").count() == count > 0
    page.go_back()
    page.get_by_role("link", name="one and two").click()
    page.wait_for_url("**/queue?ids=*")
    assert page.locator("[data-row]").count() == 25


def test_the_table_behind_a_plot_is_reached_by_keyboard(opened: Opened) -> None:
    page = opened("/trends")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('th') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue?from=*")
