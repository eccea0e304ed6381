"""How good the answers are: estimated from labels of a random sample, with how sure that is.

Each labelled exchange of the sample counts 1 / (its probability · the share of its kind that is labelled),
kinds being the reasons of the queue: 👎 are all read long before the rest is. The precision is the weighted
mean (Hájek 1971) with the response adjusted within classes (Little 1986), its interval that of Wilson
(1927) at the effective number of labels, (sum of weights)² / sum of squared weights (Kish 1965).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import NormalDist
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Engine, select

from bot.review.labels import Verdict, standing
from bot.review.queue import kind
from bot.tables import exchanges, samples
from migrations.database import reading


@dataclass(frozen=True, slots=True)
class Drawn:
    """One exchange of the sample; no `verdict` while nobody has labelled it."""

    probability: float
    kind: str
    answered: bool
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share with its 95% interval, and how many labels it is from."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa of two reviewers over the exchanges that both labelled; None where it is not defined, as
    when both always said the same one thing."""

    reviewers: tuple[str, str]
    kappa: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Stats:
    """`precision` is the share of answers that are right, `useful` of those at least partly so, `silence` the
    share of missing answers that rightly are; None without a label. Latencies in milliseconds."""

    exchanges: int
    answered: int
    precision: Share | None
    useful: Share | None
    silence: Share | None
    p50: float | None
    p95: float | None
    sampled: int
    labels: int
    agreements: tuple[Agreement, ...]


def stats(engine: Engine, threshold: float) -> Stats:
    """All of it over the whole log, without what was tried out in review. Raises: Unavailable."""
    counted = exchanges.c.origin != "review"
    with reading(engine) as connection:
        said = list(connection.execute(standing().order_by("id")))
        verdicts: dict[UUID, Verdict] = {row.exchange: row.verdict for row in said}
        drawn = [
            Drawn(row.probability, row.kind, row.answered, verdicts.get(row.id))
            for row in connection.execute(
                select(
                    exchanges.c.id, exchanges.c.answered, samples.c.probability, kind(threshold).label("kind")
                )
                .join_from(samples, exchanges, samples.c.exchange == exchanges.c.id)
                .where(counted)
            )
        ]
        took, answered = [], 0
        for row in connection.execute(select(exchanges.c.answered, exchanges.c.milliseconds).where(counted)):
            answered += row.answered
            took.append(row.milliseconds)
    answers = [one for one in drawn if one.answered]
    p50, p95 = (float(ms) for ms in np.percentile(took, (50, 95))) if took else (None, None)
    return Stats(
        exchanges=len(took),
        answered=answered,
        precision=share(answers, ("right",)),
        useful=share(answers, ("right", "partly")),
        silence=share([one for one in drawn if not one.answered], ("right",)),
        p50=p50,
        p95=p95,
        sampled=len(drawn),
        labels=len(said),
        agreements=agreements((row.exchange, row.reviewer, row.verdict) for row in said),
    )


def share(drawn: Sequence[Drawn], good: Iterable[Verdict]) -> Share | None:
    """The share of `good` verdicts among all exchanges that `drawn` is a sample of; None without a label. A
    kind that nobody labelled anything of yet does not count."""
    wanted = set(good)
    of_kind: dict[str, list[float]] = {}
    for one in drawn:
        whole = of_kind.setdefault(one.kind, [0.0, 0.0])
        whole[0] += 1 / one.probability
        whole[1] += (one.verdict is not None) / one.probability
    known = [one for one in drawn if one.verdict is not None]
    if not known:
        return None
    weights = np.array([of_kind[one.kind][0] / of_kind[one.kind][1] / one.probability for one in known])
    right = np.array([one.verdict in wanted for one in known], np.float64)
    value = float(weights @ right / weights.sum())
    low, high = wilson(value, float(weights.sum() ** 2 / (weights @ weights)))
    return Share(value, low, high, len(known))


def wilson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share among `n` cases, which need not be whole (Wilson 1927)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def agreements(said: Iterable[tuple[Any, str, str]]) -> tuple[Agreement, ...]:
    """How far each two reviewers with an exchange in common agree; `said`: exchange, reviewer, verdict."""
    by: dict[str, dict[Any, str]] = {}
    for exchange, reviewer, verdict in said:
        by.setdefault(reviewer, {})[exchange] = verdict
    found = []
    for one, other in combinations(sorted(by), 2):
        both = [exchange for exchange in by[one] if exchange in by[other]]
        if both:
            mine, theirs = ([by[who][exchange] for exchange in both] for who in (one, other))
            found.append(Agreement((one, other), kappa(mine, theirs), len(both)))
    return tuple(found)


def kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Cohen's kappa of two lists of verdicts on the same cases; None when both are one and the same word."""
    # scikit-learn takes a second to import.
    from sklearn.metrics import cohen_kappa_score

    if len({*one, *other}) < 2:
        return None
    return float(cohen_kappa_score(one, other))
