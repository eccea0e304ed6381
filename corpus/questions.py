"""Questions that sentences answer: those that ship for the briefs, and the operator's own for any document.

Each file holds an object a line, {"document": …, "text": …, "questions": […]}. A build takes the questions of
those texts that its documents hold. With an empty text they are questions about what a document tells of that
nothing answers: what is asked and comes nearer to these than to the others is rather declined.
"""

from collections.abc import Iterable
from pathlib import Path

from corpus.errors import CorpusError
from retrieval import expansions
from retrieval.builds import Build
from retrieval.expansions import Expansion

#: Those that lead to sentences of the briefs, and those near to them that no brief answers.
SHIPPED = tuple(Path(__file__).parent / "briefs" / name for name in ("questions.jsonl", "silent.jsonl"))


def questions(home: Path) -> tuple[Expansion, ...]:
    """The shipped questions and those in `questions/*.jsonl` of `home`.

    Raises: CorpusError naming a line that holds none.
    """
    return (*_read(SHIPPED), *_own(home))


def astray(home: Path, build: Build) -> tuple[tuple[str, str], ...]:
    """Of those in `home` that lead nowhere in `build` the document and the reason, each once.

    Raises: CorpusError as `questions` does.
    """
    found = [
        (one.document, f"has questions about what is no sentence of it, “{one.text}”")
        if build.document(one.document)
        else (one.document, "has questions, and is not in the corpus")
        for one in build.astray(_own(home))
    ]
    return tuple(dict.fromkeys(found))


def _own(home: Path) -> tuple[Expansion, ...]:
    return _read(sorted((home / "questions").glob("*.jsonl")))


def _read(paths: Iterable[Path]) -> tuple[Expansion, ...]:
    found: list[Expansion] = []
    for path in paths:
        try:
            found += expansions.load(path)
        except (OSError, ValueError) as cause:
            raise CorpusError(f"questions cannot be read: {cause}") from cause
    return tuple(found)
