"""The values that every part of the program speaks: frozen, slotted, standard library only.

Every offset is a code point offset into `Document.text`, half open. A value that cannot be true
cannot be constructed: each `__post_init__` checks its own spans and raises `ValueError`.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Tier = Literal["official", "wire", "press", "opinion", "brief"]
Directness = Literal["direct", "indirect"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points, never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __contains__(self, other: object) -> bool:
        return isinstance(other, Span) and self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end

    def mostly(self, other: "Span") -> bool:
        """Whether the two share half of the shorter one."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        return 2 * shared >= min(self.end - self.start, other.end - other.start)


@dataclass(frozen=True, slots=True)
class Origin:
    """One page that a brief was compiled from."""

    publisher: str
    published: date | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document comes from: all that a citation shows.

    `published` is None for an undated document; a date is never invented. `compiled_from` is empty
    for everything but briefs, which were written here from other publishers' facts. `extractor` names what
    made the text of the file or page, and its version.
    """

    title: str
    publisher: str | None = None
    published: date | None = None
    url: str | None = None
    fetched_at: datetime | None = None
    tier: Tier = "press"
    licence: str | None = None
    kind: str | None = None
    event: date | None = None
    compiled_from: tuple[Origin, ...] = ()
    author: str | None = None
    extractor: str | None = None


def version_of(text: str) -> str:
    """The version of a normalised text: its sha256 in hexadecimal, 64 characters."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a document: the text that every offset counts in, and where it comes from.

    `version` is trusted here and checked where text is read from disk (`Document.of` computes it).
    """

    id: str
    version: str
    source: Source
    text: str

    @classmethod
    def of(cls, id: str, source: Source, text: str) -> "Document":
        """The document that `text` makes, its version computed."""
        return cls(id, version_of(text), source, text)

    def slice(self, span: Span) -> str:
        """The text of `span`. Raises: ValueError when the span leaves the text."""
        if span.end > len(self.text):
            raise ValueError(f"span {span} leaves document {self.id} of {len(self.text)} characters")
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: the unit that is embedded and searched. `id` is its row in the build."""

    id: int
    document: Document
    span: Span

    def __post_init__(self) -> None:
        self.document.slice(self.span)

    @property
    def text(self) -> str:
        return self.document.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search returned. Higher scores are better; `rank` counts from 1.

    `parts` names what the score was made of, in the order it was added up.
    """

    passage: Passage
    score: float
    rank: int
    parts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a stored document version, chosen to answer a question.

    It lies in its document, not necessarily in its passage. `answer` is the part that answers and
    lies inside the quote. `parts` names what the score was made of.
    """

    document: Document
    span: Span
    passage: Passage
    score: float
    answer: Span | None = None
    speaker: str | None = None
    directness: Directness | None = None
    parts: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        self.document.slice(self.span)
        if self.answer is not None and self.answer not in self.span:
            raise ValueError(f"answer {self.answer} leaves quote {self.span}")
        if self.passage.document.version != self.document.version:
            raise ValueError(f"passage of {self.passage.document.id}, quote of {self.document.id}")

    @property
    def text(self) -> str:
        return self.document.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question asked before, and what was shown for it: the title and text of the first quote, empty
    where nothing was quoted."""

    question: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question. No answer is a value too: `answered` False and a `reason`.

    `quotes` are what a person reads (empty unless answered), `hits` the ranked run, `considered`
    the best sentences with their scores, quoted or not. `confidence` is in [0, 1]. `vector` is the
    question's embedding, float16 little-endian bytes. `stages` holds (name, milliseconds) in order.
    `carried` is what an incomplete question was completed with, None for any other: the questions before on
    its first line, the quote that was shown for the last of them on its second.
    `calibration` is the sha256 of the file that the confidence comes from. `language` is the ISO 639 code of
    the question's language ("und" for one that cannot be told) where it is not answered and that may be why.
    """

    question: str
    quotes: tuple[Quote, ...]
    hits: tuple[Hit, ...]
    confidence: float
    answered: bool
    reason: str
    build: str
    carried: str | None = None
    considered: tuple[Quote, ...] = ()
    vector: bytes = b""
    stages: tuple[tuple[str, float], ...] = ()
    calibration: str = ""
    language: str | None = None

    def __post_init__(self) -> None:
        if self.answered != bool(self.quotes):
            raise ValueError("an answer has quotes, and only an answer has")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence {self.confidence} is not in [0, 1]")

    @property
    def milliseconds(self) -> float:
        """The time that the whole answer took."""
        return sum(ms for _, ms in self.stages)
