"""Fits a calibration to judged questions: a logistic regression, each set of questions counting alike.

Sets are pooled because a calibration fitted on one of them does not carry over to another. What is
fitted is whether a quote that would be shown is right.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.confidence import FEATURES
from retrieval.measures import TARGET

#: One question: whether a quote of its answer is right, and the features of the answer.
Judged = tuple[bool, Mapping[str, float]]
Floats = npt.NDArray[np.float64]

BINS = 10
#: Parts of a set that are held out in turn, so that the threshold and the reliability are those of questions
#: that the fit has not seen.
FOLDS = 5


def calibration(sets: Mapping[str, Sequence[Judged]], hard: Collection[str] = ()) -> dict[str, Any]:
    """The calibration of `sets` as the fields of its file, with its reliability on held-out questions: for
    each tenth of the confidence, what it was on average, how often a quote was right, and the weight of the
    questions there; and for each set, what is answered at the threshold. A question of a set of n counts
    1 / sqrt(n). The sets in `hard`, whose questions were written to mislead, have no say in the threshold.

    Raises: ValueError when the questions are all right or all wrong.
    """
    judged = [one for of in sets.values() for one in of]
    weight = np.array([len(of) ** -0.5 for of in sets.values() for _ in of])
    weight *= len(judged) / weight.sum()
    # What was never there has no weight: of a corpus without questions, all that sentences with them have.
    names = [name for name in FEATURES if any(has.get(name) for _, has in judged)] or [FEATURES[0]]
    known = np.array([[has.get(name, 0.0) for name in names] for _, has in judged])
    right = np.array([was for was, _ in judged])
    fold = np.concatenate([np.arange(len(of)) * FOLDS // len(of) for of in sets.values()])
    sure = np.zeros(len(judged))
    for held in range(FOLDS):
        seen = fold != held
        if not seen.all():
            _, fitted = _fit(known[seen], right[seen], weight[seen])
            sure[~seen] = fitted(known[~seen])
    (bias, weights), _ = _fit(known, right, weight)
    set_of = np.array([name for name, of in sets.items() for _ in of])
    natural = ~np.isin(set_of, list(hard))
    least = threshold(sure[natural], right[natural], weight[natural])
    return {
        "bias": round(bias, 4),
        "weights": dict(zip(names, (round(float(w), 4) for w in weights), strict=True)),
        "threshold": least,
        "precision": TARGET,
        "hard": sorted(hard),
        "reliability": reliability(sure, right, weight),
        "sets": {name: _told(sure[set_of == name], right[set_of == name], least) for name in sets},
    }


def _fit(
    known: Floats, right: npt.NDArray[np.bool_], weight: Floats
) -> tuple[tuple[float, Floats], Callable[[Floats], Floats]]:
    """Bias and weights of a logistic regression over features brought to one scale, and what it predicts."""
    from sklearn.linear_model import LogisticRegression

    scale = known.std(axis=0) + 1e-9
    fitted = LogisticRegression(max_iter=5000).fit(known / scale, right, sample_weight=weight)
    found = float(fitted.intercept_[0]), np.asarray(fitted.coef_[0] / scale, np.float64)
    return found, lambda rows: np.asarray(fitted.predict_proba(rows / scale)[:, 1], np.float64)


def _told(sure: Floats, right: npt.NDArray[np.bool_], least: float) -> dict[str, float]:
    """How far the confidence of one set can be trusted, and what of it is answered."""
    above = sure >= least
    told = {"questions": len(sure), "confidence": sure.mean(), "right": right.mean()}
    told["answered"] = above.mean()
    if above.any():
        told["precision"] = right[above].mean()
    return {name: round(float(value), 3) for name, value in told.items()}


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
