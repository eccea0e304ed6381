"""Questions in other languages: answered by the second encoder where there is one, declined honestly where
there is none; English questions are answered the same either way."""

from pathlib import Path

import pytest

from retrieval import builds, multilingual
from retrieval.answer import answer
from retrieval.builds import Build
from retrieval.confidence import load
from retrieval.types import Document, Source, Span
from tests.fakes import BagOfWords

TEXTS = (
    "China will buy at least 25 million tonnes of American soybeans in each of the next three years.",
    "The port fees on ships were suspended for one year from 10 November 2025.",
    "Lin Jian is a spokesperson of the foreign ministry in Beijing.",
    "An export licence for rare earths is granted for twelve months.",
)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Four documents of a sentence each, with the universal encoder's vectors beside the first's."""
    root = tmp_path_factory.mktemp("multilingual")
    documents = [Document.of(f"d{n}", Source(f"Report {n}"), text) for n, text in enumerate(TEXTS)]
    both = BagOfWords(second=multilingual.load())
    id = builds.write(root, documents, lambda d: [Span(0, len(d.text))], both)
    builds.publish(root, id)
    return builds.load(root)


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("中国将购买多少大豆？", "d0"),
        ("¿Cuántas toneladas de soja comprará Pekín?", "d0"),
        ("港口费用暂停了多久？", "d1"),
        ("谁是外交部发言人？", "d2"),
        ("稀土出口许可证的有效期是多长？", "d3"),
    ],
)
def test_a_question_in_its_languages_finds_the_english_passage(
    build: Build, question: str, document: str
) -> None:
    found = answer(build, BagOfWords(second=multilingual.load()), question, threshold=0.0)
    assert found.hits[0].passage.document.id == document
    assert found.quotes[0].document.id == document
    assert found.quotes[0].text in TEXTS
    assert found.language is None
    assert 0 < found.confidence < 1
    assert found.calibration == load(multilingual.CALIBRATION).digest


@pytest.mark.parametrize(
    ("question", "code"), [("中国将购买多少大豆？", "zh"), ("Welche Zölle wurden gesenkt?", "de")]
)
def test_without_it_such_a_question_is_declined_and_its_language_told(
    build: Build, question: str, code: str
) -> None:
    found = answer(build, BagOfWords(), question, threshold=0.0)
    assert not found.answered
    assert (found.language, found.hits, found.confidence) == (code, (), 0.0)
    assert f"another language than English ({code})" in found.reason


def test_a_language_that_it_does_not_speak_is_declined_with_it_too(build: Build) -> None:
    found = answer(build, BagOfWords(second=multilingual.load()), "Trung Quốc sẽ mua bao nhiêu đậu nành?")
    assert (found.answered, found.language) == (False, "vi")


def test_one_with_names_that_the_corpus_knows_is_searched_and_its_language_told_if_that_fails(
    build: Build,
) -> None:
    found = answer(build, BagOfWords(), "¿Qué dijo Lin Jian sobre los aranceles?", threshold=0.99)
    assert found.hits[0].passage.document.id == "d2"
    assert (found.answered, found.language) == (False, "es")


@pytest.mark.parametrize(
    "question",
    ["How many soybeans will China buy?", "port fees", "who is lin jian", "Busan outcome?", "“rare earths”"],
)
def test_english_is_answered_the_same_with_and_without(build: Build, question: str) -> None:
    plain = answer(build, BagOfWords(), question)
    both = answer(build, BagOfWords(second=multilingual.load()), question)
    assert both.quotes == plain.quotes
    assert both.considered == plain.considered
    assert [(h.passage.id, h.score) for h in both.hits] == [(h.passage.id, h.score) for h in plain.hits]
    assert (both.confidence, both.reason, both.language) == (plain.confidence, plain.reason, None)


def test_vectors_of_another_second_model_are_not_searched(build: Build) -> None:
    other = BagOfWords(second=BagOfWords("other"))
    assert multilingual.spoken(build, other) == frozenset()
    assert answer(build, other, "中国将购买多少大豆？").language == "zh"


def test_names_and_numbers_written_alike_count(build: Build) -> None:
    found = answer(build, BagOfWords(second=multilingual.load()), "Lin Jian是谁？", threshold=0.0)
    assert dict(found.hits[0].parts)["shared"] == 1.0


def test_an_empty_build_is_silent(tmp_path: Path) -> None:
    both = BagOfWords(second=multilingual.load())
    builds.publish(tmp_path, builds.write(tmp_path, [], lambda d: [], both))
    found = answer(builds.load(tmp_path), both, "中国将购买多少大豆？", threshold=0.0)
    assert not found.answered
    assert found.reason == "the corpus is empty"


def test_the_model_is_known_by_its_files_and_gives_unit_vectors() -> None:
    model = multilingual.load()
    vectors = model.encode(["soybeans", "大豆", ""], "query")
    assert vectors.shape == (3, multilingual.DIMENSION)
    assert (vectors**2).sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-3)
    assert vectors[0] @ vectors[1] > 0.5
    assert model.encode([], "query").shape == (0, multilingual.DIMENSION)
    assert model.model.digest
