from dataclasses import replace

from sqlalchemy import Engine, select

from bot import chats, feedback, log, recall
from bot.chats import Chosen
from bot.exchange import Exchange
from bot.feedback import Given
from bot.tables import exchanges, updates
from bot.tables import feedback as judged
from migrations.database import reading

from .examples import BOT, CHAT, NOON, exchange_of, raw

OLD, NEW = "c" * 32, "d" * 32


def left(engine: Engine) -> tuple[int, int]:
    """How many exchanges and verdicts there are."""
    with reading(engine) as connection:
        return len(connection.execute(select(exchanges)).all()), len(connection.execute(select(judged)).all())


def answered(engine: Engine, update: int, exchange: Exchange) -> Exchange:
    """What is under way to the log for an update that was answered."""
    log.receive(engine, BOT, [raw(update)])
    assert log.sending(engine, BOT, update, exchange, CHAT)
    done = log.done(engine, BOT, update, [12])
    assert done is not None
    return done


def test_what_was_chosen_stands_until_something_else_is(engine: Engine) -> None:
    assert chats.chosen(engine, OLD) == Chosen()
    chats.choose(engine, OLD, Chosen("ms", True), NOON)
    chats.choose(engine, OLD, Chosen("ms", False), NOON)
    assert chats.chosen(engine, OLD) == Chosen("ms", False)
    assert chats.chosen(engine, NEW) == Chosen()


def test_a_chat_that_moves_takes_all_along_but_the_numbers_of_its_messages(engine: Engine) -> None:
    log.write(engine, answered(engine, 1, exchange_of("Written?")))
    answered(engine, 2, exchange_of("On its way?"))
    given = Given(BOT, 1, "u" * 32, OLD)
    feedback.judge(engine, given, False, NOON)
    feedback.prompted(engine, given, 30)
    chats.choose(engine, OLD, Chosen("zh-hans", True), NOON)
    for _ in range(2):
        chats.move(engine, BOT, OLD, NEW)
        assert chats.chosen(engine, NEW) == Chosen("zh-hans", True)
        assert chats.chosen(engine, OLD) == Chosen()
        for update in (1, 2):
            past = recall.exchange(engine, BOT, update)
            assert past is not None
            assert (past.chat, past.question_id, past.messages) == (NEW, None, ())
        assert recall.reply_to(engine, BOT, NEW, 9) is None
        assert not feedback.add(engine, BOT, "u" * 32, NEW, 30, "a sentence")


def test_a_chat_that_moves_does_not_undo_what_was_chosen_since(engine: Engine) -> None:
    chats.choose(engine, OLD, Chosen("zh-hans"), NOON)
    chats.choose(engine, NEW, Chosen("ms"), NOON)
    chats.move(engine, BOT, OLD, NEW)
    assert chats.chosen(engine, NEW) == Chosen("ms")
    assert chats.chosen(engine, OLD) == Chosen()


def test_nothing_is_left_of_a_chat_that_is_forgotten_and_all_of_another(engine: Engine) -> None:
    log.write(engine, answered(engine, 1, exchange_of("Written?")))
    answered(engine, 2, exchange_of("On its way?"))
    log.receive(engine, BOT, [raw(3)])
    log.write(engine, answered(engine, 4, replace(exchange_of("Elsewhere?"), chat=NEW)))
    for update, chat in ((1, OLD), (4, NEW)):
        feedback.judge(engine, Given(BOT, update, "u" * 32, chat), True, NOON)
    chats.choose(engine, OLD, Chosen(mention_only=True), NOON)
    assert left(engine) == (2, 2)
    chats.forget(engine, BOT, OLD, CHAT)
    assert left(engine) == (1, 1)
    assert chats.chosen(engine, OLD) == Chosen()
    assert recall.exchange(engine, BOT, 2) is None
    assert recall.exchange(engine, BOT, 4) is not None
    with reading(engine) as connection:
        rows = connection.execute(select(updates.c.state, updates.c.raw, updates.c.exchange)).all()
    assert {tuple(row) for row in rows} == {("done", None, None)}
    # What comes for the last update now is too late, and a repeat of it is known.
    assert not log.sending(engine, BOT, 3, exchange_of("Late?"), CHAT)
    assert log.receive(engine, BOT, [raw(3)]) == ()
