"""What a run of judged questions amounts to: means with 95% bootstrap intervals, and paired differences.

nDCG, recall and reciprocal rank come from ir-measures, the area under the curve from scikit-learn; both are
imported here only, and only when something is measured.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retrieval.confidence import THRESHOLD

if TYPE_CHECKING:
    from retrieval.evaluate import Outcome

Values = Mapping[str, float]
Floats = npt.NDArray[np.float64]

#: Resamples of a bootstrap: its interval's ends are then steady to about a tenth of its width.
RESAMPLES = 1000
#: The shares of questions answered at which the precision is shown.
COVERAGES = tuple(round(0.1 * step, 1) for step in range(1, 11))
#: What decides whether an answer is right, and how precise the answers above the threshold have to be.
TARGET = 0.90


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure, its 95% interval, and how many questions it is from."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The measures of one set. At the default threshold `answered` and `declined` are the shares of the
    questions with and without an answer that are, `precision` that of the answered ones which are right;
    `curve` holds (share answered, precision, confidence at that share)."""

    estimates: Mapping[str, Estimate]
    curve: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a measure differs from another run's over the questions of both, with its 95% interval and
    the p of a paired t-test."""

    value: float
    low: float
    high: float
    p: float
    n: int


def per_question(found: Iterable["Outcome"]) -> dict[str, dict[str, float]]:
    """The measures that are means over questions: by measure, then by question id."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    found = [one for one in found if one.question.answerable]
    names = {nDCG @ 10: "ndcg@10", R @ 5: "recall@5", RR: "mrr"}
    values: dict[str, dict[str, float]] = {name: {} for name in names.values()}
    qrels = {one.question.id: dict.fromkeys(one.question.relevant, 1) for one in found}
    run = {one.question.id: dict(one.run) for one in found}
    for metric in ir_measures.iter_calc(list(names), qrels, run):
        values[names[metric.measure]][metric.query_id] = float(metric.value)
    for name, most in (("hit@1", 1), ("hit@3", 3)):
        values[name] = {
            one.question.id: float(any(one.right[:most])) for one in found if one.right is not None
        }
    return {name: of for name, of in values.items() if of}


def summary(found: Sequence["Outcome"], off_topic: Sequence["Outcome"] = ()) -> Summary:
    """The measures of `found`; `off_topic` are questions that these documents cannot answer."""
    estimates = {name: mean(list(of.values())) for name, of in per_question(found).items()}
    yes = [one.confidence for one in found if one.question.answerable]
    no = [one.confidence for one in found if not one.question.answerable]
    if yes and no:
        estimates["auroc"] = auroc(yes, no)
    if yes and off_topic:
        estimates["auroc off-topic"] = auroc(yes, [one.confidence for one in off_topic])
    judged = [one for one in found if one.right is not None]
    above = [any(one.right or ()) for one in judged if one.confidence >= THRESHOLD]
    shares = {
        "answered": [sure >= THRESHOLD for sure in yes],
        "declined": [sure < THRESHOLD for sure in no],
        "precision": above if any(one.question.answerable for one in judged) else [],
    }
    estimates |= {name: mean(of) for name, of in shares.items() if of}
    estimates["ms"] = mean([one.milliseconds for one in found], np.median)
    estimates["carried"] = mean([float(one.carried) for one in found])
    estimates["sound"] = mean([float(one.sound) for one in found])
    return Summary(estimates, curve([(one.confidence, one.right) for one in found]))


def mean(values: Sequence[float], of: Callable[..., Floats] = np.mean) -> Estimate:
    """The mean of `values` (or another statistic, taking `axis`), with its interval."""
    known = np.asarray(values, np.float64)
    drawn = of(known[_draws(len(known))], axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Estimate(float(of(known)), float(low), float(high), len(known))


def auroc(yes: Sequence[float], no: Sequence[float]) -> Estimate:
    """How often one of `yes` is above one of `no`, ties counting half, with its interval."""
    from sklearn.metrics import roc_auc_score

    scores, labels = np.array([*yes, *no]), np.array([1] * len(yes) + [0] * len(no))
    drawn = [
        roc_auc_score(labels[rows], scores[rows])
        for rows in _draws(len(scores))[: RESAMPLES // 5]
        if 0 < labels[rows].sum() < len(rows)
    ]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Estimate(float(roc_auc_score(labels, scores)), float(low), float(high), len(scores))


def curve(
    found: Iterable[tuple[float, tuple[bool, ...] | None]],
) -> tuple[tuple[float, float, float], ...]:
    """How precise the surest answers are, at each share of `COVERAGES`; empty where right is not known."""
    known = sorted(((sure, any(right)) for sure, right in found if right is not None), reverse=True)
    points = []
    for share in COVERAGES:
        taken = known[: round(share * len(known))]
        if taken:
            points.append((share, sum(right for _, right in taken) / len(taken), taken[-1][0]))
    return tuple(points)


def differences(mine: Mapping[str, Values], theirs: Mapping[str, Values]) -> dict[str, Difference]:
    """`mine` less `theirs` by measure, over the questions that both hold."""
    from scipy.stats import ttest_rel

    found: dict[str, Difference] = {}
    for name in mine.keys() & theirs.keys():
        shared = sorted(mine[name].keys() & theirs[name].keys())
        if len(shared) < 2:
            continue
        a = np.array([mine[name][id] for id in shared])
        b = np.array([theirs[name][id] for id in shared])
        change = mean(list(a - b))
        p = float(ttest_rel(a, b).pvalue) if np.any(a != b) else 1.0
        found[name] = Difference(change.value, change.low, change.high, p, change.n)
    return found


def _draws(size: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, max(size, 1), (RESAMPLES, size))
