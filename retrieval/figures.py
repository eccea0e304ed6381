"""Dates, times, durations and amounts: found where a digit or one of a few words begins them.

A figure is of one kind only, the first that fits: 2025 in "in 2025" is a date, in "2025 tonnes" a number.
"""

import re
from collections.abc import Iterator

from retrieval.fact import Fact
from retrieval.types import Span
from retrieval.words import STOP, listed, tokens

_MONTH_NAMES = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
    "september sept sep", "october oct", "november nov", "december dec",
)  # fmt: skip
_MONTHS = {name: month for month, written in enumerate(_MONTH_NAMES, 1) for name in listed(written)}
_UNDER_TWENTY = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: value for value, word in enumerate(_UNDER_TWENTY)}
_SMALL |= {word: 10 * value for value, word in enumerate(_TENS, 2)}
_LARGE = {
    **{
        "hundred": 10**2,
        "thousand": 10**3,
        "million": 10**6,
        "billion": 10**9,
        "trillion": 10**12,
        "dozen": 12,
    },
    **{"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12},
}
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_WEEKDAYS = listed("monday tuesday wednesday thursday friday saturday sunday")
_WEEKDAY = rf"(?:{'|'.join(sorted(_WEEKDAYS))})"
_SEASONS = listed("spring summer autumn fall winter")
_SEASON = rf"(?:{'|'.join(sorted(_SEASONS))})"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\b(?![,.]?\d)"
_YEAR = r"(?:1[0-9]{3}|20\d\d)\b"
_ERA = r"(?:\s?(?:BCE?|CE|AD|B\.C\.|A\.D\.))"
_WORD = rf"(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))})"
_MULTIPLE = r"(?:hundreds?|thousands?|millions?|billions?|trillions?|dozens?)"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_AMOUNT = (
    rf"(?:{_DIGITS}(?:[\s-]{_MULTIPLE}\b|(?:k|m|mn|bn|b|tn)\b)?"
    rf"|(?:{_WORD}|an?|several|half an?)(?:[\s-](?:and\s)?(?:{_WORD}|{_MULTIPLE}))+\b|{_WORD}\b"
    rf"|{_MULTIPLE}\b)"
)
_PERIOD = (
    r"(?:second|minute|hour|day|week|weekend|month|quarter|year|decade|centur(?:y|ie)|season|generation)"
)
_TO = r"\s?(?:[-–—]|to|and|or|through|until)\s?"
_VAGUE = r"(?:an?|several|many|a few|few|some|recent|a couple of)"

_COUNTED = r"(?:metric\s|million\s)?(?:tons?|tonnes?|people|companies|days|miles|dollars|yuan|items|vehicles)"
_DATE = re.compile(
    "|".join(
        (
            r"(?P<iso>\d{4}-\d\d-\d\d\b)",
            rf"(?:{_WEEKDAY},?\s(?:the\s)?)?(?P<month>{_MONTH})\s(?P<day>{_DAY})"
            rf"(?:{_TO}(?:{_MONTH}\s)?{_DAY})?(?:,?\s(?P<year>{_YEAR}))?",
            rf"(?:{_WEEKDAY},?\s(?:the\s)?)?(?P<day2>{_DAY})(?:{_TO}{_DAY})?\s(?:of\s)?(?P<month2>{_MONTH})"
            rf"(?:,?\s(?P<year2>{_YEAR}))?",
            rf"(?:(?:early|mid|late)[\s-])?(?P<month3>{_MONTH})(?:\sof)?,?\s(?P<year3>{_YEAR})",
            r"(?:(?:early|mid|late)[\s-](?:the\s)?)?(?P<century>(?:\d{1,2}(?:st|nd|rd|th)|[a-z]+(?:th|st|nd"
            r"|rd))"
            rf"(?:{_TO}(?:\d{{1,2}}(?:st|nd|rd|th)|[a-z]+(?:th|st|nd|rd)))?[\s-]centur(?:y|ies)\b{_ERA}?)",
            r"(?:(?:early|mid|late)[\s-](?:the\s)?)?(?P<decade>(?:1\d|20)\d0s\b)",
            rf"(?:(?:{_SEASON}|early|mid|late)[\s-](?:of\s)?)?(?P<only>{_YEAR})(?:\s?[-–—/]\s?(?:{_YEAR}"
            r"|\d\d\b))?"
            rf"(?!\s{_COUNTED}|[\d%]|[,.]\d|[-\s](?:%|percent\b|per\scent\b|{_MULTIPLE}\b)){_ERA}?",
            rf"(?P<bc>\d{{1,4}}{_ERA})(?!\w)",
            rf"(?P<month4>{_MONTH})",
            rf"(?P<weekday>{_WEEKDAY})\b(?:\s(?:morning|afternoon|evening|night))?",
            r"(?P<relative>(?:yesterday|today|tomorrow|tonight)\b|(?:last|next|this|following|previous"
            r"|earlier\sthis|later\sthis)"
            rf"\s(?:{_PERIOD}|{_SEASON}|{_WEEKDAY}|{_MONTH})\b|(?:{_AMOUNT}|{_VAGUE})\s{_PERIOD}s?\s(?:ago"
            r"|earlier|later)\b)",
        )
    ),
    re.I,
)
_TIME = re.compile(
    r"(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?\s?(?:[ap]\.m\.|[ap]m\b)(?:\s(?:[A-Z]{2,4}\b|\w+\stime\b))?"
    r"|(?:[01]?\d|2[0-4]):[0-5]\d\b(?:\s(?:[A-Z]{2,4}T?\b|\w+\stime\b))?|(?:noon|midnight)\b",
    re.I,
)
_DURATION = re.compile(
    rf"(?P<n>{_AMOUNT}|{_VAGUE})(?:{_TO}(?P<n2>{_AMOUNT}))?[\s-](?:and\sa\shalf\s|full\s|more\s|consecutive\s"
    r"|recent\s)?"
    rf"(?P<unit>{_PERIOD})s?\b(?!\s(?:ago|earlier|later|of\sage)|[\s-]old)|(?P<many>decades|centuries|months"
    r"|years)\b",
    re.I,
)
_COIN = (
    r"(?:dollars?|cents?|yuan|renminbi|euros?|pounds?(?!\sof\b)|yen"
    r"|won\b|rupees?|francs?|pesos?|usd|cny|rmb|eur)"
)
_MONEY = re.compile(
    rf"(?P<a2>{_AMOUNT})(?:{_TO}{_AMOUNT})?[\s-](?:(?:US|U\.S\.|American|Australian|Canadian|Chinese"
    rf"|Hong Kong)\s)?{_COIN}\b",
    re.I,
)
_SIGNED = re.compile(
    rf"(?:\b(?:US|A|C|HK|NT|S|RMB))?[$€£¥￥₹]\s?(?P<a>{_DIGITS})(?:[\s-]?(?P<m>{_MULTIPLE}|bn|mn|tn|[kmb])\b)?"
    rf"|\b(?:USD|EUR|GBP|CNY|RMB)\s(?P<a3>{_DIGITS})(?:\s?(?P<m3>{_MULTIPLE}|bn|mn|tn|[kmb])\b)?",
    re.I,
)
_PERCENT = re.compile(
    rf"(?P<a>{_AMOUNT})(?:\s?(?:to|[-–])\s?{_AMOUNT})?[\s-]?(?:%|(?:percent|per\scent"
    r"|pct)(?:age)?\b)(?P<p>[\s-]points?)?"
    r"|(?P<f>(?:one|two|three|four|an?|\d)[\s-](?:half|thirds?|quarters?|fifths?|sixths?|tenths?)"
    r"|half)\b(?=\s(?:of|the|its|all|their)\b)",
    re.I,
)
_NUMBER = re.compile(_AMOUNT, re.I)
_UNIT = re.compile(
    r"[\s-](?:(?:metric|square|cubic|nautical)\s)?([^\W\d_]+(?:-[^\W\d_]+)*)(?:\s([^\W\d_]+))?"
)

_BEGIN = (
    frozenset(_MONTHS) | frozenset(_SMALL) | frozenset(ORDINALS) | _WEEKDAYS | _SEASONS
    | listed("""
      a an several many few half early mid late last next this following previous earlier later yesterday
      today tomorrow tonight noon midnight some recent hundreds thousands millions billions dozens decades
      centuries months years thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
      twentieth
      """)
)  # fmt: skip


def figures(text: str) -> Iterator[Fact]:
    """The dates, times, durations and amounts of `text`, left to right and apart."""
    reached = 0
    for start in _beginnings(text):
        if start >= reached and (fact := _at(text, start)):
            reached = fact.span.end
            yield fact


def _beginnings(text: str) -> list[int]:
    """Where a figure may begin: at a sign of money, a digit, or a word that begins one."""
    found = [start for word, start, _ in tokens(text) if word[0].isdigit() or word.casefold() in _BEGIN]
    if any(sign in text for sign in "$€£¥￥₹") or "RMB" in text or "USD" in text:
        found.extend(match.start() for match in _SIGNED.finditer(text))
    return sorted(found)


def _at(text: str, start: int) -> Fact | None:
    if signed := _SIGNED.match(text, start):
        value = amount(f"{signed['a'] or signed['a3']} {signed['m'] or signed['m3'] or ''}")
        return Fact("money", Span(*signed.span()), signed[0], value)
    if match := _TIME.match(text, start):
        return Fact("time", _span(match), match[0], re.sub(r"[\s.]", "", match[0].casefold()))
    if match := _PERCENT.match(text, start):
        if match["f"]:
            return Fact("percentage", _span(match), match[0], match[0].casefold(), "share", 0.6)
        return Fact(
            "percentage", _span(match), match[0], amount(match["a"]), "points" if match["p"] else "percent"
        )
    if match := _MONEY.match(text, start):
        return Fact("money", _span(match), match[0], amount(match["a2"]))
    if (match := _DATE.match(text, start)) and (fact := _date(match, text)):
        return fact
    if match := _DURATION.match(text, start):
        sure = 0.4 if match["many"] else 0.6 if (match["n"] or "").casefold() in ("a", "an", "some") else 1.0
        unit = (match["unit"] or match["many"]).casefold()
        return Fact("duration", _span(match), match[0], amount(match["n"] or "") or "1", unit, sure)
    word = text[start:].split(maxsplit=1)[0].casefold().strip(".,;:!?\"'”’)")
    if word in ORDINALS or re.fullmatch(r"\d+(?:st|nd|rd|th)", word):
        value = str(ORDINALS.index(word) + 1) if word in ORDINALS else word[:-2]
        return Fact(
            "ordinal", Span(start, start + len(word)), text[start : start + len(word)], value, sure=0.5
        )
    match = _NUMBER.match(text, start)
    return _number(match, text) if match else None


def _span(match: re.Match[str]) -> Span:
    return Span(match.start(), match.end())


def _number(match: re.Match[str], text: str) -> Fact | None:
    value = amount(match[0])
    unit = _UNIT.match(text, match.end())
    nouns = [word for word in (unit[1], unit[2]) if word and word.casefold() not in STOP] if unit else []
    sure = 0.4 if match[0].casefold() in ("one", "zero") or _is_of_name(match, text) else 1.0
    return Fact("number", _span(match), match[0], value, " ".join(nouns).casefold(), sure) if value else None


_BEFORE = re.compile(r"(?<![\w'’])([A-Z][a-z]+) $")


def _is_of_name(match: re.Match[str], text: str) -> bool:
    """Whether a figure belongs to the name before it: "France 24 reported"."""
    before = _BEFORE.search(text, 0, match.start())
    word = before[1].casefold() if before else ""
    known = word in STOP or word in _MONTHS or word in _WEEKDAYS or word in _ABOUT
    return bool(word) and not known and len(match[0]) < 4 and match[0].isdigit()


_ABOUT = listed("nearly roughly almost around approximately some exactly another fully only least most")


def _date(match: re.Match[str], text: str) -> Fact | None:
    groups = match.groupdict()
    if groups["month4"] and not _is_month(match[0], text, match.start()):
        return None
    written = match[0].rstrip(".") if groups["month4"] else match[0]
    vague = groups["relative"] or groups["weekday"]
    return Fact("date", Span(match.start(), match.start() + len(written)), written, _value(groups, written),
                sure=0.7 if vague else 1.0)  # fmt: skip


_ALSO_WORDS = listed("may march mar jan dec sep august")
_IN = re.compile(
    r"\b(?:in|of|since|by|until|till|last|next|this|during|from|to|and|early|late|mid|through)[\s-]$", re.I
)


def _is_month(written: str, text: str, start: int) -> bool:
    """Whether a bare month's name is a month: "May" and "March" are other words too."""
    name = written.rstrip(".").casefold()
    return (name not in _ALSO_WORDS and written[0].isupper()) or bool(
        _IN.search(text[max(0, start - 12) : start])
    )


def _value(groups: dict[str, str | None], written: str) -> str:
    if groups["iso"]:
        return groups["iso"]
    month = next((groups[key] for key in ("month", "month2", "month3", "month4") if groups[key]), None)
    year = next((groups[key] for key in ("year", "year2", "year3", "only") if groups[key]), None)
    day = groups["day"] or groups["day2"]
    parts = [year] if year else []
    if month:
        parts.append(f"{_MONTHS[month.rstrip('.').casefold()]:02}")
    if day:
        parts.append(f"{int(re.sub('[^0-9]', '', day)):02}")
    return "-".join(parts) or written.casefold()


def amount(text: str) -> str:
    """The number that `text` writes in digits or in words, as plain digits; empty for none."""
    total, current, seen = 0.0, 0.0, False
    for word in re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?|[a-z]+", text.casefold()):
        factor = _LARGE.get(word) or (_LARGE.get(word[:-1]) if word.endswith("s") else None)
        if word[0].isdigit():
            current, seen = current + float(word.replace(",", "")), True
        elif word == "half":
            current, seen = current + 0.5, True
        elif word in _SMALL:
            current, seen = current + _SMALL[word], True
        elif factor:
            current, seen = (current or 1) * factor, True
            if factor >= 1000:
                total, current = total + current, 0.0
    return f"{total + current:.12g}" if seen else ""
