"""A maintainer changes the corpus: extract, keep, build, publish. What is current is the live build.

Every step is safe to be killed at: the archive takes documents whole or not at all, a build is
renamed into place when it is complete, and `CURRENT` changes in one step. Running it again goes on.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine

from corpus import archive, extract
from corpus.errors import CorpusError, Locked, SourceError
from corpus.split import split
from retrieval import builds
from retrieval.builds import Build
from retrieval.encoder import Encoder
from retrieval.errors import DamagedBuild, NoBuild
from retrieval.types import Document

BRIEFS = Path(__file__).parent / "briefs"
Outcome = Literal["new", "changed", "revised", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """What adding one document means for the live corpus: its text is new or changed, only its title or
    date is (revised), or nothing is. `instead` names the document that already has this text."""

    document: Document
    outcome: Outcome
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a refresh did. `build` is the live build afterwards; `failed` holds sources and errors."""

    changes: tuple[Change, ...]
    failed: tuple[SourceError, ...]
    build: str
    published: bool


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a refresh works with: where builds and the lock live, the archive, and the encoder, which is
    made only when something has to be embedded."""

    home: Path
    engine: Engine
    encoder: Callable[[], Encoder]
    starter: bool = True

    @property
    def index(self) -> Path:
        return self.home / "index"


def add(shop: Workshop, paths: Sequence[Path], given: Mapping[str, Any], progress: builds.Progress) -> Report:
    """Add the files at `paths` (folders: every file in them that can be extracted) and publish.

    One file that fails does not keep the others out. Raises: Locked, CorpusError when there is no file.
    """
    now = datetime.now(UTC)
    with lock(shop.home):
        found, failed = _extract(paths, given, now)
        live = live_documents(shop)
        changes = tuple(_compare(live, document) for document in found)
        fresh = [c.document for c in changes if c.outcome != "unchanged"]
        if not fresh and _serves(shop):
            return Report(changes, failed, builds.current(shop.index), published=False)
        build = _publish(shop, {**live, **{d.id: d for d in fresh}}, now, progress)
        return Report(changes, failed, build, published=True)


def rebuild(shop: Workshop, progress: builds.Progress, force: bool = True) -> Report:
    """Build the live corpus again, the starter briefs as they ship now, and publish it.

    Without `force`, only when no build serves. Raises: Locked, CorpusError.
    """
    if not force and _serves(shop):
        return Report((), (), builds.current(shop.index), published=False)
    now = datetime.now(UTC)
    with lock(shop.home):
        if not force and _serves(shop):
            return Report((), (), builds.current(shop.index), published=False)
        live = live_documents(shop)
        starters = starter_documents(now) if shop.starter else {}
        changes = tuple(_compare(live, document) for document in starters.values())
        fresh = {c.document.id: c.document for c in changes if c.outcome != "unchanged"}
        build = _publish(shop, {**live, **fresh}, now, progress)
        return Report(changes, (), build, published=True)


def starter_documents(now: datetime) -> dict[str, Document]:
    """The briefs that ship with the program, by id."""
    paths = sorted(p for p in BRIEFS.glob("*.md") if p.name != "README.md")
    return {d.id: d for d in (extract.document(path, {}, now, starter=True) for path in paths)}


def live_documents(shop: Workshop) -> dict[str, Document]:
    """The documents of the live build by id, read from the archive where the build itself is damaged; the
    starter briefs where nothing was ever published. Raises: CorpusError when neither can be had."""
    try:
        id = builds.current(shop.index)
        listed = builds.manifest(shop.index, id).documents
    except NoBuild:
        return starter_documents(datetime.now(UTC)) if shop.starter else {}
    except DamagedBuild as cause:
        raise CorpusError(
            f"{cause}: point index/CURRENT at an earlier build, or delete it to begin anew"
        ) from cause
    try:
        build = builds.load(shop.index, id)
        if not build.damaged:
            return {d.id: d for d in build.documents}
    except DamagedBuild:
        build = None
    with shop.engine.connect() as connection:
        kept = {name: archive.document(connection, name, version) for name, version in listed}
    if lost := [name for name, document in kept.items() if document is None]:
        raise CorpusError(f"build {id} is damaged and the archive lacks {', '.join(lost)}")
    return {name: document for name, document in kept.items() if document is not None}


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Hold the refresh lock under `home`; the system releases it when the process ends, however it does.

    Raises: Locked.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "refresh.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            file.seek(0)
            raise Locked(file.read().strip() or "its process is not known") from cause
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
        file.flush()
        yield


def _extract(
    paths: Iterable[Path], given: Mapping[str, Any], now: datetime
) -> tuple[list[Document], tuple[SourceError, ...]]:
    found: list[Document] = []
    failed: list[SourceError] = []
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in extract.SUFFIXES)
        for file in inside if path.is_dir() else [path]:
            try:
                found.append(extract.document(file, given, now))
            except SourceError as error:
                failed.append(error)
    return found, tuple(failed)


def _compare(live: Mapping[str, Document], document: Document) -> Change:
    before = live.get(document.id)
    if before is None:
        twin = next((d.id for d in live.values() if d.version == document.version), None)
        return Change(document, "unchanged", twin) if twin else Change(document, "new")
    if before.version != document.version:
        return Change(document, "changed")
    if replace(before.source, fetched_at=None) != replace(document.source, fetched_at=None):
        return Change(document, "revised")
    return Change(document, "unchanged")


def _serves(shop: Workshop) -> bool:
    try:
        return not builds.load(shop.index).damaged
    except (NoBuild, DamagedBuild):
        return False


def _publish(
    shop: Workshop, documents: Mapping[str, Document], now: datetime, progress: builds.Progress
) -> str:
    with shop.engine.begin() as connection:
        archive.keep(connection, documents.values(), now)
    encoder = shop.encoder()
    try:
        previous: Build | None = builds.load(shop.index)
    except (NoBuild, DamagedBuild):
        previous = None
    cut = partial(split, count=encoder.count, window=encoder.model.window)
    build = builds.write(shop.index, documents.values(), cut, encoder, previous, progress)
    builds.publish(shop.index, build)
    return build
