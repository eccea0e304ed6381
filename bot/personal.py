"""What people decide about themselves: their language, what their questions are used for, what is stored."""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram import BotCommandScopeChat, CallbackQuery, Update
from telegram import Message as Received
from telegram.error import BadRequest, Forbidden, TelegramError

from bot import keyboards, people
from bot.callbacks import Consent, encode
from bot.commands import COMMANDS, menu
from bot.desk import Context, Desk, acknowledge
from bot.message import Button, Draft, Message
from bot.texts import LANGUAGES, Language, say
from bot.watches import LIFE

log = logging.getLogger(__name__)

FILE = "mydata.json"


@dataclass(frozen=True, slots=True)
class Personal:
    """The handlers of /language, /privacy, /mydata and /forget, and of their buttons."""

    desk: Desk

    async def privacy(self, update: Update, context: Context) -> None:
        """What is kept, with the switch."""
        given = await self.desk.ask(people.consent, self.desk.user(update))
        await self.desk.say(update, context, _privacy(given, await self.desk.language(update)))

    async def language(self, update: Update, context: Context) -> None:
        """Which languages there are, with the chosen one marked."""
        chosen = await self.desk.ask(people.language, self.desk.user(update))
        await self.desk.say(update, context, _languages(chosen, await self.desk.language(update)))

    async def mydata(self, update: Update, context: Context) -> None:
        """All that is stored about the person who asks, as a file."""
        chat, person = update.effective_chat, update.effective_user
        assert chat is not None
        assert person is not None
        found = await self.desk.ask(people.stored, context.bot.id, self.desk.user(update), person.id)
        text = json.dumps(found, ensure_ascii=False, indent=1)
        caption = Message.say(await self.desk.language(update), "mydata")
        try:
            await context.bot.send_document(
                chat.id,
                text.encode(),
                caption=(caption.repeated() if self.desk.repeats(update) else caption).text,
                filename=FILE,
                rate_limit_args=caption.language,
            )
        except (BadRequest, Forbidden) as refusal:
            log.warning("a file cannot be delivered: %s", refusal.message)
        await self.desk.drop(context, update.update_id)

    async def forget(self, update: Update, context: Context) -> None:
        """Asks before anything is deleted."""
        keyboard = keyboards.confirmation(await self.desk.language(update))
        await self.desk.tell(update, context, "forget-sure", keyboard=keyboard)

    async def spoken(
        self, update: Update, context: Context, query: CallbackQuery, message: Received, number: int
    ) -> None:
        """A language, pressed: the bot and its menu speak it from now on."""
        chosen = LANGUAGES[number - 1] if 0 < number <= len(LANGUAGES) else None
        await self.desk.ask(people.set_language, self.desk.user(update), chosen, datetime.now(UTC))
        language = await self.desk.language(update)
        await acknowledge(query, say(language, "language-changed"))
        await self.desk.edit(context, message.chat_id, message.message_id, _languages(chosen, language))
        scope = BotCommandScopeChat(message.chat_id)
        try:
            if chosen is None:
                await context.bot.delete_my_commands(scope)
            else:
                await context.bot.set_my_commands(menu(COMMANDS, chosen), scope)
        except TelegramError as error:
            log.warning("a chat's menu stays in its language: %s", error)

    async def consented(
        self, update: Update, context: Context, query: CallbackQuery, message: Received, given: bool
    ) -> None:
        """The switch of /privacy, pressed."""
        await self.desk.ask(people.set_consent, self.desk.user(update), given, datetime.now(UTC))
        language = await self.desk.language(update)
        await acknowledge(query, say(language, "thanks" if given else "consent-taken"))
        await self.desk.edit(context, message.chat_id, message.message_id, _privacy(given, language))

    async def forgotten(
        self, update: Update, context: Context, query: CallbackQuery, message: Received, sure: bool
    ) -> None:
        """The answer to /forget's question."""
        assert update.effective_user is not None
        language = await self.desk.language(update)
        if sure:
            gone = await self.desk.ask(
                people.forget, context.bot.id, self.desk.user(update), update.effective_user.id
            )
            text = Message.say(language, "forgotten", questions=gone.questions, feedback=gone.feedback)
        else:
            text = Message.say(language, "not-forgotten")
        await acknowledge(query)
        await self.desk.edit(context, message.chat_id, message.message_id, text)


def _privacy(given: bool, language: Language) -> Message:
    draft = Draft(language=language).say("privacy-head", "bold").add("\n")
    draft.say("privacy", days=LIFE.days).add("\n\n")
    draft.say("consent").add(" ").say("yes" if given else "no", "bold")
    switch = say(language, "consent-take" if given else "consent-give")
    mine = (keyboards.opens("mydata", language), keyboards.opens("forget", language))
    return draft.message(((Button(switch, data=encode(Consent(not given))),), mine))


def _languages(chosen: Language | None, language: Language) -> Message:
    return Message.say(language, "language-which", keyboard=keyboards.languages(chosen, language))
