"""A maintainer changes the corpus: extract, keep, build, publish. What is current is the live build.

Every step is safe to be killed at: the archive takes documents whole or not at all, a build is
renamed into place when it is complete, and `CURRENT` changes in one step. Running it again goes on.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine

from corpus import (
    archive,
    candidate,
    collect,
    extract,
    extracted,
    fetch,
    gather,
    raw,
    report,
    shelf,
    sources,
)
from corpus.checks import Limits as Limits
from corpus.embedded import forget_vectors
from corpus.errors import CorpusError, Locked, SourceError, Unreadable, Withdrawn
from corpus.fetch import Fetcher
from corpus.gather import Gathered
from migrations.database import reading, writing
from retrieval import builds, manifest
from retrieval.builds import Build
from retrieval.confidence import THRESHOLD
from retrieval.encoder import Encoder
from retrieval.errors import DamagedBuild, NoBuild
from retrieval.types import Document

BRIEFS = Path(__file__).parent / "briefs"
#: Documents, and characters of their texts, that are kept in one transaction: 3 to 10 ms of writing, while
#: whoever logs a question waits.
LOT = 20
LOT_TEXT = 200_000
Outcome = Literal["new", "changed", "revised", "unchanged", "erased"]


@dataclass(frozen=True, slots=True)
class Change:
    """What adding one document means for the live corpus: its text is new or changed, only its title or
    date is (revised), or nothing is. `instead` names the document that already has this text. One that was
    erased for legal reasons stays away."""

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


#: How long the body of a page is kept after it was last fetched: the time to notice and extract it again.
RAW_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Web:
    """How the web is asked: the file of sources, the hosts that may be at any address ("host" or
    "host:port"), whom a site may write to, and what a fetch may take."""

    sources: Path = sources.SHIPPED
    allowed: frozenset[str] = frozenset()
    contact: str = ""
    limits: fetch.Limits = field(default_factory=fetch.Limits)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a refresh works with: where builds and the lock live, the archive, and the encoder, which is
    made only when something has to be embedded. `sources` gathers all but the briefs, `web` says how the web
    is asked; `threshold` is the confidence from which people get an answer, `limits` is what a new build may
    lose."""

    home: Path
    engine: Engine
    encoder: Callable[[], Encoder]
    starter: bool = True
    threshold: float = THRESHOLD
    limits: Limits = field(default_factory=Limits)
    sources: Callable[[datetime, builds.Progress], Iterable[Gathered]] = lambda now, progress: ()
    web: Web = field(default_factory=Web)

    @property
    def index(self) -> Path:
        return self.home / "index"

    def fetcher(self) -> Fetcher:
        """A fetcher for one refresh."""
        return Fetcher(self.home, self.web.allowed, self.web.contact, self.web.limits)


def gathered(
    shop: Workshop, now: datetime, progress: builds.Progress, only: str | None = None
) -> Iterator[Gathered]:
    """What each enabled source of the workshop's file holds now, or `only` the one of that name. Bodies that
    no source listed for long are pruned first. Raises: CorpusError."""
    raw.prune(shop.home, now - RAW_KEPT)
    suppliers = [s for s in sources.load(shop.web.sources) if only in (None, s.name)]
    beside = shop.web.sources.parent
    return collect.every(suppliers, beside, shop.fetcher(), shop.encoder, now, progress)


def extracted_again(shop: Workshop, live: Iterable[Document], progress: builds.Progress) -> Gathered:
    """The `live` documents that were fetched, as their kept bodies are extracted today; what a page leaves
    unsaid stays as it is. Those whose bodies are no longer kept are left out."""
    bodies = {record.final_url: record for record in raw.records(shop.home)}
    fetched = [(d, record) for d in live if (record := bodies.get(d.source.url or ""))]
    found: list[tuple[str, Document]] = []
    failed: list[SourceError] = []
    for number, (document, record) in enumerate(fetched, 1):
        body = raw.read(shop.home, record.sha256)
        if body is not None:
            known = document.source
            given = {n: getattr(known, n) for n in ("title", "publisher", "published", "tier", "licence")}
            try:
                found.append((record.url, extracted.document(shop.home, body, record, given)))
            except SourceError as error:
                failed.append(error)
        progress(number, len(fetched))
    return Gathered("re-extract", tuple(found), tuple(failed), whole=False)


