"""How a source is named: publisher and date in words, and for a brief what it was compiled from."""

from bot.texts import Language, day, say
from retrieval.types import Origin, Source

ORIGINS_SHOWN = 2


def cited(source: Source, language: Language = "en") -> str:
    """Publisher and date in words; for a brief, what it was compiled from."""
    if source.compiled_from:
        named = ", ".join(origin(o, language) for o in source.compiled_from[:ORIGINS_SHOWN])
        more = len(source.compiled_from) - ORIGINS_SHOWN
        rest = " " + say(language, "and-more", count=more) if more > 0 else ""
        return f"{say(language, 'brief')} {named}{rest}"
    publisher = source.publisher or say(language, "no-publisher")
    return say(language, "cited", publisher=publisher, date=day(language, source.published))


def origin(page: Origin, language: Language) -> str:
    """A page that a brief was compiled from: its publisher and date."""
    return say(language, "origin", publisher=page.publisher, date=day(language, page.published))
