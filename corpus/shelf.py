"""What stands in the index beside the live build: earlier builds, and the documents that may not return.

`withdrawn.json` lies there too: a document that someone withdrew stays away, whatever a source brings, and is
not quoted from an earlier build either. Only `talks corpus add --restore` takes it back.
"""

import getpass
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from retrieval import builds, manifest
from retrieval.builds import Build
from retrieval.errors import DamagedBuild, NoBuild
from retrieval.manifest import Manifest

WITHDRAWN = "withdrawn.json"
#: Builds and plans that stay when something is published: enough to go back and to compare, and no disk fills
#: up with them. Quotes in the log are read from the archive, not from builds.
KEPT = 10


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who withdrew a document, when and why."""

    at: str
    by: str
    reason: str
    erased: bool = False

    @property
    def said(self) -> str:
        """The withdrawal in words."""
        return f"withdrawn by {self.by} on {self.at[:10]}: {self.reason}"


def kept(index: Path) -> tuple[Manifest, ...]:
    """The builds that can be read, newest first."""
    found = []
    for path in sorted(index.glob("[0-9]*/manifest.json"), reverse=True):
        try:
            found.append(manifest.read(index, path.parent.name))
        except DamagedBuild:
            continue
    return tuple(found)


def listed(index: Path, id: str) -> tuple[tuple[str, str], ...]:
    """Id and version of each document of a build, also of one whose format is another release's. Raises:
    DamagedBuild."""
    try:
        fields = json.loads((index / id / "manifest.json").read_text("utf-8"))
        return tuple((document, version) for document, version in fields["documents"])
    except (OSError, ValueError, TypeError, KeyError) as cause:
        raise DamagedBuild(id, f"build {id} has no readable manifest") from cause


def live(index: Path) -> Build | None:
    """The live build; None where there is none that serves."""
    try:
        return builds.load(index)
    except (NoBuild, DamagedBuild):
        return None


def withdrawn(index: Path) -> dict[str, Withdrawal]:
    """The withdrawals that stand, by document. Raises: OSError, ValueError where their list is damaged: what
    was withdrawn must not come back for that."""
    try:
        fields = json.loads((index / WITHDRAWN).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {id: Withdrawal(**one) for id, one in fields.items()}


def withdraw(index: Path, id: str, reason: str, at: datetime, erased: bool) -> None:
    """Keep the document `id` away from now on. Raises: OSError."""
    standing = withdrawn(index)
    before = standing.get(id)
    erased = erased or bool(before and before.erased)
    made = Withdrawal(at.isoformat(timespec="seconds"), getpass.getuser(), reason, erased)
    _write(index, standing | {id: made})


def take_back(index: Path, ids: set[str]) -> None:
    """Let documents return that were withdrawn but not erased. Raises: OSError."""
    standing = withdrawn(index)
    left = {id: one for id, one in standing.items() if id not in ids or one.erased}
    if left != standing:
        _write(index, left)


def current(index: Path) -> str:
    """The id of the live build, "" where none is. Raises: DamagedBuild."""
    try:
        return builds.current(index)
    except NoBuild:
        return ""


def thin(home: Path, keep: int = KEPT) -> tuple[str, ...]:
    """Delete all but the live build and the `keep` newest builds and plans; what was deleted. Whoever still
    serves one of them has it open, and goes on. For whoever holds the lock."""
    index = home / "index"
    live = current(index)
    ids = sorted((path.parent.name for path in index.glob("[0-9]*/manifest.json")), reverse=True)
    gone = [id for id in ids[keep:] if id != live]
    for id in gone:
        remove(index, id)
    plans = sorted((home / "plans").glob("*-plan"), reverse=True)[keep:]
    for path in plans:
        shutil.rmtree(path)
    return (*gone, *(path.name for path in plans))


def remove(index: Path, id: str) -> None:
    """Delete a build that is not live. It leaves the index in one step, so no one sees half of it."""
    aside = index / f".build-{id}"
    (index / id).rename(aside)
    shutil.rmtree(aside)


def _write(index: Path, standing: Mapping[str, Withdrawal]) -> None:
    index.mkdir(parents=True, exist_ok=True)
    aside = index / f".{WITHDRAWN}.{os.getpid()}"
    try:
        fields = {id: asdict(one) for id, one in standing.items()}
        aside.write_text(json.dumps(fields, indent=1, ensure_ascii=False), "utf-8")
        aside.replace(index / WITHDRAWN)
    finally:
        aside.unlink(missing_ok=True)
