import asyncio
import logging
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import IntegrityError

import bot
from bot import log, tables
from bot.exchange import Exchange
from migrations import database
from migrations.database import reading, writing

from .examples import BOT, CHAT, NOON, answer, exchange_of, raw

ROOT = Path(bot.__file__).parent.parent


def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def rows(engine: Engine, name: str) -> Sequence[Any]:
    table = tables.metadata.tables[name]
    with reading(engine) as connection:
        return connection.execute(select(table).order_by(*table.primary_key.columns)).all()


def deliver(engine: Engine, update_id: int, question: str = "What was agreed in Busan?") -> Exchange:
    """The whole life of an update, up to what its exchange is recorded from."""
    assert log.receive(engine, BOT, [raw(update_id)])
    assert log.sending(engine, BOT, update_id, exchange_of(question), CHAT)
    delivered = log.done(engine, BOT, update_id, [50, 51])
    assert delivered is not None
    return delivered


def test_an_update_that_comes_again_is_not_new(engine: Engine) -> None:
    assert log.receive(engine, BOT, [raw(3), raw(1), raw(3)]) == (raw(1), raw(3))
    assert log.receive(engine, BOT, [raw(3), raw(2)]) == (raw(2),)
    assert log.receive(engine, BOT, []) == ()
    assert log.receive(engine, BOT + 1, [raw(3)]) == (raw(3),)
    deliver(engine, 4)
    assert log.receive(engine, BOT, [raw(4)]) == ()
    assert [row.update_id for row in rows(engine, "updates")] == [1, 2, 3, 4, 3]


def test_an_update_lives_from_received_to_done(engine: Engine, exchange: Exchange) -> None:
    log.receive(engine, BOT, [raw(1)])
    assert log.unfinished(engine, BOT) == (log.Pending(1, "received", raw(1), 0, None, None),)

    assert log.sending(engine, BOT, 1, exchange, CHAT)
    assert not log.sending(engine, BOT, 1, exchange_of("Another?"), CHAT)
    sent = replace(exchange, bot=BOT, update_id=1)
    [pending] = log.unfinished(engine, BOT)
    assert pending == log.Pending(1, "sending", raw(1), 0, sent, CHAT)
    assert log.begin(engine, BOT, 1) == 1

    delivered = log.done(engine, BOT, 1, [50, 51])
    assert delivered is not None
    assert delivered.replied_at is not None
    assert datetime.now(UTC) - delivered.replied_at < timedelta(minutes=1)
    assert delivered == replace(sent, message_ids=(50, 51), replied_at=delivered.replied_at, repeated=True)
    assert log.done(engine, BOT, 1, [50, 51]) is None
    assert not log.sending(engine, BOT, 1, exchange, CHAT)
    assert log.unfinished(engine, BOT) == ()


def test_nothing_raw_stays_when_an_update_is_done(engine: Engine) -> None:
    deliver(engine, 1)
    log.receive(engine, BOT, [raw(2), raw(3)])
    assert log.drop(engine, BOT, [2, 3, 4]) == 2
    assert log.drop(engine, BOT, [1, 2]) == 0
    for row in rows(engine, "updates"):
        assert (row.state, row.raw, row.chat_id) == ("done", None, None)
        assert str(CHAT) not in str(row)


@pytest.mark.parametrize(
    "change", [{"state": "done"}, {"state": "lost"}, {"raw": None}, {"state": "sending"}]
)
def test_the_database_itself_refuses_a_row_that_should_not_be(engine: Engine, change: dict[str, Any]) -> None:
    log.receive(engine, BOT, [raw(1)])
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(update(tables.updates).values(**change))


def test_a_reply_that_could_not_be_delivered_is_logged_as_such(engine: Engine, exchange: Exchange) -> None:
    log.receive(engine, BOT, [raw(1)])
    log.sending(engine, BOT, 1, exchange, CHAT)
    undelivered = log.done(engine, BOT, 1, [])
    assert undelivered == replace(exchange, bot=BOT, update_id=1)


