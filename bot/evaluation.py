"""`talks eval`: judged collections asked of the program, and their measures as a table and as JSON."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval import calibrate, evaluate, measures
from retrieval.aliases import NONE, Aliases
from retrieval.calibrate import Judged
from retrieval.encoder import Encoder
from retrieval.errors import BadCollection
from retrieval.evaluate import Collection, Outcome, Question
from retrieval.expansions import Expansion
from retrieval.measures import Difference, Summary
from retrieval.reading import Split
from retrieval.types import Document

SCHEMA = 1
Step = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured: which split ("" for all) and sets (none named: all) of the collection in `folder`, a
    folder or a file of golden questions, and a second collection that its documents cannot answer: of its
    questions those of the named sets, if it has any of these. With `judged`, only the documents that answer a
    question of the sets, whatever the split, are searched."""

    folder: Path
    split: str = ""
    sets: tuple[str, ...] = ()
    off_topic: Path | None = None
    judged: bool = False

    def chosen(self, questions: Sequence[Question]) -> list[Question]:
        return [
            question
            for question in questions
            if self.split in ("", question.split) and (not self.sets or question.set in self.sets)
        ]


def run(
    asked: Asked,
    documents: Callable[[], Iterable[Document]],
    home: Path,
    split: Split,
    encoder: Encoder,
    step: Step,
    names: Aliases = NONE,
    leading: Sequence[Expansion] = (),
) -> dict[str, Any]:
    """The measures and every question's own values, as the documented JSON object. `documents` are what
    golden questions are about, `leading` the questions that lead to their sentences; `step` shows the
    progress of what it is told. Raises: BadCollection."""
    judged = collected(asked.folder, documents)
    if asked.judged:
        judged = evaluate.only_judged(judged, asked.sets)
    with step(f"building {judged.name}") as progress:
        build = evaluate.build(judged, home, split, encoder, progress, names, leading)
    with step(f"asking {judged.name}") as progress:
        found = evaluate.outcomes(build, encoder, asked.chosen(judged.questions), progress)
    strange: list[Outcome] = []
    if asked.off_topic is not None:
        other = collected(asked.off_topic, documents).questions
        sets = tuple({question.set for question in other} & set(asked.sets))
        questions = replace(asked, sets=sets).chosen(other)
        with step(f"asking off topic: {asked.off_topic.name}") as progress:
            strange = evaluate.outcomes(build, encoder, questions, progress)
    summaries = evaluate.summaries(found, strange)
    return {
        "schema": SCHEMA,
        "collection": judged.name,
        "split": asked.split or "all",
        "asked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": encoder.model.name,
        "build": build.id,
        "passages": build.manifest.passages,
        "sentences": build.manifest.sentences,
        "sets": {name: _summary(of) for name, of in summaries.items()},
        "questions": {name: _values(found, name) for name in summaries},
        "features": {name: _features(o for o in found if o.question.set == name) for name in summaries}
        | ({f"{judged.name} off topic": _features(strange, never=True)} if strange else {}),
    }


def collected(place: Path, documents: Callable[[], Iterable[Document]]) -> Collection:
    """The judged questions in a folder or a file. Raises: BadCollection."""
    try:
        return evaluate.golden(place, documents()) if place.is_file() else evaluate.collection(place)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise BadCollection(str(place)) from cause


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "measures": {name: asdict(estimate) for name, estimate in summary.estimates.items()},
        "curve": [
            {"coverage": share, "precision": round(precision, 4), "confidence": confidence}
            for share, precision, confidence in summary.curve
        ],
    }


def _values(found: Sequence[Outcome], name: str) -> dict[str, dict[str, float]]:
    inside = [one for one in found if one.question.set == name]
    return measures.per_question(inside) | {"confidence": {one.question.id: one.confidence for one in inside}}


def _features(found: Iterable[Outcome], never: bool = False) -> list[Judged]:
    """What a calibration is fitted to: `never` says that none of the questions has an answer here."""
    return [
        (not never and any(one.right or ()), one.features)
        for one in found
        if one.features and (never or one.right is not None)
    ]


def calibration(runs: Iterable[dict[str, Any]], made: str, hard: Sequence[str] = ()) -> dict[str, Any]:
    """The calibration that `runs` fit, as the fields of its file; `made` is the command that asked for it.
    The sets in `hard` have no say in the threshold."""
    sets = {name: of for run in runs for name, of in run["features"].items()}
    return {"command": made} | calibrate.calibration(sets, hard)


def against(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, dict[str, Difference]]:
    """By set and measure, how `mine` differs from `theirs` over the questions of both."""
    return {
        name: measures.differences(values, theirs["questions"][name])
        for name, values in mine["questions"].items()
        if name in theirs["questions"]
    }


def show(
    found: dict[str, Any], compared: dict[str, dict[str, Difference]], say: Callable[[str], None]
) -> None:
    """One block a set: its measures, its curve, and what changed."""
    say(f"{found['collection']}, {found['split']} questions, {found['passages']} passages, {found['model']}")
    for name, of in found["sets"].items():
        say(f"\n{name}")
        for measure, value in of["measures"].items():
            change = compared.get(name, {}).get(measure)
            line = f"  {measure:<16}{value['value']:8.3f}  [{value['low']:.3f}, {value['high']:.3f}]"
            line += f"  n {value['n']}"
            if change is not None:
                line += f"   {change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}] p {change.p:.3f}"
            say(line)
        if of["curve"]:
            points = "  ".join(f"{p['coverage']:.0%} {p['precision']:.2f}" for p in of["curve"])
            say(f"  precision at the share answered: {points}")
