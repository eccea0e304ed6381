"""The queue begins with what hurts, and its sample is as random and as large as it says."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select

from bot.exchange import Exchange
from bot.feedback import Given, judge
from bot.log import write
from bot.review.labels import add, undo
from bot.review.queue import Due, draw, take, want_second
from bot.tables import samples, watches
from migrations.database import reading, writing

from .logs import BOT, CORPUS, NOON, QUESTIONS, asked, build_of

ONE, TWO = "reviewer one", "reviewer two"
THRESHOLD = 0.5
RANDOM = Random(20251110)


@pytest.fixture
def template(tmp_path: Path) -> Exchange:
    return asked(build_of(tmp_path, *CORPUS), QUESTIONS[0])


def fill(engine: Engine, template: Exchange, *confidences: float, **more: object) -> list[Exchange]:
    """An exchange of each confidence, answered from the threshold on, their ids in order."""
    ids = sorted(UUID(int=RANDOM.getrandbits(128), version=4) for _ in confidences)
    made = [
        replace(
            template, id=id, update_id=None, bot=None, confidence=sure, answered=sure >= THRESHOLD,
            quotes=template.quotes if sure >= THRESHOLD else (), **more,
        )
        for id, sure in zip(ids, confidences, strict=True)
    ]  # fmt: skip
    write(engine, *made)
    return made


def due_for(engine: Engine, reviewer: str = ONE, minutes: float = 0, **more: bool) -> Due | None:
    return take(engine, THRESHOLD, reviewer, NOON + timedelta(minutes=minutes), **more)


def drawn(engine: Engine) -> dict[UUID, float]:
    with reading(engine) as connection:
        return {row.exchange: row.probability for row in connection.execute(select(samples))}


def test_the_urgent_comes_first_and_each_says_why(engine: Engine, template: Exchange) -> None:
    far, near, narrow, sure = fill(engine, template, 0.1, 0.45, 0.55, 0.95)
    disliked = replace(template, id=UUID(int=2**128 - 1), bot=BOT, update_id=7, confidence=0.99)
    write(engine, disliked)
    judge(engine, Given(BOT, 7, "u", "c"), False, NOON)
    draw(engine, 1.0, NOON)
    found = []
    while due := due_for(engine):
        found.append((due.exchange, due.reason))
        add(engine, due.exchange, ONE, "right", NOON)
        assert due.probability == 1.0
    # The third is the sample's turn, and the lowest id of it is the one that was far from any answer.
    assert found == [
        (disliked.id, "disliked"),
        (near.id, "near"),
        (far.id, "sample"),
        (narrow.id, "narrow"),
        (sure.id, "sample"),
    ]


def test_a_thumb_up_is_no_reason(engine: Engine, template: Exchange) -> None:
    write(engine, replace(template, bot=BOT, update_id=7, confidence=0.99))
    judge(engine, Given(BOT, 7, "u", "c"), True, NOON)
    assert due_for(engine) is None


def test_a_wrong_answer_that_is_given_again_waits(engine: Engine, template: Exchange) -> None:
    first, again = fill(engine, template, 0.95, 0.95)
    [other] = fill(engine, template, 0.95, build="another")
    [followed] = fill(engine, template, 0.95, carried="And of wheat?")
    assert due_for(engine) is None
    add(engine, first.id, ONE, "partly", NOON)
    assert due_for(engine) is None
    add(engine, first.id, ONE, "wrong_quote", NOON)
    due = due_for(engine)
    assert due is not None
    assert (due.exchange, due.reason) == (again.id, "again")
    # What is asked of a build that says something else is not.
    assert {other.digest, followed.digest}.isdisjoint({first.digest})
    undo(engine, first.id, ONE, NOON)
    assert due_for(engine) is None
    add(engine, first.id, ONE, "wrong_quote", NOON)
    add(engine, again.id, TWO, "wrong_quote", NOON)
    assert due_for(engine) is None


def test_what_is_undone_waits_again(engine: Engine, template: Exchange) -> None:
    [near] = fill(engine, template, 0.45)
    add(engine, near.id, ONE, "should_have_answered", NOON)
    assert due_for(engine) is None
    undo(engine, near.id, ONE, NOON)
    due = due_for(engine)
    assert due is not None
    assert (due.exchange, due.reason, due.probability) == (near.id, "near", None)


def test_a_second_opinion_is_on_what_others_labelled(engine: Engine, template: Exchange) -> None:
    first, second = fill(engine, template, 0.45, 0.45)
    add(engine, second.id, ONE, "right", NOON)
    due = due_for(engine, TWO, others=True)
    assert due is not None
    assert (due.exchange, due.reason) == (second.id, "second")
    assert due_for(engine, ONE, others=True) is None
    add(engine, second.id, TWO, "right", NOON)
    assert due_for(engine, TWO, others=True) is None
    waiting = due_for(engine)
    assert waiting is not None
    assert waiting.exchange == first.id


def test_what_is_tried_out_in_review_never_waits(engine: Engine, template: Exchange) -> None:
    fill(engine, template, 0.45, 0.55, origin="review")
    assert draw(engine, 1.0, NOON) == 0
    assert due_for(engine) is None


def test_the_sample_is_as_large_as_its_rate(engine: Engine, template: Exchange) -> None:
    made = fill(engine, template, *[0.95] * 2000)
    assert draw(engine, 0.1, NOON) == len(drawn(engine))
    # Within four standard errors of 200.
    assert abs(len(drawn(engine)) - 200) < 4 * (2000 * 0.1 * 0.9) ** 0.5
    assert set(drawn(engine)) == {exchange.id for exchange in made if exchange.id.int < 0.1 * 2**128}
    assert set(drawn(engine).values()) == {0.1}


def test_drawing_again_keeps_probabilities_true(engine: Engine, template: Exchange) -> None:
    fill(engine, template, *[0.95] * 300)
    draw(engine, 0.2, NOON)
    before = drawn(engine)
    assert draw(engine, 0.2, NOON) == 0
    later = {exchange.id for exchange in fill(engine, template, *[0.95] * 300)}
    assert draw(engine, 0.1, NOON) > 0
    # Whoever had a chance of .2 keeps it; who came later had .1.
    assert {p for id, p in drawn(engine).items() if id not in later} == {0.2}
    assert {p for id, p in drawn(engine).items() if id in later} == {0.1}
    assert before.items() <= drawn(engine).items()
    draw(engine, 0.5, NOON)
    assert set(drawn(engine).values()) == {0.5}
    with pytest.raises(ValueError, match="rate"):
        draw(engine, 0.0, NOON)


def test_what_someone_is_at_is_given_to_nobody_else(engine: Engine, template: Exchange) -> None:
    one, two = fill(engine, template, 0.45, 0.45)
    assert [due_for(engine, who).exchange for who in (ONE, TWO, ONE)] == [one.id, two.id, one.id]  # type: ignore[union-attr]
    assert due_for(engine, "reviewer three") is None
    # Who skips one gets another, and it again when everybody has had time for it.
    assert due_for(engine, ONE, anew=True) is None
    late = due_for(engine, "reviewer three", minutes=15)
    assert late is not None
    assert late.exchange == one.id
    add(engine, two.id, TWO, "should_have_answered", NOON)
    undo(engine, two.id, TWO, NOON)
    assert due_for(engine, ONE, anew=True) is not None


def test_a_second_opinion_may_be_given_at_the_same_time(engine: Engine, template: Exchange) -> None:
    [only] = fill(engine, template, 0.95)
    assert due_for(engine, ONE) is None
    want_second(engine, only.id, ONE, NOON)
    want_second(engine, only.id, TWO, NOON)
    for who in (ONE, TWO, "reviewer three"):
        due = due_for(engine, who)
        assert due is not None
        assert (due.exchange, due.reason) == (only.id, "second")
    add(engine, only.id, ONE, "right", NOON)
    assert due_for(engine, ONE) is None
    assert due_for(engine, TWO) is not None


def test_reviewers_at_once_are_never_given_the_same(engine: Engine, template: Exchange) -> None:
    made = fill(engine, template, *[0.45] * 24)
    with ThreadPoolExecutor(4) as pool:
        names = [f"reviewer {number}" for number in range(4)]
        given = [
            due.exchange
            for lot in pool.map(lambda who: [due_for(engine, who, anew=True) for _ in range(6)], names)
            for due in lot
            if due is not None
        ]
    assert sorted(given) == [exchange.id for exchange in made]


def test_what_somebody_watches_waits(engine: Engine, template: Exchange) -> None:
    write(engine, replace(template, bot=BOT, update_id=7, confidence=0.1, answered=False, quotes=()))
    assert due_for(engine) is None
    row = {"bot": BOT, "update_id": 7, "user": "u", "chat_id": 5, "language": "en", "made_at": NOON}
    with writing(engine) as connection:
        connection.execute(watches.insert(), row)
    due = due_for(engine)
    assert due is not None
    assert due.reason == "watched"


def test_a_quote_of_nobody_waits(engine: Engine, template: Exchange) -> None:
    said = replace(template.quotes[0], directness="direct", speaker=None)
    fill(engine, replace(template, quotes=(replace(said, speaker="Bessent"),)), 0.95)
    write(engine, replace(template, id=uuid4(), bot=None, update_id=None, confidence=0.95, quotes=(said,)))
    due = due_for(engine)
    assert due is not None
    assert due.reason == "speaker"
