"""How a source is named: publisher and date in words, its age, and for a brief what it was compiled from."""

from datetime import date

from retrieval.types import Source

ORIGINS_SHOWN = 2


def cited(source: Source) -> str:
    """Publisher and date in words; for a brief, what it was compiled from."""
    if source.compiled_from:
        named = [f"{o.publisher} ({day(o.published)})" for o in source.compiled_from[:ORIGINS_SHOWN]]
        more = len(source.compiled_from) - len(named)
        return "brief, compiled from " + ", ".join(named) + (f" and {more} more" if more else "")
    return f"{source.publisher or 'no publisher named'}, {day(source.published)}"


def day(when: date | None) -> str:
    """A date as "26 October 2025"; "undated" for none."""
    return f"{when.day} {when:%B %Y}" if when else "undated"


def age(when: date, today: date) -> str:
    """How long ago that was, as "6 months ago"; empty for a day that has not come."""
    days = (today - when).days
    if days < 0:
        return ""
    if days < 2:
        return ("today", "yesterday")[days]
    for most, length, unit in ((14, 1, "day"), (60, 7, "week"), (730, 30.44, "month")):
        if days < most:
            return f"{int(days / length)} {unit}s ago"
    return f"{int(days / 365.25)} years ago"
