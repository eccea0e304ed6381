"""How a source is named: publisher and date in words, and for a brief what it was compiled from."""

import re
from datetime import date

from bot.texts import Language, day, say
from retrieval.builds import Build
from retrieval.recency import days
from retrieval.types import Origin, Quote, Source
from retrieval.words import stems

ORIGINS_SHOWN = 2
ALSO_SHOWN = 3


def cited(source: Source, language: Language = "en", words: str = "") -> str:
    """Publisher and date in words; for a brief, what it was compiled from, beginning with what `words` of it
    are from."""
    if source.compiled_from:
        named = ", ".join(origin(o, language) for o in origins(source, words)[:ORIGINS_SHOWN])
        more = len(source.compiled_from) - ORIGINS_SHOWN
        rest = " " + say(language, "and-more", count=more) if more > 0 else ""
        return f"{say(language, 'brief')} {named}{rest}"
    publisher = source.publisher or say(language, "no-publisher")
    return say(language, "cited", publisher=publisher, date=day(language, source.published))


def origins(source: Source, words: str) -> tuple[Origin, ...]:
    """The pages that a brief was compiled from, those first that `words` of it are from, as far as they tell:
    those of a day that is told there, above all of a publisher that is named ("…, CNBC reported on 24
    September 2026"), then other pages of such a publisher."""
    told = days(words)

    def rank(page: Origin) -> tuple[bool, bool]:
        of_the_day = page.published in told
        # In brackets stands whose story it is, or only a place: a day must tell which.
        names = re.split(r"[()]", page.publisher)[: None if of_the_day else 1]
        return of_the_day, any(_named(name.strip(), words) for name in names if name.strip())

    return tuple(sorted(source.compiled_from, key=rank, reverse=True))


def _named(publisher: str, words: str) -> bool:
    """Whether `words` name a publisher, in any order ("China's Ministry of Commerce"); a name of a single
    word only as it is written."""
    several = len(stems(publisher)) > 1 and stems(publisher) <= stems(words)
    return several or re.search(rf"\b{re.escape(publisher)}\b", words) is not None


def told_on(source: Source, words: str = "") -> date | None:
    """The day that an age counts from: for a brief that of its event, unless that was yet to come, else of
    its newest dated page, and not of a day before one that `words` of it tell; for any other document that of
    publication."""
    pages = (page.published for page in source.compiled_from if page.published)
    newest = max(pages, default=source.published)
    if source.compiled_from and source.event:
        last = newest or source.event
        return max(min(source.event, last), *(day for day in days(words) if day <= last), date.min)
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
