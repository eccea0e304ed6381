"""Commands: what this is, how to ask, what the corpus holds, and exact words in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from telegram import BotCommand, Update

from bot import exact, keyboards, sources
from bot.address import shared
from bot.callbacks import started
from bot.desk import Context, Desk
from bot.kept import find
from bot.message import Draft, shorten
from bot.questions import EXAMPLES
from bot.reply import several
from bot.texts import Language, day, say
from bot.wire import typed
from migrations.database import DatabaseError
from retrieval.types import Passage, Quote

#: In the order of the menu, which says of each what its text "command-…" says.
COMMANDS = (
    "ask", "latest", "quote", "sources", "watches", "language",
    "privacy", "mydata", "forget", "start", "help", "about",
)  # fmt: skip
#: The same for groups, and there for their administrators.
GROUP_COMMANDS = ("ask", "latest", "quote", "sources", "help", "about")
ADMINISTRATOR_COMMANDS = (*GROUP_COMMANDS, "settings")


@dataclass(frozen=True, slots=True)
class Commands:
    """The handlers of commands that tell something."""

    desk: Desk

    async def start(self, update: Update, context: Context) -> None:
        """What this is, with questions to try; or the quote that a link names."""
        mark, message = started(typed(update)), update.effective_message
        if mark is None and message is not None and shared(message):
            # The link that adds the bot to a group starts it there; it said what it is when it came.
            await self.desk.drop(context, update.update_id)
            return
        if mark is None:
            inline = bool(context.bot.bot.supports_inline_queries)
            keyboard = keyboards.tour(EXAMPLES, await self.desk.language(update), inline)
            await self.desk.tell(update, context, "welcome", keyboard=keyboard)
            return
        language, build = await self.desk.language(update), self.desk.live.serving.build
        try:
            found = await self.desk.ask(find, build, mark.version)
        except DatabaseError:
            found = "unknown"
        if isinstance(found, str) or mark.span.end > len(found.document.text):
            await self.desk.tell(update, context, "link-lost")
            return
        document = found.document
        quote = Quote(document, mark.span, Passage(0, document, mark.span), 1.0, answer=mark.answer)
        head = Draft(language=language)
        if not found.live:
            head.say("earlier-version", "italic")
        asked = self.desk.asked(context, language)
        await self.desk.say(update, context, *several([quote], 1, asked, head))

    async def help(self, update: Update, context: Context) -> None:
        """How to ask."""
        language, name = await self.desk.language(update), context.bot.name
        draft = Draft(language=language).say("help-head", "bold").add("\n").say("help")
        draft.append(Draft(language=language).say("help-elsewhere", name=name))
        inline = bool(context.bot.bot.supports_inline_queries)
        keyboard = keyboards.everywhere(context.bot.username, language, inline)
        await self.desk.say(update, context, draft.message(keyboard))

    async def about(self, update: Update, context: Context) -> None:
        """Who runs this, how far the corpus reaches, and what is kept."""
        language = await self.desk.language(update)
        build, settings = self.desk.live.serving.build, self.desk.settings
        operator = settings.operator_name or say(language, "about-nobody")
        if settings.operator_contact:
            operator += f" ({settings.operator_contact})"
        newest = day(language, build.newest) if build.newest else "none"
        count = len(build.documents)
        await self.desk.tell(update, context, "about", operator=operator, count=count, newest=newest)

    async def sources(self, update: Update, context: Context) -> None:
        """What the corpus holds, newest first."""
        language = await self.desk.language(update)
        made = sources.listing(self.desk.live.serving.build, 0, _today(), language)
        await self.desk.say(update, context, made)

    async def latest(self, update: Update, context: Context) -> None:
        """The newest documents, or the newest that a topic is found in."""
        language = await self.desk.language(update)
        topic = typed(update)
        head = Draft(language=language)
        if topic:
            answer, build = await self.desk.live.answer(topic)
            quotes = await self.desk.ask(lambda _: sources.newest_about(build, answer))
            head.say("newest-on", "bold", topic=shorten(topic, 200))
        else:
            quotes = sources.newest(self.desk.live.serving.build)
            head.say("newest", "bold")
        found = several(quotes, 1, self.desk.asked(context, language), head)
        nothing = sources.nothing(topic, language)
        await self.desk.say(update, context, *(found or (nothing,)))

    async def quote(self, update: Update, context: Context) -> None:
        """Where the sources hold given words exactly."""
        wanted = typed(update)
        if not wanted:
            await self.desk.tell(update, context, "exact-how")
            return
        build = self.desk.live.serving.build
        quotes, count = await self.desk.ask(lambda _: exact.holding(build, wanted))
        if not quotes:
            bare = shorten(wanted.strip(exact.MARKS), 200)
            await self.desk.tell(update, context, "exact-none", words=bare)
            return
        language = await self.desk.language(update)
        head = Draft(language=language).say("exact-head", "bold", count=count)
        await self.desk.say(update, context, *several(quotes, 1, self.desk.asked(context, language), head))


def menu(names: Iterable[str], language: Language) -> list[BotCommand]:
    """The menu of these commands."""
    return [BotCommand(name, say(language, f"command-{name}")) for name in names]


def _today() -> date:
    return datetime.now(UTC).date()
