"""What labels say is right, as golden questions: what a replay is judged by and a refresh is gated by."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from bot.review.labels import Gold, label, standing, text_of
from bot.review.replay import Asked
from bot.tables import exchanges, labels, quotes
from migrations.database import reading
from retrieval.evaluate import Question
from retrieval.query import recalled
from retrieval.types import Span, Turn

FILE = "reviewed.jsonl"


@dataclass(frozen=True, slots=True)
class Right:
    """A span that answers, and what it reads."""

    gold: Gold
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A question that labels tell the right answer of: any of `right`, or no answer when there is none."""

    asked: Asked
    right: tuple[Right, ...]

    @property
    def id(self) -> str:
        """The same whenever the same is asked."""
        asked = f"{self.asked.question}\0{self.asked.carried or ''}"
        return f"reviewed-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"

    @property
    def history(self) -> tuple[Turn, ...]:
        return recalled(self.asked.carried)

    @property
    def question(self) -> Question:
        """The question as the evaluation knows it."""
        return Question(
            id=self.id,
            text=self.asked.question,
            set="golden",
            split=Path(FILE).stem,
            relevant=tuple(dict.fromkeys(right.gold.document for right in self.right)),
            sentences=tuple(right.text for right in self.right),
            history=self.history,
        )


def judged(engine: Engine) -> tuple[Judged, ...]:
    """The questions that standing labels tell the right answer of, the latest labelled first.

    Right is the gold that a reviewer chose; without one, the first quote of an answer that is right, or no
    answer where that is right or none should have been given. Where labels of one question disagree whether
    there is an answer, the latest counts. Erased spans do not. Raises: Unavailable.
    """
    found: dict[Asked, list[Right]] = {}
    silent: set[Asked] = set()
    said = standing().subquery()
    wanted = (
        select(labels, exchanges.c.question, exchanges.c.carried, exchanges.c.answered)
        .join_from(labels, exchanges, labels.c.exchange == exchanges.c.id)
        .where(labels.c.id.in_(select(said.c.id)))
        .order_by(labels.c.id.desc())
    )
    with reading(engine) as connection:
        for row in connection.execute(wanted):
            asked = Asked(row.question, row.carried)
            if _rightly_silent(row):
                if asked not in found:
                    silent.add(asked)
                    found[asked] = []
            elif asked not in silent and (right := _right(connection, row)) is not None:
                known = found.setdefault(asked, [])
                if right not in known:
                    known.append(right)
    return tuple(Judged(asked, tuple(right)) for asked, right in found.items())


def write(home: Path, questions: Sequence[Judged]) -> Path:
    """Replace the golden questions from labels under `home` with these; the file. Raises: OSError."""
    path = home / "golden" / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another ending: what reads golden questions must never see half of them.
    aside = path.with_suffix(".tmp")
    with aside.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_line(one), ensure_ascii=False) + "\n" for one in questions)
    aside.replace(path)
    return path


def _line(one: Judged) -> dict[str, Any]:
    return {
        "id": one.id,
        "question": one.asked.question,
        "gold": [{"document": right.gold.document, "text": right.text} for right in one.right],
        "history": [turn.question for turn in one.history],
        "shown": "".join(turn.shown for turn in one.history),
        "kind": "reviewed",
    }


def _rightly_silent(row: Row[*tuple[Any, ...]]) -> bool:
    return row.verdict == "should_have_abstained" or (row.verdict == "right" and not row.answered)


def _right(connection: Connection, row: Row[*tuple[Any, ...]]) -> Right | None:
    gold = label(row).gold
    if gold is None and row.verdict == "right":
        first = connection.execute(
            select(quotes).where(quotes.c.exchange == row.exchange).order_by(quotes.c.number).limit(1)
        ).one()
        gold = Gold(first.document, first.version, Span(first.start, first.end))
    text = None if gold is None else text_of(connection, gold)
    return None if gold is None or text is None else Right(gold, text)
