"""The program killed with -9 at random moments, again and again, on one home: nothing may be lost.

Each run asks twenty questions, kills the program and a `talks corpus add` beside it, restarts both, and
compares what the server accepted with the database. `python -m tests.faults.kill --help` has the sizes.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from retrieval import builds, encoder
from tests.bot.conftest import ARTICLES
from tests.bot.program import Program, environment
from tests.botapi.record import Chat, Message, User
from tests.botapi.server import BotApi
from tests.faults import refresh, replies
from tests.faults.refresh import Moment, Note

QUESTIONS = (
    "What did Bessent say about the threat of the 100% tariff?",
    "Who led the American side in Kuala Lumpur?",
    "What did Li Chenggang call the result?",
    "What did Guo Jiakun say on Monday?",
    "Who is He Lifeng?",
    "When was the truce of Geneva due to run out?",
    "Whom did Marco Rubio call?",
    "What did Trump tell reporters?",
    "How many soybeans had the Midwest sold to China since May?",
    "Who won the 2022 World Cup?",
)
COMMANDS = ("/start", "/about")
ASKED = 20
PEOPLE = 12
#: Seconds from the first question in which the moments of killing are drawn.
BUSY = 1.5
#: The most restarts of one run that are killed: more than `ATTEMPTS` of the handlers.
MOST = 5
#: Seconds that the last restart of a run has to answer everything.
PATIENCE = 90.0
#: Delays in seconds with which the server answers what it accepted, so that kills fall in between.
DELAYS = (0.0, 0.0, 0.02, 0.1, 0.4)
SETTINGS = {"ANSWER_THRESHOLD": "0.3", "QUESTIONS_PER_MINUTE": "1000"}


class Victim(Program):
    """The program, to be killed at any moment, its start included."""

    async def kill_in_start(self, at: float) -> None:
        """Start and kill so many seconds later, whether it polls by then or not."""
        before = self._process
        starting = asyncio.create_task(self.start())
        await asyncio.wait([starting], timeout=at)
        while self._process is before and not starting.done():  # noqa: ASYNC110  a process, no event
            await asyncio.sleep(0.001)
        await self.kill()
        await asyncio.wait([starting])
        error = starting.exception()
        if error is not None and "ended with -9" not in str(error):
            raise error

    async def end(self) -> None:
        """Kill it if it runs."""
        if self._process is not None:
            await self.kill()


@dataclass(frozen=True, slots=True)
class Plan:
    """The moments of one run. `bot`: seconds after the first question, or after the server accepted so many
    replies; `starts`: seconds into each restart but the last at which it is killed too."""

    accepted: int | None
    late: float
    starts: tuple[float, ...]
    add: Moment

    @classmethod
    def draw(cls, chance: random.Random, start: float, add: float) -> "Plan":
        """Moments in a program that takes `start` seconds to start and `add` to add a document."""
        accepted = chance.randint(1, ASKED) if chance.random() < 0.6 else None
        late = chance.uniform(0, 0.02) if accepted else chance.uniform(0, BUSY)
        again = chance.choices((0, 1, 2, MOST), (55, 27, 12, 6))[0]
        # Work that begins and is killed too often is given up: two of the kills at most can fall into work.
        starts = tuple(chance.uniform(0, (1.3 if at < 2 else 0.6) * start) for at in range(again))
        return cls(accepted, late, starts, Moment.draw(chance, add))

    def __str__(self) -> str:
        first = f"{self.accepted} replies" if self.accepted else "asking"
        again = "".join(f", {at:.1f} s into its start" for at in self.starts)
        return f"bot {first} +{self.late * 1000:.0f} ms{again}; add {self.add}"


class Crew:
    """A server, a home and the program on it, with the people who ask. `took` holds the seconds that the last
    undisturbed start and refresh took."""

    def __init__(self, api: BotApi, home: Path, seed: int) -> None:
        self.api = api
        self.home = home
        self.seed = seed
        self.program = Victim(api, home, **SETTINGS)
        self.took = (3.0, 3.0)
        self.people = [self._person(id) for id in range(1, PEOPLE + 1)]
        self.documents = refresh.documents(home)
        self.killed = {"program": 0, "program starting": 0, "corpus add": 0}

    def _person(self, id: int) -> tuple[User, Chat]:
        user = self.api.user(id)
        return user, self.api.private_chat(user)

    async def begin(self) -> None:
        """Start for the first time, and see how long it takes."""
        began = time.monotonic()
        await self.program.start()
        self.took = (time.monotonic() - began, time.monotonic() - began)

    async def run(self, number: int) -> tuple[str, list[str]]:
        """One run: what was done, and what was wrong."""
        began = time.monotonic()
        chance = random.Random(f"{self.seed} {number}")
        plan = Plan.draw(chance, *self.took)
        note = Note.write(self.home, number, chance)
        calls = len(self.api.calls)
        before = self.documents
        for _ in range(ASKED + 2 * len(COMMANDS)):
            self.api.fail("sendMessage", slow=chance.choice(DELAYS))
        adding = asyncio.create_task(refresh.add(self.home, note, plan.add))
        killing = asyncio.create_task(self._kill(plan, calls))
        asked, ordered = await self._ask(number, chance)
        await killing
        self.api.mend()
        finished = await adding
        self.killed["program"] += 1
        self.killed["program starting"] += len(plan.starts)
        self.killed["corpus add"] += not finished
        live = refresh.documents(self.home)
        found = refresh.wrong(self.home, (live,) if finished else (before, live))
        if len(live - before) > 1 or before - live or (finished and not live - before):
            found.append(f"CURRENT went from {len(before)} documents to {len(live)}")
        await asyncio.gather(self._restart(), *([] if finished else [self._add(note)]))
        self.documents = refresh.documents(self.home)
        if len(self.documents - before) != 1:
            found.append(f"the note is not live: {sorted(self.documents)}")
        found += refresh.wrong(self.home, (self.documents,))
        found += await self._settle(asked, ordered, calls, note)
        made = self.api.calls[calls:]
        found += replies.wrong(self.program, asked, ordered, made)
        again = sum(replies.marked(call) for call in made)
        ended = " (had ended)" if finished else ""
        took = time.monotonic() - began
        said = f"{plan}{ended}; {len(asked)} asked, {again} sent again; {took:.1f} s"
        return said, found

    async def _ask(self, number: int, chance: random.Random) -> tuple[list[Message], list[Message]]:
        """Ask and command, a moment between each: what was asked, and what was commanded."""
        lines = [(chance.choice(self.people), chance.choice(QUESTIONS)) for _ in range(ASKED)]
        lines += [(self._person(1000 * number + i), text) for i, text in enumerate(COMMANDS, 1)]
        chance.shuffle(lines)
        asked: list[Message] = []
        ordered: list[Message] = []
        for (user, chat), text in lines:
            said = await self.api.say(chat, user, text)
            (ordered if text in COMMANDS else asked).append(said)
            await asyncio.sleep(chance.choice((0.0, 0.01, 0.03)))
        return asked, ordered

    async def _kill(self, plan: Plan, calls: int) -> None:
        """Kill the program at its moment, and then so many of its restarts."""
        if plan.accepted:
            await self.api.heard.until(lambda: self._accepted(calls, plan.accepted or 0), PATIENCE)
        await asyncio.sleep(plan.late)
        await self.program.kill()
        for at in plan.starts:
            await self.program.kill_in_start(at)

    def _accepted(self, calls: int, wanted: int) -> bool | None:
        sent = sum(call.method == "sendMessage" and call.accepted for call in self.api.calls[calls:])
        return True if sent >= wanted else None

    async def _restart(self) -> None:
        began = time.monotonic()
        await self.program.start()
        self.took = (time.monotonic() - began, self.took[1])

    async def _add(self, note: Note) -> None:
        began = time.monotonic()
        if not await refresh.add(self.home, note):
            raise AssertionError("corpus add was killed by someone else")
        self.took = (self.took[0], time.monotonic() - began)

    async def _settle(
        self, asked: list[Message], ordered: list[Message], calls: int, note: Note
    ) -> list[str]:
        """Wait until all is answered and written and the newest build serves, and ask it about the note."""
        build = builds.current(self.home / "index")
        # What is not answered in time is found missing by the judge below.
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while build not in self.program.lines():  # noqa: ASYNC110  another process's log
                    await asyncio.sleep(0.05)
                (user, chat), *_ = self.people
                asked.append(await self.api.say(chat, user, note.question))
                await self.api.heard.until(
                    lambda: not replies.unanswered(asked, ordered, self.api.calls[calls:]) or None, PATIENCE
                )
            await self.program.settled(PATIENCE)
        return replies.knows(self.program, asked[-1], note.path.stem, build)


async def first_start(api: BotApi, home: Path, chance: random.Random, kills: int) -> str:
    """Kill the very first start on a blank home some times; then it must start and answer."""
    program = Victim(api, home)
    moments = [chance.uniform(0.3, 3.0) for _ in range(kills)]
    try:
        for at in moments:
            await program.kill_in_start(at)
        await program.start()
        user = api.user(900)
        chat = api.private_chat(user)
        await api.say(chat, user, QUESTIONS[0])
        said = (await api.next_message(chat, timeout=20)).text or ""
        if "It is empty so far" not in said:
            raise AssertionError(f"an empty corpus answers {said!r}")
    finally:
        await program.end()
    return "first start killed at " + ", ".join(f"{at:.1f} s" for at in moments) + ", then it answers"


def prepare(home: Path) -> None:
    """Make a home with the article of the tests, and a blank one beside it. The models are those of the
    settings, prepared once and shared."""
    settings = Settings()
    encoder.prepare(settings.embedding_model, settings.models, print)
    for made in (home, home.with_name("blank")):
        made.mkdir()
        (made / "models").symlink_to(settings.models)
    subprocess.run(
        [sys.executable, "-m", "bot", "corpus", "add", str(ARTICLES / "article.md")],
        check=True, cwd=home, capture_output=True,
        env=environment(TALKS_HOME=str(home), STARTER_CORPUS="false"),
    )  # fmt: skip


async def demonstrate(folder: Path, numbers: Sequence[int], seed: int) -> list[str]:
    """The first start and the runs `numbers` on the homes in `folder`, a line each; what was wrong."""
    found: list[str] = []
    async with BotApi() as api:
        print(await first_start(api, folder / "blank", random.Random(seed), kills=3), flush=True)
    async with BotApi() as api:
        crew = Crew(api, folder / "home", seed)
        try:
            await crew.begin()
            for number in numbers:
                said, wrong = await crew.run(number)
                print(f"run {number:>3} {'WRONG' if wrong else 'ok'}: {said}", flush=True)
                for line in wrong:
                    print(f"        {line}", flush=True)
                found += wrong
        finally:
            await crew.program.end()
        found += api.complaints + [f"refused: {call.method} {call.error}" for call in api.refusals]
        kills = ", ".join(f"{name} {count}" for name, count in crew.killed.items())
        print(f"killed: {kills}; drafts left in the index by killed writers: {refresh.drafts(crew.home)}")
    return found


def main() -> int:
    """Exit code 1 at any violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument(
        "--first", type=int, default=1, help="the number of the first run: its moments are its own"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.runs)
    print(
        f"seed {options.seed}: {options.runs} runs of {ASKED} questions (repeat with --seed {options.seed})"
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="talks-kill-") as name:
        folder = Path(name)
        prepare(folder / "home")
        found = asyncio.run(demonstrate(folder, numbers, options.seed))
    verdict = (
        f"{len(found)} VIOLATIONS"
        if found
        else "nothing lost, nothing doubled unmarked, CURRENT always right"
    )
    print(f"{options.runs} runs, {time.monotonic() - began:.0f} s: {verdict}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
