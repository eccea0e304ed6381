"""What a refresh would change, worked out before anything does.

A plan gathers what the sources hold, compares it with the live build and writes a candidate beside the
index, with the vectors that are there already. It touches neither the documents' tables nor `CURRENT`.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus import archive, candidate, duplicates, exam, gather, seen, shelf
from corpus.checks import Size
from corpus.diff import pieces
from corpus.duplicates import Cluster
from corpus.errors import BadPlan, Gone, SourceError
from corpus.gather import Gathered
from corpus.questions import astray, questions
from corpus.refresh import Change, Workshop, compare, extracted_again, live_documents, starter_files
from corpus.seen import Seen
from migrations.database import reading
from retrieval import builds, encoder
from retrieval.builds import Build
from retrieval.encoder import Encoder
from retrieval.errors import ModelError, NoBuild
from retrieval.expansions import digest
from retrieval.reading import Split, embedded_text
from retrieval.types import Document, Span

Entry = dict[str, Any]
#: Shows the progress of the step that it is told: an entry for `with`, which gives (done, of).
Step = Callable[[str], AbstractContextManager[builds.Progress]]
SHOWN = (
    "id",
    "new",
    "changed",
    "unchanged",
    "vanished",
    "failed",
    "refused",
    "duplicates",
    "passages_to_embed",
    "answers_changed",
    "questions_changed",
    "questions_astray",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change. `base` is the build that was live ("" for none), `build` the candidate: None when
    nothing would change (`needed` is False) or when none was asked for. `withdrawn` are the vanished
    documents that the candidate lacks. `embedded` counts texts: passages, their sentences, and questions.
    `questions_changed`: those that lead to sentences are not what they were; `questions_astray` are the
    operator's that lead nowhere."""

    id: str
    made: str
    base: str
    build: str | None
    needed: bool
    new: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    unchanged: tuple[Entry, ...]
    vanished: tuple[Entry, ...]
    failed: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    duplicates: tuple[Entry, ...]
    passages_to_embed: int
    answers_changed: tuple[Entry, ...]
    withdrawn: tuple[str, ...]
    embedded: int
    sizes: tuple[Size, ...]
    exam: exam.Exam | None
    seen: Seen
    questions_changed: bool = False
    questions_astray: tuple[Entry, ...] = ()

    def shown(self) -> dict[str, Any]:
        """The plan as `talks corpus plan --json` prints it: keys are added over time, never renamed."""
        return {key: getattr(self, key) for key in SHOWN}


def folder(home: Path, id: str) -> Path:
    """Where the plan `id` is: plan.json, report.html, and the candidate until it is published."""
    return home / "plans" / id


def make(shop: Workshop, step: Step, answers: bool = True) -> Plan:
    """Plan a refresh of every source. For whoever holds the lock.

    Raises: CorpusError, OSError when the candidate cannot be written.
    """
    now = datetime.now(UTC)
    sweep(shop.home)
    # What keeps a candidate from being written is better said before the sources are asked.
    questions(shop.home)
    with step("gathering") as progress:
        gathered = tuple(_gather(shop, now, progress))
    return of(shop, gathered, now, step, answers)


def again(shop: Workshop, step: Step) -> Plan:
    """Plan what extracting the kept bodies of live documents again would change; asks no network. For whoever
    holds the lock. Raises: CorpusError, OSError when the candidate cannot be written."""
    sweep(shop.home)
    with step("extracting") as progress:
        gathered = extracted_again(shop, _live(shop)[2].values(), progress)
    return of(shop, (gathered,), datetime.now(UTC), step, answers=True, sighted=False)


