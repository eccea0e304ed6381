"""How sure an answer is: one number in [0, 1], fitted on judged questions.

A calibration is a logistic regression over what a candidate quote has and lacks; it ships as
`calibration.json` beside this file with its reliability table and the command that fitted it. An
operator's own, fitted on their own questions, takes its place.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import BadCalibration
from retrieval.types import Hit, Quote

# Settings read the threshold here: a command that asks nothing starts without what reads a question.
if TYPE_CHECKING:
    from retrieval.query import Query

SHIPPED = Path(__file__).parent / "calibration.json"
#: The operator's, in the data directory.
FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What each feature counts. `threshold` is the least confidence that is answered: of the questions it was
    fitted on .90 of those above were answered right. `digest` is the file's sha256."""

    bias: float
    weights: Mapping[str, float]
    threshold: float
    digest: str


@cache
def load(path: Path = SHIPPED) -> Calibration:
    """The calibration at `path`. Raises: OSError, BadCalibration."""
    read = path.read_bytes()
    try:
        fields = json.loads(read)
        weights = {str(name): float(weight) for name, weight in fields["weights"].items()}
        bias, threshold = float(fields["bias"]), float(fields["threshold"])
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise BadCalibration(str(path), "is not a calibration") from cause
    if unknown := weights.keys() - set(FEATURES):
        raise BadCalibration(str(path), f"weighs {', '.join(sorted(unknown))}, which is not measured")
    if not any(name.startswith(CARRIED) for name in weights):
        # One of an earlier release judged all sentences alike.
        weights |= {CARRIED + name: weight for name, weight in weights.items()}
    return Calibration(bias, weights, threshold, hashlib.sha256(read).hexdigest())


def of(home: Path) -> Calibration:
    """The operator's calibration in `home`, or the one that ships. Raises: OSError, BadCalibration."""
    return load(home / FILE) if (home / FILE).exists() else load()


#: What is known of the best sentence itself, and what only of one that carries questions.
_SENTENCE = ("sentence", "passage", "reached", "typed", "contradicts")
_QUESTIONS = ("led", "alike", "worded", "silent", "named", "leans")
_QUERY = ("margin", "few", "unknown")
#: A sentence that carries questions is judged by weights of its own, for that none of them comes near tells
#: against it: over the dev questions about the briefs the area under the curve is .86 with one set, .89 so.
CARRIED = "carried "
FEATURES = (
    *_SENTENCE,
    *_QUERY,
    *(CARRIED + name for name in ("over", *_SENTENCE, *_QUESTIONS, *_QUERY)),
)
#: A question of this many telling words or fewer names its subject and asks nothing of it.
FEW = 2


#: The weights of sentences that carry questions are those of the briefs, which carry twenty. That none of
#: fewer than this comes near says nothing.
MANY = 10


def features(
    query: "Query", ranked: Sequence[Quote], hits: Sequence[Hit], plain: bool = False
) -> dict[str, float]:
    """What the best of `ranked` has and lacks, by name of `FEATURES`; by `plain` as if it carried no
    questions. `ranked` is not empty.

    `margin`: by how much the best passage is ahead of the fourth. `few`: that the question has few words.
    `unknown`: the share of the question that no text of the corpus holds. `leans`: that it is incomplete, so
    that no question, being complete, comes as near as to others. `over`: 1.
    """
    best = dict(ranked[0].parts)
    fourth = hits[min(3, len(hits) - 1)].score
    has = {
        **{name: best.get(name, 0.0) for name in (*_SENTENCE, *_QUESTIONS)},
        "margin": hits[0].score - fourth,
        "few": float(len(query.weights) <= FEW),
        "unknown": query.unknown,
        "leans": float(query.leans),
        "over": 1.0,
    }
    own = CARRIED if best.get("carries") and not plain else ""
    return dict.fromkeys(FEATURES, 0.0) | {own + n: v for n, v in has.items() if own + n in FEATURES}


def confidence(
    query: "Query", ranked: Sequence[Quote], hits: Sequence[Hit], calibration: Calibration
) -> float:
    """The confidence that the best of `ranked` answers; 0 for none, 1 for a phrase that is found."""
    if not ranked:
        return 0.0
    if query.asked.phrase is not None:
        return 1.0
    few = 0 < dict(ranked[0].parts).get("questions", 0) < MANY
    total = max(
        sum(weight * has[name] for name, weight in calibration.weights.items())
        for has in (features(query, ranked, hits, plain) for plain in ((False, True) if few else (False,)))
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, calibration.bias + total))))


#: An answer below this confidence is not given, unless a setting says otherwise.
THRESHOLD = load().threshold
