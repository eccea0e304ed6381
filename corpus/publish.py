"""What is live changes here: a plan is published, an older build returns, a document goes.

Every step may be the last one that a process lives to do. The archive takes texts before anything quotes
them, a candidate enters the index in one rename, `CURRENT` changes in one step, and doing it again goes on.
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from corpus import archive, candidate, checks, plan, raw, report, seen, shelf
from corpus.checks import Check
from corpus.errors import BadPlan, CorpusError, Unknown
from corpus.plan import Plan, Step
from corpus.refresh import Workshop, keep, live_documents, lock, tidy
from corpus.report import Report
from migrations.database import DatabaseError, reading, writing
from retrieval import builds
from retrieval.builds import Build
from retrieval.encoder import Encoder
from retrieval.errors import NoBuild, RetrievalError
from retrieval.types import Document


def publish(shop: Workshop, made: Plan, begun: Report, forced: str | None = None) -> Report:
    """Publish the candidate of `made` if every check holds, or for the reason in `forced`. For whoever holds
    the lock. A rejected candidate stays where it is. What came of it is added to `begun`.

    Raises: BadPlan, CorpusError, Unavailable.
    """
    live = current(shop)
    begun = replace(begun, before=live, build=live, **report.of_plan(made), reason=forced)
    now = datetime.now(UTC)
    if begun.before != made.base:
        raise BadPlan(made.id, f"{begun.before or 'nothing'} is live, and it was made for {made.base}")
    if not made.needed:
        documents = live_documents(shop) if begun.before else {}
        keep(shop, documents.values(), now)
        _remember(shop, made, documents)
        return report.write(shop.home, begun)
    if made.build is None:
        raise BadPlan(made.id, "it was made without a candidate: leave out --no-answers")
    written, found = gate(shop, made)
    begun = replace(begun, checks=found)
    if written is None or (checks.failed(found) and not forced):
        return report.write(shop.home, replace(begun, outcome="rejected"))
    documents = {document.id: document for document in written.documents}
    away = shelf.withdrawn(shop.index).keys() & documents.keys()
    if away := away | keep(shop, documents.values(), now):
        raise BadPlan(made.id, f"{', '.join(sorted(away))} was withdrawn since: make another")
    # With those that go now: should this process be killed here, the next one still has to know of them.
    _remember(shop, made, {*documents, *made.withdrawn})
    _tombstone(shop, made.withdrawn, now)
    _enter(shop, made, written.id)
    builds.publish(shop.index, written.id)
    overruled = bool(checks.failed(found))
    done = replace(begun, outcome="published", build=written.id, forced=overruled)
    told = report.write(shop.home, done)
    tidy(shop.home)
    return told


def refresh(shop: Workshop, step: Step, made: Plan | None = None, forced: str | None = None) -> Report:
    """Plan, gate, publish; or gate and publish `made`. For whoever holds the lock. What fails is reported
    before it is raised. Raises: CorpusError, RetrievalError, DatabaseError."""
    begun = report.begin("refresh", "")
    try:
        _sweep(shop)
        return publish(shop, made or plan.make(shop, step), begun, forced)
    except (CorpusError, RetrievalError, DatabaseError, OSError) as error:
        with suppress(OSError, RetrievalError):
            live = current(shop)
            failed = replace(begun, outcome="failed", error=str(error), before=live, build=live)
            report.write(shop.home, failed)
        if isinstance(error, OSError):
            raise CorpusError(f"the refresh could not go on, the live build stays: {error}") from error
        raise


def gate(shop: Workshop, made: Plan) -> tuple[Build | None, tuple[Check, ...]]:
    """The candidate of `made`, None if it is not whole (no reason overrules that), and what checks found."""
    id = made.build or ""
    root = shop.index if (shop.index / id).is_dir() else plan.folder(shop.home, made.id)
    written, found = checks.whole(root, id)
    written = None if checks.failed(found) else written
    found += (checks.shrunk(made.sizes, shop.limits),)
    if made.exam is not None:
        found += checks.golden(made.exam, shop.limits)
    return written, found


def rollback(shop: Workshop, name: str | None, step: Step) -> Report:
    """Make an older build live again, by default the one that was live before the current one. Where it holds
    a document that was withdrawn since, a build without it is made. Raises: Locked, NoBuild, CorpusError."""
    with lock(shop.home):
        _sweep(shop)
        live = current(shop)
        id = previous(shop, live) if name is None else builds.named(shop.index, name)
        begun = report.begin("rollback", live)
        if id == live:
            return report.write(shop.home, begun)
        build = _sound(shop, id)
        model = plan.encoder_of(shop, build.manifest.model)
        away = _withdrawn(shop, (d.id for d in build.documents))
        if away:
            rest = {d.id: d for d in build.documents if d.id not in away}
            made, embedded = _rebuild(shop, rest, build, model, step)
            begun = replace(begun, parent=id, embedded=embedded)
            id = made
        builds.publish(shop.index, id)
        done = replace(begun, outcome="published", build=id, withdrawn=tuple(sorted(away)))
        return report.write(shop.home, done)


def previous(shop: Workshop, live: str) -> str:
    """The build that was live before `live` first was; where no report tells, the next older one.

    Raises: NoBuild when there is none.
    """
    told = [r for r in report.kept(shop.home) if r.outcome == "published"]
    there = [found.id for found in shelf.kept(shop.index)]
    at = live
    seen_already: set[str] = set()
    while at not in seen_already:
        seen_already.add(at)
        first = next((r for r in told if r.build == at), None)
        if first is None:
            break
        if first.parent is not None:
            at = first.parent
        elif first.before in there and first.before != live:
            return first.before
        else:
            at = first.before
    for id in there:
        if id < (at or live) and id != live:
            return id
    raise NoBuild("", "no earlier build is kept: there is nothing to go back to")


def withdraw(shop: Workshop, id: str, reason: str, erase: bool, step: Step) -> Report:
    """Take a document out of the live corpus and keep it away, for `reason`. With `erase` its texts go for
    good, from the archive and with every build and plan that holds them.

    Raises: Locked, Unknown, CorpusError.
    """
    with lock(shop.home):
        _sweep(shop)
        now = datetime.now(UTC)
        live = live_documents(shop)
        with reading(shop.engine) as connection:
            known = archive.versions(connection, id)
        if id not in live and not known:
            raise Unknown(id)
        begun = replace(report.begin("withdraw", current(shop)), reason=reason, withdrawn=(id,))
        shelf.withdraw(shop.index, id, reason, now, erase)
        keep(shop, [live[id]] if id in live and not known else (), now)
        _tombstone(shop, (id,), now)
        done = begun
        if id in live:
            serving = shelf.live(shop.index)
            rest = {name: document for name, document in live.items() if name != id}
            model = shop.encoder() if serving is None else plan.encoder_of(shop, serving.manifest.model)
            made, embedded = _rebuild(shop, rest, serving, model, step)
            builds.publish(shop.index, made)
            done = replace(begun, outcome="published", build=made, parent=begun.before, embedded=embedded)
        if erase:
            _erase(shop, id, now)
        return report.write(shop.home, done)


def prune(shop: Workshop, keep: int) -> tuple[str, ...]:
    """Delete all but the live build and the `keep` newest, and plans older than those; what was deleted.

    Raises: Locked, ValueError.
    """
    if keep < 1:
        raise ValueError("at least one build is kept")
    with lock(shop.home):
        _sweep(shop)
        return shelf.thin(shop.home, keep)


def current(shop: Workshop) -> str:
    """The id of the live build, "" where none is. Raises: DamagedBuild."""
    return shelf.current(shop.index)


def _sweep(shop: Workshop) -> None:
    builds.sweep(shop.index)
    plan.sweep(shop.home)


def _remember(shop: Workshop, made: Plan, live: Iterable[str]) -> None:
    """Keep what `made` saw, unless another refresh has seen more since."""
    before = seen.read(shop.home).at
    if before is None or made.seen.at is None or made.seen.at > before:
        seen.write(shop.home, made.seen, live)


def _tombstone(shop: Workshop, ids: Iterable[str], now: datetime) -> None:
    for id in ids:
        with writing(shop.engine) as connection:
            archive.withdraw(connection, id, now)


def _enter(shop: Workshop, made: Plan, build: str) -> None:
    """Move the candidate into the index, unless a refresh that was killed did so already."""
    if not (shop.index / build).is_dir():
        shop.index.mkdir(parents=True, exist_ok=True)
        (plan.folder(shop.home, made.id) / build).rename(shop.index / build)


def _sound(shop: Workshop, id: str) -> Build:
    build, found = checks.whole(shop.index, id)
    if build is None or checks.failed(found):
        wrong = "; ".join(check.found for check in checks.failed(found))
        raise CorpusError(f"build {id} cannot go live: {wrong}")
    return build


def _withdrawn(shop: Workshop, ids: Iterable[str]) -> set[str]:
    """Which of these documents may not go live: withdrawn by someone, or by a refresh that lost them."""
    ids = set(ids)
    with reading(shop.engine) as connection:
        return set(archive.withdrawn(connection, ids)) | (shelf.withdrawn(shop.index).keys() & ids)


def _rebuild(
    shop: Workshop, documents: dict[str, Document], before: Build | None, model: Encoder, step: Step
) -> tuple[str, int]:
    """Write a build of `documents` into the index, checked; its id and how many texts were embedded."""
    with step("embedding passages and sentences") as progress:
        id, _ = candidate.write(shop.home, shop.index, documents, model, before, progress)
    return id, _sound(shop, id).manifest.embedded


def _erase(shop: Workshop, id: str, now: datetime) -> None:
    """Erase the texts of a document and the pages that they came from, and delete every build and plan that
    holds one."""
    with reading(shop.engine) as connection:
        urls = {known.source.url for known in archive.history(connection, id)}
    raw.forget(shop.home, filter(None, urls))
    with writing(shop.engine) as connection:
        archive.erase(connection, id, now)
    archive.scrub(shop.engine)
    live = current(shop)
    for found in shelf.kept(shop.index):
        if found.id != live and any(name == id for name, _ in found.documents):
            shelf.remove(shop.index, found.id)
    for path in (shop.home / "plans").glob("*-plan"):
        if id in (path / "plan.json").read_text("utf-8"):
            shutil.rmtree(path)
