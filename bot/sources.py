"""What the corpus holds, as messages: its documents newest first, and the newest on a topic."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from bot import keyboards
from bot.citation import cited, told_on
from bot.keyboards import web
from bot.message import Draft, Message, shorten
from bot.texts import Language, age, day, say
from retrieval.builds import Build
from retrieval.query import Query, understand
from retrieval.quotes import narrow
from retrieval.sentences import sentences
from retrieval.types import Answer, Document, Passage, Quote, Span
from retrieval.words import stems

Rows = npt.NDArray[np.bool_]

PAGE = 8
NEWEST = 3


def listing(build: Build, page: int, today: date, language: Language) -> Message:
    """A page of the documents, newest first; the last page for one beyond it."""
    ordered = newest_first(build.documents)
    count = -(-len(ordered) // PAGE)
    if not count:
        return Message.say(language, "sources-empty")
    page = min(page, count - 1)
    first = PAGE * page
    shown = ordered[first : first + PAGE]
    where = f" · {first + 1}-{first + len(shown)}" if count > 1 else ""
    draft = Draft(language=language).say("sources", "bold").add("\n")
    draft.say("sources-count", count=len(ordered)).add(where)
    for document in shown:
        draft.append(_entry(document, today, language))
    return draft.message(keyboards.pages(page, count, language))


def newest_first(documents: Sequence[Document]) -> list[Document]:
    """By the day that their ages count from, the undated last; then by title."""
    return sorted(documents, key=lambda d: (-(told_on(d.source) or date.min).toordinal(), d.source.title))


def newest(build: Build) -> tuple[Quote, ...]:
    """The first sentence of each of the newest documents."""
    return tuple(_opening(document) for document in newest_first(build.documents)[:NEWEST])


def newest_about(build: Build, answer: Answer) -> tuple[Quote, ...]:
    """Of the newest documents with a passage that holds every word of a topic, the sentence with the most of
    them; where none does, what answers the topic as a question."""
    query = understand(build, answer.question)
    found: dict[str, Quote] = {}
    for passage in _holding(build, query):
        known = found.get(passage.document.id)
        for span in build.sentences_of(passage.id)[1]:
            held = stems(passage.document.slice(span))
            score = float(len(held.intersection(query.asked.content) | query.named(held)))
            if known is None or score > known.score:
                cut = narrow(passage.document, span)
                known = found[passage.document.id] = Quote(passage.document, cut, passage, score)
    quotes = found or {quote.document.id: quote for quote in reversed(answer.quotes)}
    order = newest_first([quote.document for quote in quotes.values()])
    return tuple(quotes[document.id] for document in order[:NEWEST])


def nothing(topic: str, language: Language) -> Message:
    """What is said where there is nothing new, on a topic or at all."""
    if topic:
        return Message.say(language, "newest-none", topic=shorten(topic, 200))
    return Message.say(language, "sources-empty")


def _holding(build: Build, query: Query) -> Iterator[Passage]:
    """The passages that hold each content word of `query`, a name in any of its forms; none for no words."""

    def holds(words: Iterable[str]) -> Rows:
        held = np.ones(build.lexicon.size, np.bool_)
        for word in words:
            held &= build.lexicon.scores([word]) > 0
        return held

    held = holds(())
    for word in query.asked.content:
        either = holds([word])
        for form in (form for own, forms in query.names if word in own for form in forms):
            either |= holds(form)
        held &= either
    if query.asked.content:
        yield from (build.passage(int(row)) for row in np.flatnonzero(held))


def _entry(document: Document, today: date, language: Language) -> Draft:
    source = document.source
    link = web(source)
    draft = Draft("• ").add(shorten(source.title.strip(), 120), "text_link" if link else "bold", link)
    told = told_on(source)
    old = age(language, told, today) if told else ""
    if source.compiled_from:
        about = say(language, "brief-dated", date=day(language, told))
    else:
        about = shorten(cited(source, language), 120)
    return draft.add(f"\n  {about}" + (f" · {old}" if old else ""))


def _opening(document: Document) -> Quote:
    spans = sentences(document.text)
    span = narrow(document, spans[0] if spans else Span(0, len(document.text)))
    return Quote(document, span, Passage(0, document, span), 0.0)
