"""Questions without an answer fall into groups of like meaning, and lead to what was asked."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from random import Random
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, event

from bot.exchange import Exchange
from bot.log import write
from bot.review.gaps import Gaps, clusters, distinguishing, gaps
from bot.review.trends import Period
from bot.settings import Settings
from migrations import database
from migrations.database import reading

from .logs import CORPUS, asked, build_of, keep
from .pages import Browser

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
RANDOM = Random(20251110)
TIKTOK = ("Who will own TikTok?", "tiktok sale status", "Is the TikTok deal done?")
VISAS = ("Can students get visas?", "visa rules for students")
SINGLE = "Who won the World Cup?"


def direction(topic: int, away: float = 0.0, dimension: int = 16) -> bytes:
    """A vector of a topic, turned a little away from it."""
    vector = np.zeros(dimension)
    vector[topic], vector[-1] = 1.0, away
    return (vector / np.linalg.norm(vector)).astype("<f2").tobytes()


@pytest.fixture
def silent(tmp_path: Path) -> Exchange:
    made = asked(build_of(tmp_path / "index", *CORPUS), SINGLE)
    assert not made.answered
    return made


def ask(engine: Engine, silent: Exchange, question: str, vector: bytes, **more: object) -> Exchange:
    fields = {"asked_at": NOW, "question": question, "question_vector": vector} | more
    id = UUID(int=RANDOM.getrandbits(128), version=4)
    made = replace(silent, id=id, bot=None, update_id=None, **fields)
    write(engine, made)
    return made


def found(engine: Engine) -> Gaps:
    return gaps(engine, Period.before(NOW, 30))


def test_what_means_the_same_is_one_gap(engine: Engine, silent: Exchange) -> None:
    made = [ask(engine, silent, q, direction(0, 0.3 * n)) for n, q in enumerate(TIKTOK)]
    again = ask(engine, silent, "TIKTOK sale status!", direction(0), asked_at=NOW - timedelta(days=9))
    for n, question in enumerate(VISAS):
        ask(engine, silent, question, direction(1, 0.3 * n))
    ask(engine, silent, SINGLE, direction(2))
    first, second = (told := found(engine)).gaps
    assert {first.question, *first.others} == set(TIKTOK)
    assert set(first.exchanges) == {*(one.id for one in made), again.id}
    assert first.exchanges[-1] == again.id
    assert (first.steps[-1], first.steps[-10], sum(first.steps)) == (3, 1, 4)
    assert first.words[0] == "tiktok"
    assert {second.question, *second.others} == set(VISAS)
    assert {"students"} < set(second.words)
    assert (told.single, told.more) == (1, False)


def test_only_what_was_not_answered_then_and_there_counts(engine: Engine, silent: Exchange) -> None:
    for more in (
        {"origin": "review"},
        {"answered": True},
        {"asked_at": NOW - timedelta(days=40)},
        {"asked_at": NOW + timedelta(days=1)},
    ):
        ask(engine, silent, TIKTOK[0], direction(0), **more)
        ask(engine, silent, TIKTOK[1], direction(0), **more)
    assert found(engine) == Gaps((), 0, False)


def test_what_holds_no_word_is_no_gap(engine: Engine, silent: Exchange) -> None:
    for question in ("🙂", "?!", "🙂", "..."):
        ask(engine, silent, question, direction(0))
    assert found(engine) == Gaps((), 0, False)


def test_vectors_of_other_models_are_not_compared(engine: Engine, silent: Exchange) -> None:
    ask(engine, silent, TIKTOK[0], direction(0))
    ask(engine, silent, TIKTOK[1], direction(0, dimension=24))
    assert (found(engine).gaps, found(engine).single) == ((), 2)


def test_what_has_no_direction_is_like_nothing(engine: Engine, silent: Exchange) -> None:
    for question in ("Zyzzyva", "Qwertz", SINGLE):
        ask(engine, silent, question, bytes(32))
    assert (found(engine).gaps, found(engine).single) == ((), 3)


def test_groups_do_not_chain() -> None:
    """A row of vectors, each near the next: the ends are far apart and stay so."""
    angles = np.linspace(0, np.pi, 9)
    turned = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    groups = clusters(turned)
    assert len(groups) > 1
    assert sorted(row for group in groups for row in group) == list(range(9))
    assert not [group for group in groups if {0, 8} <= set(group)]
    assert clusters(turned[:1]) == [[0]]
    assert clusters(turned[:0]) == []


def test_names_are_words_that_the_others_do_not_have() -> None:
    soy, steel = ["What about the tariff on soy?", "soy tariff"], ["What about the tariff on steel?"]
    names = distinguishing([soy, steel, ["什么时候", "?"]])
    assert [name[:1] for name in names] == [("soy",), ("steel",), ()]
    assert distinguishing([]) == []


@pytest.mark.model
def test_the_bundled_model_tells_topics_apart(prepared_models: Path) -> None:
    from retrieval import encoder

    model = encoder.prepare("all-MiniLM-L6-v2", prepared_models)
    vectors = model.encode([*TIKTOK, *VISAS, SINGLE], "query")
    assert sorted(map(sorted, clusters(vectors))) == [[0, 1, 2], [3, 4], [5]]


def test_the_log_is_searched_not_scanned(engine: Engine, silent: Exchange) -> None:
    if engine.dialect.name != "sqlite":
        # With so few rows PostgreSQL rightly reads them all.
        return
    told: list[tuple[str, object]] = []
    event.listen(engine, "before_cursor_execute", lambda *args: told.append((args[2], args[3])))
    found(engine)
    [(statement, given)] = [one for one in told if one[0].startswith("SELECT")]
    with reading(engine) as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
    assert [row.detail for row in plan if "SEARCH exchanges USING INDEX ix_exchanges_asked_at" in row.detail]
    assert not [row.detail for row in plan if "SCAN exchanges" in row.detail]


def test_the_page_leads_to_the_exchanges(tmp_path: Path, silent: Exchange) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    keep(engine, *CORPUS)
    browser = Browser(Settings(_env_file=None, talks_home=tmp_path), engine, "ann")
    assert "No two questions without an answer" in browser.look("/gaps").text
    now = datetime.now(UTC)
    hostile = "<img src=x onerror=alert(1)> TikTok?"
    made = [ask(engine, silent, q, direction(0), asked_at=now) for q in (TIKTOK[0], hostile)]
    ask(engine, silent, SINGLE, direction(2), asked_at=now)
    page = browser.look("/gaps").text
    assert "<img" not in page
    assert TIKTOK[0] in page
    [ids] = re.findall(r'href="/queue\?ids=([^"]+)"', page)
    assert set(unescape(ids).split(",")) == {str(one.id) for one in made}
    assert "1 question without an answer is like no other" in page
    assert " style=" not in page
    assert browser.look("/gaps?days=1").status_code == 404
