"""A question and the reply to it as one value: what is logged, and what a row carries across a crash."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid4

from pydantic import ConfigDict, TypeAdapter

from retrieval.types import Answer
from retrieval.words import whole

Channel = Literal["telegram", "inline", "terminal", "review"]
# {"text": str, "entities": [{"type": str, "offset": int, "length": int, …}, …], …}: JSON, nothing else.
Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HitRow:
    """A hit by value; the span is in code points of the document's text."""

    rank: int
    document: str
    version: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote by value; `number` counts from 1, spans are in code points of the document's text."""

    number: int
    document: str
    version: str
    start: int
    end: int
    answer_start: int | None
    answer_end: int | None
    speaker: str | None
    directness: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the reply to it, whole: what the log keeps.

    `chat` and `user` are pseudonyms, `question_vector` is float16 little-endian, `stages` are (name,
    milliseconds), `question_id` is the number of the question's message in its chat. `replied_at` is None
    and `message_ids` empty when nothing was delivered.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants"
    )

    origin: Channel
    question: str
    carried: str | None
    answered: bool
    confidence: float
    reason: str
    build: str
    hits: tuple[HitRow, ...]
    quotes: tuple[QuoteRow, ...]
    question_vector: bytes
    stages: tuple[tuple[str, float], ...]
    asked_at: datetime
    reply: tuple[Message, ...] = ()
    message_ids: tuple[int, ...] = ()
    replied_at: datetime | None = None
    repeated: bool = False
    chat: str | None = None
    user: str | None = None
    thread: int | None = None
    bot: int | None = None
    update_id: int | None = None
    question_id: int | None = None
    id: UUID = field(default_factory=uuid4)

    @property
    def milliseconds(self) -> float:
        """All stages together."""
        return sum(milliseconds for _, milliseconds in self.stages)

    @property
    def digest(self) -> str:
        """Alike for exchanges in which the same question got the same answer from the same build."""
        places = [(quote.document, quote.version, quote.start, quote.end) for quote in self.quotes]
        told = json.dumps([self.question, self.carried, self.build, places])
        return hashlib.sha256(told.encode()).hexdigest()

    def __post_init__(self) -> None:
        # A moment without a zone could be stored as any of 24.
        for moment in (self.asked_at, self.replied_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{moment} has no time zone")

    @classmethod
    def of(
        cls,
        answer: Answer,
        *,
        origin: Channel,
        asked_at: datetime,
        reply: Sequence[Message] = (),
        chat: str | None = None,
        user: str | None = None,
        thread: int | None = None,
        question_id: int | None = None,
    ) -> "Exchange":
        """The exchange that `answer` makes; `sending` adds the update, `done` the delivery."""
        return cls(
            origin=origin,
            question=storable(answer.question),
            carried=None if answer.carried is None else storable(answer.carried),
            answered=answer.answered,
            confidence=answer.confidence,
            reason=answer.reason,
            build=answer.build,
            hits=tuple(
                HitRow(hit.rank, at.document.id, at.document.version, at.span.start, at.span.end, hit.score)
                for hit in answer.hits
                for at in (hit.passage,)
            ),
            quotes=tuple(
                QuoteRow(
                    number,
                    quote.document.id,
                    quote.document.version,
                    quote.span.start,
                    quote.span.end,
                    None if quote.answer is None else quote.answer.start,
                    None if quote.answer is None else quote.answer.end,
                    quote.speaker,
                    quote.directness,
                    quote.score,
                )
                for number, quote in enumerate(answer.quotes, 1)
            ),
            question_vector=answer.vector,
            stages=answer.stages,
            asked_at=asked_at,
            reply=tuple(reply),
            chat=chat,
            user=user,
            thread=thread,
            question_id=question_id,
        )

    def to_json(self) -> str:
        """All of it; `from_json` gives an equal exchange back."""
        return _EXCHANGE.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Exchange":
        """Raises: ValueError when `text` is not an exchange."""
        return _EXCHANGE.validate_json(text)


_EXCHANGE = TypeAdapter(Exchange)


def storable(text: str) -> str:
    """`text` without what PostgreSQL or UTF-8 cannot hold: NUL and halves of surrogate pairs."""
    return whole(text).replace("\0", "\ufffd")