def of(
    shop: Workshop,
    gathered: Sequence[Gathered],
    now: datetime,
    step: Step,
    answers: bool,
    sighted: bool = True,
) -> Plan:
    """The plan that `gathered` makes. Unless `sighted`, the sources were not asked: nothing is absent."""
    base, serving, live = _live(shop)
    before = seen.read(shop.home)
    after = seen.after(before, gathered, now) if sighted else before
    away = _away(shop, {document.id for g in gathered for _, document in g.found} | live.keys())
    absences = after.absences()
    gone = {id for id, times in absences.items() if times >= shop.limits.absences} | away.keys()
    corpus = {id: document for id, document in live.items() if id not in gone}
    changes, kept_away = _compare(corpus, gathered, away)
    model = shop.encoder()
    asked = digest(questions(shop.home), corpus)
    requestioned = serving is not None and serving.manifest.asked != asked
    needed = corpus != live or serving is None or serving.manifest.model != model.model.digest or requestioned
    id = f"{now:%Y%m%dT%H%M%S%f}"[:18] + "-plan"
    written: Build | None = None
    taken: exam.Exam | None = None
    found: tuple[Cluster, ...] = ()
    if needed and answers:
        written, found = _write(shop, id, corpus, model, serving, step)
        taken = _examine(shop, written, model, serving, step)
    elif needed:
        found = duplicates.clusters(corpus.values(), shop.home)
    changed = [c for c in changes if c.outcome in ("changed", "revised")]
    fresh = (
        _fresh(written, corpus, changes, candidate.cutter(corpus, model, found), serving, model)
        if needed
        else 0
    )
    looked_at = written or serving
    lost = astray(shop.home, looked_at) if looked_at else ()
    plan = Plan(
        id=id,
        made=now.isoformat(timespec="seconds"),
        base=base,
        build=written.id if written else None,
        needed=needed,
        new=tuple(_entry(c.document) for c in changes if c.outcome == "new"),
        changed=tuple(_difference(live[c.document.id], c.document) for c in changed),
        unchanged=tuple(_entry(c.document) for c in changes if c.outcome == "unchanged" and not c.instead),
        vanished=tuple(
            _entry(live[id]) | {"absent": times, "of": shop.limits.absences, "withdrawn": id in gone}
            for id, times in absences.items()
            if id in live
        ),
        failed=tuple(_failure(g.source, e) for g in gathered for e in g.failed),
        refused=(
            *(_failure(g.source, e) for g in gathered for e in g.refused),
            *(_failure(g.source, Gone(a, "listed, but gone")) for g in gathered for a in g.gone),
            *kept_away,
        ),
        duplicates=_alike(found, changes),
        passages_to_embed=fresh,
        answers_changed=taken.changed if taken else (),
        withdrawn=tuple(sorted(gone & live.keys() - away.keys())),
        embedded=written.manifest.embedded if written else 0,
        sizes=tuple(_sizes(before, after, live, corpus)),
        exam=taken,
        seen=after,
        questions_changed=requestioned,
        questions_astray=tuple(
            {"document": document, "reason": why}
            for document, why in lost
        ),
    )
    _save(shop.home, plan)
    return plan


def read(home: Path, id: str) -> Plan:
    """The plan `id`, as it was made. Raises: BadPlan."""
    try:
        known = json.loads((folder(home, id) / "plan.json").read_text("utf-8"))
        known["exam"] = exam.of_json(known["exam"]) if known["exam"] else None
        known["sizes"] = tuple(Size(**size) for size in known["sizes"])
        known["seen"] = seen.of_json(known["seen"])
        made: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in known.items()}
        return Plan(**made)
    except FileNotFoundError as cause:
        raise BadPlan(id, f"there is none in {home / 'plans'}: `talks corpus plan` makes one") from cause
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as cause:
        raise BadPlan(id, f"it cannot be read ({type(cause).__name__}): make another") from cause


def sweep(home: Path) -> None:
    """Delete what a killed process left half written: plans, and drafts of small files. For whoever holds the
    lock."""
    for path in (home / "plans").glob("*"):
        if path.is_dir() and not (path / "plan.json").is_file():
            shutil.rmtree(path, ignore_errors=True)
    drafts = (f".{seen.NAME}.*", f".{duplicates.KEPT}.*", f"index/.{shelf.WITHDRAWN}.*", "reports/.*")
    for pattern in (*drafts, "plans/*/.plan.*"):
        for path in home.glob(pattern):
            path.unlink(missing_ok=True)


def encoder_of(shop: Workshop, digest: str) -> Encoder:
    """The encoder that a build's vectors were made with. Raises: ModelError when it is gone."""
    model = shop.encoder()
    return model if model.model.digest == digest else encoder.load(digest, shop.home / "models")


def _gather(shop: Workshop, now: datetime, progress: builds.Progress) -> Iterable[Gathered]:
    if shop.starter:
        yield gather.folder(gather.BRIEFS, starter_files(), {}, now, starter=True)
    yield from shop.sources(now, progress)


def _live(shop: Workshop) -> tuple[str, Build | None, dict[str, Document]]:
    """The id of the live build, the build where it serves, and its documents; nothing where none is live."""
    try:
        base = builds.current(shop.index)
    except NoBuild:
        return "", None, {}
    serving = shelf.live(shop.index)
    if serving is not None and not serving.damaged:
        return base, serving, {d.id: d for d in serving.documents}
    return base, None, live_documents(shop)


def _away(shop: Workshop, ids: Iterable[str]) -> dict[str, str]:
    """The documents that may not return, and why."""
    with reading(shop.engine) as connection:
        erased = {id for id, gone in archive.withdrawn(connection, ids).items() if gone}
    standing = shelf.withdrawn(shop.index)
    return dict.fromkeys(erased, "erased for legal reasons") | {
        id: one.said for id, one in standing.items()
    }


