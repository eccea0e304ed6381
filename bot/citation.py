"""How a source is named: publisher and date in words, and for a brief what it was compiled from."""

from datetime import date

from bot.texts import Language, day, say
from retrieval.builds import Build
from retrieval.types import Origin, Quote, Source

ORIGINS_SHOWN = 2
ALSO_SHOWN = 3


def cited(source: Source, language: Language = "en") -> str:
    """Publisher and date in words; for a brief, what it was compiled from."""
    if source.compiled_from:
        named = ", ".join(origin(o, language) for o in source.compiled_from[:ORIGINS_SHOWN])
        more = len(source.compiled_from) - ORIGINS_SHOWN
        rest = " " + say(language, "and-more", count=more) if more > 0 else ""
        return f"{say(language, 'brief')} {named}{rest}"
    publisher = source.publisher or say(language, "no-publisher")
    return say(language, "cited", publisher=publisher, date=day(language, source.published))


def told_on(source: Source) -> date | None:
    """The day that an age counts from: for a brief that of its event, unless that was yet to come, else of
    its newest dated page; without those, and for any other document, that of publication."""
    pages = (page.published for page in source.compiled_from if page.published)
    newest = max(pages, default=source.published)
    if source.compiled_from and source.event:
        return min(source.event, newest or source.event)
    return newest


def also_in(build: Build | None, quote: Quote) -> tuple[str, ...]:
    """Who else published the words of a quote, in documents of the same story; at most ALSO_SHOWN."""
    if build is None:
        return ()
    others = (d.source.publisher for d in build.also(quote.document, quote.span))
    named = dict.fromkeys(name for name in others if name and name != quote.document.source.publisher)
    return tuple(named)[:ALSO_SHOWN]


def origin(page: Origin, language: Language) -> str:
    """A page that a brief was compiled from: its publisher and date."""
    return say(language, "origin", publisher=page.publisher, date=day(language, page.published))
