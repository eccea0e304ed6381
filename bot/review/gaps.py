"""What the corpus lacks: the questions that got no answer, grouped by what they mean.

The vectors are those that the log keeps with each question. Those of different length are of different
models and are never compared.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, Integer, Row, cast, select

from bot.review.trends import Period
from bot.tables import exchanges
from migrations.database import reading
from retrieval.lexical import words

#: The unanswered questions that are looked at, the latest: two seconds of clustering at most.
LATEST = 2000
#: Cosine distance up to which groups are joined, on average of their pairs. Of 54 questions on 24 topics,
#: with the bundled model, what comes out agrees with the topics by an adjusted Rand index of .85 from .5 to
#: .65.
DISTANCE = 0.6
#: Words that name a gap, and questions that show it.
WORDS, SHOWN = 3, 4

Vectors = npt.NDArray[np.float32]
_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that mean much the same. `words` set them apart from all others, `question` is the one in
    their middle, `others` are more of them in other words; `steps` counts them in each step of the period,
    `exchanges` is the latest first."""

    words: tuple[str, ...]
    question: str
    others: tuple[str, ...]
    steps: tuple[int, ...]
    exchanges: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """`gaps` were asked about more than once, the most asked first; `single` is how many questions are like
    no other; `more`: that there were others before the LATEST."""

    gaps: tuple[Gap, ...]
    single: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked in the same words, as it was put last."""

    text: str
    vector: bytes
    rows: tuple[_Row, ...]


def gaps(engine: Engine, period: Period) -> Gaps:
    """The gaps that unanswered questions of the period show. Raises: Unavailable."""
    wanted = (
        select(exchanges.c.id, exchanges.c.question, exchanges.c.question_vector, exchanges.c.asked_at)
        .where(
            exchanges.c.asked_at >= period.since,
            exchanges.c.asked_at < period.until,
            exchanges.c.origin != "review",
            # In words that no index has: that on days finds the latest without reading all there ever were.
            cast(exchanges.c.answered, Integer) == 0,
        )
        .order_by(exchanges.c.asked_at.desc(), exchanges.c.id)
        .limit(LATEST + 1)
    )
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
    alike: defaultdict[int, list[_Question]] = defaultdict(list)
    for question in _distinct(rows[:LATEST]):
        alike[len(question.vector)].append(question)
    groups = [group for questions in alike.values() for group in _grouped(questions)]
    names = distinguishing([[question.text for question in group] for group in groups])
    found = [_gap(group, name, period) for group, name in zip(groups, names, strict=True)]
    several = sorted((gap for gap in found if len(gap.exchanges) > 1), key=lambda gap: -len(gap.exchanges))
    return Gaps(tuple(several), len(found) - len(several), len(rows) > LATEST)


def clusters(vectors: Vectors) -> list[list[int]]:
    """The rows of `vectors` (n, dim) in groups whose pairs are within DISTANCE on average."""
    if len(vectors) < 2:
        return [[row] for row in range(len(vectors))]
    # scikit-learn takes a second to import.
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=DISTANCE
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(model.fit_predict(vectors)):
        found[int(label)].append(row)
    return list(found.values())


def distinguishing(groups: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The words of each group of texts that are frequent in it and rare in the others, at most WORDS: tf ·
    ln(1 + mean length of a group / frequency), the class-based TF-IDF (Grootendorst 2022)."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    counts = [
        Counter(w for text in group for w in words(text) if len(w) > 1 and w not in ENGLISH_STOP_WORDS)
        for group in groups
    ]
    everywhere = sum(counts, Counter[str]())
    mean = everywhere.total() / max(1, len(groups))
    return [
        tuple(
            sorted(count, key=lambda word: (-count[word] * np.log1p(mean / everywhere[word]), word))[:WORDS]
        )
        for count in counts
    ]


def _distinct(rows: Sequence[_Row]) -> list[_Question]:
    """What was asked, each once; what holds no word, as an emoji, lacks nothing."""
    same: defaultdict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for row in rows:
        if spelt := tuple(words(row.question)):
            same[spelt].append(row)
    return [_Question(rows[0].question, rows[0].question_vector, tuple(rows)) for rows in same.values()]


def _grouped(questions: list[_Question]) -> list[list[_Question]]:
    """Groups of questions, those in the middle of each group first."""
    vectors = np.stack([np.frombuffer(one.vector, "<f2").astype(np.float32) for one in questions])
    # What has no direction, as a question without a known word, is like nothing else.
    lengths = np.linalg.norm(vectors, axis=1)
    told = np.flatnonzero(lengths > 0)
    vectors /= np.maximum(lengths, 1e-9)[:, None]
    groups = [told[group] for group in clusters(vectors[told])]
    ordered = [[questions[row]] for row in np.flatnonzero(lengths == 0)]
    for group in groups:
        nearness = vectors[group] @ vectors[group].sum(axis=0)
        ordered.append([questions[group[at]] for at in np.argsort(-nearness, kind="stable")])
    return ordered


def _gap(group: list[_Question], name: tuple[str, ...], period: Period) -> Gap:
    rows = sorted((row for one in group for row in one.rows), key=lambda row: row.asked_at, reverse=True)
    times = Counter(period.step(row.asked_at) for row in rows)
    return Gap(
        words=name,
        question=group[0].text,
        others=tuple(one.text for one in group[1 : 1 + SHOWN]),
        steps=tuple(times[step] for step in range(len(period.edges) - 1)),
        exchanges=tuple(row.id for row in rows),
    )
