"""Pressed buttons. Each press says all that it means, so pressing twice shows the same once more."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from telegram import CallbackQuery, Update
from telegram import Message as Received

from bot import context as surroundings
from bot import feedback, kept, keyboards, recall, sources, watches, wire
from bot.address import shared
from bot.callbacks import (
    Consent,
    Drop,
    Example,
    Follow,
    Forget,
    Further,
    GroupLanguage,
    Listing,
    MentionOnly,
    Open,
    Speak,
    Verdict,
    View,
    Why,
    decode,
)
from bot.desk import Context, Desk, acknowledge
from bot.feedback import Given
from bot.groups import Groups
from bot.inline import Inline
from bot.keyboards import Asked
from bot.message import Draft, Message
from bot.personal import Personal
from bot.questions import Questions
from bot.recall import Past
from bot.reply import further, page_of, several
from bot.texts import Language, say
from bot.tour import Tour
from bot.watching import Watching
from migrations.database import DatabaseError
from retrieval.builds import Build
from retrieval.query import recalled
from retrieval.quotes import MOST
from retrieval.types import Quote

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Presses:
    """The handlers of buttons."""

    desk: Desk
    questions: Questions
    personal: Personal
    watching: Watching
    tour: Tour
    groups: Groups
    inline: Inline

    async def pressed(self, update: Update, context: Context) -> None:
        """Any button: what it means is in its data."""
        query = update.callback_query
        assert query is not None
        press = decode(query.data or "")
        language = await self.desk.language(update)
        message = query.message if isinstance(query.message, Received) else None
        if isinstance(press, Example | Open) and message is not None:
            await acknowledge(query)
            if isinstance(press, Example):
                await self.questions.example(update, context, press)
            else:
                await self.tour.open(update, context, press.screen)
            return
        try:
            if query.inline_message_id:
                await self.inline.pressed(update, context)
            else:
                await self._handled(update, context, query, message, language)
        except DatabaseError as error:
            log.error("a button was pressed while the database is away: %s", error)
            await acknowledge(query, say(language, "try-later"))
        await self.desk.drop(context, update.update_id)

    def _handled(
        self,
        update: Update,
        context: Context,
        query: CallbackQuery,
        message: Received | None,
        language: Language,
    ) -> Awaitable[None]:
        press = decode(query.data or "")
        if message is None or press is None:
            return acknowledge(query, say(language, "button-old"))
        match press:
            case View():
                return self._look(context, query, message, press, language)
            case Further():
                return self._turn(update, context, query, message, press, language)
            case Verdict():
                return self._judge(update, context, query, message, press, language)
            case Why():
                return self._explain(update, context, query, message, press, language)
            case Follow():
                return self.watching.followed(update, context, query, message, press, language)
            case Drop(asked):
                return self.watching.dropped(update, context, query, message, asked, language)
            case Speak(number):
                return self.personal.spoken(update, context, query, message, number)
            case Listing(page):
                return self._list(context, query, message, page, language)
            case Consent(given):
                return self.personal.consented(update, context, query, message, given)
            case Forget(sure):
                return self.personal.forgotten(update, context, query, message, sure)
            case GroupLanguage() | MentionOnly():
                return self.groups.chosen(update, context, query, message, press)
            case Example() | Open():
                raise AssertionError("asked above")

    async def _look(
        self, context: Context, query: CallbackQuery, message: Received, view: View, language: Language
    ) -> None:
        """▲ ▼ ✕: the sentences around a quote, in its place."""
        found = await self.desk.ask(kept.find, self.desk.live.serving.build, view.mark.version)
        if isinstance(found, str):
            await acknowledge(query, say(language, "text-gone"))
            return
        shown = wire.received(message)
        opened = surroundings.opened(shown, found.document, view, self.desk.settings.context_sentences)
        if opened is None:
            await acknowledge(query, say(language, "text-gone"))
            return
        keyboard = keyboards.looked(shown.keyboard, view, opened.up, opened.down, language)
        changed = replace(opened.message, keyboard=keyboard)
        if changed.text == shown.text and (view.before or view.after):
            await acknowledge(query, say(language, "nothing-more"))
        else:
            await acknowledge(query)
        await self.desk.edit(context, message.chat_id, message.message_id, changed)

    async def _turn(
        self,
        update: Update,
        context: Context,
        query: CallbackQuery,
        message: Received,
        press: Further,
        language: Language,
    ) -> None:
        """The next quotes of an answer, or back to it."""
        past = await self._past(update, context, press.update)
        if past is None:
            await acknowledge(query, say(language, "question-gone"))
            return
        await acknowledge(query)
        build = self.desk.live.serving.build
        asked = self.desk.asked(context, language, press.update)
        shown = [
            found
            for quoted in past.quotes
            if (found := await self.desk.ask(kept.quote, build, quoted)) is not None
        ]
        answer, build = await self.desk.live.answer(past.question, recalled(past.carried))
        rest = further(replace(answer, quotes=tuple(shown), answered=True) if shown else answer)
        page = _page(asked, build, shown, rest, press.page)
        if not page:
            return
        place = past.messages.index(message.message_id) if message.message_id in past.messages else 0
        made = page[min(place, len(page) - 1)] if press.page == 0 else page[0]
        await self.desk.edit(context, message.chat_id, message.message_id, made)

    async def _judge(
        self,
        update: Update,
        context: Context,
        query: CallbackQuery,
        message: Received,
        press: Verdict,
        language: Language,
    ) -> None:
        """👍 and 👎, which asks for a reason."""
        given = await self._given(update, context, press.update)
        if given is None:
            await acknowledge(query, say(language, "question-gone"))
            return
        await self.desk.ask(feedback.judge, given, press.good, datetime.now(UTC))
        await acknowledge(query, say(language, "thanks" if press.good else "what-is-wrong"))
        shown = wire.received(message)
        keyboard = keyboards.asked_why(shown.keyboard, press.update, language)
        if press.good:
            keyboard = keyboards.content(shown.keyboard)
            if keyboard != keyboards.calm(shown.keyboard):
                await self.desk.ask(watches.take, given.bot, given.update_id, given.user)
        if keyboard != shown.keyboard:
            await self.desk.edit(
                context, message.chat_id, message.message_id, replace(shown, keyboard=keyboard)
            )

    async def _explain(
        self,
        update: Update,
        context: Context,
        query: CallbackQuery,
        message: Received,
        press: Why,
        language: Language,
    ) -> None:
        """Why an answer is bad; then, where nobody else reads it, a sentence of text is asked for, once."""
        given = await self._given(update, context, press.update)
        if given is None:
            await acknowledge(query, say(language, "question-gone"))
            return
        now = datetime.now(UTC)
        first = await self.desk.ask(feedback.explain, given, press.reason, press.quote, now)
        await acknowledge(query, say(language, "noted", reason=keyboards.named(press.reason, language)))
        shown = wire.received(message)
        calm = keyboards.calm(shown.keyboard)
        if calm != shown.keyboard:
            await self.desk.edit(context, message.chat_id, message.message_id, replace(shown, keyboard=calm))
        if first and not shared(message):
            prompt = Message.say(language, "add-sentence")
            prompt = prompt.repeated() if self.desk.repeats(update) else prompt
            sent = await self.desk.send(context, message.chat_id, [prompt], message.message_id, prompt=True)
            if sent:
                await self.desk.ask(feedback.prompted, given, sent[0])

    async def _list(
        self, context: Context, query: CallbackQuery, message: Received, page: int, language: Language
    ) -> None:
        """A page of the sources."""
        await acknowledge(query)
        made = sources.listing(self.desk.live.serving.build, page, datetime.now(UTC).date(), language)
        await self.desk.edit(context, message.chat_id, message.message_id, made)

    async def _past(self, update: Update, context: Context, asked: int) -> Past | None:
        """The exchange that a button refers to, if it is one of this chat."""
        past = await self.desk.ask(recall.exchange, context.bot.id, asked)
        return past if past is not None and past.chat == self.desk.chat(update) else None

    async def _given(self, update: Update, context: Context, asked: int) -> Given | None:
        past = await self._past(update, context, asked)
        if past is None:
            return None
        return Given(context.bot.id, asked, self.desk.user(update), self.desk.chat(update))


def _page(
    asked: Asked, build: Build, shown: list[Quote], rest: tuple[Quote, ...], page: int
) -> tuple[Message, ...]:
    """The messages of a page: 0 is the reply as it was, any other one a message of further quotes."""
    if page == 0:
        return several(shown, 1, asked, None, keyboards.judged(asked, bool(rest)), build=build)
    quotes = page_of(rest, page)
    head = Draft(language=asked.language).say("further", "italic")
    more = len(rest) > MOST * page
    first = len(shown) + MOST * (page - 1) + 1
    return several(quotes, first, asked, head, keyboards.turned(asked, page, more), build=build)[:1]
