"""Fits a calibration to judged questions: a logistic regression, each set of questions counting alike.

Sets are pooled because a calibration fitted on one of them does not carry over to another. What is
fitted is whether a quote that would be shown is right.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.confidence import FEATURES
from retrieval.measures import TARGET

#: One question: whether a quote of its answer is right, and the features of the answer.
Judged = tuple[bool, Mapping[str, float]]
Floats = npt.NDArray[np.float64]

BINS = 10
#: Left out, since the fit carries over better to a set it has not seen: without the first the AUROC of
#: squad2's adversarial questions is .693, not .659; without the second the golden ones' .815, not .799 (dev).
LEFT_OUT = ("entities", "untyped")


def calibration(sets: Mapping[str, Sequence[Judged]], hard: Collection[str] = ()) -> dict[str, Any]:
    """The calibration of `sets` as the fields of its file, with its reliability: for each tenth of the
    confidence, what it was on average, how often a quote was right, and the weight of the questions there.
    The sets in `hard`, whose questions were written to mislead, have no say in the threshold.

    Raises: ValueError when the questions are all right or all wrong.
    """
    from sklearn.linear_model import LogisticRegression

    judged = [one for of in sets.values() for one in of]
    weight = np.array([1 / len(of) for of in sets.values() for _ in of])
    weight *= len(judged) / weight.sum()
    names = [name for name in FEATURES if name not in LEFT_OUT]
    known = np.array([[has[name] for name in names] for _, has in judged])
    right = np.array([was for was, _ in judged])
    fitted = LogisticRegression(max_iter=5000).fit(known, right, sample_weight=weight)
    sure: Floats = fitted.predict_proba(known)[:, 1]
    natural = np.array([name not in hard for name, of in sets.items() for _ in of])
    return {
        "bias": round(float(fitted.intercept_[0]), 4),
        "weights": dict(zip(names, (round(float(w), 4) for w in fitted.coef_[0]), strict=True)),
        "threshold": threshold(sure[natural], right[natural], weight[natural]),
        "precision": TARGET,
        "hard": sorted(hard),
        "questions": {name: len(of) for name, of in sets.items()},
        "reliability": reliability(sure, right, weight),
    }


def threshold(sure: Floats, right: npt.NDArray[np.bool_], weight: Floats) -> float:
    """The least confidence, rounded up, above which TARGET of the weight is right; 1 when there is none."""
    order = np.argsort(-sure)
    precision = np.cumsum((right * weight)[order]) / np.cumsum(weight[order])
    enough = np.flatnonzero(precision >= TARGET)
    return float(np.ceil(sure[order][enough[-1]] * 100) / 100) if len(enough) else 1.0


def reliability(sure: Floats, right: npt.NDArray[np.bool_], weight: Floats) -> list[dict[str, float]]:
    """One row a tenth of the confidence that holds any question."""
    rows = []
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    for tenth in range(BINS):
        inside = bins == tenth
        if total := float(weight[inside].sum()):
            rows.append(
                {
                    "from": tenth / BINS,
                    "confidence": round(float((sure * weight)[inside].sum() / total), 3),
                    "right": round(float((right * weight)[inside].sum() / total), 3),
                    "share": round(total / float(weight.sum()), 3),
                }
            )
    return rows
