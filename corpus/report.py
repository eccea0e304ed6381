"""One JSON report under `reports/` for each time that the live corpus was to change, whatever came of it."""

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from corpus.checks import Check

if TYPE_CHECKING:
    from corpus.plan import Plan

SCHEMA = 1
Outcome = Literal["published", "nothing", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one command. `build` is live afterwards, `before` was; `parent` is the build that one
    was made from for want of a document. `reason` is why a person withdrew something or overruled a check."""

    id: str
    command: str
    at: str
    seconds: float
    by: str
    outcome: Outcome
    before: str
    build: str
    plan: str | None = None
    parent: str | None = None
    reason: str | None = None
    forced: bool = False
    error: str | None = None
    embedded: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[Mapping[str, Any], ...] = ()
    refused: tuple[Mapping[str, Any], ...] = ()
    withdrawn: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()


def begin(command: str, before: str) -> Report:
    """A report that nothing came of yet, and that is not written."""
    now = datetime.now(UTC)
    id = f"{now:%Y%m%dT%H%M%S%f}"[:18] + f"-{command}"
    by = getpass.getuser()
    return Report(id, command, now.isoformat(timespec="milliseconds"), 0.0, by, "nothing", before, before)


def of_plan(plan: "Plan") -> dict[str, Any]:
    """What a plan gives to a report, as fields of it."""
    counts = {
        name: len(getattr(plan, name)) for name in ("new", "changed", "unchanged", "vanished", "duplicates")
    }
    counts |= {"passages_to_embed": plan.passages_to_embed, "answers_changed": len(plan.answers_changed)}
    counts |= {"questions_skipped": plan.exam.skipped} if plan.exam else {}
    counts |= {"questions_astray": len(plan.questions_astray)} if plan.questions_astray else {}
    return {
        "plan": plan.id,
        "embedded": plan.embedded,
        "counts": counts,
        "failed": plan.failed,
        "refused": plan.refused,
        "withdrawn": plan.withdrawn,
    }


def to_json(report: Report) -> dict[str, Any]:
    """The report as it is written: fields are added over time, never renamed."""
    return {"schema": SCHEMA} | asdict(report)


def write(home: Path, report: Report) -> Report:
    """Write the report, complete or not at all, with the seconds since it began. Raises: OSError."""
    spent = (datetime.now(UTC) - datetime.fromisoformat(report.at)).total_seconds()
    report = replace(report, seconds=round(spent, 3))
    folder = home / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{report.id}.{os.getpid()}"
    try:
        text = json.dumps(to_json(report), indent=1, ensure_ascii=False)
        aside.write_text(text, "utf-8")
        aside.replace(folder / f"{report.id}.json")
    finally:
        aside.unlink(missing_ok=True)
    return report


def kept(home: Path) -> tuple[Report, ...]:
    """The reports that can be read, oldest first."""
    found = []
    for path in sorted((home / "reports").glob("*.json")):
        try:
            fields = json.loads(path.read_text("utf-8"))
            fields.pop("schema")
            fields["checks"] = tuple(Check(**check) for check in fields["checks"])
            made: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in fields.items()}
            found.append(Report(**made))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return tuple(found)
