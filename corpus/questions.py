"""Questions that sentences answer: those that ship for the briefs, and the operator's own for any document.

Each file holds an object a line, {"document": …, "text": …, "questions": […]}. A build takes the questions of
those texts that its documents hold.
"""

from pathlib import Path

from corpus.errors import CorpusError
from retrieval import expansions
from retrieval.expansions import Expansion

SHIPPED = Path(__file__).parent / "briefs" / "questions.jsonl"


def questions(home: Path) -> tuple[Expansion, ...]:
    """The shipped questions and those in `questions/*.jsonl` of `home`.

    Raises: CorpusError naming a line that holds none.
    """
    found: list[Expansion] = []
    for path in (SHIPPED, *sorted((home / "questions").glob("*.jsonl"))):
        try:
            found += expansions.load(path)
        except (OSError, ValueError) as cause:
            raise CorpusError(f"no questions can be read: {cause}") from cause
    return tuple(found)
