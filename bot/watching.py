"""What people do with watches: begin one below a reply, see all of theirs, drop one."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from telegram import CallbackQuery, Update
from telegram import Message as Received

from bot import keyboards, recall, watches, wire
from bot.callbacks import Follow
from bot.desk import Context, Desk, acknowledge
from bot.message import Draft, Message, shorten
from bot.texts import Language, day, say
from bot.watches import LIFE, MOST, Watch

#: UTF-16 units of a question that the list shows.
SHOWN = 150


@dataclass(frozen=True, slots=True)
class Watching:
    """The handlers of /watches and of the buttons that begin and end a watch."""

    desk: Desk

    async def watches(self, update: Update, context: Context) -> None:
        """What the person waits for."""
        language = await self.desk.language(update)
        await self.desk.say(update, context, await self._list(update, context, language))

    async def followed(
        self,
        update: Update,
        context: Context,
        query: CallbackQuery,
        message: Received,
        press: Follow,
        language: Language,
    ) -> None:
        """"Tell me" below a reply, or no longer."""
        user, chat = self.desk.user(update), self.desk.chat(update)
        past = await self.desk.ask(recall.exchange, context.bot.id, press.update)
        if past is None or past.chat != chat:
            await acknowledge(query, say(language, "question-gone"))
            return
        if press.on:
            now = datetime.now(UTC)
            watch = Watch(context.bot.id, press.update, user, message.chat_id, language, now)
            if not await self.desk.ask(watches.add, watch):
                await acknowledge(query, say(language, "watches-full", count=MOST))
                return
        else:
            await self.desk.ask(watches.take, context.bot.id, press.update, user)
        await acknowledge(query, say(language, "follow-begun" if press.on else "follow-ended"))
        shown = wire.received(message)
        keyboard = keyboards.following(shown.keyboard, press, bool(past.quotes), language)
        if keyboard != shown.keyboard:
            await self.desk.edit(
                context, message.chat_id, message.message_id, replace(shown, keyboard=keyboard)
            )

    async def dropped(
        self,
        update: Update,
        context: Context,
        query: CallbackQuery,
        message: Received,
        asked: int,
        language: Language,
    ) -> None:
        """A watch that is dropped from the list."""
        await self.desk.ask(watches.take, context.bot.id, asked, self.desk.user(update))
        await acknowledge(query, say(language, "follow-ended"))
        fresh = await self._list(update, context, language)
        await self.desk.edit(context, message.chat_id, message.message_id, fresh)

    async def _list(self, update: Update, context: Context, language: Language) -> Message:
        mine = await self.desk.ask(watches.of, context.bot.id, self.desk.user(update))
        draft = Draft(language=language).say("watches", "bold").add("\n")
        draft.say("watches-how", count=MOST, days=LIFE.days)
        shown: list[tuple[int, str]] = []
        for watch in mine:
            past = await self.desk.ask(recall.exchange, watch.bot, watch.update_id)
            if past is None:
                continue
            shown.append((watch.update_id, past.question))
            draft.add(f"\n\n{len(shown)}. {shorten(past.question, SHOWN)}\n   ")
            key = "watch-fix" if past.quotes else "watch-answer"
            draft.say(key, "italic", date=day(language, watch.made_at.date()))
        return draft.message(keyboards.watched(shown))
