"""What the corpus holds, as messages: its documents newest first, and the newest on a topic."""

from collections.abc import Sequence
from datetime import date

from bot import keyboards
from bot.citation import cited
from bot.keyboards import web
from bot.message import Draft, Message, shorten
from bot.texts import Language, age, day, say
from retrieval.builds import Build
from retrieval.quotes import narrow
from retrieval.sentences import sentences
from retrieval.types import Answer, Document, Passage, Quote, Span

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
    """By publication date, the undated last; then by title."""
    return sorted(documents, key=lambda d: (-(_reach(d) or date.min).toordinal(), d.source.title))


def newest(build: Build) -> tuple[Quote, ...]:
    """The first sentence of each of the newest documents."""
    return tuple(_opening(document) for document in newest_first(build.documents)[:NEWEST])


def newest_about(answer: Answer) -> tuple[Quote, ...]:
    """Of the passages found for a topic, the best sentence of each document, newest document first."""
    found: dict[str, Quote] = {}
    for quote in answer.considered:
        cut = Quote(quote.document, narrow(quote.document, quote.span), quote.passage, quote.score)
        found.setdefault(quote.document.id, cut)
    order = [document.id for document in newest_first([quote.document for quote in found.values()])]
    return tuple(found[id] for id in order[:NEWEST])


def _entry(document: Document, today: date, language: Language) -> Draft:
    source = document.source
    link = web(source)
    draft = Draft("• ").add(shorten(source.title.strip(), 120), "text_link" if link else "bold", link)
    reach = _reach(document)
    old = age(language, reach, today) if reach else ""
    if source.compiled_from:
        about = say(language, "brief-dated", date=day(language, reach))
    else:
        about = shorten(cited(source, language), 120)
    return draft.add(f"\n  {about}" + (f" · {old}" if old else ""))


def _reach(document: Document) -> date | None:
    """How far a document reaches: its date, for a brief without one the newest date it was made from."""
    source = document.source
    return source.published or max((o.published for o in source.compiled_from if o.published), default=None)


def _opening(document: Document) -> Quote:
    spans = sentences(document.text)
    span = narrow(document, spans[0] if spans else Span(0, len(document.text)))
    return Quote(document, span, Passage(0, document, span), 0.0)
