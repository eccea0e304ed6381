"""A log of 100,000 exchanges: no page asks much of the database, and none reads the log from end to end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from bot.review import labels
from bot.settings import Settings
from bot.tables import exchanges
from migrations import database
from migrations.database import reading

from .many import END, fill
from .pages import Browser

SIZE = 100_000
MOST = 12
LOG = "exchanges|hits|quotes|words|feedback|labels"
#: What may be read whole: an index of just the rows in question, and that of labels, which people make.
READ_WHOLE = re.compile(r"SCAN \w+ USING (COVERING )?INDEX (ix_quotes_unattributed|ix_labels_\w+)$")
PAGES = (
    "/queue",
    "/queue?reason=sample",
    "/queue?reason=near&after=near+80000000-0000-4000-8000-000000000000",
    "/queue?reason=narrow",
    "/queue?reason=speaker",
    "/queue?reason=all",
    "/queue?reason=all&after=2025-12-01T12:00:00%2B00:00+80000000-0000-4000-8000-000000000000",
    "/queue?q=soybeans+Bessent",
    "/queue?q=%22would+wait%22&field=reply&answered=yes",
    "/queue?document=made-003&since=2025-12-01&until=2025-12-24",
    "/queue?label=wrong_quote",
)

Asked = list[tuple[str, Any]]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("long")
    return Settings(_env_file=None, talks_home=home, answer_threshold=0.5)


@pytest.fixture(scope="module")
def log(settings: Settings) -> Engine:
    """A long log with some labels."""
    made = database.engine(settings.database)
    database.upgrade(made)
    fill(made, SIZE)
    with reading(made) as connection:
        answered = select(exchanges.c.id).where(exchanges.c.answered).order_by(exchanges.c.id).limit(40)
        ids = connection.scalars(answered).all()
    for number, id in enumerate(ids):
        labels.add(made, id, "bob", "right" if number % 3 else "wrong_quote", END)
    return made


@pytest.fixture(scope="module")
def ann(settings: Settings, log: Engine) -> Iterator[Browser]:
    with Browser(settings, log, "ann") as browser:
        browser.look("/queue")
        yield browser


@contextmanager
def noted(engine: Engine) -> Iterator[Asked]:
    """What the database is asked meanwhile."""
    asked: Asked = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def scans(engine: Engine, asked: Asked) -> list[str]:
    """The steps of the plans that read a table of the log from end to end."""
    with reading(engine) as connection:
        steps = [
            row[3]
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert steps
    whole = re.compile(rf"SCAN ({LOG})\b")
    return [step for step in steps if whole.match(step) and not READ_WHOLE.match(step)]


def test_the_judge_of_plans_sees_a_scan(log: Engine) -> None:
    with noted(log) as asked, reading(log) as connection:
        connection.execute(select(exchanges.c.id).where(exchanges.c.reason == "none"))
    assert scans(log, asked) == ["SCAN exchanges"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_queue_asks_little(ann: Browser, log: Engine, path: str) -> None:
    with noted(log) as asked:
        page = ann.look(path)
    assert page.status_code == 200
    assert page.text.count("data-row") == (25 if "label" not in path else 14)
    assert len(asked) <= MOST
    assert scans(log, asked) == []


def test_an_exchange_and_the_way_to_the_next_ask_little(ann: Browser, log: Engine) -> None:
    place = ann.submit("/next").headers["location"]
    for _ in range(3):
        with noted(log) as asked:
            assert ann.look(place).status_code == 200
        assert len(asked) <= MOST
        assert scans(log, asked) == []
        with noted(log) as asked:
            place = ann.submit(f"{place}/label", verdict="right").headers["location"]
        assert place.startswith("/exchange/")
        assert scans(log, asked) == []
