"""Questions: asked, asked again in other words, followed up, and what is no question."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from telegram import Message as Received
from telegram import Update

from bot import address, chats, feedback, kept, keyboards, recall, wire
from bot.callbacks import Example
from bot.desk import Context, Desk
from bot.exchange import Exchange
from bot.log import Pending
from bot.message import Message
from bot.quota import Quota
from bot.recall import Past
from bot.reply import render
from bot.wire import words
from migrations.database import DatabaseError
from retrieval.query import turn_of
from retrieval.types import Turn

log = logging.getLogger(__name__)

EXAMPLES = (
    "What did Bessent say about the 100% tariff?",
    "How long was the truce extended in August 2025?",
    "How many Boeing aircraft will China buy?",
    "How many soybeans will China buy?",
)
#: How long after a question another one may lean on it.
RECENT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Questions:
    """The handlers of what people write."""

    desk: Desk
    quota: Quota
    #: Who is told to wait, among others once a minute.
    told: Quota = field(default_factory=lambda: Quota(1))

    async def asked(self, update: Update, context: Context) -> None:
        """A message with a text or a caption: a question, unless it replies to a request for a sentence."""
        message = update.effective_message
        assert message is not None
        if await self._explained(update, context, message):
            await self.desk.tell(update, context, "sentence-kept")
        elif await self._unwanted(update, context, message):
            await self.desk.drop(context, update.update_id)
        elif question := address.question(message, context.bot):
            await self._answer(update, context, question)
        else:
            await self.desk.tell(update, context, "ask-what")

    async def edited(self, update: Update, context: Context) -> None:
        """A question that reads differently now: its reply changes where it stands."""
        message = update.effective_message
        assert message is not None
        before: Past | None = None
        try:
            before = await self.desk.ask(
                recall.reply_to, context.bot.id, self.desk.chat(update), message.message_id
            )
        except DatabaseError as error:
            log.error("update %d: no look at what was asked before: %s", update.update_id, error)
        question = address.question(message, context.bot)
        unchanged = before is not None and before.question == question
        if not question or unchanged or await self._unwanted(update, context, message):
            await self.desk.drop(context, update.update_id)
        else:
            await self._answer(update, context, question, before)

    async def example(self, update: Update, context: Context, press: Example) -> None:
        """A pressed question to try."""
        await self._answer(update, context, EXAMPLES[press.number % len(EXAMPLES)])

    async def otherwise(self, update: Update, context: Context) -> None:
        """Anything without words, and commands that do not exist."""
        message = update.effective_message
        assert message is not None
        if await self._unwanted(update, context, message):
            await self.desk.drop(context, update.update_id)
            return
        await self.desk.tell(update, context, "text-only")

    async def again(self, pending: Pending, context: Context) -> None:
        """Send a reply that was being sent when the last process ended, marked as a repeat; one that was
        being edited is edited again, which shows nothing twice."""
        assert pending.exchange is not None
        assert pending.chat_id is not None
        messages = [Message.of(plain) for plain in pending.exchange.reply]
        thread = pending.exchange.thread
        old: tuple[int, ...] = ()
        if "edited_message" in pending.raw and pending.exchange.chat and pending.exchange.question_id:
            before = await self.desk.ask(
                recall.reply_to, context.bot.id, pending.exchange.chat, pending.exchange.question_id
            )
            old = before.messages if before else ()
        if old:
            sent = await self.desk.replace(
                context, pending.chat_id, old, messages, pending.exchange.question_id, thread
            )
        else:
            marked = [message.repeated() for message in messages]
            answering = pending.exchange.question_id
            sent = await self.desk.send(context, pending.chat_id, marked, answering, thread)
        await self.desk.done(context, pending.update_id, sent)

    async def _answer(
        self, update: Update, context: Context, question: str, before: Past | None = None
    ) -> None:
        """The recipe of the program. `before` is the exchange whose reply this one replaces."""
        message, sender, chat = update.effective_message, update.effective_sender, update.effective_chat
        assert message is not None
        assert sender is not None
        assert chat is not None
        sent_at, thread = _moment(update, message), wire.topic(message)
        if wait := self.quota.wait(sender.id, sent_at):
            if not await self.desk.kept(context, update.update_id):
                return
            if address.shared(message) and self.told.wait(sender.id, sent_at):
                await self.desk.drop(context, update.update_id)
            else:
                await self.desk.tell(update, context, "too-many", seconds=wait)
            return
        watch = self.desk.meter.begin(update.update_id)
        async with self.desk.busy(context, chat.id, thread):
            async with asyncio.TaskGroup() as beside:
                language = beside.create_task(self.desk.language(update))
                understood = self.desk.live.understand(question)
                history: Sequence[Turn] = ()
                if understood.leans:
                    with watch.stage("recall"):
                        since = before.asked_at if before else sent_at
                        history = await self.history(update, context, since, before)
                answer, build = await self.desk.live.answer(understood, history)
            watch.stages += answer.stages
            with watch.stage("render"):
                asked = self.desk.asked(context, language.result(), update.update_id)
                messages = render(answer, build, asked)
            pressed = update.callback_query is not None
            exchange = Exchange.of(
                replace(answer, stages=tuple(watch.stages)),
                origin="telegram",
                asked_at=before.asked_at if before else sent_at,
                reply=[m.plain() for m in messages],
                chat=self.desk.chat(update),
                user=self.desk.user(update),
                thread=thread,
                question_id=None if pressed else message.message_id,
            )
            with watch.stage("store"):
                if not await self.desk.kept(context, update.update_id):
                    return
            self.desk.meter.questions.inc()
            async with self.desk.turn(context, chat.id) as turn:
                with watch.stage("note"):
                    first = await self.desk.sending(context, update.update_id, exchange, chat.id)
                if not first:
                    return
                old = before.messages if before else ()
                answering = None if pressed else message.message_id
                sent = await self.desk.replace(context, chat.id, old, messages, answering, thread)
            watch.close(turn.left, turn.held)
            self.desk.meter.replied(answer.answered, answer.milliseconds, watch.milliseconds)
            late = watch.stages[len(exchange.stages) :]
            await self.desk.done(context, update.update_id, sent, late, turn.repeated)

    async def history(
        self, update: Update, context: Context, sent_at: datetime, before: Past | None
    ) -> Sequence[Turn]:
        """What this question may lean on, oldest first: what was asked up to the answer that it replies to,
        else last in this chat and thread, and what that quoted."""
        message = update.effective_message
        assert message is not None
        chat, bot = self.desk.chat(update), context.bot.id
        until = before.update_id if before and before.update_id else update.update_id
        last: Past | None = None
        try:
            if answered := answered_by(message.reply_to_message):
                past = await self.desk.ask(recall.exchange, bot, answered)
                if past is not None and past.chat == chat:
                    sent_at, until, last = past.asked_at, answered, past
            earlier = await self.desk.ask(
                recall.earlier,
                bot,
                chat,
                wire.topic(message),
                sent_at - RECENT,
                until,
                message.message_id if before else None,
            )
            return [await self._turn(past) for past in (*earlier, last) if past is not None]
        except DatabaseError as error:
            log.error("update %d is answered without what was asked before: %s", update.update_id, error)
            return ()

    async def _turn(self, past: Past) -> Turn:
        """What a later question leans on of an exchange; no text that is gone. Raises: DatabaseError."""
        build = self.desk.live.serving.build
        found = [await self.desk.ask(kept.quote, build, quoted) for quoted in past.quotes[:1]]
        return turn_of(past.question, [quote for quote in found if quote is not None])

    async def _explained(self, update: Update, context: Context, message: Received) -> bool:
        """Whether this is the sentence that a 👎 was asked for."""
        replied = message.reply_to_message
        if replied is None or not address.answers(message, context.bot):
            return False
        return await self.desk.ask(
            feedback.add,
            context.bot.id,
            self.desk.user(update),
            self.desk.chat(update),
            replied.message_id,
            words(message),
        )

    async def _unwanted(self, update: Update, context: Context, message: Received) -> bool:
        """Whether it is only a reply, in a group whose administrators want the bot to be named."""
        if not address.shared(message) or address.names(message, context.bot):
            return False
        if address.commands(message, context.bot):
            return False
        try:
            return (await self.desk.ask(chats.chosen, self.desk.chat(update))).mention_only
        except DatabaseError as error:
            log.error("update %d: what its group chose is not known: %s", update.update_id, error)
            return False


def answered_by(message: Received | None) -> int | None:
    """The update whose question `message` answers, by its buttons; None for any other message."""
    return keyboards.update_of(wire.received(message).keyboard) if message else None


def _moment(update: Update, message: Received) -> datetime:
    """When it was asked: a pressed button carries no time of its own."""
    if update.callback_query or update.edited_message or update.edited_channel_post:
        return datetime.now(message.date.tzinfo)
    return message.date
