"""The gate: a build is published only if every check holds. Each check says what it found."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import NoSpace
from corpus.exam import Exam
from retrieval import builds
from retrieval.builds import Build
from retrieval.errors import DamagedBuild
from retrieval.types import version_of

#: Passages whose quotes are resolved, spread evenly over the build.
SAMPLE = 200
#: Bytes that a build takes for each character of its texts and questions, vectors included, and half as much
#: again: the bundled corpus takes 21.
BYTES = 32
#: Bytes that stay free for the database and for whatever else writes to the same disk.
SPARE = 50_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a build may lose. `recall` and `abstention` are the least it must reach: below the .89 and 1 that
    the bundled corpus has, for they are there to stop a broken index, not one that is a little worse. `drop`
    is how far it may fall below the live build, `shrink` the share of its documents that a source may lose
    at once (one document always), `absences` how often in a row a document must be absent to be withdrawn."""

    recall: float = 0.75
    abstention: float = 0.8
    drop: float = 0.02
    shrink: float = 0.2
    absences: int = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, whether it holds, and what was found."""

    name: str
    holds: bool
    found: str


@dataclass(frozen=True, slots=True)
class Size:
    """How many live documents a source has, and how many it would have."""

    source: str
    before: int
    after: int


def space(home: Path, characters: int) -> None:
    """Raises: NoSpace where a build of texts of so many characters does not fit."""
    needed = BYTES * characters + SPARE
    there = next(place for place in (home, *home.parents) if place.exists())
    if (free := shutil.disk_usage(there).free) < needed:
        raise NoSpace(str(home), needed, free)


def whole(root: Path, id: str) -> tuple[Build | None, tuple[Check, ...]]:
    """The build and what can be said of it by itself: that it loads, that its counts and checksums agree,
    and that quotes resolve."""
    try:
        build = builds.load(root, id)
    except DamagedBuild as error:
        return None, (Check("loads", False, str(error)),)
    found = build.manifest
    checks = [Check("loads", True, f"{len(build.documents)} documents, {found.passages} passages")]
    try:
        builds.check(root, id)
        checks.append(Check("checksums", True, f"{len(found.files)} files are what was written"))
    except DamagedBuild as error:
        checks.append(Check("checksums", False, str(error)))
    broken = _unresolved(build)
    checks.append(
        Check(
            "quotes", not broken, broken or f"{min(SAMPLE, found.passages)} passages resolve to their texts"
        )
    )
    return build, tuple(checks)


def shrunk(sizes: Iterable[Size], limits: Limits) -> Check:
    """Whether every source kept enough of its documents."""
    lost = [
        f"{size.source} from {size.before} to {size.after}"
        for size in sizes
        if size.before - size.after > max(1, limits.shrink * size.before)
    ]
    return Check(
        "sources",
        not lost,
        f"shrank by more than {limits.shrink:.0%}: " + ", ".join(lost) if lost else "none shrank too far",
    )


def golden(exam: Exam, limits: Limits) -> tuple[Check, ...]:
    """Whether recall and abstention are high enough and not much below the live build's."""
    skipped = f"{exam.skipped} questions skipped, whose documents are in neither build"
    live = exam.live
    return (
        _mark(
            "recall",
            exam.candidate.recall,
            live.recall if live else None,
            limits.recall,
            limits.drop,
            skipped,
        ),
        _mark(
            "abstention",
            exam.candidate.abstention,
            live.abstention if live else None,
            limits.abstention,
            limits.drop,
            f"{exam.unanswerable} questions without an answer",
        ),
    )


def _mark(name: str, mine: float | None, live: float | None, least: float, drop: float, about: str) -> Check:
    if mine is None:
        return Check(name, True, f"no golden question to tell by; {about}")
    against = "no live build to compare" if live is None else f"live {live:.3f}"
    # Shares are of a few dozen questions: a rounding error must not decide.
    holds = mine >= least - 1e-9 and (live is None or mine >= live - drop - 1e-9)
    return Check(name, holds, f"{mine:.3f}, at least {least:.2f}, {against}; {about}")


def _unresolved(build: Build) -> str:
    """What is wrong with the first passage of a sample whose text is not where it says; "" if none is."""
    texts = {d.id: d for d in build.documents}
    count = build.manifest.passages
    for row in sorted({int(n * count / SAMPLE) for n in range(min(SAMPLE, count) and SAMPLE)}):
        passage = build.passage(row)
        document = texts[passage.document.id]
        _, spans = build.sentences_of(row)
        if version_of(document.text) != document.version or any(s not in passage.span for s in spans):
            return f"passage {row} of {document.id} does not resolve"
        if any(not document.slice(s).strip() for s in spans):
            return f"a sentence of passage {row} of {document.id} is empty"
    return ""


def failed(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that do not hold."""
    return tuple(check for check in checks if not check.holds)
