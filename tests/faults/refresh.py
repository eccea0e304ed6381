"""`talks corpus add` as a process, killed at a chosen moment, and what must hold of the corpus after it."""

import asyncio
import random
import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retrieval import builds, manifest
from retrieval.errors import RetrievalError
from retrieval.types import version_of
from tests.bot.program import environment

#: What a refresh does, in order, as it can be seen from outside: the version is in the archive, the build's
#: draft is there, the draft is renamed, CURRENT is replaced. Or a time from its start.
STEPS = ("archived", "drafted", "built", "published")
#: Seconds after which a killed refresh cannot be told from one that hangs.
LONGEST = 120.0
#: What a killed writer may leave in the index: drafts, never read by anyone.
DRAFTS = (".build-*", ".CURRENT.*")


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: `late` seconds after `step` was seen, after the process began where there is none."""

    step: str | None
    late: float

    def __str__(self) -> str:
        return f"{self.step or 'begun'} +{self.late * 1000:.0f} ms"

    @classmethod
    def draw(cls, chance: random.Random, takes: float) -> "Moment":
        """A time while a refresh of `takes` seconds runs, or just after one of its steps."""
        if chance.random() < 0.4:
            return cls(None, chance.uniform(0, takes))
        return cls(chance.choice(STEPS), chance.choice((0.0, chance.uniform(0, 0.03))))


@dataclass(frozen=True, slots=True)
class Note:
    """A document of one sentence that names a place that no other document names."""

    path: Path
    place: str

    @property
    def text(self) -> str:
        return f"The delegations met in {self.place} for a technical session, and agreed to meet again.\n"

    @property
    def question(self) -> str:
        return f"Where is {self.place}, and who met in {self.place}?"

    @classmethod
    def write(cls, folder: Path, number: int, chance: random.Random) -> "Note":
        syllables = chance.sample(("bar", "dol", "fen", "gim", "kor", "lun", "mep", "rok", "sul", "vit"), 4)
        made = cls(folder / f"note-{number}.txt", "".join(syllables).capitalize() + str(number))
        made.path.write_text(made.text)
        return made


async def add(home: Path, note: Note, moment: Moment | None = None) -> bool:
    """Add the note, killed with -9 at the moment; whether it ended before. Raises: AssertionError."""
    before = _seen(home)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "corpus", "add", str(note.path),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=environment(TALKS_HOME=str(home), STARTER_CORPUS="false"), cwd=home,
    )  # fmt: skip
    said = asyncio.create_task(process.communicate())
    try:
        async with asyncio.timeout(LONGEST):
            if moment is None:
                await said
            else:
                while moment.step and not (  # noqa: ASYNC110  another process's files
                    said.done() or _reached(home, moment.step, note, before)
                ):
                    await asyncio.sleep(0.001)
                await asyncio.wait([said], timeout=moment.late)
    finally:
        if process.returncode is None:
            process.kill()
        _, errors = await said
    if process.returncode in (0, -9):
        return process.returncode == 0
    raise AssertionError(f"corpus add ended with {process.returncode}: {errors.decode()}")


def wrong(home: Path, allowed: Iterable[set[str]]) -> list[str]:
    """What is wrong with the live build: it must be whole, hold one of the `allowed` sets of documents, and
    have each of its versions in the archive."""
    try:
        id = builds.current(home / "index")
        builds.check(home / "index", id)
        build = builds.load(home / "index", id)
    except (RetrievalError, OSError) as error:
        return [f"CURRENT does not serve: {error}"]
    found = [f"{name} of build {id} is damaged" for name in build.damaged]
    names = {document.id for document in build.documents}
    if names not in list(allowed):
        found.append(f"build {id} holds {sorted(names)}")
    with sqlite3.connect(home / "talks.db") as connection:
        kept = {(d, v): t for d, v, t in connection.execute("SELECT document, version, text FROM versions")}
    for document in build.documents:
        text = kept.get((document.id, document.version))
        if text is None or version_of(text) != document.version:
            found.append(f"{document.id} of build {id} is not in the archive")
    return found


def documents(home: Path) -> set[str]:
    """The ids of the live documents."""
    index = home / "index"
    return {id for id, _ in manifest.read(index, builds.current(index)).documents}


def drafts(home: Path) -> int:
    """How many drafts killed writers left."""
    return sum(1 for pattern in DRAFTS for _ in (home / "index").glob(pattern))


def _seen(home: Path) -> set[str]:
    return {path.name for path in (home / "index").iterdir()}


def _reached(home: Path, step: str, note: Note, before: set[str]) -> bool:
    if step == "archived":
        with sqlite3.connect(f"file:{home / 'talks.db'}?mode=ro", uri=True) as connection:
            sql = "SELECT count(*) FROM versions WHERE text LIKE ?"
            return bool(connection.execute(sql, (f"%{note.place}%",)).fetchone()[0])
    new = _seen(home) - before
    if step == "drafted":
        return any(name.startswith(".build-") for name in new)
    whole = [name for name in new if not name.startswith(".")]
    if step == "built":
        return bool(whole)
    return bool(whole) and builds.current(home / "index") in whole
