"""Labels pile up, the last one stands, and the better span is found by its words."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from bot.exchange import Exchange
from bot.log import write
from bot.review.labels import Gold, add, history, label, located, standing, undo
from bot.tables import exchanges, labels
from corpus import archive
from migrations.database import reading, writing
from retrieval.types import Span

from .logs import CORPUS, HARVEST, MAGNETS, NOON, QUESTIONS, asked, build_of, document, keep

ONE, TWO = "reviewer one", "reviewer two"


@pytest.fixture
def pair(engine: Engine, tmp_path: Path) -> tuple[Exchange, Exchange]:
    """An answered exchange and one that is not."""
    keep(engine, *CORPUS)
    build = build_of(tmp_path, *CORPUS)
    answered, silent = asked(build, QUESTIONS[0]), asked(build, "Who won the World Cup?", 2)
    assert (answered.answered, silent.answered) == (True, False)
    write(engine, answered, silent)
    return answered, silent


def stand(engine: Engine) -> dict[str, str | None]:
    with reading(engine) as connection:
        return {row.reviewer: label(row).verdict for row in connection.execute(standing())}


def test_the_last_label_stands_and_none_is_lost(engine: Engine, pair: tuple[Exchange, Exchange]) -> None:
    id = pair[0].id
    add(engine, id, ONE, "wrong_quote", NOON, note="The other one \0 is better.")
    add(engine, id, TWO, "partly", NOON)
    add(engine, id, ONE, "right", NOON)
    assert stand(engine) == {ONE: "right", TWO: "partly"}
    undo(engine, id, ONE, NOON + timedelta(hours=1))
    assert stand(engine) == {TWO: "partly"}
    add(engine, id, ONE, "out_of_date", NOON)
    said = history(engine, id)
    assert [(one.reviewer, one.verdict) for one in said] == [
        (ONE, "wrong_quote"), (TWO, "partly"), (ONE, "right"), (ONE, None), (ONE, "out_of_date"),
    ]  # fmt: skip
    assert said[0].note == "The other one \ufffd is better."
    assert said[3].at == NOON + timedelta(hours=1)
    assert history(engine, pair[1].id) == ()


def test_what_does_not_fit_is_refused(engine: Engine, pair: tuple[Exchange, Exchange]) -> None:
    answered, silent = pair
    for id, verdict, why in (
        (uuid4(), "right", "no exchange"),
        (answered.id, "should_have_answered", "was answered"),
        (silent.id, "should_have_abstained", "was not answered"),
        (silent.id, "wrong_quote", "was not answered"),
    ):
        with pytest.raises(ValueError, match=why):
            add(engine, id, ONE, verdict, NOON)  # type: ignore[arg-type]
    for gold in (Gold("nothing", "0", Span(0, 1)), Gold(HARVEST.id, HARVEST.version, Span(0, 5000))):
        with pytest.raises(ValueError, match=r"no version|leaves"):
            add(engine, answered.id, ONE, "wrong_quote", NOON, gold)
    with pytest.raises(ValueError, match="no label of reviewer one stands"):
        undo(engine, answered.id, ONE, NOON)
    add(engine, answered.id, ONE, "right", NOON)
    undo(engine, answered.id, ONE, NOON)
    with pytest.raises(ValueError, match="no label of reviewer one stands"):
        undo(engine, answered.id, ONE, NOON)
    assert stand(engine) == {}


def test_the_better_span_is_found_by_its_words(engine: Engine, pair: tuple[Exchange, Exchange]) -> None:
    answered, silent = pair
    quoted = located(engine, answered.id, "Nobody at the meeting")
    assert (quoted.document, CORPUS[0].slice(quoted.span)) == ("speech", "Nobody at the meeting")
    newer = document("magnets", "Nothing. Customs officers check each container.")
    keep(engine, newer)
    # What the exchange found is of the version of then, a named document is of now.
    found = [located(engine, answered.id, "Customs officers", name) for name in (None, "magnets")]
    assert [gold.version for gold in found] == [MAGNETS.version, newer.version]
    for text, named, why in (
        ("No such words", None, "no document reads that"),
        ("th", None, r"reads that \d+ times"),
        ("Nothing", "nowhere", "no document nowhere"),
    ):
        with pytest.raises(ValueError, match=why):
            located(engine, silent.id if named else answered.id, text, named)
    add(engine, answered.id, ONE, "wrong_quote", NOON, found[0])
    assert history(engine, answered.id)[0].gold == found[0]


def test_a_forgotten_exchange_takes_its_labels_along(engine: Engine, pair: tuple[Exchange, Exchange]) -> None:
    add(engine, pair[0].id, ONE, "right", NOON)
    add(engine, pair[1].id, ONE, "right", NOON)
    with writing(engine) as connection:
        connection.execute(exchanges.delete().where(exchanges.c.id == pair[0].id))
        assert connection.scalars(select(labels.c.exchange)).all() == [pair[1].id]


def test_erased_gold_cannot_be_chosen(engine: Engine, pair: tuple[Exchange, Exchange]) -> None:
    gold = located(engine, pair[0].id, "Nobody at the meeting")
    with writing(engine) as connection:
        archive.erase(connection, "speech", NOON)
    with pytest.raises(ValueError, match="no version"):
        add(engine, pair[0].id, ONE, "wrong_quote", NOON, gold)
    add(engine, pair[0].id, ONE, "wrong_quote", NOON)
    assert history(engine, pair[0].id)[0].gold is None
