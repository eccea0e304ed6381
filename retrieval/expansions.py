"""Document expansion: a sentence carries questions that it answers, in the words of people who ask.

Askers use other words than sources do, and a question comes nearer to a question than to its answer. The
questions lead to a sentence and are never shown; what is quoted stays the document's own. Added as words to
the index they are known as doc2query (Nogueira et al. 2019, "Document Expansion by Query Prediction").
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.encoder import Vectors
from retrieval.index import Index
from retrieval.paraphrase import mapped
from retrieval.questions import asks_for
from retrieval.types import Document, Span
from retrieval.words import tokens

FILE = "questions.json"
INDEX = "questions.faiss"
MAP = "questions.map.npy"
#: How many questions put their sentences forward: those of one sentence are often near to each other.
NEAREST = 200
#: The row of questions that no sentence answers.
SILENT = -1
#: An inner product up to this says nothing: one in two questions about quite other things reaches .49.
FROM = 0.4


@dataclass(frozen=True, slots=True)
class Expansion:
    """Questions that `text`, a sentence of `document`, answers by itself; with an empty text, questions
    about what it tells of that nothing answers."""

    document: str
    text: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, as the questions of a build see it: its `vector` (k,), and the rows of the sentences
    whose questions are nearest to it, each with its best inner product."""

    vector: Vectors
    near: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Expansions:
    """The questions of a build: of each (n) the row of its sentence, ascending, and what it asks for. The
    index holds their vectors as `map` (k, dim) shows them."""

    rows: npt.NDArray[np.int32]
    questions: tuple[str, ...]
    asking: tuple[str, ...]
    map: Vectors
    index: Index

    def __len__(self) -> int:
        return len(self.rows)

    def asked(self, vector: Vectors) -> Asked:
        """A question with the vector (dim,), as the questions here see it; nothing is near where there are
        none."""
        shown = np.asarray(mapped(self.map, vector[None])[0], np.float32)
        best: dict[int, float] = {}
        for at, product in zip(*self.index.search(shown, NEAREST), strict=True) if len(self) else ():
            best.setdefault(int(self.rows[at]), float(product))
        best.pop(SILENT, None)
        return Asked(shown, best)

    def of(self, row: int) -> range:
        """Which of the questions the sentence in `row` carries, by their places."""
        first, last = np.searchsorted(self.rows, (row, row + 1))
        return range(int(first), int(last))

    def nearest(self, row: int, asked: Asked, asking: str) -> tuple[float, float]:
        """The best inner product of what is asked with a question of the sentence in `row`, in `SILENT` with
        one that nothing answers, and the best with one that asks for the same, `asking`; 0 without any."""
        own = self.of(row)
        if not own:
            return 0.0, 0.0
        products = self.index.vectors(np.arange(own.start, own.stop)) @ asked.vector
        kinds = self.asking[own.start : own.stop]
        alike = [product for product, kind in zip(products, kinds, strict=True) if kind == asking]
        return float(products.max()), float(max(alike, default=0.0))

    def text(self, row: int) -> str:
        """The questions of the sentence in `row`, a line each."""
        own = self.of(row)
        return "\n".join(self.questions[own.start : own.stop])


def lead(product: float) -> float:
    """What a question with this inner product to what is asked is worth, from 0."""
    return max(0.0, product - FROM)


def load(path: Path) -> tuple[Expansion, ...]:
    """The expansions in the file at `path`, an object a line: document, text, questions.

    Raises: OSError, ValueError naming the line.
    """
    found = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line.strip():
            try:
                found.append(_expansion(json.loads(line)))
            except KeyError as cause:
                raise ValueError(f"{path}, line {number}: has no {cause}") from cause
            except json.JSONDecodeError as cause:
                why = f"is no JSON ({cause.msg.lower()}, character {cause.pos + 1})"
                raise ValueError(f"{path}, line {number}: {why}") from cause
            except (ValueError, TypeError, RecursionError) as cause:
                raise ValueError(f"{path}, line {number}: {cause}") from cause
    return tuple(found)


