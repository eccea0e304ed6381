"""A refresh from the bot: `talks corpus` as a child process, and the reports that every refresh leaves.

A child that is left behind harms nothing: a plan changes nothing, a publish is whole at every step, and both
hold the lock until they end, so that the next one is told who is at work.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Told the lines of a child's progress, but those that come while it is busy with one.
Progress = Callable[[str], Coroutine[Any, Any, None]]


class RefreshFailed(Exception):
    """A child ended without its JSON object; the message is the last thing that it said."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What one refresh came to: "published", "nothing", "rejected" or "failed", when (ISO 8601), and why."""

    name: str
    outcome: str
    at: str
    why: str


async def plan(progress: Progress) -> dict[str, Any]:
    """What a refresh would change, as `talks corpus plan --json` prints it. Raises: RefreshFailed."""
    return await _child(("plan", "--json"), progress)


async def publish(id: str, progress: Progress) -> dict[str, Any]:
    """The report of publishing exactly that plan, whatever its outcome. Raises: RefreshFailed."""
    return await _child(("refresh", "--plan", id, "--yes", "--json"), progress)


def reported(home: Path, after: str = "") -> tuple[Reported, ...]:
    """The reports under a home that are newer than the one named `after`, oldest first."""
    found = []
    for path in sorted((home / "reports").glob("[0-9]*.json")):
        if path.stem > after:
            try:
                found.append(_read(path))
            except (OSError, ValueError, KeyError):
                continue
    return tuple(found)


def _read(path: Path) -> Reported:
    report = json.loads(path.read_text("utf-8"))
    # What a check found may hold a question; its name does not.
    unmet = ", ".join(check["name"] for check in report["checks"] if not check["holds"])
    return Reported(path.stem, report["outcome"], report["at"], report["error"] or unmet)


async def _child(arguments: tuple[str, ...], progress: Progress) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "corpus", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    printing = asyncio.create_task(child.stdout.read())
    last, showing = "", None
    async for line in child.stderr:
        if said := line.decode(errors="replace").strip():
            last = said
            # A message may change once a second: what is said meanwhile is old by then.
            if showing is None or showing.done():
                showing = asyncio.create_task(progress(said))
    if showing is not None:
        await showing
    printed = await printing
    await child.wait()
    try:
        made: dict[str, Any] = json.loads(printed)
    except ValueError:
        raise RefreshFailed(last.removeprefix("talks: ") or f"exit code {child.returncode}") from None
    return made
