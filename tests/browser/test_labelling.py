"""A reviewer at work: a hundred exchanges by keyboard, and the better span in every way there is."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from bot.review.labels import Label, history, standing
from bot.tables import exchanges, labels
from migrations.database import reading
from tests.browser.conftest import NAME, SIZES, Opened, Site, too_wide
from tests.review.logs import CORPUS

MANY = 100
KEYS = 3


def mine(site: Site) -> int:
    """How many labels of the reviewer stand."""
    said = standing().subquery()
    with reading(site.engine) as connection:
        found = connection.scalar(select(func.count()).select_from(said).where(said.c.reviewer == NAME))
    return found or 0


def last(site: Site) -> Label:
    """What the reviewer said last."""
    wanted = select(labels.c.exchange).where(labels.c.reviewer == NAME).order_by(labels.c.id.desc())
    with reading(site.engine) as connection:
        exchange = connection.scalar(wanted.limit(1))
    assert exchange is not None
    return [label for label in history(site.engine, exchange) if label.reviewer == NAME][-1]


def quoting(site: Site, question: str) -> str:
    """The path of an answered exchange of that question which nobody has labelled."""
    wanted = (
        select(exchanges.c.id)
        .where(exchanges.c.question == question, exchanges.c.id.not_in(select(labels.c.exchange)))
        .limit(1)
    )
    with reading(site.engine) as connection:
        return f"/exchange/{connection.scalar(wanted)}"


def keeps_focus(page: Page) -> None:
    """Something has the focus: what `autofocus` names gets it with a frame, maybe after the load event."""
    expect(page.locator(":focus")).to_have_count(1)


def test_a_hundred_exchanges_by_keyboard(opened: Opened, site: Site) -> None:
    page = opened("/queue")
    before = mine(site)
    keeps_focus(page)
    page.keyboard.press("n")
    page.wait_for_url("**/exchange/*")
    seen, pressed = set(), 0
    for number in range(MANY):
        keeps_focus(page)
        seen.add(page.url)
        silent = page.get_by_role("button", name="Should have answered").count()
        key = "r" if number % 4 else ("a" if silent else "w")
        with page.expect_navigation():
            page.keyboard.press(key)
        pressed += 1
    assert pressed <= KEYS * MANY
    assert len(seen) == MANY
    assert mine(site) == before + MANY


def test_a_slip_is_undone_by_keyboard(opened: Opened, site: Site) -> None:
    page = opened(quoting(site, CASE))
    at, before = page.url, mine(site)
    with page.expect_navigation():
        page.keyboard.press("o")
    assert mine(site) == before + 1
    with page.expect_navigation():
        page.keyboard.press("u")
    assert page.url.partition("?")[0] == at
    keeps_focus(page)
    assert mine(site) == before
    assert last(site).verdict is None


CASE = "Which licences for magnets stay in force?"
BETTER = "Customs officers check each container."


@pytest.mark.parametrize("size", SIZES)
def test_the_better_span_by_keyboard(opened: Opened, site: Site, size: str) -> None:
    page = opened(quoting(site, CASE), size)
    document = page.locator("#document")
    assert document.locator("mark").first.is_visible()
    # The first press stands on the quote, the second on what follows.
    for key in ("j", "j", "g"):
        page.keyboard.press(key)
    assert page.locator("#gold-text").text_content() == BETTER
    assert too_wide(page) == []
    with page.expect_navigation():
        page.keyboard.press("w")
    said = last(site)
    assert (said.verdict, said.note) == ("wrong_quote", None)
    assert said.gold is not None
    assert CORPUS[2].slice(said.gold.span) == BETTER


def test_the_better_span_by_mouse(opened: Opened, site: Site) -> None:
    page = opened(quoting(site, "When will soybeans be shipped again?"))
    # Across what needs two UTF-16 units and three bytes.
    chosen = page.evaluate(
        """() => {
          const spot = (word, after) => {
            const walk = document.createTreeWalker(document.querySelector("#document"), NodeFilter.SHOW_TEXT);
            for (let node = walk.nextNode(); node; node = walk.nextNode()) {
              const at = node.data.indexOf(word);
              if (at >= 0) {
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + word.length);
                const box = range.getBoundingClientRect();
                return [after ? box.right - 1 : box.left + 1, box.top + box.height / 2];
              }
            }
          };
          return [spot("中国", false), spot("purchases", true)];
        }"""
    )
    (left, top), (right, bottom) = chosen
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=5)
    page.mouse.up()
    assert page.locator("#gold-text").text_content() == "中国 farmers welcomed the purchases"
    page.get_by_role("button", name="Partly").click()
    page.wait_for_load_state()
    said = last(site)
    assert said.verdict == "partly"
    assert said.gold is not None
    assert CORPUS[1].slice(said.gold.span) == "中国 farmers welcomed the purchases"


def test_the_better_span_without_scripts(opened: Opened, site: Site) -> None:
    page = opened(quoting(site, CASE), "phone", java_script_enabled=False)
    page.locator("a.pick").nth(1).click()
    assert page.locator("#gold-text").text_content() == BETTER
    page.get_by_role("button", name="Wrong quote").click()
    said = last(site)
    assert said.verdict == "wrong_quote"
    assert said.gold is not None
    assert CORPUS[2].slice(said.gold.span).strip() == BETTER


def test_a_note_is_typed_without_pressing_verdicts(opened: Opened, site: Site) -> None:
    page = opened(quoting(site, CASE))
    before = mine(site)
    page.keyboard.press("c")
    page.keyboard.type("right words, wrong place")
    page.keyboard.press("Escape")
    keeps_focus(page)
    assert mine(site) == before
    with page.expect_navigation():
        page.keyboard.press("p")
    assert (last(site).verdict, last(site).note) == ("partly", "right words, wrong place")
