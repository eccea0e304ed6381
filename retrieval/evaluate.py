"""How well the program answers a judged collection: the very code that answers in Telegram, and its numbers.

A collection is a folder in the BEIR layout (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`), each record of
its corpus one document, or a file of golden questions about documents that are given. Nothing is tuned
here and nothing is written but a build, kept by the digest of all that it is made from.
"""

import hashlib
import inspect
import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from retrieval import (
    abbreviations,
    aliases,
    answer,
    asking,
    builds,
    expansions,
    irregular,
    lexical,
    multilingual,
    paragraphs,
    sentences,
    spelling,
    words,
)
from retrieval.aliases import Aliases
from retrieval.builds import Build
from retrieval.confidence import features
from retrieval.encoder import Encoder
from retrieval.errors import DamagedBuild, NoBuild
from retrieval.expansions import Expansion
from retrieval.measures import Summary, summary
from retrieval.models import file_digest
from retrieval.paraphrase import map_of
from retrieval.query import understand
from retrieval.reading import Split
from retrieval.types import Answer, Document, Quote, Source, Span, Turn

#: Passages asked for: enough that the ten best documents are among them where a document has several.
DEPTH = 40


@dataclass(frozen=True, slots=True)
class Question:
    """One judged question. `relevant` names the documents that answer; a right quote lies in one of them and
    holds one of `answers`, or half of one of `sentences` (or lies half in it)."""

    id: str
    text: str
    set: str
    split: str
    relevant: tuple[str, ...]
    answers: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()

    @property
    def answerable(self) -> bool:
        return bool(self.relevant)

    @property
    def choosable(self) -> bool:
        """Whether it is known which sentences answer."""
        return bool(self.answers or self.sentences)


@dataclass(frozen=True, slots=True)
class Collection:
    """Judged questions and the documents that they are asked of."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: `run` the documents found, best first; `right` for each quote whether it
    answers (None: not known); `sound`, whether every quote is a slice of its document."""

    question: Question
    run: tuple[tuple[str, float], ...]
    right: tuple[bool, ...] | None
    confidence: float
    milliseconds: float
    carried: bool
    sound: bool
    features: Mapping[str, float] = field(default_factory=dict)


