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
        ("teh tariff adn fro the", "the tariff and for the"),
        ("tarrif by Bessentt", "tariff by bessent"),
        ("wich tariff, whats new, wat", "which tariff, what is new, what"),
        ("since Nov. 10 the us govt", "since november. 10 the us government"),
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
    known = Vocabulary({"year": 3}, frozenset({"ya", "fish"}))
    assert known.repair("this yaer, fishes") == "this year, fishes"


def test_one_step_drops_adds_changes_or_swaps() -> None:
    assert {"b", "ba", "abc", "xb"} <= steps("ab")
    assert "cba" not in steps("ab")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    VOCABULARY.write(tmp_path)
    assert Vocabulary.read(tmp_path) == VOCABULARY