def test_what_is_left_goes_to_one_of_two_replicas(engine: Engine) -> None:
    log.receive(engine, BOT, [raw(1), raw(2)])
    assert log.unfinished(engine, BOT, idle=timedelta(minutes=2)) == ()
    with writing(engine) as connection:
        connection.execute(update(tables.updates).values(changed_at=NOON))
    replicas = [database.engine(url(engine)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = [*pool.map(lambda replica: log.unfinished(replica, BOT, timedelta(minutes=2)), replicas)]
    assert sorted(pending.update_id for share in taken for pending in share) == [1, 2]


def test_an_update_that_kills_its_worker_is_known_by_its_attempts(engine: Engine, exchange: Exchange) -> None:
    log.receive(engine, BOT, [raw(1), raw(2)])
    assert [log.begin(engine, BOT, 1) for _ in range(3)] == [1, 2, 3]
    assert [pending.attempts for pending in log.unfinished(engine, BOT)] == [3, 0]
    log.sending(engine, BOT, 1, exchange, CHAT)
    assert log.begin(engine, BOT, 1) == 1
    log.done(engine, BOT, 1, [5])
    assert log.begin(engine, BOT, 1) == 0


def test_waiting_through_any_number_of_crashes_is_no_attempt(engine: Engine) -> None:
    log.receive(engine, BOT, [raw(1)])
    assert [log.unfinished(engine, BOT)[0].attempts for _ in range(5)] == [0] * 5


def test_a_reply_is_marked_as_repeated_only_if_it_may_be(engine: Engine, exchange: Exchange) -> None:
    log.receive(engine, BOT, [raw(1)])
    log.unfinished(engine, BOT)
    log.sending(engine, BOT, 1, exchange, CHAT)
    delivered = log.done(engine, BOT, 1, [50])
    assert delivered is not None
    assert not delivered.repeated


def test_a_row_that_cannot_be_read_does_not_stop_the_others(
    engine: Engine, exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    log.receive(engine, BOT, [raw(1), raw(2)])
    for update_id in (1, 2):
        log.sending(engine, BOT, update_id, exchange, CHAT)
    with writing(engine) as connection:
        connection.execute(
            update(tables.updates).where(tables.updates.c.update_id == 1).values(exchange="{}")
        )
    assert [pending.update_id for pending in log.unfinished(engine, BOT)] == [2]
    assert "update 1" in caplog.text


def test_old_rows_go_but_never_an_unwritten_exchange(engine: Engine) -> None:
    log.write(engine, deliver(engine, 1))
    deliver(engine, 2)
    log.receive(engine, BOT, [raw(3)])
    assert log.purge(engine, NOON) == 0
    assert log.purge(engine, datetime.now(UTC)) == 1
    assert [row.update_id for row in rows(engine, "updates")] == [2, 3]


def test_an_exchange_is_written_once_with_all_it_holds(engine: Engine) -> None:
    exchange = deliver(engine, 1)
    log.write(engine, exchange)
    log.write(engine, exchange, exchange)
    log.write(engine, replace(exchange, id=uuid4()))
    [row] = rows(engine, "exchanges")
    assert row._asdict() == {
        "id": exchange.id,
        "bot": BOT,
        "update_id": 1,
        "origin": "telegram",
        "chat": "c" * 32,
        "user": "u" * 32,
        "thread": 3,
        "question_id": 9,
        "question": "What was agreed in Busan?",
        "carried": None,
        "answered": True,
        "confidence": 0.7,
        "reason": "answered",
        "build": "20251110-1",
        "reply": list(exchange.reply),
        "message_ids": [50, 51],
        "question_vector": answer("").vector,
        "stages": [["encode", 5.25], ["search", 1 / 7]],
        "milliseconds": 5.25 + 1 / 7,
        "digest": exchange.digest,
        "repeated": False,
        "asked_at": NOON,
        "replied_at": exchange.replied_at,
    }
    assert [tuple(hit)[1:] for hit in rows(engine, "hits")] == [
        (hit.rank, hit.document, hit.version, hit.start, hit.end, hit.score) for hit in exchange.hits
    ]
    assert [
        (quote.number, quote.start, quote.answer_end, quote.score) for quote in rows(engine, "quotes")
    ] == [
        (1, 0, 20, 0.9),
        (2, 20, None, 0.8),
        (3, 30, None, 1 / 3),
    ]
    assert rows(engine, "updates")[0].exchange is None


def test_a_question_asked_in_the_terminal_needs_no_update(engine: Engine) -> None:
    asked = [Exchange.of(answer(f"q{n}"), origin="terminal", asked_at=NOON) for n in range(3)]
    log.write(engine, *asked)
    log.write(engine)
    assert {row.id for row in rows(engine, "exchanges")} == {exchange.id for exchange in asked}


def test_writing_does_not_touch_an_update_that_is_still_sending(engine: Engine, exchange: Exchange) -> None:
    log.receive(engine, BOT, [raw(1)])
    log.sending(engine, BOT, 1, exchange, CHAT)
    log.write(engine, replace(exchange, bot=BOT, update_id=1))
    assert log.unfinished(engine, BOT)[0].exchange is not None


def test_replicas_that_receive_the_same_updates_share_them(engine: Engine) -> None:
    replicas = [database.engine(url(engine)) for _ in range(4)]

    def poll(replica: Engine) -> list[int]:
        got = []
        for first in range(0, 60, 3):
            got += [
                one["update_id"]
                for one in log.receive(replica, BOT, [raw(first + n) for n in range(9)][::-1])
            ]
        return got

    with ThreadPoolExecutor(4) as pool:
        shares = [*pool.map(poll, replicas)]
    assert Counter(id for share in shares for id in share) == Counter(range(66))


async def test_processes_that_receive_the_same_updates_share_them(engine: Engine) -> None:
    program = (
        "import sys\nfrom bot import log\nfrom migrations import database\n"
        "engine = database.engine(sys.argv[1])\n"
        "print(flush=True); sys.stdin.readline()\n"
        "for n in range(50):\n"
        "    for new in log.receive(engine, 1, [{'update_id': n}, {'update_id': n + 1}]):\n"
        "        print(new['update_id'], log.drop(engine, 1, [new['update_id']]))"
    )
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            program,
            url(engine),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        await process.stdout.readline()
    printed = await asyncio.gather(*(process.communicate(b"go\n") for process in started))
    lines = [line for output, _ in printed for line in output.decode().splitlines()]
    assert Counter(lines) == Counter(f"{n} 1" for n in range(51))


SERVE = """
import sys
from bot import log
from tests.database.examples import BOT, CHAT, exchange_of, raw
from migrations import database
engine = database.engine(sys.argv[1])
first = int(sys.argv[2])
for n in range(first, first + 100_000):
    log.receive(engine, BOT, [raw(n)])
    print("confirmed", n, flush=True)
    log.sending(engine, BOT, n, exchange_of(f"Question {n}?"), CHAT)
    print("sent", n, flush=True)
    log.write(engine, log.done(engine, BOT, n, [n]))
    print("written", n, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 3, 40, 41])
async def test_what_a_killed_process_confirmed_or_sent_is_not_lost(engine: Engine, lines: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", SERVE, url(engine), "1"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = [await process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    printed += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -signal.SIGKILL
    seen: dict[str, set[int]] = {"confirmed": set(), "sent": set(), "written": set()}
    for line in printed:
        if line.endswith(b"\n"):
            word, number = line.decode().split()
            seen[word].add(int(number))

    restarted = database.engine(url(engine))
    left = log.unfinished(restarted, BOT)
    writer = log.Writer(restarted)
    recovered = await writer.recover()
    kept = {row.update_id: row for row in rows(restarted, "exchanges")}
    assert len(left) + recovered <= 1
    for pending in left:
        assert pending.raw == raw(pending.update_id)
        if pending.update_id in seen["sent"]:
            assert pending.exchange is not None
            assert pending.exchange.reply == exchange_of("").reply
    waiting = {pending.update_id for pending in left}
    assert seen["confirmed"] <= waiting | set(kept)
    assert seen["sent"] <= {pending.update_id for pending in left if pending.state == "sending"} | set(kept)
    assert seen["written"] <= set(kept)
    assert all(row.question == f"Question {number}?" for number, row in kept.items())
    assert len(rows(restarted, "quotes")) == 3 * len(kept)
    restarted.dispose()


def test_a_process_killed_before_its_commit_leaves_nothing_behind(engine: Engine) -> None:
    program = (
        "import os, signal, sys\nfrom sqlalchemy import text\nfrom migrations import database\n"
        "with database.writing(database.engine(sys.argv[1])) as connection:\n"
        "    connection.execute(text('DELETE FROM updates'))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    log.receive(engine, BOT, [raw(1)])
    ran = subprocess.run([sys.executable, "-c", program, url(engine)], cwd=ROOT, check=False)
    assert ran.returncode == -signal.SIGKILL
    assert [pending.update_id for pending in log.unfinished(engine, BOT)] == [1]


async def test_the_writer_writes_all_that_was_recorded(engine: Engine) -> None:
    exchanges = [deliver(engine, n) for n in range(23)]
    writer = log.Writer(engine, batch=5)
    writer.start()
    for exchange in exchanges:
        writer.record(exchange)
    await writer.close()
    assert {row.id for row in rows(engine, "exchanges")} == {exchange.id for exchange in exchanges}
    assert {row.exchange for row in rows(engine, "updates")} == {None}
    assert writer.failures == writer.waiting == 0


async def test_the_writer_goes_on_when_the_database_is_back(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    exchanges = [deliver(engine, n) for n in range(7)]
    writer = log.Writer(database.engine(url(engine), patience=0.05), batch=3)
    writer.start()
    with engine.begin() as connection:
        connection.execute(text(lock(engine)))
        for exchange in exchanges:
            writer.record(exchange)
        await asyncio.sleep(0.5)
    await writer.close()
    assert writer.failures >= 2
    assert "3 exchanges not written, again in" in caplog.text
    assert {row.id for row in rows(engine, "exchanges")} == {exchange.id for exchange in exchanges}


async def test_one_exchange_that_cannot_be_written_stops_no_other(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    exchanges = [deliver(engine, n) for n in range(5)]
    twice = replace(exchanges[2], hits=(exchanges[2].hits[0],) * 2)
    writer = log.Writer(engine)
    for exchange in (*exchanges[:2], twice, *exchanges[3:]):
        writer.record(exchange)
    writer.start()
    await writer.close()
    assert [row.update_id for row in rows(engine, "exchanges")] != []
    assert {row.update_id for row in rows(engine, "exchanges")} == {0, 1, 3, 4}
    assert f"exchange {twice.id} cannot be written" in caplog.text
    assert await log.Writer(engine).recover() == 1
    assert {row.update_id for row in rows(engine, "exchanges")} == {0, 1, 2, 3, 4}


async def test_a_writer_that_is_closed_in_time_leaves_the_rest_in_its_rows(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    exchanges = [deliver(engine, n) for n in range(4)]
    writer = log.Writer(database.engine(url(engine), patience=0.05))
    writer.start()
    with engine.begin() as connection:
        connection.execute(text(lock(engine)))
        for exchange in exchanges:
            writer.record(exchange)
        async with asyncio.timeout(20):
            # Then it waits before it tries again, and no thread of it is at the database.
            while not writer.failures:  # noqa: ASYNC110  another thread counts
                await asyncio.sleep(0.01)
        await writer.close(seconds=0.05)
    assert "the next start recovers them" in caplog.text
    assert rows(engine, "exchanges") == []
    assert await log.Writer(engine).recover() == 4
    assert {row.id for row in rows(engine, "exchanges")} == {exchange.id for exchange in exchanges}


async def test_what_a_crash_left_unwritten_is_recovered(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    exchanges = [deliver(engine, n, f"Question {n}?") for n in range(12)]
    log.write(engine, *exchanges[:3])
    with writing(engine) as connection:
        connection.execute(
            update(tables.updates).where(tables.updates.c.update_id == 5).values(exchange="{}")
        )
    writer = log.Writer(engine, batch=4)
    assert await writer.recover() == 8
    assert await writer.recover() == 0
    assert "update 5" in caplog.text
    with reading(engine) as connection:
        kept = connection.execute(select(tables.exchanges.c.update_id, tables.exchanges.c.question)).all()
    assert {*map(tuple, kept)} == {(n, f"Question {n}?") for n in range(12) if n != 5}


async def test_recording_needs_no_database(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    writer = log.Writer(engine)
    writer.record(exchange_of("q"))
    assert writer.waiting == 1
    assert not (tmp_path / "talks.db").exists()
    await writer.close()


def lock(engine: Engine) -> str:
    """A statement that keeps others from writing until its transaction ends."""
    if engine.dialect.name == "sqlite":
        return "UPDATE alembic_version SET version_num = version_num"
    return "LOCK TABLE exchanges IN EXCLUSIVE MODE"


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
