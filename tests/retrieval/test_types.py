"""Values that cannot be true cannot be made."""

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.types import Answer, Document, Passage, Quote, Source, Span, version_of

TEXT = "Talks began on Monday. They ended on Tuesday. Nothing was said on Wednesday."
DOCUMENT = Document.of("talks", Source("Talks"), TEXT)
#: Three spans of which each overlaps the next, and the first and the last do not meet.
FIRST, SECOND, THIRD = Span(0, 22), Span(15, 45), Span(23, 76)


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (4, 3), (-2, -1)])
def test_a_span_is_neither_empty_nor_negative(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)


@given(st.tuples(*[st.integers(0, 30)] * 4))
def test_overlap_and_containment_are_those_of_sets(ends: tuple[int, int, int, int]) -> None:
    a, b, c, d = ends
    one, other = Span(min(a, b), max(a, b) + 1), Span(min(c, d), max(c, d) + 1)
    mine, others = set(range(one.start, one.end)), set(range(other.start, other.end))
    assert one.overlaps(other) == other.overlaps(one) == bool(mine & others)
    assert (other in one) == (others <= mine)


def test_of_three_spans_the_outer_two_do_not_meet() -> None:
    assert FIRST.overlaps(SECOND)
    assert SECOND.overlaps(THIRD)
    assert not FIRST.overlaps(THIRD)
    assert all(a not in b for a in (FIRST, SECOND, THIRD) for b in (FIRST, SECOND, THIRD) if a != b)
    assert "a string" not in FIRST


@given(st.text())
def test_a_version_is_of_the_text_alone(text: str) -> None:
    one, other = Document.of("a", Source("A"), text), Document.of("b", Source("B"), text)
    assert one.version == other.version == version_of(text)
    assert version_of(text + "x") != one.version
    assert len(one.version) == 64


def test_a_slice_that_leaves_the_text_is_refused() -> None:
    assert DOCUMENT.slice(Span(0, len(TEXT))) == TEXT
    with pytest.raises(ValueError, match="leaves document talks"):
        DOCUMENT.slice(Span(70, len(TEXT) + 1))
    with pytest.raises(ValueError, match="leaves document"):
        Passage(0, DOCUMENT, Span(70, len(TEXT) + 1))


def test_a_quote_may_leave_its_passage_but_not_its_document() -> None:
    passage = Passage(0, DOCUMENT, FIRST)
    assert Quote(DOCUMENT, THIRD, passage, 1.0).text == TEXT[23:76]
    assert Quote(DOCUMENT, SECOND, passage, 1.0, answer=Span(23, 44)).text == TEXT[15:45]
    with pytest.raises(ValueError, match="leaves quote"):
        Quote(DOCUMENT, SECOND, passage, 1.0, answer=FIRST)
    with pytest.raises(ValueError, match="leaves document"):
        Quote(DOCUMENT, Span(23, 77), passage, 1.0)
    with pytest.raises(ValueError, match="quote of talks"):
        Quote(
            DOCUMENT, SECOND, Passage(0, Document.of("other", Source("O"), "Other words."), Span(0, 5)), 1.0
        )


def test_an_answer_has_quotes_and_a_confidence_in_range() -> None:
    quote = Quote(DOCUMENT, FIRST, Passage(0, DOCUMENT, FIRST), 1.0)
    answer = Answer("?", (quote,), (), 1.0, True, "", "build", stages=(("a", 1.5), ("b", 2.0)))
    assert answer.milliseconds == 3.5
    for impossible in ({"answered": False}, {"quotes": ()}, {"confidence": 1.01}, {"confidence": -0.01}):
        with pytest.raises(ValueError, match=r"an answer has|confidence"):
            replace(answer, **impossible)  # type: ignore[arg-type]
    with pytest.raises(FrozenInstanceError):
        answer.answered = False  # type: ignore[misc]
