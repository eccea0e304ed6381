"""What is kept about people: feedback, consents, earlier questions, and all of it shown or deleted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from bot import feedback, people, recall, tables
from bot.exchange import Exchange
from bot.feedback import Given
from bot.log import done, receive, sending, write
from bot.tables import exchanges
from corpus import archive
from migrations.database import reading, writing
from retrieval.types import Document

from .examples import BOT, CHAT, DOCUMENT, NOON, exchange_of, raw

HERE = "c" * 32
ME, OTHER = "u" * 32, "o" * 32
GIVEN = Given(BOT, 5, ME, HERE)


def of(update: int, question: str, **changes: object) -> Exchange:
    made = replace(exchange_of(question), bot=BOT, update_id=update, question_id=100 + update, thread=None)
    return replace(made, **changes)  # type: ignore[arg-type]


def rows(engine: Engine) -> list[tuple[object, ...]]:
    f = tables.feedback.c
    with reading(engine) as connection:
        found = connection.execute(select(f.update_id, f.user, f.good, f.reason, f.quote, f.text))
        return [tuple(row) for row in found]


def count(engine: Engine, name: str) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[name])) or 0


def test_the_last_word_of_a_person_about_an_answer_counts(engine: Engine) -> None:
    feedback.judge(engine, GIVEN, False, NOON)
    assert feedback.explain(engine, GIVEN, "wrong_quote", 2, NOON)
    feedback.prompted(engine, GIVEN, 44)
    assert not feedback.explain(engine, GIVEN, "out_of_date", 0, NOON)
    feedback.judge(engine, GIVEN, False, NOON)
    assert feedback.add(engine, BOT, ME, HERE, 44, "It was\0 Greer \ud83e\udd1d")
    assert not feedback.add(engine, BOT, OTHER, HERE, 44, "me too")
    assert not feedback.add(engine, BOT, ME, HERE, 45, "elsewhere")
    feedback.judge(engine, replace(GIVEN, user=OTHER), True, NOON)
    mine = (5, ME, False, "out_of_date", None, "It was\ufffd Greer 🤝")
    assert sorted(rows(engine)) == [(5, OTHER, True, None, None, None), mine]
    feedback.judge(engine, GIVEN, True, NOON)
    assert (5, ME, True, None, None, mine[-1]) in rows(engine)


def test_a_good_answer_has_no_reason_and_reasons_are_known(engine: Engine) -> None:
    row = {"bot": BOT, "update_id": 5, "user": ME, "chat": HERE, "given_at": NOON}
    for wrong in ({"good": True, "reason": "other"}, {"good": False, "reason": "because"}):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(tables.feedback.insert(), row | wrong)


def test_an_exchange_is_found_written_or_not(engine: Engine) -> None:
    receive(engine, BOT, [raw(5)])
    made = of(5, "What was agreed in Busan?")
    sending(engine, BOT, 5, made, CHAT)
    finished = done(engine, BOT, 5, [7])
    assert finished is not None
    before = recall.exchange(engine, BOT, 5)
    assert before is not None
    assert recall.reply_to(engine, BOT, HERE, 105) == before
    write(engine, finished)
    after = recall.exchange(engine, BOT, 5)
    assert after == before
    assert [(q.start, q.end) for q in before.quotes] == [(q.start, q.end) for q in made.quotes]
    assert before.messages == (7,)
    found = recall.reply_to(engine, BOT, HERE, 105)
    assert found == replace(before, quotes=())
    assert recall.exchange(engine, BOT, 6) is None
    assert recall.reply_to(engine, BOT, OTHER, 105) is None


def test_earlier_questions_are_those_of_the_chat_and_thread_as_they_last_read(engine: Engine) -> None:
    minutes = {n: NOON + timedelta(minutes=n) for n in range(9)}
    write(
        engine,
        of(1, "long ago", asked_at=NOON - timedelta(hours=2)),
        of(2, "first", asked_at=minutes[1]),
        of(3, "second", asked_at=minutes[2]),
        of(4, "elsewhere", asked_at=minutes[2], chat=OTHER),
        of(6, "in a topic", asked_at=minutes[2], thread=9),
        of(7, "first, edited", asked_at=minutes[1], question_id=102),
    )
    receive(engine, BOT, [raw(8)])
    sending(engine, BOT, 8, of(8, "third", asked_at=minutes[3]), CHAT)
    assert done(engine, BOT, 8, [9])

    def asked(update: int, thread: int | None = None, but: int | None = None) -> tuple[str, ...]:
        found = recall.earlier(engine, BOT, HERE, thread, NOON, update, but)
        assert all(past.quotes for past in found)
        return tuple(past.question for past in found)

    assert asked(9) == ("first, edited", "second", "third")
    assert asked(8) == ("first, edited", "second")
    assert asked(9, but=103) == ("first, edited", "third")
    assert asked(3) == ("first",)
    assert asked(9, thread=9) == ("in a topic",)


def test_consent_is_no_until_it_is_yes(engine: Engine) -> None:
    assert not people.consent(engine, ME)
    for given in (True, True, False):
        people.set_consent(engine, ME, given, NOON)
        assert people.consent(engine, ME) is given
    assert not people.consent(engine, OTHER)


def test_all_about_a_person_is_shown_and_deleted_and_nothing_of_others(engine: Engine) -> None:
    write(engine, of(1, "mine"), of(2, "theirs", user=OTHER))
    receive(engine, BOT, [raw(3), raw(4) | {"message": raw(4)["message"] | {"from": {"id": 7}}}, raw(5)])
    for update, user in ((3, ME), (5, OTHER)):
        sending(engine, BOT, update, of(update, f"fresh {update}", user=user), CHAT)
        assert done(engine, BOT, update, [9])
    for user in (ME, OTHER):
        feedback.judge(engine, replace(GIVEN, user=user), True, NOON)
        people.set_consent(engine, user, True, NOON)

    mine = people.stored(engine, BOT, ME, 7)
    assert [made["question"] for made in mine["exchanges"]] == ["mine", "fresh 3"]
    assert [len(made["quotes"]) for made in mine["exchanges"]] == [3, 3]
    assert [update["update_id"] for update in mine["updates"]] == [4]
    assert (len(mine["feedback"]), len(mine["consents"])) == (1, 1)

    assert people.forget(engine, BOT, ME, 7) == people.Deleted(questions=2, feedback=1)
    left = people.stored(engine, BOT, ME, 7)
    assert (left["exchanges"], left["feedback"], left["consents"]) == ([], [], [])
    theirs = people.stored(engine, BOT, OTHER, 8)
    assert [made["question"] for made in theirs["exchanges"]] == ["theirs", "fresh 5"]
    assert (count(engine, "quotes"), count(engine, "hits")) == (3, 2)
    with reading(engine) as connection:
        assert connection.scalars(select(exchanges.c.user)).all() == [OTHER]
    assert people.forget(engine, BOT, ME, 7) == people.Deleted(0, 0)


def test_versions_are_found_by_how_they_begin(engine: Engine) -> None:
    newer = replace(DOCUMENT, source=replace(DOCUMENT.source, title="Renamed"))
    twin = Document.of("twin", DOCUMENT.source, DOCUMENT.text)
    other = Document.of("other", DOCUMENT.source, "Another text.")
    with writing(engine) as connection:
        for at, document in enumerate((DOCUMENT, other, newer, twin)):
            archive.keep(connection, [document], NOON + timedelta(minutes=at))
    with reading(engine) as connection:
        assert archive.starting(connection, DOCUMENT.version[:24]) == (twin, newer)
        assert archive.starting(connection, other.version) == (other,)
        assert archive.starting(connection, "0" * 24) == ()
    with writing(engine) as connection:
        archive.erase(connection, "other", NOON)
    with reading(engine) as connection:
        assert archive.starting(connection, other.version[:24]) == ()
