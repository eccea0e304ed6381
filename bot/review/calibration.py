"""The confidence held against labels, and fitted to them: a refit is kept only when someone asks for it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.live import Serving
from bot.review.golden import Judged
from retrieval import builds, calibrate, evaluate
from retrieval.confidence import FILE

#: Questions that a refit needs of either kind, answered right and not: ten for each of its dozen weights.
LEAST = 60
#: Characters of a bar that stands for all.
WIDTH = 40

Reliability = Sequence[dict[str, float]]


@dataclass(frozen=True, slots=True)
class Refit:
    """`now` is the reliability of the confidence that ships, `then` that of the refit on questions that it
    was not fitted to; `fields` are those of its file, None when there are fewer than LEAST of a kind."""

    questions: int
    right: int
    now: Reliability
    then: Reliability
    fields: dict[str, Any] | None


def refit(served: Serving, judged: Sequence[Judged], progress: builds.Progress) -> Refit:
    """Ask the live build every judged question, and fit the confidence to what comes of it."""
    asked = [one.question for one in judged]
    found = [
        one
        for one in evaluate.outcomes(served.build, served.encoder, asked, progress)
        if one.features and one.right is not None
    ]
    told = [(any(one.right or ()), one.features) for one in found]
    right = np.array([was for was, _ in told], np.bool_)
    sure = np.array([one.confidence for one in found], np.float64)
    fields = None
    if min(right.sum(), (~right).sum()) >= LEAST:
        fields = {"command": "talks review calibrate"} | calibrate.calibration({"labels": told})
    return Refit(
        questions=len(told),
        right=int(right.sum()),
        now=calibrate.reliability(sure, right, np.ones(len(told))) if len(told) else (),
        then=fields["reliability"] if fields else (),
        fields=fields,
    )


def write(home: Path, fields: dict[str, Any]) -> Path:
    """Have answers use the refit from the next start on; the file. Raises: OSError."""
    path = home / FILE
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(fields, indent=1) + "\n", "utf-8")
    aside.replace(path)
    return path


def diagram(reliability: Reliability) -> str:
    """A line for each tenth of the confidence: a bar as long as the share that was right, and where it would
    end if the confidence were true."""
    lines = []
    for row in reliability:
        bar = ["█" if place < round(WIDTH * row["right"]) else "·" for place in range(WIDTH)]
        bar[min(WIDTH - 1, round(WIDTH * row["confidence"]))] = "│"
        lines.append(
            f"{row['from']:.1f}–{row['from'] + 0.1:.1f} {''.join(bar)} {row['right']:4.0%} right at"
            f" {row['confidence']:.2f}, {row['share']:.0%} of all"
        )
    return "\n".join(lines)
