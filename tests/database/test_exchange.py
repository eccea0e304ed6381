from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exchange import Exchange, HitRow, QuoteRow

from .examples import DOCUMENT, NOON, answer, exchange_of

INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False)
MOMENTS = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=4))])
)
# Halves of surrogate pairs are no text that could be sent or stored; `Exchange.of` takes them out.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSONS = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
EXCHANGES = st.builds(
    Exchange,
    origin=st.sampled_from(["telegram", "inline", "terminal", "review"]),
    question=TEXTS,
    carried=st.none() | TEXTS,
    answered=st.booleans(),
    confidence=FLOATS,
    reason=TEXTS,
    build=TEXTS,
    hits=st.lists(st.builds(HitRow, INTEGERS, TEXTS, TEXTS, INTEGERS, INTEGERS, FLOATS), max_size=3).map(
        tuple
    ),
    quotes=st.lists(
        st.builds(
            QuoteRow,
            INTEGERS,
            TEXTS,
            TEXTS,
            INTEGERS,
            INTEGERS,
            st.none() | INTEGERS,
            st.none() | INTEGERS,
            st.none() | TEXTS,
            st.none() | st.sampled_from(["direct", "indirect"]),
            FLOATS,
        ),
        max_size=3,
    ).map(tuple),
    question_vector=st.binary(),
    stages=st.lists(st.tuples(TEXTS, FLOATS), max_size=3).map(tuple),
    asked_at=MOMENTS,
    reply=st.lists(st.dictionaries(TEXTS, JSONS, max_size=3), max_size=3).map(tuple),
    message_ids=st.lists(INTEGERS, max_size=3).map(tuple),
    replied_at=st.none() | MOMENTS,
    repeated=st.booleans(),
    chat=st.none() | TEXTS,
    user=st.none() | TEXTS,
    thread=st.none() | INTEGERS,
    bot=st.none() | INTEGERS,
    update_id=st.none() | INTEGERS,
    id=st.uuids(),
)


@given(EXCHANGES)
def test_json_gives_the_same_exchange_back(exchange: Exchange) -> None:
    assert Exchange.from_json(exchange.to_json()) == exchange


def test_an_exchange_names_what_it_quotes_by_value() -> None:
    exchange = exchange_of("What was agreed in Busan?")
    assert [(quote.number, quote.start, quote.end) for quote in exchange.quotes] == [
        (1, 0, 35),
        (2, 20, 60),
        (3, 30, len(DOCUMENT.text)),
    ]
    assert [(quote.answer_start, quote.answer_end) for quote in exchange.quotes] == [
        (4, 20),
        (None, None),
        (None, None),
    ]
    assert [(hit.rank, hit.start, hit.end, hit.score) for hit in exchange.hits] == [
        (1, 0, 68, 0.71),
        (2, 36, len(DOCUMENT.text), 0.5),
    ]
    assert {row.version for row in (*exchange.hits, *exchange.quotes)} == {DOCUMENT.version}
    assert exchange.question_vector == answer("").vector
    assert exchange.message_ids == ()
    assert exchange.replied_at is None


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("a\ud83eb", "a\ufffdb"),
        ("\ud83e\udd1d", "🤝"),
        ("何立峰 🤝", "何立峰 🤝"),
        ("", ""),
    ],
)
def test_what_no_database_can_hold_is_replaced(asked: str, kept: str) -> None:
    exchange = Exchange.of(replace(answer(asked), carried=asked), origin="terminal", asked_at=NOON)
    assert (exchange.question, exchange.carried) == (kept, kept)
    assert Exchange.from_json(exchange.to_json()) == exchange


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Exchange.of(answer("q"), origin="terminal", asked_at=datetime(2025, 11, 10))


@pytest.mark.parametrize("text", ["", "{}", '{"origin": "telegram"}', "[1, 2]"])
def test_what_is_no_exchange_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Exchange.from_json(text)
