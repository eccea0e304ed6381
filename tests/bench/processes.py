"""What is measured from outside: starting, building, and the memory of a program that serves."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from retrieval import builds, manifest
from retrieval import models as stored
from tests.bench.measures import Line, alternated
from tests.bot.program import Program, environment
from tests.botapi.server import BotApi

#: A cold `talks ask` may take this share of the time that sentence-transformers takes to be ready.
COLD = 0.35
#: Imports sentence-transformers and loads the model named, and prints its highest resident memory.
ALONE = """
import resource, sys
from sentence_transformers import SentenceTransformer
SentenceTransformer(sys.argv[1], device="cpu")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def settings(home: Path) -> dict[str, str]:
    """The environment of a program on `home` with the starter corpus."""
    return environment(TALKS_HOME=str(home), STARTER_CORPUS="true", HF_HUB_OFFLINE="1")


def talks(home: Path, *arguments: str) -> float:
    """Run `talks` in a process of its own; the seconds it took."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "bot", *arguments]
    subprocess.run(command, check=True, cwd=home, env=settings(home), capture_output=True)
    return time.perf_counter() - began


def build(home: Path) -> Line:
    """Build the starter corpus on a home that has the model and nothing else."""
    seconds = talks(home, "corpus", "build")
    made = manifest.read(home / "index", builds.current(home / "index"))
    texts = made.passages + made.sentences
    return Line(
        "building the starter corpus: `talks corpus build`, start included",
        f"{made.passages / seconds:.1f} passages/s ({texts / seconds:.1f} texts/s, {made.passages} passages)",
    )


def cold(home: Path, model: str, question: str, rounds: int) -> tuple[Line, int]:
    """A cold `talks ask` beside sentence-transformers alone; and how many bytes the latter took."""
    highest = 0

    def alone() -> float:
        nonlocal highest
        began = time.perf_counter()
        command = [sys.executable, "-c", ALONE, str(stored.locate(model))]
        ended = subprocess.run(command, check=True, capture_output=True, env=settings(home), cwd=home)
        highest = max(highest, int(ended.stdout.split()[-1]))
        return time.perf_counter() - began

    ours, theirs = alternated(rounds, lambda: talks(home, "ask", question), alone)
    line = Line(
        "cold start: `talks ask QUESTION` on a prepared home",
        f"{ours:.2f} s",
        ours / theirs,
        f"{theirs:.2f} s to import sentence-transformers and load the model",
        COLD,
    )
    return line, highest


async def memory(home: Path, questions: Sequence[str], alone: int) -> Line:
    """The highest resident memory of `talks run` while it answers each question in a chat of its own."""
    async with BotApi() as api:
        program = Program(api, home, STARTER_CORPUS="true")
        await program.start()
        serving = psutil.Process(_pid(program))
        highest = 0
        try:
            for id, question in enumerate(questions, 1):
                person = api.user(id)
                chat = api.private_chat(person)
                await api.say(chat, person, question)
                await api.next_message(chat, timeout=60)
                highest = max(highest, serving.memory_info().rss)
        finally:
            await program.stop()
    return Line(
        f"memory of `talks run` over {len(questions)} questions in Telegram, highest resident",
        f"{highest / 1e6:.0f} MB",
        highest / alone,
        f"{alone / 1e6:.0f} MB of sentence-transformers with the model, no index",
    )


def _pid(program: Program) -> int:
    assert program._process is not None
    return program._process.pid


def run_memory(home: Path, questions: Sequence[str], alone: int) -> Line:
    return asyncio.run(memory(home, questions, alone))
