"""What every handler works with, and how messages leave: noted before, delivered, noted after."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from sqlalchemy import Engine
from telegram import CallbackQuery, Chat, ForceReply, LinkPreviewOptions, ReplyParameters, Update, User
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.ext import CallbackContext

from bot import chats, people, wire
from bot import log as conversations
from bot.address import shared
from bot.exchange import Exchange
from bot.inbox import PAUSE, Inbox
from bot.keyboards import Asked
from bot.limits import Limits, Turn
from bot.live import Live
from bot.log import Writer
from bot.message import Keyboard, Message
from bot.meter import Meter
from bot.privacy import LogKey, pseudonym
from bot.settings import Settings
from bot.texts import Language, spoken
from migrations.database import DatabaseError, Unavailable

log = logging.getLogger(__name__)

Context = CallbackContext[Any, Any, Any, Any]
Found = TypeVar("Found")

#: Seconds of work before an asker is shown that the bot is writing.
SLOW = 0.5
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Desk:
    """The live build, the log and the settings, with the few ways in which a message leaves. `begun_again`
    holds the updates under way whose reply, unless noted as being sent, an earlier process may have sent;
    `unnoted` the replies that left without a note, which is made up for when they have arrived."""

    live: Live
    engine: Engine
    writer: Writer
    key: LogKey
    settings: Settings
    meter: Meter = field(default_factory=Meter)
    begun_again: set[int] = field(default_factory=set)
    unnoted: dict[int, tuple[Exchange, int | None]] = field(default_factory=dict)

    def user(self, update: Update) -> str:
        """The pseudonym of who sent it: a person, or the chat in whose name one wrote."""
        sender = update.effective_sender
        assert sender is not None
        return pseudonym(self.key, "user" if isinstance(sender, User) else "chat", sender.id)

    def chat(self, update: Update) -> str:
        """The pseudonym of where it was sent."""
        if (query := update.callback_query) and query.inline_message_id:
            return pseudonym(self.key, "inline", int(query.chat_instance))
        assert update.effective_chat is not None
        kind: Literal["guest", "chat"] = "guest" if update.guest_message else "chat"
        return pseudonym(self.key, kind, update.effective_chat.id)

    async def language(self, update: Update) -> Language:
        """The language to speak where this update came from: in a group the one chosen for it, if any is."""
        chat = update.effective_chat
        if chat is not None and chat.type != Chat.PRIVATE and not update.guest_message:
            try:
                chosen = (await self.ask(chats.chosen, self.chat(update))).language
            except DatabaseError as error:
                log.error("update %d: its group's language is not known: %s", update.update_id, error)
                chosen = None
            if chosen is not None:
                return chosen
        person = update.effective_user
        if person is None:
            return "en"
        try:
            own = await self.ask(people.language, pseudonym(self.key, "user", person.id))
        except DatabaseError as error:
            log.error("update %d: its sender's language is not known: %s", update.update_id, error)
            own = None
        return own or spoken(person.language_code) or "en"

    def asked(self, context: Context, language: Language, update: int | None = None) -> Asked:
        """What buttons below a reply to `update` refer to, and their language."""
        return Asked(context.bot.username, update, self.settings.context_sentences, language)

    def repeats(self, update: Update) -> bool:
        """Whether what is said to this update may have been said before a crash."""
        return update.update_id in self.begun_again

    async def kept(self, context: Context, update: int) -> bool:
        """Whether an update is stored by now and is no repeat, to which nothing must be said."""
        inbox = context.update_queue
        assert isinstance(inbox, Inbox)
        if await inbox.kept(update):
            return True
        self.meter.forget(update)
        return False

    async def ask(self, call: Callable[..., Found], *arguments: Any) -> Found:
        """What a call on the database gives, made on a thread. Raises: DatabaseError."""
        return await asyncio.to_thread(call, self.engine, *arguments)

    async def insist(self, call: Callable[..., Found], *arguments: Any) -> Found:
        """As `ask`, again and again while the database is away: what must not be left undone."""
        while True:
            try:
                return await self.ask(call, *arguments)
            except Unavailable as error:
                log.error("%s waits: %s", call.__name__, error)
                await asyncio.sleep(PAUSE)

    async def tell(
        self, update: Update, context: Context, key: str, /, *, keyboard: Keyboard = (), **values: str | int
    ) -> None:
        """Say one text of the catalogues, and be done with the update."""
        language = await self.language(update)
        await self.say(update, context, Message.say(language, key, keyboard=keyboard, **values))

    async def say(self, update: Update, context: Context, *messages: Message) -> tuple[int, ...]:
        """Send what is no answer, and be done with the update. Nothing notes it before it leaves: after a
        crash it is sent anew, marked. Where others read it too, it replies to what it answers."""
        said = update.effective_message
        assert update.effective_chat is not None
        marked = [message.repeated() for message in messages] if self.repeats(update) else messages
        answering = said.message_id if said and shared(said) and not update.callback_query else None
        thread = wire.topic(said) if said else None
        sent = await self.send(context, update.effective_chat.id, marked, answering, thread)
        await self.drop(context, update.update_id)
        return sent

    async def send(
        self,
        context: Context,
        chat: int,
        messages: Sequence[Message],
        answering: int | None = None,
        thread: int | None = None,
        prompt: bool = False,
    ) -> tuple[int, ...]:
        """Send in order to a topic `thread`, in reply to the message `answering`; a `prompt` asks for a reply
        in its turn. The ids of what arrived: nothing where the bot is blocked or the chat gone."""
        sent: list[int] = []
        reply = ReplyParameters(answering, allow_sending_without_reply=True) if answering else None
        for message in messages:
            try:
                made = await context.bot.send_message(
                    chat,
                    message.text,
                    entities=wire.formatting(message),
                    link_preview_options=_NO_PREVIEW,
                    message_thread_id=thread,
                    reply_parameters=reply,
                    reply_markup=ForceReply(selective=True) if prompt else wire.markup(message),
                    rate_limit_args=message.language,
                )
            except ChatMigrated as moved:
                # The numbers of messages and topics mean others there, or none.
                rest = await self.send(context, moved.new_chat_id, messages[len(sent) :], prompt=prompt)
                return (*sent, *rest)
            except (Forbidden, BadRequest) as refusal:
                log.warning("a reply cannot be delivered: %s", refusal.message)
                break
            sent.append(made.message_id)
        return tuple(sent)

    async def edit(self, context: Context, chat: int, message_id: int, message: Message) -> bool:
        """Make a message of ours read and offer what `message` does. False when it is gone or not ours."""
        try:
            await context.bot.edit_message_text(
                message.text,
                chat,
                message_id,
                entities=wire.formatting(message),
                link_preview_options=_NO_PREVIEW,
                reply_markup=wire.markup(message),
            )
        except BadRequest as refusal:
            if "not modified" not in refusal.message:
                log.info("a message cannot be edited: %s", refusal.message)
                return False
        except (Forbidden, ChatMigrated) as refusal:
            log.warning("a message cannot be edited: %s", refusal.message)
            return False
        return True

    async def replace(
        self,
        context: Context,
        chat: int,
        old: Sequence[int],
        messages: Sequence[Message],
        answering: int | None,
        thread: int | None = None,
    ) -> tuple[int, ...]:
        """Let `messages` stand where the messages `old` do: edited in place, sent where there are more,
        deleted where there are fewer. The ids of what stands."""
        standing: list[int] = []
        for id, message in zip(old, messages, strict=False):
            if await self.edit(context, chat, id, message):
                standing.append(id)
            else:
                standing += await self.send(context, chat, [message], answering, thread)
        for id in old[len(messages) :]:
            try:
                await context.bot.delete_message(chat, id)
            except (BadRequest, Forbidden, ChatMigrated) as refusal:
                log.info("a message cannot be deleted: %s", refusal.message)
        return (*standing, *await self.send(context, chat, messages[len(old) :], answering, thread))

    @asynccontextmanager
    async def busy(self, context: Context, chat: int, thread: int | None = None) -> AsyncIterator[None]:
        """Show once that the bot is writing, when the work inside takes longer than `SLOW`."""
        action = asyncio.create_task(_write(context, chat, thread))
        try:
            yield
        finally:
            action.cancel()

    def turn(self, context: Context, chat: int) -> AbstractAsyncContextManager[Turn]:
        """Wait until `chat` may have a message: what is noted inside as being sent leaves at once."""
        limits = context.bot.rate_limiter
        assert isinstance(limits, Limits)
        return limits.turn(chat)

    async def sending(self, context: Context, update: int, exchange: Exchange, chat: int | None) -> bool:
        """Note the reply before it leaves. A log that fails is said loudly and eats no reply."""
        try:
            return await self.ask(conversations.sending, context.bot.id, update, exchange, chat)
        except DatabaseError as error:
            log.error("update %d is answered without a note of it: %s", update, error)
            self.unnoted[update] = exchange, chat
            return True

    async def done(
        self,
        context: Context,
        update: int,
        sent: Sequence[int] | None,
        late: Sequence[tuple[str, float]] = (),
        repeated: bool = False,
    ) -> None:
        """Note what arrived, and have the exchange written; all as `log.done` has it."""
        try:
            if update in self.unnoted:
                await self.ask(conversations.sending, context.bot.id, update, *self.unnoted.pop(update))
            exchange = await self.ask(conversations.done, context.bot.id, update, sent, late, repeated)
        except DatabaseError as error:
            log.error("update %d was answered, which could not be noted: %s", update, error)
            return
        if exchange is not None:
            self.writer.record(exchange)

    async def drop(self, context: Context, update: int) -> None:
        """Be done with an update that makes no exchange."""
        self.meter.forget(update)
        try:
            await self.ask(conversations.drop, context.bot.id, [update])
        except DatabaseError as error:
            log.error("update %d is handled, which could not be noted: %s", update, error)


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    """Take the spinner off a button, with at most 200 characters of `text` shown briefly."""
    try:
        await query.answer(text)
    except BadRequest as refusal:
        log.info("a press cannot be acknowledged any more: %s", refusal.message)


async def _write(context: Context, chat: int, thread: int | None) -> None:
    await asyncio.sleep(SLOW)
    try:
        await context.bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=thread)
    except TelegramError as error:
        log.info("no chat action: %s", error)
