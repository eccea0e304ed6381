"""Estimates hold what they promise: in simulated logs, and against published and other people's figures."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from scipy.stats import binomtest
from sqlalchemy import Engine

from bot.feedback import Given, judge
from bot.log import write
from bot.review.labels import Verdict, add
from bot.review.queue import draw
from bot.review.stats import Drawn, Share, agreements, kappa, share, stats, wilson

from .logs import BOT, CORPUS, NOON, QUESTIONS, asked, build_of, keep

LOGS = 1000


def simulated(random: np.random.Generator) -> tuple[float, list[Drawn]]:
    """The share of right answers in a log of 800, and a sample of it as reviewers would leave it.

    The bot got better, and the sample smaller, half way. Wrong answers get most of the 👎, every 👎 in the
    sample is labelled, and of the rest about half.
    """
    early = np.arange(800) < 400
    right = random.random(800) < np.where(early, random.uniform(0.5, 0.8), random.uniform(0.7, 0.98))
    disliked = random.random(800) < np.where(right, 0.02, 0.4)
    probability = np.where(early, 0.5, 0.15)
    sampled = random.random(800) < probability
    labelled = disliked | (random.random(800) < 0.5)
    drawn = [
        Drawn(
            probability=float(probability[i]),
            kind="disliked" if disliked[i] else "sample",
            answered=True,
            verdict=None if not labelled[i] else "right" if right[i] else "wrong_quote",
        )
        for i in np.flatnonzero(sampled)
    ]
    return float(right.mean()), drawn


def covered(estimate: Share | None, truth: float) -> bool:
    return estimate is not None and estimate.low <= truth <= estimate.high


def test_weighted_precision_covers_the_truth() -> None:
    random = np.random.default_rng(20251110)
    weighted, plain, errors, widths = 0, 0, [], []
    for _ in range(LOGS):
        truth, drawn = simulated(random)
        estimate = share(drawn, ("right",))
        assert estimate is not None
        weighted += covered(estimate, truth)
        errors.append(estimate.value - truth)
        widths.append(estimate.high - estimate.low)
        # As if each label counted the same.
        same = [replace(one, probability=1.0, kind="all") for one in drawn]
        plain += covered(share(same, ("right",)), truth)
    assert weighted >= 0.93 * LOGS
    assert plain < 0.75 * LOGS
    assert abs(np.mean(errors)) < 0.005
    assert np.mean(widths) < 0.2


def test_a_sample_worked_by_hand() -> None:
    drawn = [
        *[Drawn(0.5, "disliked", True, "wrong_quote")] * 2,
        Drawn(0.1, "sample", True, "right"),
        Drawn(0.1, "sample", True, "partly"),
        *[Drawn(0.1, "sample", True, None)] * 2,
    ]
    # The 👎 stand for 2 exchanges each and are all labelled, the others for 10 each and every other one is.
    right, useful = share(drawn, ("right",)), share(drawn, ("right", "partly"))
    assert right is not None
    assert useful is not None
    assert right.value == pytest.approx(20 / 44)
    assert useful.value == pytest.approx(40 / 44)
    assert (right.low, right.high) == wilson(20 / 44, 44**2 / (2 * 20**2 + 2 * 2**2))
    assert right.n == 4
    assert share([], ("right",)) is None
    assert share(drawn[-2:], ("right",)) is None


@pytest.mark.parametrize(("k", "n"), [(0, 5), (5, 5), (1, 10), (81, 263), (97, 100)])
def test_wilson_is_what_a_library_has(k: int, n: int) -> None:
    for level in (0.9, 0.95):
        interval = binomtest(k, n).proportion_ci(level, method="wilson")
        assert wilson(k / n, n, level) == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_a_worked_example_of_kappa() -> None:
    # Cohen (1968), two diagnosticians and 200 patients: agreement .70, by chance .41, kappa .492.
    table = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]
    one = [str(i) for i, row in enumerate(table) for cell in row for _ in range(cell)]
    other = [str(j) for row in table for j, cell in enumerate(row) for _ in range(cell)]
    assert kappa(one, other) == pytest.approx((0.70 - 0.41) / (1 - 0.41))
    assert kappa(one, other) == pytest.approx(0.492, abs=0.0005)
    # Two readers of 50 grant proposals: 20 yes by both, 15 no by both, 5 and 10 apart.
    grants = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa([a for a, _ in grants], [b for _, b in grants]) == pytest.approx(0.4)


def test_reviewers_are_compared_where_they_meet() -> None:
    said = [(n, who, word) for n, word in enumerate("aabb") for who in ("x", "y")]
    said += [(9, "x", "a"), (8, "z", "a"), (3, "z", "b"), (2, "z", "b")]
    found = {one.reviewers: (one.kappa, one.n) for one in agreements(said)}
    assert found == {("x", "y"): (1.0, 4), ("x", "z"): (None, 2), ("y", "z"): (None, 2)}
    assert agreements([(1, "x", "a"), (2, "y", "a")]) == ()


def test_the_figures_of_a_log(engine: Engine, tmp_path: Path) -> None:
    empty = stats(engine, 0.5)
    assert (empty.exchanges, empty.p50, empty.precision, empty.agreements) == (0, None, None, ())
    keep(engine, *CORPUS)
    build = build_of(tmp_path, *CORPUS)
    template = asked(build, QUESTIONS[0])
    verdicts: list[Verdict] = ["right", "right", "partly", "wrong_quote"]
    for n, verdict in enumerate(verdicts):
        made = replace(template, id=UUID(int=n), update_id=n, stages=(("all", 100.0 * n),), confidence=0.95)
        write(engine, made)
        add(engine, made.id, "one", verdict, NOON)
        add(engine, made.id, "two", "right" if n < 3 else verdict, NOON)
    silent = replace(asked(build, "Who won the World Cup?"), id=UUID(int=9), update_id=9, stages=())
    write(engine, silent, replace(template, id=UUID(int=10), update_id=10, origin="review"))
    add(engine, silent.id, "one", "right", NOON)
    judge(engine, Given(BOT, 3, "u", "c"), False, NOON)
    assert stats(engine, 0.5).precision is None
    draw(engine, 1.0, NOON)
    found = stats(engine, 0.5)
    assert (found.exchanges, found.answered, found.sampled, found.labels) == (5, 4, 5, 9)
    assert found.p50 == 100.0
    assert found.p95 == pytest.approx(280.0)
    # The last word on the third is "right", by the second reviewer.
    assert found.precision is not None
    assert (found.precision.value, found.precision.n) == (0.75, 4)
    assert found.silence is not None
    assert (found.silence.value, found.silence.n) == (1.0, 1)
    [agreement] = found.agreements
    assert (agreement.reviewers, agreement.n) == (("one", "two"), 4)
    assert agreement.kappa == pytest.approx((0.75 - 7 / 16) / (1 - 7 / 16))
