"""What is asked, as the search and the choice of quotes see it: words, context, what is asked for.

A query is made before anything is encoded; `texts` are what has to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.builds import Build
from retrieval.lexical import terms
from retrieval.questions import Question, read
from retrieval.words import stems


@dataclass(frozen=True, slots=True)
class Query:
    """A question as sent; `text` is what is understood of it, spelling mended, and `asked` what that asks for.
    `context` are the earlier turns that an incomplete question leans on. `weights` holds the stems of its
    content words and how telling each is; `names` for each name in it its stems, and the stems of its forms."""

    question: str
    text: str
    asked: Question
    weights: dict[str, float]
    terms: tuple[str, ...]
    names: tuple[tuple[frozenset[str], tuple[frozenset[str], ...]], ...] = ()
    context: str | None = None
    context_terms: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """What has to be encoded as queries: the question, then its context where it has one."""
        return (self.text,) if self.context is None else (self.text, self.context)

    def named(self, held: frozenset[str]) -> frozenset[str]:
        """The stems of the question's names that a text with the stems `held` mentions in any form."""
        return frozenset(
            term for own, forms in self.names if any(form <= held for form in forms) for term in own
        )


#: A form that stands for a name less surely than this is no mention of it.
SURE = 0.5


def understand(build: Build, question: str, history: Sequence[str] = ()) -> Query:
    """The query that `question` makes of `build`, after the questions in `history` (oldest first)."""
    text = build.vocabulary.repair(question)
    asked = read(text)
    names = (
        (stems(entity.text), tuple(stems(form) for form, weight in entity.forms if weight >= SURE))
        for entity in asked.entities
    )
    return Query(
        question=question,
        text=text,
        asked=asked,
        weights={term: build.lexicon.idf(term) for term in asked.content},
        terms=tuple(terms(text)),
        names=tuple((own, tuple(filter(None, forms))) for own, forms in names if len(forms) > 1),
    )
