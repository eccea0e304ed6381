"""Watches: begun below a reply, told once by a later build, dropped by the person, ended by a block."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.feedback import Complaint
from bot.message import REPEAT
from bot.news import is_news
from bot.recall import Past
from bot.watches import MOST
from retrieval.evaluate import Question
from retrieval.types import Answer, Document, Passage, Quote, Source, Span
from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import program_of_module
from tests.bot.conftest import tidy as running
from tests.bot.pressing import buttons, data, edited, labels, press
from tests.bot.program import Program, environment
from tests.botapi.server import BotApi
from tests.database.examples import NOON

__all__ = ["api", "program_of_module", "running"]

TEA = "How many crates of tea did the delegations drink in Samarkand?"
SILK = "How many bales of raw silk did the delegations exchange in Tashkent?"
TELL = "🔔 Tell me when the corpus covers this"
FIXED = "🔔 Tell me if it's fixed"
STOP = "✓ I'll tell you · Stop"


async def publish(home: Path, **notes: str) -> None:
    """A build with these notes added, each in place of the one of its name."""
    for name, text in notes.items():
        head = f"title: {name}\npublisher: Desk\npublished: 2025-11-20"
        (home / f"{name}.md").write_text(f"---\n{head}\n---\n\n{text}\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "corpus", "add", *(str(home / f"{name}.md") for name in notes),
        env=environment(TALKS_HOME=str(home), STARTER_CORPUS="false"), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0


async def all_told(running: Program) -> None:
    """Wait until nobody waits for anything."""
    async with asyncio.timeout(10):
        while running.rows("SELECT * FROM watches"):  # noqa: ASYNC110  another process's database
            await asyncio.sleep(0.05)


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="module")
async def test_who_asked_to_be_told_is_told_once_when_a_build_answers(api: BotApi, running: Program) -> None:
    await publish(running.home, tea="The delegations drank 30 crates of tea in Samarkand.")
    while "is live" not in running.lines():  # noqa: ASYNC110  another process's log
        await asyncio.sleep(0.1)
    ada, ben, eve = api.user(7), api.user(8, "Ben"), api.user(9, "Eve", "ms")
    for person in (ada, ben, eve):
        chat = api.private_chat(person)
        await api.say(chat, person, SILK)
        silent = await api.next_message(chat)
        assert silent.quotations == ()
        label = TELL if person is not eve else "🔔 Beritahu saya apabila ada jawapannya"
        begin = data(api, chat, silent, label)
        told = await press(api, chat, silent, label)
        assert "/watches" in told.params["text"]
        await edited(api, silent)
        assert labels(buttons(api, chat, silent))[-1].startswith("✓")
        await api.press(person, silent, begin, stale=True)
    ada_chat, eve_chat = api.world.chats[7], api.world.chats[9]
    await api.say(ada_chat, ada, TEA)
    answered = await api.next_message(ada_chat)
    assert "30 crates" in answered.quotations[0]
    await press(api, ada_chat, answered, "👎")
    await edited(api, answered)
    await press(api, ada_chat, answered, FIXED)
    await api.block(ben)
    await running.settled()
    assert sorted(row["chat_id"] for row in running.rows("SELECT * FROM watches")) == [7, 7, 9]
    before = len(api.sent)

    silk = "The delegations exchanged 4,000 bales of raw silk in Tashkent."
    await publish(running.home, silk=silk, tea="The delegations drank 40 crates of tea in Samarkand.")
    news = [await api.next_message(ada_chat, 30)]
    news.append(await api.next_message(ada_chat, 30))
    covered = next(each for each in news if "covers this now" in (each.text or ""))
    assert SILK in (covered.text or "")
    assert "4,000 bales of raw silk" in covered.quotations[0]
    assert covered.cut("text_link")
    fixed = next(each for each in news if each is not covered)
    assert "Your 👎 was fixed" in (fixed.text or "")
    assert "40 crates" in fixed.quotations[0]
    theirs = await api.next_message(eve_chat)
    assert "Koleksi kini ada jawapannya" in (theirs.text or "")
    await all_told(running)
    # Never again: not at the next build, not at the next start.
    await publish(running.home, other="Nothing else was exchanged in Tashkent that day.")
    await running.stop()
    await running.start()
    await asyncio.sleep(2.5)
    made = [call for call in api.sent[before:] if call.method == "sendMessage"]
    assert sum(call.accepted for call in made) == 3
    logged = running.rows("SELECT * FROM exchanges WHERE update_id IS NULL")
    assert sorted(row["question"] for row in logged) == sorted([SILK, SILK, TEA])
    assert all(row["replied_at"] for row in logged)
    assert api.complaints == []


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="module")
async def test_news_that_telegram_did_not_take_before_a_kill_is_told_marked_by_the_next_start(
    api: BotApi, running: Program
) -> None:
    person, other = api.user(27), api.user(28)
    chat, others = api.private_chat(person), api.private_chat(other)
    for each, who in ((chat, person), (others, other)):
        await api.say(each, who, "How many baskets of lychees did the envoys carry to Bandung?")
        await press(api, each, await api.next_message(each), TELL)
    await running.settled()
    api.fail("sendMessage", 99, status=502, chat_id=27)
    await publish(running.home, lychees="The envoys carried 70 baskets of lychees to Bandung.")
    await api.wait_for(lambda call: call.method == "sendMessage" and "lychees" in (call.text or ""), 30)
    waits_for_nobody = await api.next_message(others, 30)
    assert "70 baskets of lychees" in waits_for_nobody.quotations[0]
    async with asyncio.timeout(10):
        while len(rows := running.rows("SELECT * FROM watches")) > 1:  # noqa: ASYNC110  another's database
            await asyncio.sleep(0.05)
    assert rows[0]["sending_at"]
    await running.kill()
    api.mend()
    before = len(api.calls)
    await running.start()
    told = await api.wait_for(lambda call: call in api.calls[before:] and call.chat_id == 27, 30)
    assert "70 baskets of lychees" in told.quotations[0]
    assert (told.text or "").endswith(REPEAT)
    await all_told(running)
    await asyncio.sleep(2.5)
    assert [call for call in api.calls[before:] if call.method == "sendMessage"] == [told]
    logged = running.rows("SELECT * FROM exchanges WHERE update_id IS NULL")
    assert sorted((row["repeated"], bool(row["replied_at"])) for row in logged) == [(0, True), (1, True)]


@pytest.mark.model
@pytest.mark.asyncio(loop_scope="module")
async def test_watches_are_listed_dropped_bounded_and_forgotten(api: BotApi, running: Program) -> None:
    person = api.user(17)
    chat = api.private_chat(person)
    for game in ("chess", "darts"):
        await api.say(chat, person, f"Who won the {game} game in Reykjavik?")
        silent = await api.next_message(chat)
        await press(api, chat, silent, TELL)
    begun = await edited(api, silent)
    await api.say(chat, person, "/watches")
    listed = await api.next_message(chat)
    rows = labels(buttons(api, chat, listed))
    games = enumerate(("chess", "darts"), 1)
    assert rows == [f"✕ {n}. Who won the {game} game in Reykjavik?" for n, game in games]
    await press(api, chat, listed, rows[0])
    assert "chess" not in ((await edited(api, listed)).text or "")
    assert labels(buttons(api, chat, listed)) == ["✕ 1. Who won the darts game in Reykjavik?"]
    await press(api, chat, silent, STOP)
    await edited(api, silent, begun)
    assert labels(buttons(api, chat, silent))[-1] == TELL
    await running.settled()
    assert running.rows("SELECT * FROM watches") == []
    (user,) = {row["user"] for row in running.rows("SELECT user FROM exchanges")}
    for number in range(MOST):
        running.rows(
            "INSERT INTO watches VALUES (?, ?, ?, 17, 'en', '2026-01-01', NULL, NULL)",
            api.world.bot.id, number, user,
        )  # fmt: skip
    assert "no more fit" in (await press(api, chat, silent, TELL)).params["text"]
    await api.say(chat, person, "/forget")
    await press(api, chat, await api.next_message(chat), "Delete everything")
    await running.settled()
    assert running.rows("SELECT * FROM watches") == []
    assert api.complaints == []


DOCUMENT = Document.of("d", Source("t"), "It is off the table. It is gone. It was never there.")


def quote(start: int, end: int, speaker: str | None = None) -> Quote:
    span = Span(start, end)
    return Quote(DOCUMENT, span, Passage(0, DOCUMENT, span), 0.8, speaker=speaker)


FIRST, SECOND, THIRD = quote(0, 20), quote(21, 32), quote(33, 52)
ASKED = Past(5, "c", None, 6, "q?", None, NOON, (7,))
ANSWERED = replace(ASKED, quotes=(FIRST, SECOND))  # type: ignore[arg-type]


def answer(*quotes: Quote) -> Answer:
    return Answer("q?", quotes, (), 0.9, bool(quotes), "", "b")


def wants(text: str | None) -> Question:
    right = () if text is None else (text,)
    return Question("q", "q?", "golden", "reviewed", ("d",) if right else (), right)


@pytest.mark.parametrize(
    ("past", "complaint", "voted", "now", "known", "news"),
    [
        (ASKED, None, None, (FIRST,), None, True),
        (ASKED, None, None, (), None, False),
        (ASKED, None, None, (FIRST,), wants("It is gone."), False),
        (ASKED, None, None, (SECOND,), wants("It is gone."), True),
        (ANSWERED, Complaint(None, None), FIRST, (FIRST, SECOND), None, False),
        (ANSWERED, Complaint(None, None), FIRST, (SECOND, FIRST), None, True),
        (ANSWERED, Complaint("wrong_quote", 2), SECOND, (FIRST, SECOND), None, False),
        (ANSWERED, Complaint("wrong_quote", 2), SECOND, (FIRST, THIRD), None, True),
        (ANSWERED, Complaint("wrong_quote", 2), SECOND, (FIRST, THIRD), wants("It is gone."), False),
        (ANSWERED, Complaint("wrong_speaker", None), FIRST, (quote(0, 20, "Greer"),), None, True),
        (ANSWERED, Complaint("wrong_speaker", None), FIRST, (FIRST,), None, False),
        (ANSWERED, Complaint("out_of_date", None), FIRST, (), None, False),
        (ANSWERED, Complaint("should_not_have_answered", None), FIRST, (), None, True),
        (ANSWERED, Complaint("other", None), FIRST, (), wants(None), True),
        (ANSWERED, None, None, (FIRST,), None, True),
    ],
)
def test_what_is_news(
    past: Past,
    complaint: Complaint | None,
    voted: Quote | None,
    now: tuple[Quote, ...],
    known: Question | None,
    news: bool,
) -> None:
    assert is_news(answer(*now), past, complaint, voted, known) is news
