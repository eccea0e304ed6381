"""What the bot does with each kind of update, from the question's arrival to its place in the log."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from telegram import LinkPreviewOptions, MessageEntity, ReplyParameters, Update
from telegram.error import BadRequest, Forbidden
from telegram.ext import Application, CallbackContext, CommandHandler, MessageHandler, TypeHandler, filters

from bot import log as conversations
from bot.exchange import Exchange
from bot.live import Live
from bot.log import Pending, Writer
from bot.privacy import LogKey, pseudonym
from bot.reply import REPEAT, Message, day, render
from bot.settings import Settings
from migrations.database import DatabaseError

log = logging.getLogger(__name__)

Context = CallbackContext[Any, Any, Any, Any]
Chat = Application[Any, Any, Any, Any, Any, Any]

EXAMPLES = (
    "What did Bessent say about the threat of the 100% tariff?",
    "Where did the fifth round of talks take place?",
    "What was agreed in Geneva?",
    "How many soybeans will China buy?",
)
COMMANDS = (
    ("start", "What this is, with questions to try"),
    ("help", "How to ask"),
    ("about", "Who runs this and what it keeps"),
)
#: How often a start takes the same unanswered update up before it is given up as one that kills.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers with all that they use. `register` is the one list of who handles what. `again_now` holds
    the updates under way whose reply, unless noted as being sent, an earlier process may have sent."""

    live: Live
    engine: Engine
    writer: Writer
    key: LogKey
    settings: Settings
    again_now: set[int] = field(default_factory=set)

    def register(self, application: Chat) -> None:
        """Every handler of the bot, in the order in which they are tried."""
        new = filters.UpdateType.MESSAGE
        for handler in (
            CommandHandler("start", self.start, new),
            CommandHandler("help", self.help, new),
            CommandHandler("about", self.about, new),
            MessageHandler(new & filters.ChatType.PRIVATE & filters.TEXT & ~filters.COMMAND, self.question),
            MessageHandler(new & filters.ChatType.PRIVATE, self.otherwise),
            TypeHandler(Update, self.ignore),
            TypeHandler(Pending, self.again),
        ):
            application.add_handler(handler)
        application.add_error_handler(self.failed)

    async def question(self, update: Update, context: Context) -> None:
        """Answer a question: the recipe of the program."""
        message = update.effective_message
        assert message is not None
        assert message.text is not None
        answer, build = await self.live.answer(message.text.strip())
        messages = render(answer, build)
        exchange = Exchange.of(
            answer,
            origin="telegram",
            asked_at=message.date,
            reply=[m.plain() for m in messages],
            chat=pseudonym(self.key, "chat", message.chat_id),
            user=pseudonym(self.key, "user", message.from_user.id) if message.from_user else None,
            thread=message.message_thread_id,
        )
        if await self._sending(context, update.update_id, exchange, message.chat_id):
            sent = await self._send(context, message.chat_id, messages, message.message_id)
            await self._done(context, update.update_id, sent)

    async def start(self, update: Update, context: Context) -> None:
        """What this is, with four questions to try."""
        questions = "\n".join(f"• {question}" for question in EXAMPLES)
        await self._say(
            update,
            context,
            "I answer questions about the US-China trade talks with quotes from my sources: word for word, "
            "with title, publisher and date. I never write an answer of my own, and when the sources are "
            f"silent I say so.\n\nTry one:\n{questions}\n\n/help says how to ask, /about who runs this.",
        )

    async def help(self, update: Update, context: Context) -> None:
        """How to ask."""
        await self._say(
            update,
            context,
            "Send a question as a message, in English. Name who, what or when: “What did Li Chenggang say "
            "after Kuala Lumpur?” finds more than “and then?”.\n\nEach reply quotes up to three passages "
            "word for word; the number below a quote names its source. “The corpus doesn't say” means that "
            "no passage is close enough.\n\n/start shows questions to try, /about says who runs this bot.",
        )

    async def about(self, update: Update, context: Context) -> None:
        """Who runs this, how far the corpus reaches, and what is kept."""
        build = self.live.serving.build
        name = self.settings.operator_name or "someone who has not given a name"
        contact = f" ({self.settings.operator_contact})" if self.settings.operator_contact else ""
        reach = f", the newest dated {day(build.newest)}" if build.newest else ""
        count = f"{len(build.documents)} document{'' if len(build.documents) == 1 else 's'}"
        await self._say(
            update,
            context,
            f"This bot is run by {name}{contact}.\n\n"
            f"Its corpus holds {count}{reach}. "
            "Every quote is read from a stored document and checked against it before it is sent.\n\n"
            "Questions and replies are kept to judge the quality of the answers; who asked is kept as a "
            "pseudonym only.",
        )

    async def otherwise(self, update: Update, context: Context) -> None:
        """Anything that is not text, and commands that do not exist."""
        await self._say(update, context, "I read questions as text only. /help says how to ask.")

    async def ignore(self, update: Update, context: Context) -> None:
        """Updates that need no reply are done at once."""
        await self._drop(context, update.update_id)

    async def again(self, pending: Pending, context: Context) -> None:
        """Go on where the last process stopped: a reply that was being sent is sent again and says so."""
        if await self._begun(context, pending) > ATTEMPTS:
            log.error("update %d given up after %d attempts", pending.update_id, ATTEMPTS)
            await self._give_up(context, pending)
        elif pending.state == "received":
            self.again_now.add(pending.update_id)
            try:
                await context.application.process_update(Update.de_json(pending.raw, context.bot))
            finally:
                self.again_now.discard(pending.update_id)
        elif pending.exchange is not None and pending.chat_id is not None:
            messages = [Message.of(plain) for plain in pending.exchange.reply]
            marked = [Message(m.text + REPEAT, m.entities) for m in messages]
            asked = Update.de_json(pending.raw, context.bot).effective_message
            sent = await self._send(context, pending.chat_id, marked, asked.message_id if asked else None)
            await self._done(context, pending.update_id, sent)

    async def failed(self, update: object, context: Context) -> None:
        """Tell the asker that something went wrong, with an id that the log line carries too."""
        id = secrets.token_hex(3)
        log.error("error %s while handling an update", id, exc_info=context.error)
        if not isinstance(update, Update):
            return
        if update.effective_chat is not None and not isinstance(context.error, Forbidden):
            text = f"Something went wrong here, not with your question. Please ask again; the error is {id}."
            await self._say(update, context, text)
        else:
            await self._drop(context, update.update_id)

    async def _say(self, update: Update, context: Context, text: str) -> None:
        """Send what is no answer. Nothing notes it before it leaves: a crash has it sent again, marked."""
        assert update.effective_chat is not None
        message = Message(text + REPEAT if update.update_id in self.again_now else text)
        await self._send(context, update.effective_chat.id, [message], None)
        await self._drop(context, update.update_id)

    async def _send(
        self, context: Context, chat: int, messages: Sequence[Message], asked: int | None
    ) -> tuple[int, ...]:
        """Send in order; the ids of what arrived: nothing where the bot is blocked or the chat gone."""
        sent: list[int] = []
        for message in messages:
            try:
                made = await context.bot.send_message(
                    chat,
                    message.text,
                    entities=[MessageEntity(e.type, e.offset, e.length, url=e.url) for e in message.entities],
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_parameters=ReplyParameters(asked, allow_sending_without_reply=True)
                    if asked
                    else None,
                )
            except (Forbidden, BadRequest) as refusal:
                log.warning("a reply cannot be delivered: %s", refusal.message)
                break
            sent.append(made.message_id)
        return tuple(sent)

    async def _sending(self, context: Context, update: int, exchange: Exchange, chat: int) -> bool:
        """Note the reply before it leaves. A log that fails is said loudly and eats no reply."""
        try:
            return await asyncio.to_thread(
                conversations.sending, self.engine, context.bot.id, update, exchange, chat
            )
        except DatabaseError as error:
            log.error("update %d is answered without a note of it: %s", update, error)
            return True

    async def _done(self, context: Context, update: int, sent: Sequence[int]) -> None:
        try:
            exchange = await asyncio.to_thread(conversations.done, self.engine, context.bot.id, update, sent)
        except DatabaseError as error:
            log.error("update %d was answered, which could not be noted: %s", update, error)
            return
        if exchange is not None:
            self.writer.record(exchange)

    async def _drop(self, context: Context, update: int) -> None:
        try:
            await asyncio.to_thread(conversations.drop, self.engine, context.bot.id, [update])
        except DatabaseError as error:
            log.error("update %d is handled, which could not be noted: %s", update, error)

    async def _begun(self, context: Context, pending: Pending) -> int:
        try:
            return await asyncio.to_thread(
                conversations.begin, self.engine, context.bot.id, pending.update_id
            )
        except DatabaseError as error:
            log.error("update %d is taken up again without a note of it: %s", pending.update_id, error)
            return pending.attempts + 1

    async def _give_up(self, context: Context, pending: Pending) -> None:
        if pending.state == "sending":
            await self._done(context, pending.update_id, ())
            return
        update = Update.de_json(pending.raw, context.bot)
        if update.effective_chat is None:
            await self._drop(context, pending.update_id)
        else:
            await self._say(
                update, context, "Something here breaks at this message. Please ask it another way."
            )
