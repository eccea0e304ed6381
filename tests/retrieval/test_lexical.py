"""Words: how texts are folded, and BM25 that is written and read back."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.irregular import BASE
from retrieval.lexical import Lexicon, terms, words
from retrieval.words import stems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. agreed", ["the", "us", "agreed"]),
        ("1,000 tonnes, 24.5%", ["1000", "tonnes", "24.5"]),
        ("China’s rare-earth curbs", ["china", "rare", "earth", "curbs"]),
        ("Türkiye", ["turkiye"]),
        ("稀土", ["稀", "土"]),
        ("", []),
    ],
)
def test_words_are_folded(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tariffs", "TARIFF"), ("struck down", "strike down"), ("sold", "selling"), ("met", "meets"),
        ("twelve", "12"), ("licences", "license"), ("authorised", "authorize"),
    ],
)  # fmt: skip
def test_inflections_share_a_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)
    assert stems(one) == stems(other)


def test_a_form_is_of_one_word_and_no_word_that_has_forms() -> None:
    assert not BASE.keys() & set(BASE.values())


def lexicon() -> Lexicon:
    texts = ("tariffs on magnets", "soybeans and tariffs", "a ship in port")
    return Lexicon.of(terms(text) for text in texts)


def test_the_passage_that_holds_the_rarer_word_scores_higher() -> None:
    scores = lexicon().scores(terms("tariffs, soybeans"))
    assert int(scores.argmax()) == 1
    assert scores[2] == 0


def test_unknown_words_score_nothing_and_tell_most() -> None:
    found = lexicon()
    assert not found.scores(["zzz"]).any()
    assert found.idf("zzz") > found.idf("soybean") > found.idf("tariff")
    assert "tariff" in found
    assert "zzz" not in found


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    before = lexicon()
    before.write(tmp_path)
    after = Lexicon.read(tmp_path)
    query = terms("tariffs in port")
    assert np.array_equal(before.scores(query), after.scores(query))
    assert after.idf("tariff") == before.idf("tariff")


def test_a_corpus_without_words_can_be_searched(tmp_path: Path) -> None:
    Lexicon.of([]).write(tmp_path)
    assert not Lexicon.read(tmp_path).scores(["tariff"]).any()
