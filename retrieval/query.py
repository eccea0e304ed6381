"""What is asked, as the search and the choice of quotes see it: words, context, what is asked for.

A query is made before anything is encoded; `texts` are what has to be.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.asking import type_of
from retrieval.builds import Build
from retrieval.encoder import Vectors, unit
from retrieval.language import Foreign, foreign
from retrieval.lexical import terms
from retrieval.questions import Question, read
from retrieval.words import LIGHT, stem, stems


@dataclass(frozen=True, slots=True)
class Query:
    """A question as sent; `text` is that with its spelling mended, and `asked` what it asks for.

    `context` are the earlier turns that an incomplete question leans on. `weights` holds the stems of its
    content words and how telling each is; `names` the stems of each name in it and those of the name's forms;
    `unknown` is the share of the weights whose words no text of the corpus holds. `foreign` is its language
    where that is not English; with `second` the second encoder understands it.
    """

    question: str
    text: str
    asked: Question
    weights: dict[str, float]
    terms: tuple[str, ...]
    names: tuple[tuple[frozenset[str], tuple[frozenset[str], ...]], ...] = ()
    context: str | None = None
    context_terms: tuple[str, ...] = ()
    unknown: float = 0.0
    foreign: Foreign | None = None
    second: bool = False

    @property
    def readable(self) -> bool:
        """Whether there is a way to search with it: its words, or a second encoder that understands it."""
        return self.second or self.foreign is None or not self.foreign.unreadable

    @property
    def texts(self) -> tuple[str, ...]:
        """What has to be encoded as queries: the question, then its context where it has one."""
        return (self.text,) if self.context is None else (self.text, self.context)

    @property
    def phrase(self) -> re.Pattern[str] | None:
        """What a text must hold when the question is a phrase in quotation marks: its words in their order,
        in any capitals and any kind of quotation marks."""
        if self.asked.phrase is None:
            return None
        words = (re.sub(r"['’‘]", "['’‘]", re.escape(word)) for word in self.asked.phrase.split())
        return re.compile(r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)", re.IGNORECASE)

    def named(self, held: frozenset[str]) -> frozenset[str]:
        """The stems of the question's names that a text with the stems `held` mentions in any form."""
        return frozenset(
            term for own, forms in self.names if any(form <= held for form in forms) for term in own
        )


#: What the turns before count beside a question that leans on them: as vectors, as BM25 and as words to reach
#: (nDCG@10 on dev: mtragun .815 -> .846 with three turns, mtraghuman .714 -> .727 with two).
LEANING = 0.3
#: How many turns before are leant on.
TURNS = 2
#: A question with no name and this few content words leans on the turns before, as an elliptical one does: so
#: do .01 of clapnq's and squad2's complete questions; with three words it would be .09.
FEW = 2
#: A form that stands for a name less surely than this is no mention of it.
SURE = 0.5


def understand(
    build: Build, question: str, history: Sequence[str] = (), spoken: Collection[str] = ()
) -> Query:
    """The query that `question` makes of `build`, after the questions in `history` (oldest first). `spoken`
    are the languages that a second encoder understands: a question in one of them leans on nothing."""
    asked = read(question, build.aliases)
    away = foreign(question, build.lexicon.__contains__) if asked.phrase is None else None
    second = away is not None and away.code in spoken
    text = question if second or asked.phrase is not None else build.vocabulary.repair(question)
    if text != question:
        asked = read(text, build.aliases)
    weights = {term: _telling(term, asked) * build.lexicon.idf(term) for term in asked.content}
    absent = sum(weight for term, weight in weights.items() if term not in build.lexicon)
    unknown = absent / (sum(weights.values()) or 1.0)
    context = " ".join(history[-TURNS:]) if leans(asked) and not second else ""
    for term in read(context, build.aliases).content if context else ():
        weights.setdefault(term, LEANING / (1 - LEANING) * build.lexicon.idf(term))
    names = (
        (stems(entity.text), tuple(stems(form) for form, weight in entity.forms if weight >= SURE))
        for entity in asked.entities
    )
    return Query(
        question=question,
        text=text,
        asked=asked,
        weights=weights,
        terms=tuple(terms(text)),
        names=tuple((own, tuple(filter(None, forms))) for own, forms in names if len(forms) > 1),
        context=context or None,
        context_terms=tuple(terms(context)),
        unknown=unknown,
        foreign=away,
        second=second,
    )


#: What a light verb, or the noun that only names the type of the answer ("In which year …"), counts of any
#: other word as rare. Hit@1 of the dev questions is as without it; of the golden ones with an answer .46 are
#: answered, not .40.
TELLING = 0.3


def _telling(term: str, asked: Question) -> float:
    typed = bool(type_of(asked.noun)) and term == stem(asked.noun)
    return TELLING if typed or term in LIGHT else 1.0


def leans(asked: Question) -> bool:
    """Whether the question is too little to be understood without the turns before."""
    if asked.phrase is not None:
        return False
    return asked.elliptical or (not asked.entities and len(asked.content) <= FEW)


def mixed(query: Query, vectors: Vectors) -> Vectors:
    """The vector (dim,) to search with, of unit length: the question's own, leaning on its context's where it
    has one. `vectors` are those of `query.texts`."""
    if query.context is None:
        return np.asarray(vectors[0], np.float32)
    return np.asarray(unit(((1 - LEANING) * vectors[0] + LEANING * vectors[1])[None])[0], np.float32)


def scores(build: Build, query: Query) -> Vectors:
    """The BM25 score of every passage for the question, leaning on its context's in the same way."""
    own = build.lexicon.scores(query.terms)
    if query.context is not None:
        own = np.float32(1 - LEANING) * own + np.float32(LEANING) * build.lexicon.scores(query.context_terms)
    return own
