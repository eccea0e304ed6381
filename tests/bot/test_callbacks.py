"""What buttons and links carry: it comes back as it went, fits, and anything else is none of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks import (
    REASONS,
    SCREENS,
    Consent,
    Drop,
    Example,
    Follow,
    Forget,
    Further,
    GroupLanguage,
    Listing,
    Mark,
    MentionOnly,
    Open,
    Press,
    Speak,
    Verdict,
    View,
    Why,
    decode,
    encode,
    started,
)
from retrieval.types import Span
from tests.botapi.checks import START_PAYLOAD

# Longer than any document, update and page can be.
POSITIONS = st.integers(0, 99_999_999)
LENGTHS = st.integers(1, 9_999)
UPDATES = st.integers(1, 2**40)
SMALL = st.integers(0, 999)


@st.composite
def marks(draw: st.DrawFn) -> Mark:
    start, length = draw(POSITIONS), draw(LENGTHS)
    answer = None
    if draw(st.booleans()):
        first = draw(st.integers(0, length - 1))
        answer = Span(start + first, start + first + draw(st.integers(1, length - first)))
    return Mark(draw(st.binary(min_size=12, max_size=12)).hex(), Span(start, start + length), answer)


PRESSES = st.one_of(
    st.builds(View, marks(), st.integers(0, 52), st.integers(0, 52), st.integers(1, 9)),
    st.builds(Further, UPDATES, SMALL),
    st.builds(Verdict, UPDATES, st.booleans()),
    st.builds(Why, UPDATES, st.sampled_from(REASONS), st.integers(0, 9)),
    st.builds(Follow, UPDATES, st.booleans()),
    st.builds(Drop, UPDATES),
    st.builds(Speak, SMALL),
    st.builds(Open, st.sampled_from(SCREENS)),
    st.builds(Listing, SMALL),
    st.builds(Consent, st.booleans()),
    st.builds(Forget, st.booleans()),
    st.builds(Example, SMALL),
    st.builds(GroupLanguage, SMALL),
    st.builds(MentionOnly, st.booleans()),
)


@given(PRESSES)
def test_a_press_comes_back_from_at_most_64_bytes(press: Press) -> None:
    data = encode(press)
    assert len(data.encode()) <= 64
    assert decode(data) == press


@given(marks())
def test_a_link_names_its_quote_within_telegrams_letters(mark: Mark) -> None:
    payload = mark.payload()
    assert START_PAYLOAD.fullmatch(payload)
    assert started(payload) == mark


@given(st.text(max_size=70) | st.from_regex(r"1[a-z][A-Za-z0-9_:.-]{0,60}", fullmatch=True))
def test_anything_else_is_nothing_or_something_that_can_be_written(data: str) -> None:
    press = decode(data)
    if press is not None:
        assert decode(encode(press)) == press
    mark = started(data)
    if mark is not None:
        assert started(mark.payload()) == mark


@pytest.mark.parametrize("data", ["", "1", "0c", "2n5.1", "1n5", "1w5.9.0", "1c5.1.2.3.4", "1n5.1x", "1z1"])
def test_old_and_damaged_data_mean_nothing(data: str) -> None:
    assert decode(data) is None


@pytest.mark.parametrize("span", ["5_0", "5_9_3_9", "5_9_3_0", "5", "5_9_3"])
def test_a_link_with_an_impossible_span_means_nothing(span: str) -> None:
    assert started(f"q1{'A' * 16}{span}") is None
    assert decode(f"1c{'A' * 16}:1.0.0.{span.replace('_', '.')}") is None


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        ("1v700.1", Verdict(700, True)),
        ("1w700.2.3", Why(700, "out_of_date", 3)),
        ("1o9", Open("about")),
        ("1c" + "A" * 16 + ":2.0.1.5.9.3.4", View(Mark("0" * 24, Span(5, 14), Span(8, 12)), 0, 1, 2)),
        ("1v700.2", None),
        ("1v" + "A" * 16 + ":700.1", None),
    ],
)
def test_a_button_sent_long_ago_means_what_it_meant(data: str, meant: Press | None) -> None:
    assert decode(data) == meant
    assert meant is None or encode(meant) == data
