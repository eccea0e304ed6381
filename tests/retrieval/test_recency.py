"""The newest first, where a question asks how things stand, and only among what answers about as well."""

from dataclasses import replace
from datetime import date

import pytest

from retrieval.questions import read
from retrieval.recency import COMPARABLE, day, newest_first, wanted
from retrieval.types import Document, Passage, Quote, Source, Span


def quote(text: str, score: float, published: date | None = None, event: date | None = None) -> Quote:
    document = Document.of(text, Source("A report", published=published, event=event), text)
    return Quote(document, span := Span(0, len(text)), Passage(0, document, span), score)


@pytest.mark.parametrize(
    ("question", "is_so"),
    [
        ("What's the latest on soybeans?", True),
        ("What was the most recent call between Trump and Xi?", True),
        ("What is the fentanyl tariff now?", True),
        ("Is the surcharge currently collected?", True),
        ("What was the last round of talks?", True),
        ("How long does the truce last?", True),
        ("Is the fentanyl tariff still in force?", True),
        ("When does the truce end?", True),
        ("Has the Board of Trade met yet?", True),
        ("What's the trade deficit with China?", True),
        ("What is China's tariff on US soybeans?", True),
        ("How much is the fentanyl tariff?", True),
        ("How much was the fentanyl tariff?", False),
        ("What is a general license?", False),
        ("When does a tariff of 10 November 2025 end?", False),
        ("When did the truce end?", False),
        ("Which controls are known?", False),
        ("Who leads the Chinese side?", False),
    ],
)
def test_which_questions_ask_how_things_stand(question: str, is_so: bool) -> None:
    assert wanted(read(question)) is is_so


def test_the_day_is_the_last_that_the_words_tell_and_no_plan() -> None:
    published = date(2026, 3, 20)
    told = quote("The court ruled on 20 February 2026 and again on 6 March 2026.", 1, published)
    plan = quote("The truce of 10 November 2025 runs until 10 November 2026.", 1, published)
    bare = quote("The truce holds.", 1, published, event=date(2026, 3, 18))
    assert [day(q.document, q.text) for q in (told, plan, bare)] == [
        date(2026, 3, 6), date(2025, 11, 10), date(2026, 3, 18),
    ]  # fmt: skip
    assert day(told.document, "On 31 February 2026 nothing happened.") == published
    planned = quote("The truce ends.", 1, published, event=date(2026, 11, 10))
    assert day(planned.document, planned.text) == published
    undated = quote("Nothing is dated.", 1)
    assert day(undated.document, undated.text) is None


def test_the_newest_of_comparable_ones_comes_first_and_scores_stay() -> None:
    ranked = [
        quote("It was 20%.", 3.0, date(2025, 3, 4)),
        quote("It is 10%.", 2.5, date(2025, 11, 10)),
        quote("Some day it was another.", 2.0),
        quote("Soybeans are beans.", 3.0 - COMPARABLE - 0.1, date(2026, 1, 1)),
    ]
    found = newest_first(read("What is the tariff now?"), ranked)
    assert [q.text for q in found] == [ranked[at].text for at in (1, 0, 2, 3)]
    assert [q.score for q in found] == [q.score for q in ranked]


def test_the_present_tense_asks_for_the_newest_only_where_documents_are_dated() -> None:
    dated = [quote("It was 20%.", 3.0, date(2025, 3, 4)), quote("It is 10%.", 2.5, date(2025, 11, 10))]
    bare = [quote("On 1 March 1990 it was 20%.", 3.0), quote("On 1 March 1991 it was 10%.", 2.5)]
    asked = read("How high is the tariff?")
    assert newest_first(asked, dated)[0].text == "It is 10%."
    assert newest_first(asked, bare) == tuple(bare)
    assert newest_first(read("How high is the tariff now?"), bare)[0].text == "On 1 March 1991 it was 10%."


def test_any_other_question_and_no_candidates_are_left_alone() -> None:
    ranked = [quote("It was 20%.", 3.0, date(2025, 3, 4)), quote("It is 10%.", 2.5, date(2025, 11, 10))]
    assert newest_first(read("What was the tariff in March?"), ranked) == tuple(ranked)
    assert newest_first(read("What is the tariff now?"), []) == ()


def test_news_without_questions_comes_before_a_brief_that_has_some() -> None:
    question = read("What is the tariff now?")
    old = quote("It was 10%.", 9.0, date(2025, 5, 1))
    new = quote("It is 12%.", 3.0, date(2026, 5, 1))
    led = replace(old, parts=(("sentence", 0.5), ("carries", 1.0), ("led", 0.5)))
    plain = replace(new, parts=(("sentence", 0.5),))
    assert newest_first(question, (led, plain))[0].text == plain.text
    far = replace(new, parts=(("sentence", -0.5),))
    assert newest_first(question, (led, far))[0].text == led.text
    also_led = replace(new, parts=(("sentence", 0.5), ("carries", 1.0)))
    assert newest_first(question, (led, also_led))[0].text == led.text