def _expansion(fields: dict[str, Any]) -> Expansion:
    one = Expansion(fields["document"], fields["text"], tuple(fields["questions"]))
    texts = (one.document, one.text, *one.questions)
    if not isinstance(fields["questions"], list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("document and text are strings, questions a list of them")
    if not all(question.strip() for question in one.questions):
        raise ValueError("a question is empty")
    "".join(texts).encode()
    return one


def digest(expansions: Iterable[Expansion], documents: Collection[str]) -> str:
    """The sha256 of those about a document with one of these ids, in whatever order; "" for none."""
    held = (one for one in expansions if one.document in documents)
    about = sorted([one.document, one.text, question] for one in held for question in one.questions)
    return hashlib.sha256(json.dumps(about).encode()).hexdigest() if about else ""


def placed(
    expansions: Iterable[Expansion],
    documents: Sequence[Document],
    sentences: Sequence[tuple[int, int, int, int]],
    cited: Mapping[str, str],
) -> list[tuple[int, str]]:
    """The questions as (row of the sentence, question), ascending by row. `sentences` are (document, passage,
    start, end); `cited` names, for a document that is only "also in", the one that is cited in its place.
    What leads nowhere is left out, and so is of those that nothing answers one that leads to a sentence."""
    found = [
        (row, question)
        for one, rows in leading(expansions, documents, sentences, cited)
        for row in rows
        for question in one.questions
    ]
    told = {_plain(question) for row, question in found if row != SILENT}
    kept = [(row, question) for row, question in found if row != SILENT or _plain(question) not in told]
    return sorted(kept, key=lambda placed: placed[0])


def leading(
    expansions: Iterable[Expansion],
    documents: Sequence[Document],
    sentences: Sequence[tuple[int, int, int, int]],
    cited: Mapping[str, str],
) -> Iterator[tuple[Expansion, list[int]]]:
    """Each of the expansions with the rows of the sentences that it leads to, none where its text is in no
    sentence of its document or the one cited in its place; [SILENT] for questions that nothing answers."""
    numbers = {document.id: number for number, document in enumerate(documents)}
    ends: dict[int, list[tuple[int, int]]] = {}
    for row, sentence in enumerate(sentences):
        ends.setdefault(sentence[0], []).append((sentence[3], row))
    for one in expansions:
        held: list[int] = []
        if one.document in numbers:
            held = [] if one.text.strip() else [SILENT]
            for id in (one.document, cited.get(one.document)):
                number = numbers.get(id or "", -1)
                if not held and number >= 0 and (start := documents[number].text.find(one.text)) >= 0:
                    held = _held(ends.get(number, ()), sentences, start, len(one.text))
        yield one, held


def _plain(question: str) -> str:
    return " ".join(word.casefold() for word, _, _ in tokens(question))


def _held(
    ends: Sequence[tuple[int, int]],
    sentences: Sequence[tuple[int, int, int, int]],
    start: int,
    length: int,
) -> list[int]:
    """The rows of the sentences that a text holds half of, or half of which hold it; `ends` are (end, row) of
    those of its document, in order."""
    span, held = Span(start, start + length), []
    for _, row in ends[bisect_right(ends, (start, len(sentences))) :]:
        sentence = Span(*sentences[row][2:4])
        if sentence.start >= span.end:
            break
        if span.mostly(sentence):
            held.append(row)
    return held


def read_whole(folder: Path) -> tuple[str, ...]:
    """The files of the questions in `folder` that are read whole; none in a build that has no questions."""
    return tuple(name for name in (FILE, MAP) if (folder / name).exists())


def write(folder: Path, questions: Sequence[tuple[int, str]], vectors: Vectors, map: Vectors) -> None:
    """Write the questions into `folder`: with their vectors (n, dim) float32 as `map` (k, dim) shows them,
    and with the map, for the next release may come with another."""
    kept = [(row, question, asks_for(question)) for row, question in questions]
    (folder / FILE).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    np.save(folder / MAP, map)
    Index.of(mapped(map, vectors)).write(folder / INDEX)


def read(folder: Path, dimension: int) -> Expansions:
    """The questions in `folder`; none in a build that was made before builds had any.

    Raises: OSError, ValueError, TypeError, RuntimeError.
    """
    try:
        questions = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        same = np.eye(dimension, dtype=np.float32)
        return Expansions(np.zeros(0, np.int32), (), (), same, Index.of(same[:0]))
    return Expansions(
        rows=np.array([row for row, _, _ in questions], np.int32),
        questions=tuple(question for _, question, _ in questions),
        asking=tuple(asking for _, _, asking in questions),
        map=np.load(folder / MAP),
        index=Index.read(folder / INDEX),
    )
