"""What is news to those who watch a question: looked for whenever another build is live or a reviewer spoke.

What is told is noted in the watch before it leaves, and the watch is deleted when it arrived. What a program
that died left noted is told by the next, marked as a repeat.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot import feedback, kept, recall, watches
from bot import log as conversations
from bot.desk import Context, Desk
from bot.exchange import Exchange
from bot.feedback import Complaint
from bot.message import Draft, Message, shorten
from bot.privacy import pseudonym
from bot.recall import Past
from bot.replicas import LEFT
from bot.reply import TITLE_LIMIT, same, several
from bot.review import golden
from bot.review.replay import Asked, right
from bot.watches import Watch
from migrations.database import DatabaseError
from retrieval.answer import verified
from retrieval.builds import Build
from retrieval.evaluate import Question
from retrieval.query import recalled
from retrieval.types import Answer, Quote

log = logging.getLogger(__name__)

#: Seconds between two looks at whether anything changed.
LOOK = 2.0


async def follow(desk: Desk, context: Context, idle: timedelta) -> None:
    """Tell the news for as long as the program runs, beginning with what came while it did not, and with
    what another program began to tell `idle` ago."""
    seen: tuple[str, int, date] | None = None
    while True:
        try:
            await tell_left(desk, context, idle)
            idle = LEFT
            # Once a day in any case: watches end with time.
            build, label = desk.live.serving.build.id, await desk.ask(watches.last_label)
            now = build, label, datetime.now(UTC).date()
            if now != seen:
                await tell(desk, context)
                seen = now
        except* DatabaseError as errors:
            log.error("nobody is told any news, the database is away: %s", errors.exceptions[0])
        await asyncio.sleep(LOOK)


async def tell(desk: Desk, context: Context) -> None:
    """Ask every watched question again, one after the other, and tell what is news meanwhile: a chat that
    Telegram holds back holds back no other. Raises: ExceptionGroup of DatabaseError."""
    await desk.ask(watches.expire, context.bot.id, datetime.now(UTC))
    open = await desk.ask(watches.waiting, context.bot.id)
    known: Mapping[Asked, Question] = {}
    if open:
        known = {one.asked: one.question for one in await desk.ask(golden.judged)}
    async with asyncio.TaskGroup() as telling:
        for watch in open:
            with _alone(watch):
                if found := await _look(desk, context, watch, known):
                    telling.create_task(_send(desk, context, watch, *found))


async def tell_left(desk: Desk, context: Context, idle: timedelta) -> None:
    """Tell again, marked, what was about to be told `idle` ago or before. Raises: ExceptionGroup of
    DatabaseError."""
    async with asyncio.TaskGroup() as telling:
        for watch in await desk.ask(watches.left, context.bot.id, datetime.now(UTC), idle):
            with _alone(watch):
                past = await desk.ask(recall.exchange, watch.bot, watch.update_id)
                if past is None or watch.exchange is None:
                    await desk.ask(watches.take, watch.bot, watch.update_id, watch.user)
                    continue
                exchange = replace(Exchange.from_json(watch.exchange), repeated=True)
                telling.create_task(_send(desk, context, watch, past, exchange))


@contextmanager
def _alone(watch: Watch) -> Iterator[None]:
    """One watch must not keep the others from being told. Raises: DatabaseError."""
    try:
        yield
    except DatabaseError:
        raise
    except Exception:  # whatever it is: the next watch is looked at all the same
        log.exception("the watch of update %d could not be looked at or told", watch.update_id)


async def _look(
    desk: Desk, context: Context, watch: Watch, known: Mapping[Asked, Question]
) -> tuple[Past, Exchange] | None:
    """What is watched, and what to say of it; None where there is nothing to say."""
    past = await desk.ask(recall.exchange, watch.bot, watch.update_id)
    if past is None:
        await desk.ask(watches.take, watch.bot, watch.update_id, watch.user)
        return None
    answer, build = await desk.live.answer(past.question, recalled(past.carried))
    complaint = await desk.ask(feedback.of, watch.bot, watch.update_id, watch.user)
    voted = await _voted(desk, build, past, complaint)
    if is_news(answer, past, complaint, voted, known.get(Asked(past.question, past.carried))):
        messages = notice(desk, context, watch, past, answer, build)
        exchange = Exchange.of(
            answer,
            origin="telegram",
            asked_at=datetime.now(UTC),
            reply=[message.plain() for message in messages],
            chat=pseudonym(desk.key, "chat", watch.chat_id),
            user=watch.user,
            thread=past.thread,
        )
        if messages:
            return past, replace(exchange, bot=watch.bot)
    return None


def is_news(
    answer: Answer, past: Past, complaint: Complaint | None, voted: Quote | None, known: Question | None
) -> bool:
    """Whether `answer` is what someone waits for who watches the exchange `past`.

    After no answer, that is any answer. After one that was voted down, the quote `voted` down stands no
    longer where it stood or before, or none is left where there should have been none. Where a label tells
    what is right (`known`), the answer is right too.
    """
    if known is not None and not right(known, answer):
        return False
    if not past.quotes:
        return answer.answered
    reason = complaint.reason if complaint else None
    if not answer.answered:
        return known is not None or reason == "should_not_have_answered"
    if voted is None:
        return True
    place = (complaint.quote if complaint else None) or 1
    told_apart = reason == "wrong_speaker"
    return not any(
        same(voted, quote) and not (told_apart and voted.speaker != quote.speaker)
        for quote in answer.quotes[:place]
    )


async def _voted(desk: Desk, build: Build, past: Past, complaint: Complaint | None) -> Quote | None:
    """The quote that was voted down, the first unless the person said which; None when its text is gone."""
    place = (complaint.quote if complaint else None) or 1
    if not 0 < place <= len(past.quotes):
        return None
    return await desk.ask(kept.quote, build, past.quotes[place - 1])


async def _send(desk: Desk, context: Context, watch: Watch, past: Past, exchange: Exchange) -> None:
    with _alone(watch):
        await _deliver(desk, context, watch, past, exchange)


async def _deliver(desk: Desk, context: Context, watch: Watch, past: Past, exchange: Exchange) -> None:
    messages = [Message.of(plain) for plain in exchange.reply]
    if exchange.repeated:
        messages = [message.repeated() for message in messages]
    async with desk.turn(context, watch.chat_id) as turn:
        if not await desk.ask(watches.sending, watch, exchange, datetime.now(UTC)):
            return
        sent = await desk.send(context, watch.chat_id, messages, past.question_id, past.thread)
    if not sent:
        await desk.ask(watches.leave, watch.bot, watch.chat_id)
        return
    repeated = exchange.repeated or turn.repeated
    told = replace(exchange, message_ids=sent, replied_at=datetime.now(UTC), repeated=repeated)
    # Only the watch keeps it across a crash.
    await desk.ask(conversations.write, told)
    await desk.ask(watches.take, watch.bot, watch.update_id, watch.user)


def notice(
    desk: Desk, context: Context, watch: Watch, past: Past, answer: Answer, build: Build
) -> tuple[Message, ...]:
    """What the person is told: what they asked, and the answer to it now."""
    asked = shorten(past.question, TITLE_LIMIT)
    if not answer.answered:
        return (Message.say(watch.language, "news-withdrawn", question=asked),)
    head = Draft(language=watch.language)
    head.say("news-fixed" if past.quotes else "news-covered", "bold", question=asked)
    return several(verified(build, answer.quotes), 1, desk.asked(context, watch.language), head, build=build)
