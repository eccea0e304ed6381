"""What the bot says, in the language of whom it says it to: the catalogues of `bot/locale/`.

Quotes, titles and names are no texts: they pass through in the words of their sources.
"""

from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from math import inf
from typing import Literal, get_args

from babel.dates import format_date, format_timedelta
from fluent.runtime import FluentBundle, FluentResource

Language = Literal["en", "zh-hans", "ms"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
#: How each language calls itself.
NAMES: dict[Language, str] = {"en": "English", "zh-hans": "简体中文", "ms": "Bahasa Melayu"}
#: The two letters that Telegram knows a language by where it takes no more than two.
CODES: dict[Language, str] = {"en": "en", "zh-hans": "zh", "ms": "ms"}
_LOCALES = {"en": "en_GB", "zh-hans": "zh_Hans", "ms": "ms"}
_UNITS: tuple[tuple[int, Literal["day", "week", "month", "year"], float, int], ...] = (
    # Shown for fewer days than; the unit; its days; its days as Babel counts them.
    (14, "day", 1, 1),
    (60, "week", 7, 7),
    (730, "month", 30.44, 30),
)


def say(language: Language, key: str, /, **values: str | int) -> str:
    """The text `key` of a language's catalogue with its variables filled in. Raises: KeyError, ValueError
    for a variable that is missing."""
    pattern = _CATALOGUES[language].get_message(key).value
    assert pattern is not None
    text, errors = _CATALOGUES[language].format_pattern(pattern, values)
    if errors:
        raise ValueError(f"{key} in {language}: {errors}")
    return str(text)


def spoken(code: str | None) -> Language | None:
    """The language of a catalogue that a tag such as "zh-CN" or "en-GB" is best served in, if any is."""
    first = (code or "").lower().partition("-")[0]
    return next((language for language, two in CODES.items() if two == first), None)


@lru_cache
def day(language: Language, when: date | None) -> str:
    """A date as "26 October 2025"; "undated" for none."""
    return format_date(when, "long", locale=_LOCALES[language]) if when else say(language, "undated")


def age(language: Language, when: date, today: date) -> str:
    """How long ago that was, as "6 months ago"; empty for a day that has not come."""
    days = (today - when).days
    if days < 0:
        return ""
    if days < 2:
        return say(language, "yesterday" if days else "today")
    unit, length, counted = next(
        ((unit, length, counted) for most, unit, length, counted in _UNITS if days < most),
        ("year", 365.25, 365),
    )
    past = -timedelta(days=int(days / length) * counted)
    return format_timedelta(
        past, granularity=unit, threshold=inf, add_direction=True, locale=_LOCALES[language]
    )


def dated(language: Language, when: date, today: date) -> str:
    """A date with its age: "26 October 2025, 6 months ago"."""
    old = age(language, when, today)
    return say(language, "dated-ago", date=day(language, when), age=old) if old else day(language, when)


def _catalogue(language: Language) -> FluentBundle:
    bundle = FluentBundle([_LOCALES[language]], use_isolating=False)
    bundle.add_resource(FluentResource(files("bot").joinpath(f"locale/{language}.ftl").read_text("utf-8")))
    return bundle


_CATALOGUES = {language: _catalogue(language) for language in LANGUAGES}
