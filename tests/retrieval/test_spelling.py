"""Spelling: words of the corpus are found again, and right words are left alone."""

from pathlib import Path

import pytest

from retrieval.spelling import Vocabulary, steps

VOCABULARY = Vocabulary.of(
    ["Bessent spoke of the tariff", "the tariff on soybeans", "rare earths"], frozenset({"soccer", "world"})
)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("What did Bessnet say?", "What did bessent say?"),
        ("the tarif on soybeens", "the tariff on soybeans"),
        ("soccer in the world", "soccer in the world"),
        ("tariffs", "tariffs"),
        ("Nexperia", "Nexperia"),
        ("teh tariff adn fro", "the tariff and fro"),
        ("the fatrif", "the fatrif"),
        ("the soybnaes", "the soybeans"),
        ("In Beijing AWS and HSA, Warsh", "In Beijing AWS and HSA, Warsh"),
        ("Wen Jiabao, Premier Wen, Gov. Newsom, Model Y", "Wen Jiabao, Premier Wen, Gov. Newsom, Model Y"),
        ("what did dong jun say", "what did dong jun say"),
        ("tarrif by Bessentt", "tariff by bessent"),
        ("wich tariff, whats new, wat", "which tariff, what is new, what"),
        ("since Nov. 10 the us govt in jun", "since november. 10 the us government in june"),
        ("may mar and march", "may mar and march"),
        ("100% 2025", "100% 2025"),
        ("", ""),
    ],
)
def test_repair(asked: str, meant: str) -> None:
    assert VOCABULARY.repair(asked) == meant


def test_the_commoner_word_is_meant() -> None:
    assert Vocabulary({"port": 9, "pork": 1}, frozenset()).repair("porx") == "port"


def test_a_past_form_is_right_and_a_lost_letter_is_not() -> None:
    known = Vocabulary({"announce": 1, "publish": 1, "published": 2}, frozenset())
    assert known.repair("announced publishd") == "announced published"


def test_a_tail_alone_makes_no_inflection() -> None:
    known = Vocabulary({"year": 3, "taxing": 2}, frozenset({"ya", "fish", "ax"}))
    assert known.repair("this yaer, fishes, axing") == "this year, fishes, axing"


def test_a_month_is_written_out_though_texts_cut_it_short_too() -> None:
    assert Vocabulary({"nov": 2, "november": 50}, frozenset()).repair("on 10 nov") == "on 10 november"


def test_the_commoner_of_two_with_the_same_letters_is_meant() -> None:
    known = Vocabulary({"comittal": 1, "committal": 5}, frozenset())
    assert known.repair("committtal") == "committal"


def test_one_step_drops_adds_changes_or_swaps() -> None:
    assert {"b", "ba", "abc", "xb"} <= steps("ab")
    assert "cba" not in steps("ab")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    VOCABULARY.write(tmp_path)
    assert Vocabulary.read(tmp_path) == VOCABULARY
