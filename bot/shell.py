"""A chat in the terminal: questions, and the commands that tell something, as in Telegram."""

import readline
import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlalchemy import Engine

from bot import exact, reply, sources, terminal
from bot.live import Serving
from bot.message import Draft, Message
from bot.recall import TURNS
from bot.settings import Settings
from bot.texts import say
from retrieval import confidence
from retrieval.answer import answer
from retrieval.query import turn_of
from retrieval.types import Answer, Turn

HELP = """\
Type a question in English: who, what, when. Then go on asking: "And what did he say about soybeans?"

/latest [TOPIC]     the newest sources, or the newest on a topic
/quote WORDS        where the sources hold exactly these words
/sources [PAGE]     all sources, newest first
/help               this
/quit               the end, as is Ctrl-D"""
#: Lines that the arrow keys bring back.
REMEMBERED = 1000
#: Lines longer than this are hard to read, however wide the terminal is.
WIDEST = 100


@dataclass(slots=True)
class Shell:
    """One chat; `asked` are its last questions and what was quoted, which the next may lean on."""

    settings: Settings
    engine: Engine
    served: Serving
    asked: list[Turn] = field(default_factory=list)

    def reply(self, line: str) -> str:
        """What a line gets for an answer."""
        command, _, rest = line.partition(" ")
        match command.lower():
            case "/help" | "/start":
                return HELP
            case "/latest":
                return self._latest(rest.strip())
            case "/quote":
                return self._quote(rest.strip())
            case "/sources":
                page = int(rest) - 1 if rest.strip().isdecimal() else 0
                today = datetime.now(UTC).date()
                return _plain(sources.listing(self.served.build, max(page, 0), today, "en"))
            case "/ask" if rest.strip():
                return self._answer(rest.strip())
            case _ if line.startswith("/"):
                return f"There is no {command} here; /help lists what there is."
        return self._answer(line)

    def _answer(self, question: str) -> str:
        found = self._find(question, self.asked)
        terminal.log(self.engine, found, self.served.build)
        self.asked = [*self.asked, turn_of(question, found.quotes)][-TURNS:]
        return terminal.text(found, self.served.build)

    def _latest(self, topic: str) -> str:
        head = Draft().say("newest-on", topic=topic) if topic else Draft().say("newest")
        build = self.served.build
        quotes = sources.newest_about(build, self._find(topic)) if topic else sources.newest(build)
        return _plain(*(reply.several(quotes, head=head) or (sources.nothing(topic, "en"),)))

    def _quote(self, words: str) -> str:
        if not words:
            return say("en", "exact-how")
        quotes, count = exact.holding(self.served.build, words)
        if not quotes:
            return say("en", "exact-none", words=words.strip(exact.MARKS))
        return _plain(*reply.several(quotes, head=Draft().say("exact-head", count=count)))

    def _find(self, question: str, history: list[Turn] | None = None) -> Answer:
        return answer(
            self.served.build,
            self.served.encoder,
            question,
            history=history or (),
            threshold=self.settings.answer_threshold,
            calibration=confidence.of(self.settings.home),
        )


def chat(settings: Settings, engine: Engine, served: Serving) -> None:
    """Answer until the end of standard input or /quit. Where nobody types, each line stands for itself."""
    shell = Shell(settings, engine, served)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        for line in sys.stdin:
            if line.strip() == "/quit":
                return
            if line.strip():
                shell.asked.clear()
                print(shell.reply(line.strip()), end="\n\n", flush=True)
        return
    count = len(served.build.documents)
    typer.echo(f"{count} document{'s' * (count != 1)}. Ask; /help says how, /quit ends.", err=True)
    for line in _typed(settings.home / "typed.txt"):
        print(f"\n{wrapped(shell.reply(line), shutil.get_terminal_size().columns)}\n")


def wrapped(text: str, columns: int) -> str:
    """`text` in lines of at most so many columns, broken at spaces; what is quoted stays marked as such, and
    addresses stay whole."""
    lines: list[str] = []
    for line in text.splitlines():
        mark = "> " if line.startswith("> ") else ""
        start = line[: len(line) - len(line.lstrip())] + mark
        made = textwrap.wrap(
            line.strip().removeprefix(mark),
            max(min(columns, WIDEST), 20),
            initial_indent=start,
            subsequent_indent=start,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += made or [line]
    return "\n".join(lines)


def _plain(*messages: Message) -> str:
    return reply.terminal(messages)


def _typed(history: Path) -> Iterator[str]:
    """The lines that a person types, until /quit or Ctrl-D; the arrow keys bring earlier ones back."""
    try:
        history.touch(mode=0o600)
        readline.read_history_file(history)
    except OSError:
        typer.echo(f"what is typed is not remembered: {history} cannot be read", err=True)
    readline.set_history_length(REMEMBERED)
    while True:
        try:
            line = input("? ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            break
        if line in ("/quit", "/exit"):
            break
        if line:
            yield line
    try:
        readline.write_history_file(history)
    except OSError as error:
        typer.echo(f"what was typed is not remembered: {error}", err=True)
