"""What is asked, as the search and the choice of quotes see it: words, context, what is asked for.

A query is made before anything is encoded; `texts` are what has to be.
"""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.asking import type_of
from retrieval.builds import Build
from retrieval.encoder import Vectors, unit
from retrieval.interrogatives import wanted
from retrieval.language import Foreign, foreign
from retrieval.lexical import terms
from retrieval.questions import Question, read
from retrieval.types import Quote, Turn
from retrieval.words import LIGHT, stem, stems, whole


@dataclass(frozen=True, slots=True)
class Query:
    """A question as sent; `text` is that with its spelling mended, and `asked` what it asks for.

    `leans` says that it is incomplete, `context` what it leans on then: the questions before, and the quote
    that was shown for the last of them. `weights` holds the stems of its content words and how telling each
    is; `names` the stems of each name in it and those of the name's forms, `proper` the latter of those names
    that are of somebody or something, not of a topic or an act;
    `unknown` is the share of the weights whose words no text of the corpus holds. `foreign` is its language
    where that is not English; with `second` the second encoder understands it.
    """

    question: str
    text: str
    asked: Question
    weights: dict[str, float]
    terms: tuple[str, ...]
    names: tuple[tuple[frozenset[str], tuple[frozenset[str], ...]], ...] = ()
    proper: tuple[tuple[frozenset[str], ...], ...] = ()
    leans: bool = False
    context: tuple[str, ...] = ()
    unknown: float = 0.0
    foreign: Foreign | None = None
    second: bool = False

    @property
    def readable(self) -> bool:
        """Whether there is a way to search with it: its words, or a second encoder that understands it."""
        return self.second or self.foreign is None or not self.foreign.unreadable

    @property
    def texts(self) -> tuple[str, ...]:
        """What has to be encoded as queries: the question, then what it leans on."""
        return (self.text, *self.context)

    @property
    def shares(self) -> tuple[float, ...]:
        """What each of `texts` counts, together 1."""
        leaning = LEANING[len(self.context)]
        return (1 - sum(leaning), *leaning)

    @property
    def carried(self) -> str | None:
        """What it leans on, a line each."""
        return "\n".join(self.context) or None

    @property
    def shown(self) -> str:
        """What it leans on of the quote that was shown last, on one line; "" for nothing, and where it asks
        of that quote itself: "Who said that?"."""
        return self.context[1] if len(self.context) > 1 and not _OF_QUOTE.search(self.text) else ""

    @property
    def phrase(self) -> re.Pattern[str] | None:
        """What a text must hold when the question is a phrase in quotation marks: its words in their order,
        in any capitals and any kind of quotation marks."""
        if self.asked.phrase is None:
            return None
        words = (re.sub(r"['’‘]", "['’‘]", re.escape(word)) for word in self.asked.phrase.split())
        return re.compile(r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)", re.IGNORECASE)

    def mentioned(self, held: frozenset[str]) -> bool:
        """Whether a text with the stems `held` holds every proper name in the question, in any form."""
        return all(any(form <= held for form in forms) for forms in self.proper)

    def named(self, held: frozenset[str]) -> frozenset[str]:
        """The stems of the question's names that a text with the stems `held` mentions in any form."""
        return frozenset(
            term for own, forms in self.names if any(form <= held for form in forms) for term in own
        )


#: What each text that a question leans on counts, as vectors and as BM25: the questions before alone, or they
#: and the quote. nDCG@10 of mtragun's dev questions that lean, with replies in place of quotes: .87 with the
#: questions alone, .921 with .2 and .2, .913 with .2 and .1; .3 and .2 or .15 and .15 are no better either.
LEANING: dict[int, tuple[float, ...]] = {0: (), 1: (0.3,), 2: (0.2, 0.2)}
_OF_QUOTE = re.compile(
    r"\b(?:sa(?:y|ys|id)|tell|told|wr[io]te|writes|claim(?:s|ed)?|report(?:s|ed)?|announced?|posted?"
    r"|call(?:s|ed)?|quoted?|mean[st]?|source)\b.*\b(?:that|this|so|it|quote|statement|remark)\W*$"
    r"|\bsays who\W*$|\bsource\W*$",
    re.I,
)
#: How many questions before are leant on at most: those back to the last complete one (nDCG@10 of the dev
#: questions that lean, against always two: mtragun +.001 [-.010, +.011], mtraghuman +.034 [+.002, +.077]).
TURNS = 3
#: A question with no name, this few content words and none of them telling leans on what was before, as an
#: elliptical one does, and so does one of a single word ("On which channel?") that is no topic by itself
#: ("soybeans", "What are tides?"). "What causes wildfires?" is complete where few passages tell of wildfires.
FEW = 2
#: A word is telling whose idf is this share of that of one in a single passage. Without this bound 3 of 42
#: complete questions of newcomers lean, 20 of 1,077 of squad2 and 3 of 146 of clapnq, with it 0, 13 and 1.
TELLING_FROM = 0.7
#: A form that stands for a name less surely than this is no mention of it.
SURE = 0.5
#: What a text tells of under other words too.
OPEN = ("topic", "act")


