"""What is asked, as the search and the choice of quotes see it: words, context, what is asked for.

A query is made before anything is encoded; `texts` are what has to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from retrieval.builds import Build
from retrieval.lexical import terms
from retrieval.words import STOP, stem, tokens


@dataclass(frozen=True, slots=True)
class Query:
    """A question as sent; `text` is what is understood of it, `context` the earlier turns that an incomplete
    question leans on. `weights` holds the stems of its content words and how telling each is."""

    question: str
    text: str
    context: str | None = None
    weights: dict[str, float] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    context_terms: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """What has to be encoded as queries: the question, then its context where it has one."""
        return (self.text,) if self.context is None else (self.text, self.context)


def understand(build: Build, question: str, history: Sequence[str] = ()) -> Query:
    """The query that `question` makes of `build`, after the questions in `history` (oldest first)."""
    text = question
    asked = [stem(word) for word, _, _ in tokens(text) if word.casefold() not in STOP]
    return Query(
        question=question,
        text=text,
        weights={term: build.lexicon.idf(term) for term in asked},
        terms=tuple(terms(text)),
    )
