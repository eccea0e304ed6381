"""The choice of quotes: which sentence comes first, what is shown beside it, widening and narrowing."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from corpus.split import split
from retrieval import builds
from retrieval.aliases import Alias, Aliases, NameKind
from retrieval.answer import answer
from retrieval.builds import Build
from retrieval.query import recalled, turn_of, understand
from retrieval.quotes import ENOUGH, LONGEST, chances, choose, narrow, reordered, utf16, widen
from retrieval.types import Answer, Document, Hit, Passage, Quote, Source, Span, Turn
from tests.fakes import BagOfWords

TALKS = (
    "Bessent met He Lifeng in Madrid on 14 September 2025. He called the talks candid. "
    "The delegations discussed magnets and soybeans for six hours."
)
HARVEST = "Farmers sold 12 million tonnes of soybeans to China in 2025. The harvest was late."
SAME = "In 2025 farmers sold 12 million tonnes of soybeans to China, the department said."


@pytest.fixture(scope="module")
def bag() -> BagOfWords:
    return BagOfWords()


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory, bag: BagOfWords) -> Build:
    root: Path = tmp_path_factory.mktemp("index")
    documents = [
        Document.of("talks", Source("The talks in Madrid", publisher="Reuters"), TALKS),
        Document.of("harvest", Source("The harvest"), HARVEST),
        Document.of("same", Source("The crop"), SAME),
    ]
    cut = partial(split, count=bag.count, window=bag.model.window)
    id = builds.write(root, documents, cut, bag)
    return builds.load(root, id)


def ask(build: Build, bag: BagOfWords, question: str, *before: str | Turn) -> Answer:
    history = [one if isinstance(one, Turn) else Turn(one) for one in before]
    return answer(build, bag, question, history=history, threshold=0.0)


def test_the_sentence_with_the_asked_amount_comes_first(build: Build, bag: BagOfWords) -> None:
    first = ask(build, bag, "How many tonnes of soybeans did farmers sell to China?").quotes[0]
    assert "12 million tonnes" in first.text
    assert first.answer is not None
    assert "12 million" in first.document.slice(first.answer)


def test_what_says_the_same_is_not_shown_twice(build: Build, bag: BagOfWords) -> None:
    quotes = ask(build, bag, "How many tonnes of soybeans did farmers sell to China?").quotes
    assert sum("12 million tonnes" in quote.text for quote in quotes) == 1


def test_every_quote_is_a_slice(build: Build, bag: BagOfWords) -> None:
    for question in ("Where did Bessent meet He Lifeng?", "soybeans", "Was the harvest late?"):
        for quote in ask(build, bag, question).quotes:
            assert quote.text == quote.document.text[quote.span.start : quote.span.end]


def test_a_sentence_that_leans_on_the_one_before_is_widened(build: Build, bag: BagOfWords) -> None:
    quotes = ask(build, bag, "Who called the talks candid?").quotes
    candid = next(quote for quote in quotes if "candid" in quote.text)
    assert candid.text.startswith("Bessent met He Lifeng")


def test_a_sentence_that_stands_alone_is_not_widened(build: Build) -> None:
    passage = build.passage(0)
    start = TALKS.index("The delegations")
    quote = Quote(passage.document, Span(start, len(TALKS)), passage, 1.0)
    assert widen(build, quote) == quote


def test_a_sentence_is_not_widened_across_a_blank_line(tmp_path: Path, bag: BagOfWords) -> None:
    text = "Bessent met He Lifeng in Madrid.\n\nHe called the talks candid."
    cut = partial(split, count=bag.count, window=bag.model.window)
    id = builds.write(tmp_path, [Document.of("two", Source("Two"), text)], cut, bag)
    made = builds.load(tmp_path, id)
    assert ask(made, bag, "Who called the talks candid?").quotes[0].text.startswith("He ")


def test_no_more_is_shown_than_is_needed() -> None:
    document = Document.of("d", Source("D"), "One fee. Two fees. Three fees.")
    passage = Passage(0, document, Span(0, len(document.text)))
    spans = Span(0, 8), Span(9, 18), Span(19, 30)

    def ranked(*scores: float) -> list[Quote]:
        return [Quote(document, span, passage, score) for span, score in zip(spans, scores, strict=True)]

    assert chances(ranked(1.0, 1.0, 1.0)) == pytest.approx([1 / 3] * 3)
    assert chances(ranked(9.0, 1.0, 1.0))[0] > ENOUGH
    assert chances(()) == []


def test_a_passage_with_the_better_sentence_comes_first(build: Build) -> None:
    first, second = (Hit(build.passage(row), 1.0 - row / 100, row + 1) for row in (0, 1))
    best = Quote(second.passage.document, second.passage.span, second.passage, 5.0)
    other = Quote(first.passage.document, first.passage.span, first.passage, 1.0)
    assert [hit.passage.id for hit in reordered((first, second), (best, other))] == [1, 0]
    assert [hit.rank for hit in reordered((first, second), (best, other))] == [1, 2]
    assert reordered((), ()) == ()


def test_the_first_sentence_of_a_document_cannot_be_widened(build: Build) -> None:
    assert build.sentence_before(0) is None
    first = next(row for row in range(9) if build.passage(row).document.id == "harvest")
    rows, _ = build.sentences_of(first)
    assert build.sentence_before(rows.start) is None


def test_narrowing_keeps_the_answer() -> None:
    text = "; ".join(f"clause {number} says nothing of any weight to anyone at all" for number in range(40))
    text += "; the answer is 42."
    document = Document.of("long", Source("Long"), text)
    whole, at = Span(0, len(text)), text.index("42")
    found = narrow(document, whole, Span(at, at + 2))
    assert Span(at, at + 2) in found
    assert utf16(document.slice(found)) <= LONGEST
    assert document.slice(found).startswith("clause")
    beginning = narrow(document, whole)
    assert beginning.start == 0
    assert utf16(document.slice(beginning)) <= LONGEST


def test_nothing_is_chosen_from_nothing(build: Build) -> None:
    assert choose(build, understand(build, "tariffs"), ()) == ()


def test_a_follow_up_leans_on_the_question_before(build: Build, bag: BagOfWords) -> None:
    before = "How many soybeans did farmers sell?"
    followed = ask(build, bag, "When was that?", before)
    assert followed.carried == before
    assert followed.hits[0].passage.document.id in {"harvest", "same"}


def test_a_follow_up_leans_on_the_quote_that_was_shown(build: Build, bag: BagOfWords) -> None:
    before = "Who was there?"
    first = ask(build, bag, "Where did Bessent meet He Lifeng?")
    shown = turn_of(before, first.quotes)
    followed = ask(build, bag, "When was that?", shown)
    assert followed.carried == f"{before}\n{shown.shown}"
    assert first.quotes[0].text in shown.shown
    assert followed.hits[0].passage.document.id == "talks"
    assert all(quote.text == quote.document.slice(quote.span) for quote in followed.quotes)


def test_what_was_just_shown_does_not_come_first_again(build: Build, bag: BagOfWords) -> None:
    asked = "How many tonnes of soybeans did farmers sell to China?"
    first = ask(build, bag, asked)
    again = ask(build, bag, "And when was that?", turn_of(asked, first.quotes))
    fresh = {quote.text: dict(quote.parts)["fresh"] for quote in again.considered}
    assert fresh[first.quotes[0].text] == 0.0
    assert again.quotes[0].text != first.quotes[0].text
    assert {dict(quote.parts)["fresh"] for quote in first.considered} == {1.0}


def test_what_a_question_was_completed_with_completes_it_again(build: Build) -> None:
    history = (Turn("Who came?"), Turn("Was the harvest\nlate?", "Talks: They met."), Turn("Who else?"))
    query = understand(build, "When was that?", history)
    again = understand(build, "When was that?", recalled(query.carried))
    assert query.context == again.context == ("Was the harvest late? Who else?", "Talks: They met.")
    assert recalled(None) == ()


def test_thanks_lean_on_nothing_and_are_passed_over(build: Build) -> None:
    history = (Turn("Was the harvest late?", "Talks: They met."), Turn("ok thanks"))
    assert understand(build, "Thank you!", history).context == ()
    assert understand(build, "hello", history).context == ()
    assert understand(build, "how?", history).context == ("Was the harvest late?", "Talks: They met.")


def test_the_last_complete_question_is_kept_however_many_follow(build: Build) -> None:
    asked = ("Was the harvest late?", "And when was that?", "Who was there?", "Why?", "And then?")
    context = understand(build, "Until when?", [Turn(question) for question in asked]).context
    assert context == ("Was the harvest late? Why? And then?",)


def test_a_question_about_the_quote_itself_may_get_it_again(build: Build, bag: BagOfWords) -> None:
    first = ask(build, bag, "Where did Bessent meet He Lifeng?")
    shown = turn_of("Where did Bessent meet He Lifeng?", first.quotes)
    said = ask(build, bag, "Who said that?", shown)
    assert {dict(quote.parts)["fresh"] for quote in said.considered} == {1.0}


def test_a_word_that_few_passages_hold_completes_a_short_question(build: Build) -> None:
    assert understand(build, "Were soybeans sold?").leans
    assert not understand(build, "Was the harvest late?").leans
    assert understand(build, "Where was the harvest?").leans
    assert not understand(build, "harvest").leans


@pytest.mark.parametrize(("kind", "leans"), [("act", True), ("topic", False)])
def test_an_act_alone_leans_and_a_topic_does_not(build: Build, kind: NameKind, leans: bool) -> None:
    known = replace(build, aliases=Aliases((Alias("sold", "sale", kind),)))
    assert understand(known, "Were soybeans sold?").leans is leans


def test_a_complete_question_carries_nothing_over(build: Build, bag: BagOfWords) -> None:
    followed = ask(build, bag, "Where did Bessent meet He Lifeng?", "How many soybeans did farmers sell?")
    assert followed.carried is None
    assert followed.hits[0].passage.document.id == "talks"


def test_a_phrase_in_quotation_marks_is_found_as_it_stands(build: Build, bag: BagOfWords) -> None:
    found = answer(build, bag, "“candid talks”")
    assert not found.answered
    found = answer(build, bag, "“called the  Talks candid”")
    assert found.answered
    assert found.confidence == 1.0
    first = found.quotes[0]
    assert first.answer is not None
    assert first.document.slice(first.answer) == "called the talks candid"


def test_a_publisher_is_known_to_the_search_and_to_no_quote(build: Build, bag: BagOfWords) -> None:
    found = ask(build, bag, "Reuters")
    assert found.hits[0].passage.document.id == "talks"
    assert all("Reuters" not in quote.text for quote in found.quotes)


def test_hits_come_best_first(build: Build, bag: BagOfWords) -> None:
    hits: tuple[Hit, ...] = ask(build, bag, "soybeans").hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert {name for name, _ in hits[0].parts} == {"passage", "sentence", "words", "led"}
