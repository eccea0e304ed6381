"""Commands: what this is, how to ask, what the corpus holds, and exact words in it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from telegram import Update

from bot import exact, keyboards, sources
from bot.callbacks import started
from bot.citation import day
from bot.desk import Context, Desk
from bot.kept import find
from bot.message import Draft, Message, shorten
from bot.questions import EXAMPLES
from bot.reply import several
from bot.wire import behind, words
from migrations.database import DatabaseError
from retrieval.types import Passage, Quote

#: Each command with the words that a menu shows, in its order.
COMMANDS = (
    ("ask", "Ask a question; a plain message does the same"),
    ("latest", "The newest sources, or the newest on a topic"),
    ("quote", "Find exact words in the sources"),
    ("sources", "All sources, newest first"),
    ("privacy", "What is kept, and whether it may be used"),
    ("mydata", "All that is stored about you, as a file"),
    ("forget", "Delete all that is stored about you"),
    ("start", "What this is, with questions to try"),
    ("help", "How to ask"),
    ("about", "Who runs this and what it keeps"),
)


@dataclass(frozen=True, slots=True)
class Commands:
    """The handlers of commands that tell something."""

    desk: Desk

    async def start(self, update: Update, context: Context) -> None:
        """What this is, with questions to try; or the quote that a link names."""
        assert update.effective_message is not None
        mark = started(behind(words(update.effective_message)))
        if mark is None:
            await self.desk.say(update, context, _welcome())
            return
        asked, build = self.desk.asked(context), self.desk.live.serving.build
        try:
            found = await self.desk.ask(find, build, mark.version)
        except DatabaseError:
            found = "unknown"
        if isinstance(found, str) or mark.span.end > len(found.document.text):
            text = "I don't have the text that this link quotes, or not any more. Ask me about it instead."
            await self.desk.say(update, context, Message(text))
            return
        document = found.document
        quote = Quote(document, mark.span, Passage(0, document, mark.span), 1.0, answer=mark.answer)
        head = Draft() if found.live else Draft().add("From an earlier version of this document.", "italic")
        await self.desk.say(update, context, *several([quote], 1, asked, head))

    async def help(self, update: Update, context: Context) -> None:
        """How to ask."""
        draft = Draft().add("Send a question as a message, in English.", "bold")
        draft.add(
            " Name who, what or when. After an answer you can go on: “And what did he say about soybeans?” "
            "Reply to an older answer to go on from there; edit a question and its answer changes.\n\n"
            "Each reply quotes up to three passages word for word, the answering words in bold; the line "
            "below names the source, and the number is a link to exactly this quote.\n\n"
            "▲ ▼ show the sentences before and after a quote · 📋 copies its citation · 🔗 opens its source "
            "· 👍 👎 tell me how the answer was\n\n"
            '/quote "exact words" finds them in the sources\n'
            "/latest soybeans shows what is new on a topic\n"
            "/sources lists all that I read\n\n"
            "“The corpus doesn't say” means that no passage is close enough.\n\n"
            "/start shows questions to try, /about says who runs this bot, /privacy what is kept."
        )
        await self.desk.say(update, context, draft.message())

    async def about(self, update: Update, context: Context) -> None:
        """Who runs this, how far the corpus reaches, and what is kept."""
        build, settings = self.desk.live.serving.build, self.desk.settings
        name = settings.operator_name or "someone who has not given a name"
        contact = f" ({settings.operator_contact})" if settings.operator_contact else ""
        reach = f", the newest dated {day(build.newest)}" if build.newest else ""
        count = f"{len(build.documents)} document{'' if len(build.documents) == 1 else 's'}"
        text = (
            f"This bot is run by {name}{contact}.\n\n"
            f"Its corpus holds {count}{reach}: /sources lists them. "
            "Every quote is read from a stored document and checked against it before it is sent.\n\n"
            "Questions and replies are kept to judge the quality of the answers; who asked is kept as a "
            "pseudonym only. /privacy says more."
        )
        await self.desk.say(update, context, Message(text))

    async def sources(self, update: Update, context: Context) -> None:
        """What the corpus holds, newest first."""
        await self.desk.say(update, context, sources.listing(self.desk.live.serving.build, 0, _today()))

    async def latest(self, update: Update, context: Context) -> None:
        """The newest documents, or the newest that a topic is found in."""
        assert update.effective_message is not None
        topic = behind(words(update.effective_message))
        asked = self.desk.asked(context)
        if topic:
            answer, _ = await self.desk.live.answer(topic)
            quotes = sources.newest_about(answer)
            head = Draft().add(f"Newest on “{shorten(topic, 200)}”", "bold")
        else:
            quotes = sources.newest(self.desk.live.serving.build)
            head = Draft().add("Newest sources", "bold")
        found = several(quotes, 1, asked, head) or (Message("The corpus is empty so far."),)
        await self.desk.say(update, context, *found)

    async def quote(self, update: Update, context: Context) -> None:
        """Where the sources hold given words exactly."""
        assert update.effective_message is not None
        wanted = behind(words(update.effective_message))
        if not wanted:
            text = 'Name the words, such as: /quote "off the table"'
            await self.desk.say(update, context, Message(text))
            return
        build = self.desk.live.serving.build
        quotes, count = await self.desk.ask(lambda _: exact.holding(build, wanted))
        if not quotes:
            text = f"No source holds the words “{shorten(wanted.strip(exact.MARKS), 200)}”."
            await self.desk.say(update, context, Message(text))
            return
        where = "1 document holds" if count == 1 else f"{count} documents hold"
        head = Draft().add(f"{where} these words" + (", the newest first:" if count > 1 else ":"), "bold")
        await self.desk.say(update, context, *several(quotes, 1, self.desk.asked(context), head))


def _welcome() -> Message:
    text = (
        "I answer questions about the US-China trade talks with quotes from my sources: word for word, "
        "with title, publisher and date. I never write an answer of my own, and when the sources are "
        "silent I say so.\n\n"
        "Send a question, or try one of these. /help says how to ask, /latest shows what is new, /about "
        "who runs this."
    )
    return Message(text, keyboard=keyboards.examples(EXAMPLES))


def _today() -> date:
    return datetime.now(UTC).date()
