"""Watches and languages: kept, shown, bounded, told once, and gone."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from bot import people, watches
from bot.log import write
from bot.review import labels
from bot.watches import LIFE, MOST, Watch

from .examples import BOT, NOON, exchange_of

ME, OTHER = "u" * 32, "o" * 32
CHAT_ID = 7_000_000_001
WATCH = Watch(BOT, 5, ME, CHAT_ID, "en", NOON)


def test_a_watch_is_kept_once_and_taken_once(engine: Engine) -> None:
    assert watches.add(engine, WATCH)
    assert watches.add(engine, replace(WATCH, made_at=NOON + timedelta(days=1)))
    assert watches.of(engine, BOT, ME) == watches.waiting(engine, BOT) == (WATCH,)
    assert watches.of(engine, BOT, OTHER) == watches.waiting(engine, BOT + 1) == ()
    assert [watches.take(engine, BOT, 5, user) for user in (OTHER, ME, ME)] == [False, True, False]
    assert watches.waiting(engine, BOT) == ()


def test_what_is_told_is_noted_by_one_and_left_to_one(engine: Engine) -> None:
    watches.add(engine, WATCH)
    told = exchange_of("What was agreed in Busan?")
    assert [watches.sending(engine, WATCH, told, NOON) for _ in range(2)] == [True, False]
    assert watches.waiting(engine, BOT) == ()
    later = NOON + timedelta(minutes=5)
    assert watches.left(engine, BOT, later, timedelta(minutes=6)) == ()
    (mine,) = watches.left(engine, BOT, later, timedelta(minutes=5))
    assert mine == replace(WATCH, exchange=told.to_json(), sending_at=later)
    assert watches.left(engine, BOT, later, timedelta(minutes=5)) == ()
    assert watches.sending(engine, mine, told, later)
    watches.take(engine, BOT, 5, ME)
    assert not watches.sending(engine, mine, told, later)


def test_a_person_has_so_many_watches_and_no_more(engine: Engine) -> None:
    made = [replace(WATCH, update_id=n, made_at=NOON + timedelta(seconds=n)) for n in range(MOST)]
    assert all(watches.add(engine, each) for each in made)
    assert not watches.add(engine, replace(WATCH, update_id=MOST))
    assert watches.add(engine, made[0])
    assert watches.add(engine, replace(WATCH, user=OTHER))
    assert watches.of(engine, BOT, ME) == tuple(made)


def test_watches_end_with_time_and_with_their_chat(engine: Engine) -> None:
    old = replace(WATCH, made_at=NOON - LIFE - timedelta(seconds=1))
    elsewhere = replace(WATCH, update_id=6, chat_id=8)
    for each in (old, elsewhere):
        watches.add(engine, each)
    assert watches.expire(engine, BOT, NOON) == 1
    assert watches.waiting(engine, BOT) == (elsewhere,)
    assert watches.leave(engine, BOT, CHAT_ID) == 0
    watches.move(engine, BOT, 8, -100)
    assert watches.leave(engine, BOT, 8) == 0
    assert watches.leave(engine, BOT, -100) == 1


def test_a_language_is_the_persons_own_and_that_of_their_watches(engine: Engine) -> None:
    assert people.language(engine, ME) is None
    watches.add(engine, WATCH)
    watches.add(engine, replace(WATCH, user=OTHER))
    for language in ("ms", "zh-hans"):
        people.set_language(engine, ME, language, NOON)  # type: ignore[arg-type]
    assert people.language(engine, ME) == "zh-hans"
    assert people.language(engine, OTHER) is None
    told_in = {watch.user: watch.language for watch in watches.waiting(engine, BOT)}
    assert told_in == {ME: "zh-hans", OTHER: "en"}


def test_all_of_it_is_shown_and_forgotten_labels_included(engine: Engine) -> None:
    made = replace(exchange_of("What was agreed in Busan?"), bot=BOT, update_id=5, user=ME)
    write(engine, made)
    before = watches.last_label(engine)
    labels.add(engine, made.id, "grace", "right", NOON, note="Just so.")
    assert watches.last_label(engine) > before
    watches.add(engine, WATCH)
    people.set_language(engine, ME, "ms", NOON)
    found = people.stored(engine, BOT, ME, 1)
    assert found["watches"][0] | {"made_at": ""} == {
        "bot": BOT, "update_id": 5, "user": ME, "chat_id": CHAT_ID, "language": "ms", "made_at": "",
        "exchange": None, "sending_at": None,
    }  # fmt: skip
    assert [row["language"] for row in found["languages"]] == ["ms"]
    ((label,),) = [each["labels"] for each in found["exchanges"]]
    assert (label["verdict"], label["note"]) == ("right", "Just so.")
    assert "grace" not in str(found)
    people.forget(engine, BOT, ME, 1)
    left = people.stored(engine, BOT, ME, 1)
    assert [left[name] for name in ("exchanges", "watches", "languages")] == [[], [], []]