def add(
    shop: Workshop,
    places: Sequence[Path | str],
    given: Mapping[str, Any],
    progress: builds.Progress,
    restore: bool = False,
) -> Report:
    """Add the files at `places` (folders: every file in them that can be extracted; strings: web addresses)
    and publish. What was withdrawn fails, unless it is to be restored.

    One that fails does not keep the others out. Raises: Locked, CorpusError when there is no file.
    """
    now = datetime.now(UTC)
    with lock(shop.home):
        found, failed = _extract(shop, places, given, now)
        if not found and not failed:
            known = ", ".join(sorted(extract.SUFFIXES))
            raise CorpusError(f"no file to add: a folder is searched for {known}")
        if restore:
            shelf.take_back(shop.index, {document.id for document in found})
        away = shelf.withdrawn(shop.index)
        failed += tuple(Withdrawn(d.id, away[d.id].said, away[d.id].erased) for d in found if d.id in away)
        found = [document for document in found if document.id not in away]
        return _refresh(shop, "add", found, failed, now, progress, force=False)


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
        starters = starter_documents(now) if shop.starter else {}
        away = shelf.withdrawn(shop.index)
        wanted = [document for id, document in starters.items() if id not in away]
        return _refresh(shop, "build", wanted, (), now, progress, force=True)


def starter_files() -> list[Path]:
    """The files of the briefs that ship with the program."""
    return sorted(p for p in BRIEFS.glob("*.md") if p.name != "README.md")


def starter_documents(now: datetime) -> dict[str, Document]:
    """The briefs that ship with the program, by id."""
    return {d.id: d for d in (extract.document(path, {}, now, starter=True) for path in starter_files())}


def live_documents(shop: Workshop) -> dict[str, Document]:
    """The documents of the live build by id, read from the archive where the build itself is damaged; the
    starter briefs where nothing was ever published. Raises: CorpusError when neither can be had."""
    try:
        id = builds.current(shop.index)
        listed = shelf.listed(shop.index, id)
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
    with reading(shop.engine) as connection:
        kept = {name: archive.document(connection, name, version) for name, version in listed}
    if lost := [name for name, document in kept.items() if document is None]:
        raise CorpusError(f"build {id} is damaged and the archive lacks {', '.join(lost)}")
    return {name: document for name, document in kept.items() if document is not None}


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Hold the refresh lock under `home`; the system releases it when the process ends, however it does.

    Raises: Locked, CorpusError.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        opened = (home / "refresh.lock").open("a+b", buffering=0)
    except OSError as cause:
        raise CorpusError(f"{home} cannot be written to: {cause}") from cause
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            file.seek(0)
            raise Locked(file.read().decode().strip() or "its process is not known") from cause
        # The note only helps whoever waits: on a full disk the lock holds without it.
        with suppress(OSError):
            file.truncate(0)
            file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
        yield


def _extract(
    shop: Workshop, places: Sequence[Path | str], given: Mapping[str, Any], now: datetime
) -> tuple[list[Document], tuple[SourceError, ...]]:
    found: list[Document] = []
    failed: list[SourceError] = []
    fetcher = shop.fetcher() if any(isinstance(place, str) for place in places) else None
    ones = (one for p in places for one in ([p] if isinstance(p, str) else gather.files(p)))
    for one in ones:
        try:
            for made in _read(one, fetcher, given, now):
                if isinstance(made, Document):
                    found.append(made)
                else:
                    failed.append(made)
        except SourceError as error:
            failed.append(error)
        except Exception as error:  # noqa: BLE001  one file that no one foresaw keeps no other out
            failed.append(Unreadable(str(one), f"{type(error).__name__}: {error}"))
    return found, tuple(failed)


def _read(
    place: Path | str, fetcher: Fetcher | None, given: Mapping[str, Any], now: datetime
) -> Iterator[Document | SourceError]:
    if isinstance(place, Path):
        yield from extract.documents(place, given, now)
    elif fetcher is not None:
        yield collect.page(place, fetcher, given)


