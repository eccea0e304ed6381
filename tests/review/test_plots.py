"""Plots stand where they should, say the same in words, and lead to the exchanges behind them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from bot.feedback import Given, explain
from bot.log import write
from bot.review.labels import add
from bot.review.plot import Column, Plot, Point, Series, plot, round_step
from bot.review.queue import draw
from bot.settings import Settings
from migrations import database

from .logs import BOT, CORPUS, QUESTIONS, asked, build_of, document, keep
from .pages import Browser

HOSTILE = '<script>alert(1)</script>" onload="x'


def drawn(*values: float | None, top: float | None = None) -> Plot:
    points = tuple(None if value is None else Point(value, f"{value:g}") for value in values)
    columns = [Column(f"day {n}", f"{n}", f"/queue?from={n}") for n in range(len(values))]
    return plot("A plot", "", columns, [Series("of all", "line", points)], lambda v: f"{v:g}", top=top)


@pytest.mark.parametrize(
    ("highest", "step"),
    [(0, 1), (0.03, 0.01), (1, 0.5), (3, 1), (4, 1), (4.1, 2), (8, 2), (17, 5), (21, 10), (1701, 500)],
)
def test_steps_are_round_and_few(highest: float, step: float) -> None:
    assert round_step(highest) == pytest.approx(step)


@pytest.mark.parametrize("highest", [0.007, 0.3, 1, 9, 12.5, 99, 100, 101, 54_321])
def test_every_value_lies_on_the_plot(highest: float) -> None:
    made = drawn(0.0, highest / 3, highest)
    heights = [place.y for place in made.places(made.series[0]) if place]
    assert heights[0] == 100
    assert 0 <= heights[2] < heights[1] < 100
    assert 2 <= len(made.up) <= 5
    assert (made.up[0].at, made.up[-1].at) == (100, 0)
    assert float(made.up[-1].text) >= highest


def test_a_line_breaks_where_nothing_is_known() -> None:
    made = drawn(0.0, 0.5, None, 1.0, 0.25, None, 0.5, top=1)
    assert made.runs(made.series[0]) == ("7.143,100 21.429,50", "50,0 64.286,75")
    assert made.told(1) == "day 1 · of all: 0.5"
    assert made.told(2) == "day 2 · nothing"
    assert not made.empty
    assert drawn(None, None).empty


@pytest.mark.parametrize("columns", [1, 2, 5, 6, 13, 30])
def test_names_have_room_and_the_last_has_one(columns: int) -> None:
    made = drawn(*[1.0] * columns)
    assert len(made.across) <= 5
    assert made.across[-1].text == f"{columns - 1}"
    assert 0 < made.across[0].at <= made.across[-1].at < 100


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Someone signed in before a log of two builds, labels, a 👎 and a hostile document."""
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    documents = (*CORPUS[1:], document("speech", CORPUS[0].text, date(2025, 1, 1)))
    keep(engine, *documents)
    fill(engine, tmp_path)
    return Browser(Settings(_env_file=None, talks_home=tmp_path), engine, "ann")


def fill(engine: Engine, home: Path) -> None:
    build = build_of(home / "index", *CORPUS)
    keep(engine, replace(CORPUS[2], source=replace(CORPUS[2].source, title=HOSTILE)))
    now = datetime.now(UTC)
    made = [
        replace(asked(build, question, number), asked_at=now - timedelta(days=age), build=of)
        for number, (question, age, of) in enumerate(
            [(QUESTIONS[0], 3, "old"), (QUESTIONS[2], 3, "old"), (QUESTIONS[1], 1, build.id)], 1
        )
    ]
    write(engine, *made, replace(made[0], update_id=9, id=made[0].id.__class__(int=9), origin="review"))
    explain(engine, Given(BOT, 1, "u", "c"), "wrong_speaker", 1, now)
    draw(engine, 1.0, now)
    for who in ("one", "two"):
        for exchange, verdict in zip(made, ("wrong_speaker", "right", "right"), strict=True):
            add(engine, exchange.id, who, verdict, now)  # type: ignore[arg-type]


def test_the_page_shows_plots_that_lead_to_exchanges(browser: Browser) -> None:
    page = browser.look("/trends").text
    for title in (
        "Questions a day", "Answered", "Right answers", "👎 of all replies", "Time to an answer",
        "Build by build", "Why 👎", "Quoted by document", "Quoted by age", "Reviewers agree",
    ):  # fmt: skip
        assert f"<h2>{title}</h2>" in page
    assert page.count('<svg class="drawing"') == 6
    assert "3 in all" in page
    assert "and two</a><span>1.00 on 3" in page
    links = [urlsplit(unescape(href)) for href in re.findall(r'href="(/queue\?[^"]+)"', page)]
    fields = [parse_qs(link.query) for link in links]
    day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    assert {"from": [day], "to": [day]} in fields
    ids = [one["ids"][0].split(",") for one in fields if "ids" in one]
    # The 👎 of its day and of its reason; what both reviewers labelled.
    assert len([one for one in ids if len(one) == 1]) >= 2
    assert any(len(set(one)) == 3 for one in ids)
    assert {one["document"][0] for one in fields if "document" in one} == {"speech", "harvest", "magnets"}
    assert {one["build"][0] for one in fields if "build" in one} > {"old"}
    # One new build began to answer in the period; each of the five plots of time says so.
    assert page.count('class="marker"') == 5


def test_a_plot_says_in_words_what_it_draws(browser: Browser) -> None:
    page = unescape(browser.look("/trends").text)
    titles = [told for told in re.findall(r"<title>([^<]*)</title>", page) if "right: 50%" in told]
    # Of its day, and of its build.
    assert len(titles) == 2
    title = titles[0]
    assert "between 9% and 91%, from 2" in title
    assert f">{title.partition(': ')[2]}</td>" in page


def test_titles_are_text_and_nothing_is_styled_inside(browser: Browser) -> None:
    page = browser.look("/trends").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert " style=" not in page
    assert "onload=" not in page.replace("onload=&#34;", "")


def test_there_are_three_periods(browser: Browser) -> None:
    for days, status in (("31", 404), ("", 404), ("x", 404), ("٣٠", 404), ("-30", 404), ("91", 200)):
        assert browser.look(f"/trends?days={days}").status_code == status, days


def test_an_empty_log_has_a_page(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    page = Browser(Settings(_env_file=None, talks_home=tmp_path), engine, "ann").look("/trends")
    assert page.status_code == 200
    assert page.text.count("Nothing to show yet.") == 5
