"""Chats that the bot is not in: quote cards behind its name, and one answer where it is called as a guest.

Telegram shows the bot none of these messages again: what one says is read from the log.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from telegram import ChosenInlineResult, InlineQueryResultsButton, Update
from telegram.error import BadRequest, Forbidden, TelegramError

from bot import address, feedback, keyboards, recall, wire
from bot.callbacks import Mark, Verdict, Why, decode, started
from bot.desk import Context, Desk, acknowledge
from bot.exchange import Exchange
from bot.feedback import Given
from bot.kept import find
from bot.log import Pending
from bot.message import Card, Message, shorten
from bot.questions import EXAMPLES, Questions
from bot.quota import Quota
from bot.reply import render
from bot.texts import LANGUAGES, Language, say
from retrieval.answer import verified
from retrieval.builds import Build
from retrieval.types import Answer, Passage, Quote, Turn

log = logging.getLogger(__name__)

#: Seconds that Telegram may give the same cards for the same words again: a new build shows within that time.
CACHE = 30
#: Queries of one person in a minute that are answered: apps send one at each pause in typing.
PER_MINUTE = 60
#: Characters of a query below which there is nothing to answer yet.
SHORTEST = 3
#: The id of the card that says that there is no answer, and of those that show a quote, its payload.
SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Inline:
    """The handlers of inline queries, of what was chosen from them, and of calls as a guest."""

    desk: Desk
    questions: Questions
    typed: Quota = field(default_factory=lambda: Quota(PER_MINUTE))
    #: The cards shown before anything is typed, by build, day and language.
    shelf: dict[tuple[str, date, Language], list[Card]] = field(default_factory=dict)

    async def asked(self, update: Update, context: Context) -> None:
        """Words behind the bot's name: the quotes that answer them; examples while there are none."""
        query = update.inline_query
        assert query is not None
        language, words = await self.desk.language(update), query.query.strip()
        label = say(language, "inline-start")
        cards: list[Card] = []
        if wait := self.typed.wait(query.from_user.id, datetime.now(UTC)):
            label = say(language, "inline-wait", seconds=wait)
        elif len(words) < SHORTEST:
            cards = await self._examples(context, language)
        else:
            cards = await self._cards(context, words, language)
        try:
            await context.bot.answer_inline_query(
                query.id,
                [wire.article(card) for card in cards],
                cache_time=0 if wait else CACHE,
                is_personal=True,
                button=InlineQueryResultsButton(label, start_parameter="inline"),
            )
        except TelegramError as refusal:
            # Too old after a restart, or typed on since: nobody waits for it.
            log.info("an inline query is not answered: %s", refusal.message)

    async def chosen(self, update: Update, context: Context) -> None:
        """A card was sent to a chat: that is when it is logged, and gets its thumbs."""
        chosen = update.chosen_inline_result
        assert chosen is not None
        self.desk.meter.forget(update.update_id)
        answer, build = await self._chosen(chosen)
        if answer is None:
            await self.desk.drop(context, update.update_id)
            return
        language = await self.desk.language(update)
        message, _ = self._message(context, answer, build, language, update.update_id)
        exchange = Exchange.of(
            answer,
            origin="inline",
            asked_at=datetime.now(UTC),
            reply=[message.plain()],
            user=self.desk.user(update),
        )
        if await self.desk.sending(context, update.update_id, exchange, None):
            await self._thumbs(context, chosen.inline_message_id, message)
            await self.desk.done(context, update.update_id, None)

    async def guest(self, update: Update, context: Context) -> None:
        """A question in a chat that the bot is not in: it may say one thing there."""
        message, sender = update.guest_message, update.effective_sender
        assert message is not None
        assert sender is not None
        assert message.guest_query_id is not None
        language, question = await self.desk.language(update), address.question(message, context.bot)
        if wait := self.questions.quota.wait(sender.id, message.date):
            told: Message | None = Message.say(language, "too-many", seconds=wait)
        elif not question:
            told = Message.say(language, "ask-what" if wire.words(message) else "text-only")
        else:
            told = None
        if told is not None:
            await self._say(context, message.guest_query_id, told)
            await self.desk.drop(context, update.update_id)
            return
        watch = self.desk.meter.begin(update.update_id)
        self.desk.meter.questions.inc()
        understood = self.desk.live.understand(question)
        history: Sequence[Turn] = ()
        if understood.leans:
            history = await self.questions.history(update, context, message.date, None)
        answer, build = await self.desk.live.answer(understood, history)
        watch.stages += answer.stages
        made, answer = self._message(context, answer, build, language, update.update_id)
        exchange = Exchange.of(
            answer,
            origin="inline",
            asked_at=message.date,
            reply=[made.plain()],
            chat=self.desk.chat(update),
            user=self.desk.user(update),
            thread=wire.topic(message),
        )
        if await self.desk.sending(context, update.update_id, exchange, None):
            self.desk.meter.replied(answer.answered, answer.milliseconds, sum(ms for _, ms in watch.stages))
            arrived = await self._say(context, message.guest_query_id, made)
            await self.desk.done(context, update.update_id, None if arrived else ())

    async def again(self, pending: Pending, context: Context) -> None:
        """Go on with what was being sent when the last process ended."""
        assert pending.exchange is not None
        message = Message.of(pending.exchange.reply[0])
        update = Update.de_json(pending.raw, context.bot)
        arrived = True
        if (asked := update.guest_message) and asked.guest_query_id:
            arrived = await self._say(context, asked.guest_query_id, message.repeated())
        elif update.chosen_inline_result is not None:
            await self._thumbs(context, update.chosen_inline_result.inline_message_id, message)
        await self.desk.done(context, pending.update_id, None if arrived else ())

    async def pressed(self, update: Update, context: Context) -> None:
        """A thumb, or a reason, below a message that was sent through the bot."""
        query = update.callback_query
        assert query is not None
        language, press = await self.desk.language(update), decode(query.data or "")
        shown: Message | None = None
        if isinstance(press, Verdict | Why):
            shown = await self.desk.ask(recall.inline, context.bot.id, press.update)
        if shown is None or not isinstance(press, Verdict | Why):
            await acknowledge(query, say(language, "question-gone" if press else "button-old"))
            return
        given = Given(context.bot.id, press.update, self.desk.user(update), self.desk.chat(update))
        now = datetime.now(UTC)
        if isinstance(press, Why):
            await self.desk.ask(feedback.explain, given, press.reason, press.quote, now)
            reason = keyboards.named(press.reason, language).lower()
            await acknowledge(query, say(language, "noted", reason=reason))
        else:
            await self.desk.ask(feedback.judge, given, press.good, now)
            await acknowledge(query, say(language, "thanks" if press.good else "what-is-wrong"))
            if not press.good:
                why = keyboards.asked_why(shown.keyboard, press.update, language)
                shown = replace(shown, keyboard=keyboards.unfollowed(why))
        await self._thumbs(context, query.inline_message_id, shown)

    async def _examples(self, context: Context, language: Language) -> list[Card]:
        """A card for each question to try, with its best quote."""
        key = self.desk.live.serving.build.id, datetime.now(UTC).date(), language
        if key not in self.shelf:
            found = [(await self._cards(context, example, language))[0] for example in EXAMPLES]
            named = zip(found, EXAMPLES, strict=True)
            if len(self.shelf) >= len(LANGUAGES):
                self.shelf.clear()
            self.shelf[key] = [
                replace(card, id=f"{number}.{card.id}", title=example)
                for number, (card, example) in enumerate(named)
            ]
        return self.shelf[key]

    async def _cards(self, context: Context, question: str, language: Language) -> list[Card]:
        """A card for each quote that answers; where none does, one that says so."""
        answer, build = await self.desk.live.answer(question)
        quotes = verified(build, answer.quotes)
        if not quotes:
            message, _ = self._message(context, answer, build, language)
            title, _, rest = message.text.partition("\n")
            return [Card(SILENT, title, shorten(rest.strip(), 120) or title, message)]
        return [
            Card(
                Mark.of(quote).payload(),
                shorten(quote.speaker or quote.document.source.title, 80),
                shorten(" ".join(quote.text.split()), 160),
                self._message(context, replace(answer, quotes=(quote,)), build, language)[0],
            )
            for quote in quotes
        ]

    def _message(
        self, context: Context, answer: Answer, build: Build, language: Language, update: int | None = None
    ) -> tuple[Message, Answer]:
        """The one message that answers, and the answer with those of its quotes that it has room for. Its
        buttons need no message to look at: context opens in the private chat."""
        asked = replace(self.desk.asked(context, language), reach=0)
        messages = render(replace(answer, considered=()), build, asked)
        while len(messages) > 1:
            answer = replace(answer, quotes=answer.quotes[:-1])
            messages = render(replace(answer, considered=()), build, asked)
        (message,) = messages
        link = asked.link(answer.quotes[0]) if len(answer.quotes) == 1 else None
        rows = (*message.keyboard, keyboards.elsewhere(context.bot.username, link, language))
        if update is not None:
            rows = (*rows, keyboards.judged(replace(asked, update=update), False))
        return replace(message, keyboard=rows), answer

    async def _chosen(self, chosen: ChosenInlineResult) -> tuple[Answer | None, Build]:
        """The answer as the chosen card shows it; None for a card of no known kind."""
        number, _, payload = chosen.result_id.rpartition(".")
        question = chosen.query.strip()
        if number:
            question = EXAMPLES[int(number) % len(EXAMPLES)] if number.isdecimal() else question
        answer, build = await self.desk.live.answer(question)
        if payload == SILENT:
            return replace(answer, quotes=(), answered=False), build
        same: Sequence[Quote] = [q for q in answer.quotes if Mark.of(q).payload() == payload]
        if not same and (mark := started(payload)) is not None:
            # Another build went live in between.
            found = await self.desk.ask(find, build, mark.version)
            if not isinstance(found, str) and mark.span.end <= len(found.document.text):
                passage = Passage(0, found.document, mark.span)
                same = [Quote(found.document, mark.span, passage, 1.0, answer=mark.answer)]
        return (replace(answer, quotes=tuple(same), answered=True) if same else None), build

    async def _say(self, context: Context, guest_query: str, message: Message) -> bool:
        """Whether it arrived."""
        try:
            article = wire.article(Card("answer", shorten(message.text, 80), "", message))
            await context.bot.answer_guest_query(guest_query, article)
        except (BadRequest, Forbidden) as refusal:
            log.warning("a guest's answer cannot be delivered: %s", refusal.message)
            return False
        return True

    async def _thumbs(self, context: Context, inline_message: str | None, message: Message) -> None:
        """Let the buttons of an inline message be those of `message`."""
        if inline_message is None:
            return
        try:
            await context.bot.edit_message_reply_markup(
                inline_message_id=inline_message, reply_markup=wire.markup(message)
            )
        except (BadRequest, Forbidden) as refusal:
            log.info("the buttons of an inline message stay: %s", refusal.message)