def understand(
    build: Build, question: str, history: Sequence[Turn] = (), spoken: Collection[str] = ()
) -> Query:
    """The query that `question` makes of `build`, after the turns in `history` (oldest first). `spoken`
    are the languages that a second encoder understands: a question in one of them leans on nothing."""
    question = whole(question)
    asked = read(question, build.aliases)
    away = foreign(question, build.lexicon.__contains__) if asked.phrase is None else None
    second = away is not None and away.code in spoken
    text = question if second or asked.phrase is not None else build.vocabulary.repair(question)
    if text != question:
        asked = read(text, build.aliases)
    if away is not None and second:
        asked = Question(question, "other", wanted(question, away.code), content=asked.content)
    weights = {term: _telling(term, asked) * build.lexicon.idf(term) for term in asked.content}
    absent = sum(weight for term, weight in weights.items() if term not in build.lexicon)
    unknown = absent / (sum(weights.values()) or 1.0)
    leans = not second and _leans(build, asked)
    context = _context(build, history) if leans else ()
    for term in read(context[0], build.aliases).content if context else ():
        share = sum(LEANING[len(context)])
        weights.setdefault(term, LEANING[len(context)][0] / (1 - share) * build.lexicon.idf(term))
    names = [
        (entity.kind, stems(entity.text), tuple(stems(form) for form, w in entity.forms if w >= SURE))
        for entity in asked.entities
    ]
    return Query(
        question=question,
        text=text,
        asked=asked,
        weights=weights,
        terms=tuple(terms(text)),
        names=tuple((own, tuple(filter(None, forms))) for _, own, forms in names if len(forms) > 1),
        proper=tuple(
            found for kind, _, forms in names if kind not in OPEN and (found := tuple(filter(None, forms)))
        ),
        leans=leans,
        context=context,
        unknown=unknown,
        foreign=away,
        second=second,
    )


def turn_of(question: str, quotes: Sequence[Quote]) -> Turn:
    """What a later question may lean on once these quotes were shown: of the first its document's title, its
    text and who speaks."""
    shown = (
        f"{quote.document.source.title}: {quote.text} {f'({quote.speaker})' if quote.speaker else ''}"
        for quote in quotes[:1]
    )
    return Turn(question, _line("".join(shown)))


def recalled(carried: str | None) -> tuple[Turn, ...]:
    """The history that completes a question with exactly what one was completed with by `Answer.carried`."""
    questions, _, quote = (carried or "").partition("\n")
    return (Turn(questions, quote),) if carried else ()


def _context(build: Build, history: Sequence[Turn]) -> tuple[str, ...]:
    """The last complete question and those after it as one text, `TURNS` at most, and the quote that was
    shown last for them. Thanks and greetings, which ask nothing, are passed over."""
    chain: list[Turn] = []
    for turn in reversed(history):
        asked = read(turn.question, build.aliases)
        if not asked.content and not asked.elliptical:
            continue
        chain.append(turn)
        if not _leans(build, asked):
            break
    kept = [*chain[: TURNS - 1], *chain[-1:]] if len(chain) > TURNS else chain
    asked_before = " ".join(turn.question for turn in reversed(kept))
    shown = next((turn.shown for turn in kept if turn.shown), "")
    return tuple(filter(None, map(_line, (asked_before, shown))))


def _line(text: str) -> str:
    return " ".join(text.split())


#: What a light verb, or the noun that only names the type of the answer ("In which year …"), counts of any
#: other word as rare. Hit@1 of the dev questions is as without it; of the golden ones with an answer .46 are
#: answered, not .40.
TELLING = 0.3


def _telling(term: str, asked: Question) -> float:
    typed = bool(type_of(asked.noun)) and term == stem(asked.noun)
    return TELLING if typed or term in LIGHT else 1.0


def _leans(build: Build, asked: Question) -> bool:
    """Whether the question is too little to be understood without the turns before."""
    if asked.phrase is not None:
        return False
    if asked.elliptical:
        return True
    if not asked.content:
        # Thanks and greetings ask nothing, of before neither; "how" does.
        return asked.kind not in ("terse", "other")
    # "Any extension?" does not say of what: an act is no name.
    if any(entity.kind != "act" for entity in asked.entities) or len(asked.content) > FEW:
        return False
    if len(asked.content) == 1 and asked.kind not in ("terse", "definition"):
        return True
    telling = TELLING_FROM * math.log1p(build.lexicon.size)
    return all(build.lexicon.idf(term) < telling for term in asked.content)


def mixed(query: Query, vectors: Vectors) -> Vectors:
    """The vector (dim,) to search with, of unit length: the question's own, leaning on those of its context.
    `vectors` are those of `query.texts`."""
    if not query.context:
        return np.asarray(vectors[0], np.float32)
    shares = np.array(query.shares, np.float32)
    return np.asarray(unit((shares @ vectors)[None])[0], np.float32)


def scores(build: Build, query: Query) -> Vectors:
    """The BM25 score of every passage for the question, leaning on those of its context in the same way."""
    own = np.zeros(build.lexicon.size, np.float32)
    for text, share in zip((query.terms, *map(terms, query.context)), query.shares, strict=True):
        own += np.float32(share) * build.lexicon.scores(text)
    return own
