"""Questions that sentences answer: those that ship for the briefs, and the operator's own for any document.

Each file holds an object a line, {"document": …, "text": …, "questions": […]}. A build takes the questions of
those texts that its documents hold. With an empty text they are questions about what a document tells of that
nothing answers: what is asked and comes nearer to these than to the others is rather declined.
"""

from pathlib import Path

from corpus.errors import CorpusError
from retrieval import expansions
from retrieval.expansions import Expansion

#: Those that lead to sentences of the briefs, and those near to them that no brief answers.
SHIPPED = tuple(Path(__file__).parent / "briefs" / name for name in ("questions.jsonl", "silent.jsonl"))


def questions(home: Path) -> tuple[Expansion, ...]:
    """The shipped questions and those in `questions/*.jsonl` of `home`.

    Raises: CorpusError naming a line that holds none.
    """
    found: list[Expansion] = []
    for path in (*SHIPPED, *sorted((home / "questions").glob("*.jsonl"))):
        try:
            found += expansions.load(path)
        except (OSError, ValueError) as cause:
            raise CorpusError(f"no questions can be read: {cause}") from cause
    return tuple(found)