def _compare(
    corpus: dict[str, Document], gathered: Iterable[Gathered], away: Mapping[str, str]
) -> tuple[list[Change], list[Entry]]:
    """Put what is new of `gathered` into `corpus`; what each document means for it, and what was kept away.
    A document that several sources give is taken from the first."""
    changes: list[Change] = []
    refused: list[Entry] = []
    done: set[str] = set()
    for given in gathered:
        for address, document in given.found:
            if document.id in done:
                continue
            done.add(document.id)
            if reason := away.get(document.id):
                refused.append({"source": given.source, "address": address, "reason": reason})
                continue
            change = compare(corpus, document)
            changes.append(change)
            if change.outcome != "unchanged":
                corpus[document.id] = document
    return changes, refused


def _write(
    shop: Workshop, id: str, corpus: Mapping[str, Document], model: Encoder, serving: Build | None, step: Step
) -> tuple[Build, tuple[Cluster, ...]]:
    root = folder(shop.home, id)
    root.mkdir(parents=True)
    try:
        with step("embedding passages and sentences") as progress:
            made, found = candidate.write(shop.home, root, corpus, model, serving, progress)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    return builds.load(root, made), found


def _examine(shop: Workshop, written: Build, model: Encoder, serving: Build | None, step: Step) -> exam.Exam:
    before = None
    if serving is not None:
        try:
            before = (serving, encoder_of(shop, serving.manifest.model))
        except ModelError:
            before = None
    with step("asking golden questions") as progress:
        asked = exam.questions(shop.home)
        return exam.take(asked, (written, model), before, shop.threshold, progress)


def _fresh(
    written: Build | None,
    corpus: Mapping[str, Document],
    changes: Iterable[Change],
    cut: Split,
    serving: Build | None,
    model: Encoder,
) -> int:
    """How many passages have no vector yet. Without a candidate, those of changed documents are cut."""
    known: set[str] = set()
    if serving is not None and serving.manifest.model == model.model.digest:
        passages = (serving.passage(row) for row in range(serving.manifest.passages))
        known = {embedded_text(p.document, p.span) for p in passages}
    spans: Iterable[tuple[Document, Span]]
    if written is not None:
        rows = (written.passage(row) for row in range(written.manifest.passages))
        spans = ((p.document, p.span) for p in rows)
    else:
        touched = {c.document.id for c in changes if c.outcome != "unchanged"}
        spans = ((d, span) for d in corpus.values() if not known or d.id in touched for span in cut(d))
    return sum(embedded_text(document, span) not in known for document, span in spans)


def _entry(document: Document) -> Entry:
    source = document.source
    return {
        "document": document.id,
        "version": document.version,
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published.isoformat() if source.published else None,
        "url": source.url,
    }


def _difference(before: Document, after: Document) -> Entry:
    """A changed document; `source` names the fields of its source that changed, `diff` what its text did."""
    old, new = asdict(archive.told(before.source)), asdict(archive.told(after.source))
    changed = sorted(name for name in new if old[name] != new[name])
    found = [[piece.kind, piece.text] for piece in pieces(before.text, after.text)]
    return _entry(after) | {"before": before.version, "source": changed, "diff": found}


def _failure(source: str, error: SourceError) -> Entry:
    return {"source": source, "address": error.source, "reason": str(error).removeprefix(f"{error.source}: ")}


def _alike(found: Iterable[Cluster], changes: Iterable[Change]) -> tuple[Entry, ...]:
    """Every cluster, and the new documents that have exactly the text of another."""
    also: dict[str, list[str]] = {cluster.cited: list(cluster.also) for cluster in found}
    for change in changes:
        if change.instead:
            also.setdefault(change.instead, []).append(change.document.id)
    return tuple({"cited": cited, "also": others} for cited, others in also.items())


def _sizes(
    before: Seen, after: Seen, live: Mapping[str, Document], corpus: Mapping[str, Document]
) -> Iterable[Size]:
    for source, known in before.sightings.items():
        kept = after.sightings.get(source, known)
        yield Size(source, len(live.keys() & known.keys()), len(corpus.keys() & kept.keys()))


def _save(home: Path, plan: Plan) -> None:
    """Write plan.json last and in one step: a plan without it is not one."""
    root = folder(home, plan.id)
    root.mkdir(parents=True, exist_ok=True)
    known = {f.name: getattr(plan, f.name) for f in fields(Plan)}
    known["exam"] = asdict(plan.exam) if plan.exam else None
    known["sizes"] = [asdict(size) for size in plan.sizes]
    known["seen"] = seen.to_json(plan.seen)
    aside = root / f".plan.{os.getpid()}"
    aside.write_text(json.dumps(known, indent=1, ensure_ascii=False), "utf-8")
    aside.replace(root / "plan.json")
