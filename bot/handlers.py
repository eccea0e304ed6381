"""Which handler gets which update: the one list of them, tried from top to bottom."""

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.error import Forbidden
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ChosenInlineResultHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot import log as conversations
from bot.address import ToBot, ToGuest
from bot.commands import COMMANDS, Commands
from bot.desk import Context, Desk
from bot.groups import Groups
from bot.inline import Inline
from bot.log import Pending
from bot.personal import Personal
from bot.presses import Presses
from bot.questions import EXAMPLES, Questions
from bot.quota import Quota
from bot.tour import Tour
from bot.upkeep import PUBLISH, Upkeep
from bot.watching import Watching
from migrations.database import DatabaseError

__all__ = ["ATTEMPTS", "COMMANDS", "EXAMPLES", "Chat", "Handlers"]

log = logging.getLogger(__name__)

Chat = Application[Any, Any, Any, Any, Any, Any]

#: How often a start takes the same unanswered update up before it is given up as one that kills.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers on a desk. `register` is the one list of who handles what."""

    desk: Desk

    def register(self, application: Chat) -> None:
        """Every handler of the bot, in the order in which they are tried."""
        desk = self.desk
        questions = Questions(desk, Quota(desk.settings.questions_per_minute))
        commands, personal = Commands(desk), Personal(desk)
        watching = Watching(desk)
        tour = Tour(desk, commands, personal, watching)
        groups = Groups(desk)
        inline = Inline(desk, questions)
        presses = Presses(desk, questions, personal, watching, tour, groups, inline)
        to_bot, alone = ToBot(), filters.ChatType.PRIVATE
        new = (filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST) & to_bot
        edited = (filters.UpdateType.EDITED_MESSAGE | filters.UpdateType.EDITED_CHANNEL_POST) & to_bot
        upkeep, maintainer = Upkeep(desk), filters.User(desk.settings.maintaining)
        worded = filters.TEXT | filters.CAPTION
        for handler in (
            ChatMemberHandler(groups.belongs, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(filters.StatusUpdate.MIGRATE, groups.moved),
            CommandHandler("start", groups.hello, new & ~alone, has_args=False),
            CommandHandler("help", groups.hello, new & ~alone),
            CommandHandler("settings", groups.settings, new & ~alone),
            CommandHandler(("watches", "privacy", "mydata", "forget"), groups.personal, new & ~alone),
            CommandHandler("start", commands.start, new),
            CommandHandler("help", commands.help, new),
            CommandHandler("about", commands.about, new),
            CommandHandler("ask", questions.asked, new),
            CommandHandler("latest", commands.latest, new),
            CommandHandler("quote", commands.quote, new),
            CommandHandler("sources", commands.sources, new),
            CommandHandler("status", upkeep.status, new & alone & maintainer),
            CommandHandler("refresh", upkeep.refresh, new & alone & maintainer),
            CommandHandler("watches", watching.watches, new & alone),
            CommandHandler("language", personal.language, new & alone),
            CommandHandler("privacy", personal.privacy, new & alone),
            CommandHandler("mydata", personal.mydata, new & alone),
            CommandHandler("forget", personal.forget, new & alone),
            MessageHandler(new & worded & ~filters.COMMAND, questions.asked),
            MessageHandler(new & ~filters.StatusUpdate.ALL & (alone | ~filters.COMMAND), questions.otherwise),
            CommandHandler("ask", questions.edited, edited),
            MessageHandler(edited & worded & ~filters.COMMAND, questions.edited),
            CallbackQueryHandler(upkeep.pressed, f"^{PUBLISH}"),
            CallbackQueryHandler(presses.pressed),
            InlineQueryHandler(inline.asked),
            ChosenInlineResultHandler(inline.chosen),
            MessageHandler(ToGuest(), inline.guest),
            TypeHandler(Update, self.ignore),
            TypeHandler(Pending, self.again),
        ):
            application.add_handler(handler)
        application.add_error_handler(self.failed)

    async def ignore(self, update: Update, context: Context) -> None:
        """Updates that need no reply are done at once."""
        await self.desk.drop(context, update.update_id)

    async def again(self, pending: Pending, context: Context) -> None:
        """Go on where the last process stopped: a reply that was being sent is sent again and says so."""
        begun = await self._begun(context, pending)
        if not begun:
            log.info("update %d was done in the meantime", pending.update_id)
        elif begun > ATTEMPTS:
            log.error("update %d given up after %d attempts", pending.update_id, ATTEMPTS)
            await self._give_up(context, pending)
        elif pending.state == "received":
            self.desk.begun_again.add(pending.update_id)
            try:
                await context.application.process_update(Update.de_json(pending.raw, context.bot))
            finally:
                self.desk.begun_again.discard(pending.update_id)
        elif pending.exchange is not None:
            questions = Questions(self.desk, Quota(1))
            inline = pending.exchange.origin == "inline"
            await (Inline(self.desk, questions) if inline else questions).again(pending, context)

    async def failed(self, update: object, context: Context) -> None:
        """Tell the asker that something went wrong, with an id that the log line carries too."""
        id = secrets.token_hex(3)
        self.desk.meter.errors.inc()
        log.error("error %s while handling an update", id, exc_info=context.error)
        if not isinstance(update, Update) or not await self.desk.kept(context, update.update_id):
            return
        if _reached(update) and not isinstance(context.error, Forbidden):
            await self.desk.tell(update, context, "failed", id=id)
        else:
            await self.desk.drop(context, update.update_id)

    async def _begun(self, context: Context, pending: Pending) -> int:
        try:
            return await self.desk.ask(conversations.begin, context.bot.id, pending.update_id)
        except DatabaseError as error:
            log.error("update %d is taken up again without a note of it: %s", pending.update_id, error)
            return pending.attempts + 1

    async def _give_up(self, context: Context, pending: Pending) -> None:
        if pending.state == "sending":
            await self.desk.done(context, pending.update_id, ())
            return
        update = Update.de_json(pending.raw, context.bot)
        if _reached(update):
            await self.desk.tell(update, context, "breaks")
        else:
            await self.desk.drop(context, pending.update_id)


def _reached(update: Update) -> bool:
    """Whether the bot may write to where an update came from, which is a chat that it is in."""
    return update.effective_chat is not None and update.guest_message is None