def collection(folder: Path) -> Collection:
    """The collection in `folder`. Raises: OSError, ValueError, KeyError."""
    judged: dict[str, list[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, grade = line.split("\t")
        if int(grade) > 0:
            judged.setdefault(question, []).append(document)
    documents = (
        Document.of(record["_id"], Source(record["title"]), record["text"])
        for record in _records(folder / "corpus.jsonl")
    )
    questions = (
        Question(
            id=record["_id"],
            text=record["text"],
            set=folder.name if record["set"] in ("answerable", "unanswerable") else record["set"],
            split=record["split"],
            relevant=() if record["unanswerable"] else tuple(judged.get(record["_id"], ())),
            answers=tuple(record.get("answers", ())),
            sentences=tuple(record.get("gold_sentences", ())),
            history=_turns(record.get("history"), record.get("last_agent")),
        )
        for record in _records(folder / "queries.jsonl")
    )
    return Collection(folder.name, tuple(documents), tuple(questions))


def golden(path: Path, documents: Iterable[Document]) -> Collection:
    """The golden questions in the file at `path` (a line: id, question, gold, history, shown, kind), asked of
    `documents`; one whose gold is empty has no answer in them. The file's stem is the split's name.

    Raises: OSError, ValueError, KeyError.
    """
    questions = (
        Question(
            id=record["id"],
            text=record["question"],
            set="golden",
            split=path.stem,
            relevant=tuple(dict.fromkeys(gold["document"] for gold in record["gold"])),
            sentences=tuple(gold["text"] for gold in record["gold"]),
            history=_turns(record.get("history"), record.get("shown")),
        )
        for record in _records(path)
    )
    return Collection("golden", tuple(documents), tuple(questions))


def _turns(questions: Sequence[str] | None, shown: str | None) -> tuple[Turn, ...]:
    """The questions asked before, the last of them with what was shown for it."""
    turns = tuple(map(Turn, questions or ()))
    return (*turns[:-1], replace(turns[-1], shown=shown)) if turns and shown else turns


def only_judged(judged: Collection, sets: Sequence[str]) -> Collection:
    """`judged` with the documents alone that answer a question of `sets` (of any, for none named)."""
    wanted = {d for q in judged.questions if not sets or q.set in sets for d in q.relevant}
    documents = tuple(document for document in judged.documents if document.id in wanted)
    return replace(judged, name=f"{judged.name}-judged", documents=documents)


def build(
    judged: Collection,
    home: Path,
    split: Split,
    encoder: Encoder,
    progress: builds.Progress,
    names: Aliases = aliases.NONE,
    questions: Sequence[Expansion] = (),
) -> Build:
    """The build of the collection's documents, made under `home` once for each state of the documents, of the
    model and of the code that cuts and writes; vectors are carried over from the state before. `questions`
    are those that lead to sentences of the documents."""
    made_from = hashlib.sha256(encoder.model.digest.encode())
    made_from.update(encoder.second.model.digest.encode() if encoder.second else b"")
    cutter = inspect.getmodule(split.func if isinstance(split, partial) else split)
    made_from.update(f"{names!r}{questions!r}".encode() + map_of(encoder.model).tobytes())
    for module in (
        abbreviations, asking, irregular, paragraphs, sentences, builds, expansions, lexical, spelling, words,
        cutter,
    ):  # fmt: skip
        made_from.update(file_digest(Path(str(inspect.getfile(module)))).encode() if module else b"")
    for document in judged.documents:
        made_from.update(f"{document.id}\0{document.source.title}\0{document.version}\0".encode())
    root, state = home / judged.name, made_from.hexdigest()
    try:
        previous = builds.load(root)
        if (root / "state").read_text() == state:
            return previous
    except (NoBuild, DamagedBuild, OSError):
        previous = None
    id = builds.write(root, judged.documents, split, encoder, previous, progress, names, questions=questions)
    builds.publish(root, id)
    (root / "state").write_text(state)
    if previous is not None and previous.id != id:
        shutil.rmtree(root / previous.id)
    return builds.load(root)


def outcomes(
    build: Build, encoder: Encoder, questions: Sequence[Question], progress: builds.Progress
) -> list[Outcome]:
    """Each question asked with no threshold, so that a confidence and quotes come of all of them."""
    found = []
    for number, question in enumerate(questions, 1):
        start = time.perf_counter()
        got = answer.answer(
            build, encoder, question.text, history=question.history, threshold=0.0, depth=DEPTH
        )
        one = outcome(question, got, (time.perf_counter() - start) * 1000)
        if got.considered:
            spoken = multilingual.spoken(build, encoder)
            query = understand(build, question.text, question.history, spoken)
            one = replace(one, features=features(query, got.considered, got.hits))
        found.append(one)
        progress(number, len(questions))
    return found


def outcome(question: Question, got: Answer, milliseconds: float) -> Outcome:
    """`got` judged by what is known of its question."""
    run: dict[str, float] = {}
    for hit in got.hits:
        run.setdefault(hit.passage.document.id, hit.score)
    right = tuple(answers(question, quote) for quote in got.quotes) if question.choosable else None
    return Outcome(
        question=question,
        run=tuple(run.items()),
        right=right if question.answerable else tuple(False for _ in got.quotes),
        confidence=got.confidence,
        milliseconds=milliseconds,
        carried=got.carried is not None,
        sound=all(quote.text in quote.document.text for quote in got.quotes),
    )


def answers(question: Question, quote: Quote) -> bool:
    """Whether `quote` is from a relevant document and holds what answers."""
    document = quote.document
    if document.id not in question.relevant:
        return False
    text = _squeezed(quote.text)
    if any(_squeezed(given) in text for given in question.answers):
        return True
    return any(_half(document, quote.span, sentence) for sentence in question.sentences)


def _half(document: Document, span: Span, sentence: str) -> bool:
    """Whether `span` and `sentence`, wherever it stands in the text, share half of the shorter one."""
    at = document.text.find(sentence)
    while at >= 0:
        if span.mostly(Span(at, at + len(sentence))):
            return True
        at = document.text.find(sentence, at + 1)
    return False


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())


def summaries(found: Sequence[Outcome], off_topic: Sequence[Outcome] = ()) -> dict[str, Summary]:
    """The measures of each set of questions in `found`, by the set's name, in order of appearance."""
    sets: dict[str, list[Outcome]] = {}
    for one in found:
        sets.setdefault(one.question.set, []).append(one)
    return {name: summary(inside, off_topic) for name, inside in sets.items()}


def _records(path: Path) -> Iterable[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