def _refresh(
    shop: Workshop,
    command: str,
    found: Iterable[Document],
    failed: tuple[SourceError, ...],
    now: datetime,
    progress: builds.Progress,
    force: bool,
) -> Report:
    """Keep what is new of `found`, build and publish it with what is live; when nothing is new, only by force
    or when no build serves."""
    begun = report.begin(command, shelf.current(shop.index))
    live = live_documents(shop)
    corpus = dict(live)
    changes = []
    for document in found:
        changes.append(compare(corpus, document))
        if changes[-1].outcome != "unchanged":
            corpus[document.id] = document
    needed = force or not _serves(shop)
    if needed or corpus != live:
        erased = keep(shop, corpus.values(), now)
        changes = [replace(c, outcome="erased") if c.document.id in erased else c for c in changes]
        corpus = {id: document for id, document in corpus.items() if id not in erased}
    if needed or corpus != live:
        build, embedded = _publish(shop, corpus, progress)
        counts = dict(Counter[str](change.outcome for change in changes))
        entries = tuple({"address": e.source, "reason": e.reason} for e in failed)
        done = replace(
            begun, outcome="published", build=build, embedded=embedded, counts=counts, failed=entries
        )
        report.write(shop.home, done)
        tidy(shop.home)
        return Report(tuple(changes), failed, build, published=True)
    return Report(tuple(changes), failed, builds.current(shop.index), published=False)


def keep(shop: Workshop, documents: Iterable[Document], now: datetime) -> frozenset[str]:
    """Keep `documents` in the archive, in short transactions; the ids of those that were erased from it and
    stay away. Whoever logs a question waits for no more than one lot."""
    with reading(shop.engine) as connection:
        waiting = archive.pending(connection, documents)
    erased: set[str] = set()
    for lot in _lots(waiting):
        with writing(shop.engine) as connection:
            kept = archive.keep(connection, lot, now)
        erased.update(k.document for k in kept if k.outcome == "erased")
    return frozenset(erased)


def _lots(documents: Iterable[Document]) -> Iterator[list[Document]]:
    lot: list[Document] = []
    for document in documents:
        lot.append(document)
        if len(lot) == LOT or sum(len(d.text) for d in lot) > LOT_TEXT:
            yield lot
            lot = []
    if lot:
        yield lot


def tidy(home: Path) -> None:
    """Delete what nobody needs once a build is live. What cannot be deleted now is when the next one is."""
    forget_vectors(home)
    with suppress(OSError):
        shelf.thin(home)


def compare(live: Mapping[str, Document], document: Document) -> Change:
    """What `document` means for the documents in `live`."""
    before = live.get(document.id)
    if before is None:
        twin = next((d.id for d in live.values() if _same(d, document)), None)
        return Change(document, "unchanged", twin) if twin else Change(document, "new")
    if before.version != document.version:
        return Change(document, "changed")
    if archive.told(before.source) != archive.told(document.source):
        return Change(document, "revised")
    return Change(document, "unchanged")


def _same(known: Document, document: Document) -> bool:
    """Whether `document` is `known` once more: what someone else published too is a document of its own, and
    a text without a publisher is nobody else's."""
    return known.version == document.version and document.source.publisher in (None, known.source.publisher)


def _serves(shop: Workshop) -> bool:
    try:
        return not builds.load(shop.index).damaged
    except (NoBuild, DamagedBuild):
        return False


def _publish(shop: Workshop, documents: Mapping[str, Document], progress: builds.Progress) -> tuple[str, int]:
    try:
        previous: Build | None = builds.load(shop.index)
    except (NoBuild, DamagedBuild):
        previous = None
    builds.sweep(shop.index)
    try:
        build, _ = candidate.write(shop.home, shop.index, documents, shop.encoder(), previous, progress)
        builds.publish(shop.index, build)
    except OSError as cause:
        raise CorpusError(f"the build could not be written, the live one stays: {cause}") from cause
    return build, manifest.read(shop.index, build).embedded
