"""Both databases find the same words."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, func, select, text

from bot import log, search
from bot.tables import exchanges, words
from migrations.database import reading, writing

from .examples import exchange_of

QUESTIONS = {
    "1": "What was agreed in Busan on tariffs?",
    "2": "¿Qué dijo Bessent sobre los ARANCELES?",
    "3": "中国是否暂停稀土出口管制?",
    "4": 'Is "rare earths" a trade term? x" OR question:*',
}


def found(engine: Engine, typed: str, field: search.Field | None = None) -> str:
    """The numbers of the questions found."""
    sought = search.found(typed, engine.dialect, field)
    if sought is None:
        return "all"
    with reading(engine) as connection:
        ids = connection.scalars(search.exchanges_with(sought))
        return "".join(sorted(str(id.int) for id in ids))


@pytest.fixture
def filled(engine: Engine) -> Engine:
    reply = ({"text": "“Tariffs of 10 % stay,” said He Lifeng. [1] After Busan · A paper", "entities": []},)
    for number, question in QUESTIONS.items():
        answered = reply if number == "1" else ()
        log.write(engine, replace(exchange_of(question), id=UUID(int=int(number)), reply=answered))
    return engine


def test_words_are_found(filled: Engine) -> None:
    expected = {
        "busan": "1", "BUSAN tariffs": "1", "busan bessent": "", "que": "2", "aranceles": "2", "arancel": "",
        "aranc*": "2", "稀土": "3", "土稀": "", "出口管制": "3", '"rare earths"': "4", '"earths rare"': "",
        '"rare ear*"': "4", "lifeng": "1", "paper": "1", "": "all", "?!": "all", "10": "1",
    }  # fmt: skip
    assert {typed: found(filled, typed) for typed in expected} == expected
    assert found(filled, "lifeng", "question") == ""
    assert found(filled, "lifeng tariffs", "reply") == "1"
    assert found(filled, "busan agreed", "question") == "1"
    assert found(filled, "busan agreed", "reply") == ""


HOSTILE = ['"', '"" OR', "question:*", "a' | 'b", "x & !y", "NEAR(a b)", "\0", "*", "a\\", "(", "':*"]


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_is_an_operator(filled: Engine, typed: str) -> None:
    assert found(filled, typed + " zebra") == ""
    found(filled, typed)


def test_what_is_deleted_is_found_no_longer(filled: Engine) -> None:
    with writing(filled) as connection:
        connection.execute(delete(exchanges).where(exchanges.c.question.like("%Busan%")))
    assert found(filled, "busan") == ""
    assert found(filled, "rare") == "4"
    with reading(filled) as connection:
        assert connection.scalar(select(func.count()).select_from(words)) == 3
        if filled.dialect.name == "sqlite":
            match = text("SELECT count(*) FROM fts_words WHERE fts_words MATCH 'busan'")
            assert connection.scalar(match) == 0
