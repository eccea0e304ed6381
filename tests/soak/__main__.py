"""Two hundred chats, two thousand questions and presses, a bad network and three kills: nothing may be lost.

The program runs as a process against the strict Bot API server, whose record is compared with the database
afterwards. Exit code 1 at any violation. `--scale 0.1` is a tenth of the people.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bot.settings import Settings
from retrieval import encoder
from tests.bot.program import environment
from tests.botapi.server import BotApi
from tests.faults.kill import Victim
from tests.soak import judge
from tests.soak.crowd import PATIENCE, Asker, Post
from tests.soak.weather import Weather

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "corpus/golden/dev.jsonl"
#: Asked one at a time: what a question's parts were found to hold is remembered, so none was asked before.
FRESH = (ROOT / "tests/golden/newcomer-dev.jsonl", ROOT / "tests/golden/newcomer-test.jsonl")
CHATS, ACTIONS, KILLS, CALM = 200, 2_000, 3, 80
#: Seconds from a reply to the next question where one is asked at a time: less would be over Telegram's limit
#: of 30 messages a second, for which the program waits.
PAUSE = 0.05
#: What the time from message to reply may be of the answer's own.
EXPECTED = 1.5


def prepare(home: Path) -> None:
    """Make a home with the bundled corpus; the model is that of the settings, prepared once and shared."""
    settings = Settings()
    encoder.prepare(settings.embedding_model, settings.models, print)
    home.mkdir()
    (home / "models").symlink_to(settings.models)
    subprocess.run(
        [sys.executable, "-m", "bot", "corpus", "build"],
        check=True, cwd=home, capture_output=True, env=environment(TALKS_HOME=str(home)),
    )  # fmt: skip


async def soak(home: Path, scale: float, seed: int) -> list[str]:
    """All of it on a home; what was wrong."""
    chance = random.Random(seed)
    questions, fresh = asked(GOLDEN), asked(*FRESH)
    chats, actions = max(2, round(CHATS * scale)), ACTIONS // CHATS
    async with BotApi(strict_limits=True) as api:
        program = Victim(api, home, STARTER_CORPUS="true", QUESTIONS_PER_MINUTE="1000")
        await program.start()
        post, weather = Post(api), Weather(api, program, chance)
        sorting = asyncio.create_task(post.run())
        try:
            users = [api.user(id) for id in range(1, chats + 1)]
            askers = [
                Asker(user, api.private_chat(user), api.group(-1000 - user.id, "Desk", admin=True))
                for user in users
            ]
            began = time.monotonic()
            await storm(askers, weather, post, questions, actions)
            storming = time.monotonic() - began
            await program.settled(PATIENCE)
            # Presses leave no exchange: the last ones may still be on their way.
            await api.heard.until(lambda: not api.unanswered or None, 30)
            found = judge.wrong(program, api, askers, weather, post)
            tell(api, askers, weather, post, storming)
            hurried = [m.update_id or 0 for asker in askers for m in asker.asked]
            print(ratio("in the storm, after a chat's earlier questions", *judge.times(program, hurried)))
            calm = await ask_calmly(api, post, fresh[: max(20, round(CALM * scale))])
            await program.settled(PATIENCE)
            print(ratio("one at a time", *judge.times(program, calm)) + f" (expected: at most {EXPECTED})")
            stages = judge.by_stage(program, calm).items()
            print("stages     " + ", ".join(f"{name} {ms:.1f}" for name, ms in stages) + " ms")
        finally:
            sorting.cancel()
            await program.end()
    return found


async def storm(
    askers: list[Asker], weather: Weather, post: Post, questions: list[str], actions: int
) -> None:
    """Everybody at once, and the kills at a quarter, a half and three quarters of what they ask."""
    blowing = asyncio.create_task(weather.blow())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(kill(askers, weather, actions))
            for asker in askers:
                own = random.Random(weather.chance.random())
                group.create_task(asker.live(weather.api, post, questions, actions, own))
        blowing.cancel()
        weather.api.mend()
        await asyncio.gather(*(post.reply(message) for asker in askers for message in asker.asked))
    finally:
        blowing.cancel()


async def kill(askers: list[Asker], weather: Weather, actions: int) -> None:
    for part in range(1, KILLS + 1):
        wanted = len(askers) * actions * part / (KILLS + 1)
        while sum(len(a.asked) + len(a.pressed) for a in askers) < wanted:  # noqa: ASYNC110  a share, no event
            await asyncio.sleep(0.05)
        await asyncio.sleep(weather.chance.uniform(0, 0.3))
        await weather.kill()


async def ask_calmly(api: BotApi, post: Post, questions: list[str]) -> list[int]:
    """Ask one question after another, each in a new chat and when the last one is done with; the updates."""
    updates = []
    for number, question in enumerate(questions):
        user = api.user(10_000 + number)
        said = await api.say(api.private_chat(user), user, question)
        await post.reply(said)
        updates.append(said.update_id or 0)
        await asyncio.sleep(PAUSE)
    return updates


def asked(*paths: Path) -> list[str]:
    """The questions in these files."""
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line)["question"] for line in lines]


def tell(api: BotApi, askers: list[Asker], weather: Weather, post: Post, seconds: float) -> None:
    """What happened, in numbers."""
    asked, pressed = sum(len(a.asked) for a in askers), sum(len(a.pressed) for a in askers)
    twice = judge.doubled(askers, post)
    lost = judge.lost_on_the_way(askers, api.calls)
    flood = Counter(call.method for call in api.refusals if "Too Many Requests" in (call.error or ""))
    struck = ", ".join(f"{name} {count}" for name, count in sorted(weather.struck.items()))
    grouped = sum(message.chat_id < 0 for asker in askers for message in asker.asked)
    typed = sum(len(a.typed) for a in askers)
    print(f"asked      {asked} questions, pressed {pressed} buttons in {len(askers)} chats, {seconds:.0f} s")
    print(f"elsewhere  {grouped} of the questions in groups; {typed} inline queries besides")
    print(f"faults     {struck}")
    print(f"kills      {weather.kills}, with {len(weather.sending)} replies on their way")
    killed, unknown = twice & weather.sending, twice & lost - weather.sending
    print(
        f"doubled    {len(twice)}, each marked: {len(killed)} by kills, {len(unknown)} by {len(lost)} answers"
        f" of Telegram's that were lost, {len(twice - killed - unknown)} otherwise"
    )
    which = ", ".join(f"{name} {count}" for name, count in sorted(flood.items()))
    print(f"too fast   {flood.total()} requests by Telegram's limits{which and f': {which}'}")


def ratio(when: str, whole: float, own: float) -> str:
    """Median milliseconds of a reply and of the answer alone."""
    return (
        f"reply      {when}: {whole:.1f} ms from message to reply,"
        f" {whole / own:.2f} of the answer's own {own:.1f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    options = parser.parse_args()
    print(f"seed {options.seed}, scale {options.scale}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="talks-soak-") as name:
        prepare(Path(name, "home"))
        found = asyncio.run(soak(Path(name, "home"), options.scale, options.seed))
    for line in found:
        print(f"WRONG      {line}")
    verdict = f"{len(found)} VIOLATIONS" if found else "nothing lost, nothing out of order, the log complete"
    print(f"{time.monotonic() - began:.0f} s: {verdict}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
