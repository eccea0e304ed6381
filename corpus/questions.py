"""Questions that sentences answer: those that ship for the briefs, and the operator's own for any document.

Each file holds an object a line, {"document": …, "text": …, "questions": […]}. A build takes the questions of
those texts that its documents hold. With an empty text they are questions about what a document tells of that
nothing answers: what is asked and comes nearer to these than to the others is rather declined.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from corpus.errors import CorpusError
from retrieval import expansions
from retrieval.expansions import Expansion
from retrieval.types import Document

#: Those that lead to sentences of the briefs, and those near to them that no brief answers.
SHIPPED = tuple(Path(__file__).parent / "briefs" / name for name in ("questions.jsonl", "silent.jsonl"))


def questions(home: Path) -> tuple[Expansion, ...]:
    """The shipped questions and those in `questions/*.jsonl` of `home`. One that leads to a text is not one
    that nothing answers, whoever said so.

    Raises: CorpusError naming a line that holds none.
    """
    found = (*_read(SHIPPED), *_own(home))
    told = {question for one in found if one.text for question in one.questions}
    return tuple(one if one.text else _without(one, told) for one in found)


def astray(home: Path, documents: Mapping[str, Document]) -> tuple[tuple[Expansion, str], ...]:
    """Those in `home` that lead nowhere, each with the reason: none of `documents` has their id, or theirs
    lacks their text.

    Raises: CorpusError as `questions` does.
    """
    found = []
    for one in _own(home):
        if one.document not in documents:
            found.append((one, "has questions, and is not in the corpus"))
        elif one.text not in documents[one.document].text:
            found.append((one, f"has questions about what is not in it, “{one.text}”"))
    return tuple(found)


def _own(home: Path) -> tuple[Expansion, ...]:
    return _read(sorted((home / "questions").glob("*.jsonl")))


def _read(paths: Iterable[Path]) -> tuple[Expansion, ...]:
    found: list[Expansion] = []
    for path in paths:
        try:
            found += expansions.load(path)
        except (OSError, ValueError) as cause:
            raise CorpusError(f"no questions can be read: {cause}") from cause
    return tuple(found)


def _without(silent: Expansion, told: set[str]) -> Expansion:
    return replace(silent, questions=tuple(q for q in silent.questions if q not in told))
