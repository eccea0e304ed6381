"""What a sentence states that a question can ask for: dates, amounts, names, laws, quotations, reasons.

Every fact is a slice of the sentence it was found in. Rules only, from spelling and a gazetteer: `sure`
says how far the spelling alone can be trusted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from retrieval.gazetteer import BODIES, FIRST_NAMES, GROUNDS, OFFICES, PLACES
from retrieval.types import Span
from retrieval.words import STOP

FactKind = Literal[
    "date", "time", "duration", "number", "money", "percentage", "ordinal", "person", "place", "organisation",
    "law", "name", "quotation", "reason",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """A typed span of a sentence; offsets are into that sentence.

    `value` is what two facts of one kind are compared by: a date as far as it is given (`2025-10-30`, `2025-10`,
    `10-30`, `2025`), an amount as digits, a name as written. `unit` is the unit or the noun counted.
    `sure` is in (0, 1].
    """

    kind: FactKind
    span: Span
    text: str
    value: str
    unit: str = ""
    sure: float = 1.0


_MONTHS = {
    month: number
    for number, months in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for month in months.split()
}  # fmt: skip
_SMALL = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split()
    )
} | {
    word: value
    for word, value in zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True
    )
}
_LARGE = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
          "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12, "dozen": 12}  # fmt: skip
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()

_MONTH = rf"(?:{'|'.join(sorted((m.title() for m in _MONTHS), key=len, reverse=True))})\b\.?"
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?![\d,.]\d)"
_YEAR = r"(?:1[0-9]{3}|20\d\d)"
_ERA = r"(?:\s?(?:BCE?|CE|AD|B\.C\.|A\.D\.))"
_WORD = rf"(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))})"
_MULTIPLE = r"(?:hundreds?|thousands?|millions?|billions?|trillions?|dozens?)"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_AMOUNT = (
    rf"(?:(?<![\w.,]){_DIGITS}(?:[\s-]{_MULTIPLE}\b|(?:k|m|mn|bn|b|tn)\b)?"
    rf"|\b(?:{_WORD}|a|an|several|half\sa)(?:[\s-](?:and\s)?(?:{_WORD}|{_MULTIPLE}))+\b|\b{_WORD}\b)"
)
_PERIOD = (
    r"(?:second|minute|hour|day|week|weekend|month|quarter|year|decade|centur(?:y|ie)|season|generation)"
)

_DATE = re.compile(
    rf"""(?P<iso>\b\d{{4}}-\d\d-\d\d\b)
    |(?:{_WEEKDAY},?\s)?(?P<month>\b{_MONTH})\s(?P<day>{_DAY})(?:\s?[-–—]\s?(?:{_MONTH}\s)?{_DAY})?(?:,?\s(?P<year>{_YEAR})\b)?
    |\b(?:{_WEEKDAY},?\s)?(?:the\s)?(?P<day2>{_DAY})(?:\s?[-–—]\s?{_DAY})?\s(?:of\s)?(?P<month2>{_MONTH})(?:,?\s(?P<year2>{_YEAR})\b)?
    |\b(?:(?:early|mid|late|the\send\sof|the\sbeginning\sof)[\s-])?(?P<month3>{_MONTH})(?:\sof)?,?\s(?P<year3>{_YEAR})\b
    |\b(?:(?:early|mid|late|the\send\sof)[\s-])?(?:the\s)?(?:(?:early|mid|late)[\s-])?(?P<century>(?:\d{{1,2}}(?:st|nd|rd|th)|\w+th)(?:\s(?:and|to|or)\s(?:\d{{1,2}}(?:st|nd|rd|th)|\w+th))?\s(?:century|centuries))\b{_ERA}?
    |\b(?:(?:early|mid|late)[\s-])?(?:the\s)?(?:(?:early|mid|late)[\s-])?(?P<decade>{_YEAR}s|'\d0s)\b
    |\b(?:(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)\s(?:of\s)?)?(?<![\d,.$£€¥-])(?P<only>{_YEAR})(?:\s?[-–—/]\s?(?:{_YEAR}|\d\d)\b)?(?![\d%]|[,.]\d|\s?(?:%|percent|per\scent))\b{_ERA}?
    |\b(?P<bc>\d{{1,4}}){_ERA}(?!\w)
    |\b(?P<month4>{_MONTH})(?!\s\d)(?=\W|$)
    |\b(?P<weekday>{_WEEKDAY})\b(?:\s(?:morning|afternoon|evening|night))?
    |(?P<relative>\b(?:yesterday|today|tomorrow|tonight|(?:last|next|this|the\sfollowing|the\sprevious|earlier\sthis|later\sthis)\s(?:{_PERIOD}|spring|summer|autumn|fall|winter|{_WEEKDAY}|{_MONTH})
       |(?:{_AMOUNT}|a\sfew|several|many)\s{_PERIOD}s?\s(?:ago|earlier|later|before)|in\srecent\s{_PERIOD}s)\b)""",
    re.X,
)
_TIME = re.compile(
    r"\b(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?\s?(?:[ap]\.m\.|[AaPp][Mm]\b)(?:\s(?:[A-Z]{2,4}|\w+ time)\b)?"
    r"|\b(?:[01]?\d|2[0-4]):[0-5]\d\b(?:\s(?:GMT|UTC|[A-Z]{2,3}T)\b)?|\b(?:noon|midnight)\b"
)
_DURATION = re.compile(
    rf"(?:(?:about|nearly|almost|over|more\sthan|at\sleast|some|the\s(?:last|past|next))\s)?"
    rf"(?P<n>{_AMOUNT}|\b(?:a|an|one|several|many|a\sfew|few)\b)(?:\s?(?:to|or|[-–])\s?(?P<n2>{_AMOUNT}))?"
    rf"[\s-](?:and\sa\shalf\s|full\s|more\s|consecutive\s)?(?P<unit>{_PERIOD})s?\b(?!\s(?:ago|earlier|later|of\sage)|[\s-]old)",
    re.I,
)
_SIGN = r"(?:US|A|C|HK|NT|S|RMB)?[$€£¥￥₹]|\b(?:USD|EUR|GBP|CNY|RMB)\s"
_COIN = r"(?:dollars?|cents?|yuan|renminbi|euros?|pounds?(?!\sof\b)|yen|won|rupees?|francs?|pesos?|USD|CNY|RMB|EUR)"
_MONEY = re.compile(
    rf"(?:{_SIGN})\s?(?P<a>{_DIGITS})(?:\s?(?P<m>{_MULTIPLE}|bn|mn|tn|[kKmMbB])\b)?"
    rf"|(?P<a2>{_AMOUNT})\s(?:(?:US|U\.S\.|American|Australian|Canadian|Chinese|Hong Kong)\s)?{_COIN}\b"
)
_PERCENT = re.compile(
    rf"(?P<a>{_AMOUNT})(?:\s?(?:to|[-–])\s?{_AMOUNT})?\s?-?\s?(?:%|(?:percent|per\scent|pct)\b)(?P<p>\s?-?points?|age\spoints?)?"
    rf"|(?P<a3>{_AMOUNT})\s(?P<p3>percentage\spoints?)"
    rf"|\b(?P<f>(?:one|two|three|four|a|\d)[\s-](?:thirds?|quarters?|fifths?|tenths?|half)|half)\b(?=\s(?:of|the|its|all))",
    re.I,
)
_NUMBER = re.compile(rf"(?P<a>{_AMOUNT})", re.I)
_UNIT = re.compile(
    r"[\s-](?:(?:metric|square|cubic|nautical)\s)?([^\W\d_]+(?:-[^\W\d_]+)*)(?:\s([^\W\d_]+))?"
)
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)}|\d+(?:st|nd|rd|th))\b", re.I)
_LAW = re.compile(
    r"(?:Section|Sections|Sec\.|Article|Articles|Title|Chapter|Rule|Part|§)\s?\d+[A-Za-z]?(?:\([\w]+\))*(?:\s(?:and|to|or)\s\d+)?"
    r"(?:\sof\sthe\s(?:[A-Z]\w+\s){1,6}(?:Act|Law|Code|Treaty|Constitution)(?:\sof\s\d{4})?)?"
    r"|(?:Executive\sOrders?|E\.O\.|EO|Proclamation|Announcement|Notice|Public\sLaw|H\.R\.|Decree|Resolution|Regulation|Directive|Proposition)"
    r"\s(?:No\.?\s?)?\d[\d./-]*\d|(?:Announcement|Notice|Order|Decree)\sNo\.?\s?\d+"
    r"|(?:[A-Z][\w'’.-]+\s(?:(?:and|of|the|for|to|on|in)\s){0,2}){1,7}(?:Act|Law|Amendment|Treaty|Convention|Accord|Accords|Protocol|Code)\b(?:\s(?:of|on)\s(?:\d{4}|[A-Z]\w+(?:\s[A-Z]\w+)*))?"
    r"|(?:Act|Treaty|Convention|Edict|Declaration|Constitution|Charter)\s(?:of|on)\s(?:the\s)?[A-Z]\w+(?:\s[A-Z]\w+)*"
)
_QUOTED = re.compile(r"“([^“”]+)”?|\"([^\"]+)\"|``\s?((?:(?!'').)+?)\s?''|「([^」]+)」|«\s?([^«»]+?)\s?»")
_REASON = re.compile(
    r"\b(?:because(?:\sof)?|due\sto|owing\sto|thanks\sto|as\sa\s(?:result|consequence)\sof|in\sorder\sto|so\sas\sto|so\sthat"
    r"|on\s(?:the\s)?(?:grounds|account)\s(?:that|of)|in\s(?:response|retaliation|reaction)\s(?:to|for)|given\sthat|out\sof|caused\sby|driven\sby|prompted\sby"
    r"|for\sfear\sof|in\san?\s(?:attempt|effort|bid)\sto|aimed\sat|designed\sto|intended\sto|led\sby|citing|blaming|over\sconcerns)\s",
    re.I,
)
_WEAK_REASON = re.compile(r"(?:\b(?:since|after|as|for|to|by|with)|,\swhich)\s", re.I)
_CLAUSE_END = re.compile(
    r"[;:.!?](?=\s|$)|,(?=\s(?:and|but|which|while|although|though|he|she|they|it|the)\b)|—|$"
)

_CAPITAL = r"(?:[A-Z\u00c0-\u00de][\w'’&.-]*[\w'’&]|[A-Z]\.?)"
_RUN = re.compile(
    rf"(?<![\w'’]){_CAPITAL}(?:(?:\s(?:of|the|and|de|du|la|le|van|von|der|al|bin|for|del|di)){{0,2}}\s{_CAPITAL})*"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_JOIN = re.compile(r"\s(?:of|the|and|de|for|la|le)\b")


@lru_cache(maxsize=32768)
def facts(sentence: str) -> tuple[Fact, ...]:
    """The facts that `sentence` states, in order of their start. A span may hold facts of several kinds."""
    found = [
        *_numeric(sentence),
        *_laws(sentence),
        *_names(sentence),
        *_quotations(sentence),
        *_reasons(sentence),
    ]
    return tuple(sorted(found, key=lambda fact: (fact.span, fact.kind)))


def amount(text: str) -> str:
    """The number that `text` writes in digits or in words, as plain digits; empty for none."""
    total, current, seen = 0.0, 0.0, False
    for word in re.findall(r"\d[\d,]*(?:\.\d+)?|[a-z]+", text.casefold()):
        if word[0].isdigit():
            current, seen = current + float(word.replace(",", "")), True
        elif word in _SMALL:
            current, seen = current + _SMALL[word], True
        elif (word.removesuffix("s") if word.endswith("s") else word) in _LARGE:
            factor = _LARGE[word.removesuffix("s")]
            current = (current or 1) * factor
            seen = True
            if factor >= 1000:
                total, current = total + current, 0.0
    return f"{total + current:.12g}" if seen else ""


def _numeric(text: str) -> Iterator[Fact]:
    """Dates first, then what is left: a figure is of one kind only."""
    taken: list[Span] = []

    def free(span: Span) -> bool:
        return not any(span.overlaps(other) for other in taken)

    for kind, pattern in (
        ("time", _TIME), ("percentage", _PERCENT), ("money", _MONEY), ("date", _DATE), ("duration", _DURATION),
        ("number", _NUMBER),
    ):  # fmt: skip
        for match in pattern.finditer(text):
            span = Span(match.start(), match.end())
            if match[0].strip() and free(span) and (fact := _figure(kind, match, text)):
                taken.append(fact.span)
                yield fact
    for match in _ORDINAL.finditer(text):
        span = Span(match.start(), match.end())
        if free(span):
            word = match[0].casefold()
            number = str(_ORDINALS.index(word) + 1) if word in _ORDINALS else re.sub(r"\D", "", word)
            yield Fact("ordinal", span, match[0], number, sure=0.5)


def _figure(kind: str, match: re.Match[str], text: str) -> Fact | None:
    span, groups = Span(match.start(), match.end()), match.groupdict()
    if kind == "time":
        return Fact("time", span, match[0], match[0].casefold().replace(" ", "").replace(".", ""))
    if kind == "date":
        value = _when(groups, match[0])
        if groups["month4"] and not _is_month(groups["month4"], text, span):
            return None
        return Fact(
            "date", span, match[0], value, sure=0.7 if groups["relative"] or groups["weekday"] else 1.0
        )
    if kind == "percentage":
        points = "points" if groups["p"] or groups["p3"] else "percent"
        if groups["f"]:
            return Fact("percentage", span, match[0], match[0].casefold(), "share", 0.6)
        return Fact("percentage", span, match[0], amount(groups["a"] or groups["a3"]), points)
    if kind == "money":
        return Fact("money", span, match[0], amount(groups["a2"] or f"{groups['a']} {groups['m'] or ''}"))
    if kind == "duration":
        value = amount(groups["n"] or "") or "1"
        return Fact("duration", span, match[0], value, groups["unit"].casefold(), 1.0)
    value = amount(match[0])
    if not value:
        return None
    unit = _UNIT.match(text, span.end)
    nouns = [word for word in (unit[1], unit[2]) if word and word.casefold() not in STOP] if unit else []
    word_only = match[0].casefold() in ("one", "zero")
    return Fact("number", span, match[0], value, " ".join(nouns).casefold(), 0.4 if word_only else 1.0)


def _is_month(name: str, text: str, span: Span) -> bool:
    """Whether a bare month's name is a month: "May" and "March" begin other things too."""
    if name not in ("May", "March", "Mar", "Jan", "Dec", "Sep", "August"):
        return True
    return bool(re.search(r"\b(?:in|of|since|by|until|till|last|next|this|during|from|to|and|early|late|mid)[\s-]$",
                          text[: span.start], re.I))  # fmt: skip


def _when(groups: dict[str, str | None], written: str) -> str:
    if groups["iso"]:
        return groups["iso"]
    month = next((groups[key] for key in ("month", "month2", "month3", "month4") if groups[key]), None)
    year = next((groups[key] for key in ("year", "year2", "year3", "only") if groups[key]), None)
    day = groups["day"] or groups["day2"]
    parts = [year] if year else []
    if month:
        parts.append(f"{_MONTHS[month.rstrip('.').casefold()]:02}")
    if day:
        parts.append(f"{int(re.sub(r'[^0-9]', '', day)):02}")
    return "-".join(parts) or written.casefold()


def _laws(text: str) -> Iterator[Fact]:
    for match in _LAW.finditer(text):
        yield Fact("law", Span(match.start(), match.end()), match[0], match[0])


def _quotations(text: str) -> Iterator[Fact]:
    for match in _QUOTED.finditer(text):
        group = match.lastindex
        if group and match[group].strip():
            yield Fact("quotation", Span(match.start(group), match.end(group)), match[group], match[group].casefold(),
                       sure=1.0 if len(match[group].split()) > 3 else 0.6)  # fmt: skip


def _reasons(text: str) -> Iterator[Fact]:
    for pattern, sure in ((_REASON, 1.0), (_WEAK_REASON, 0.4)):
        for match in pattern.finditer(text):
            ending = _CLAUSE_END.search(text, match.end())
            end = ending.start() if ending else len(text)
            if text[match.end() : end].strip():
                yield Fact(
                    "reason", Span(match.start(), end), text[match.start() : end], match[0].strip(), sure=sure
                )


def _names(text: str) -> Iterator[Fact]:
    """Capitalised runs, typed by what they hold and what stands around them."""
    letters = [character for character in text if character.isalpha()]
    if letters and sum(character.isupper() for character in letters) > 0.7 * len(letters):
        return
    for match in _RUN.finditer(text):
        for start, end in _parts(text, match.start(), match.end()):
            name = text[start:end]
            kind, sure = _kind_of(name, text, start, end)
            if kind:
                yield Fact(kind, Span(start, end), name, name, sure=sure)


def _parts(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """A capitalised run without the sentence's own first word, possessives and offices at its edges."""
    words = [(found.start(), found.end()) for found in re.finditer(r"\S+", text[start:end])]
    words = [(start + left, start + right) for left, right in words]
    while words and (word := text[slice(*words[0])].casefold().rstrip(".,")) and (
        word in STOP or word in OFFICES and len(words) > 1 and word not in ("king", "queen", "st", "saint")
    ):  # fmt: skip
        words.pop(0)
    pieces: list[list[tuple[int, int]]] = [[]]
    for left, right in words:
        word = text[left:right]
        if word == "and" and not _holds(text[start:end], BODIES):
            pieces.append([])
            continue
        pieces[-1].append((left, right))
        if _POSSESSIVE.search(word) and (left, right) != words[-1]:
            pieces.append([])
    for piece in pieces:
        while piece and text[slice(*piece[-1])] in ("of", "the", "and", "for"):
            piece.pop()
        while piece and text[slice(*piece[0])].casefold() in STOP:
            piece.pop(0)
        if piece:
            left, right = piece[0][0], piece[-1][1]
            tail = _POSSESSIVE.search(text[left:right])
            right = left + tail.start() if tail else right
            if (
                right > left
                and text[right - 1] == "."
                and right - left > 3
                and text[left:right] not in PLACES
            ):
                right -= 1
            if right > left:
                yield left, right


def _holds(name: str, words: frozenset[str]) -> bool:
    return any(word.strip(".,") in words for word in name.split())


def _kind_of(name: str, text: str, start: int, end: int) -> tuple[FactKind | None, float]:
    words = name.split()
    bare = name.rstrip(".")
    before = text[max(0, start - 40) : start].casefold()
    after = text[end : end + 24]
    last = re.search(r"([\w.]+)[\s,]*$", before)
    title = bool(last and last[1].strip(".") in OFFICES)
    if bare.casefold() in _MONTHS or re.fullmatch(_WEEKDAY, bare) or not re.search(r"[^\W\d_]", name):
        return None, 0
    if len(words) == 1 and start == _first(text) and (len(bare) < 2 or bare.casefold() in STOP):
        return None, 0
    if bare in PLACES or name in PLACES:
        return "place", 1.0
    if title and not _holds(name, BODIES):
        return "person", 1.0
    if words[-1].rstrip(".") in GROUNDS or words[0] in ("Mount", "Lake", "Cape", "Port", "Gulf", "Isle"):
        return ("place", 0.9) if len(words) > 1 else ("name", 0.4)
    if _holds(name, BODIES):
        return ("organisation", 1.0) if len(words) > 1 else ("organisation", 0.5)
    if words[0].rstrip(".") in FIRST_NAMES:
        return ("person", 0.95) if len(words) > 1 else ("person", 0.7)
    if len(bare) > 1 and bare.isupper() and len(words) == 1 and bare.isalpha():
        return "organisation", 0.6
    said = re.match(
        r"[,]?\s(?:also\s|then\s)?(?:said|says|told|added|wrote|argued|warned|who\b|was born|whose|died)",
        after,
    )
    if re.search(r"\bby\s$", before) or said:
        return "person", 0.8
    if re.search(
        r"\b(?:in|at|near|from|to|through|across|around|of|outside|toward|towards|via)\s(?:the\s)?$", before
    ):
        return "place", 0.6 if re.search(r"\b(?:in|at|near|outside)\s(?:the\s)?$", before) else 0.3
    if 2 <= len(words) <= 4 and all(word[:1].isupper() for word in words) and not _JOIN.search(name):
        return "person", 0.6
    return "name", 0.5 if start != _first(text) or len(words) > 1 else 0.2


def _first(text: str) -> int:
    found = re.search(r"\w", text)
    return found.start() if found else 0
