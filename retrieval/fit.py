"""How well a sentence can hold the answer to a question: the asked type, names and details, found or missing.

Similarity says what a sentence is about; this says what it lacks. Spans are into the sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from retrieval.aliases import ROLE
from retrieval.fact import Fact
from retrieval.facts import facts_of
from retrieval.gazetteer import CITIES, COUNTRIES, REGIONS
from retrieval.nearness import Nearness
from retrieval.polarity import denies, opposes, recounts
from retrieval.questions import Entity, Question
from retrieval.types import Span
from retrieval.words import is_content, stem, stems, tokens


@dataclass(frozen=True, slots=True)
class Fit:
    """Shares are in [0, 1].

    `typed`: that the sentence holds something of the asked type which the question does not already say; 0.5
    when no type is asked. `span`: the phrase that answers, if one is found. `details`: share of the
    question's dates, amounts, laws and units found in the sentence or, for less, in its context; 1 when it
    has none. `contradicts`: that the sentence is about another date, law or speaker than the question, or
    says other than that supposes: the opposite, or another number.
    """

    typed: float
    span: Span | None
    details: float
    contradicts: bool


#: What a fact of one kind is worth where another is wanted.
_WORTH: Mapping[str, Mapping[str, float]] = {
    "date": {"date": 1.0, "time": 0.5, "duration": 0.2},
    "time": {"time": 1.0, "date": 0.5},
    "duration": {"duration": 1.0, "date": 0.4, "number": 0.3},
    "number": {"number": 1.0, "duration": 0.6, "money": 0.6, "percentage": 0.6, "ordinal": 0.1},
    "money": {"money": 1.0, "number": 0.5, "percentage": 0.3},
    "percentage": {"percentage": 1.0, "number": 0.4},
    "ordinal": {"ordinal": 1.0, "number": 0.5},
    "person": {"person": 1.0, "name": 0.7, "organisation": 0.6, "place": 0.4},
    "place": {"place": 1.0, "name": 0.5, "organisation": 0.6, "person": 0.4},
    "organisation": {"organisation": 1.0, "name": 0.7, "place": 0.4, "person": 0.5},
    "law": {"law": 1.0, "name": 0.4, "organisation": 0.3},
    "name": {"name": 1.0, "person": 0.9, "organisation": 1.0, "place": 0.8, "law": 0.9, "quotation": 0.7},
    "reason": {"reason": 1.0},
}
#: A date or amount found in the context only is worth this much of one in the sentence.
NEARBY = 0.7
#: What nearness to the asked words counts beside the type when one of several facts is chosen.
BESIDE = 0.7

#: Worth less than this, a fact is no answer: a word that only opens its sentence, where a law is asked.
LEAST = 0.1

#: How often: in a question, and within a few words behind an amount.
_OFTEN = r"\s(?:each|every|per|annually|yearly|monthly|an? (?:year|month|week|day|tonne?))\b"
_EACH = re.compile(_OFTEN, re.I)
_EACH_BEHIND = re.compile(rf"(?:\s[^\W\d]+){{0,4}}?{_OFTEN}", re.I)
_SAID = re.compile(
    r"\b(?:said|says|told|added|stated|argued|insisted|warned|claimed|wrote|posted|announced|declared|noted"
    r"|replied"
    r"|responded|according to|called|described|vowed|promised|pledged|stressed|emphasi[sz]ed|urged"
    r"|acknowledged)\b"
    r"(?:\s(?:reporters|on \w+|in [^,.]{1,30}))?(?:\s?that|\s?,|:)?\s*"
)
_DEFINES = re.compile(
    r"\s*(?:\([^)]*\)\s?,?\s*)?(?:,\s(?:or\s|also\s|known\s|which\s(?:is|was)\s|who\s(?:is|was)\s)?"
    r"|\s?(?:is|are|was|were|refers to|means|stands for|consists of|became)\s)"
    r"(?P<what>(?:an?|the|one|its|his|[A-Z][\w.]*)\b[^.;,]*|[a-z][^.;,]{3,})"
)


def fit(question: Question, sentence: str, context: str = "", speaker: str | None = None) -> Fit:
    """How well `sentence` answers `question`. `context` is what a reader has just read: the title and the
    sentences before. `speaker` is who speaks the sentence, when that is known."""
    typed, span = _typed(question, sentence, speaker)
    return Fit(
        typed=round(min(1.0, typed), 4),
        span=span,
        details=round(_agreement(question, sentence, context), 4),
        contradicts=_contradicts(question, sentence, context, speaker),
    )


def _typed(question: Question, sentence: str, speaker: str | None) -> tuple[float, Span | None]:
    match question.wants:
        case "" if question.kind == "list":
            return (0.8 if _SERIES.search(sentence) else 0.4), None
        case "outcome":
            told = 1.0 if _CONTENT.search(sentence) else 0.6 if _OUTCOME.search(sentence) else 0.2
            return told, None
        case "":
            # Of an open question no rule tells which words answer: those nearest to its own do half the time.
            return 0.5, None
        case "description":
            return _described(question, sentence)
        case "quotation":
            return _spoken(question, sentence, speaker)
    worth = _WORTH[question.wants]
    asked = frozenset(question.content)
    near = Nearness(asked, sentence)
    each = bool(_EACH.search(question.text))
    since = bool(_FROM.search(question.text))
    ends = question.wants == "date" and bool(_ENDING.search(question.text))
    best, chosen, rank = 0.0, None, -1.0
    for fact in facts_of(worth, sentence):
        if _repeats(fact, asked, question):
            continue
        value = min(1.0, worth[fact.kind] * fact.sure * _noun_share(fact, question, sentence))
        if ends and not _ENDS.search(sentence, max(0, fact.span.start - AHEAD), fact.span.start):
            value *= OTHER_DATE
        if fact.kind in _AMOUNTS and not since and _FROM.search(sentence, 0, fact.span.start):
            value *= BEFORE
        if value < LEAST:
            continue
        place = value + BESIDE * near.of(fact.span)
        if each and _EACH_BEHIND.match(sentence, fact.span.end):
            place += BESIDE / 2
        if place > rank:
            rank, best, chosen = place, value, fact
    if question.wants == "place" and best < SITE and (site := _SITE.search(sentence)):
        return SITE, Span(*site.span("site"))
    if chosen is None:
        return 0.0, None
    return best, _with_unit(chosen, sentence)


def _with_unit(fact: Fact, sentence: str) -> Span:
    """The fact's span; an amount with the unit right behind it."""
    unit = fact.unit.split()[:1]
    if fact.kind == "number" and unit:
        pattern = re.compile(re.escape(unit[0]), re.I)
        if written := pattern.search(sentence, fact.span.end, fact.span.end + len(unit[0]) + 12):
            return Span(fact.span.start, written.end())
    return fact.span


#: A question for the date at which something ends, and what stands before such a date; any other date is
#: worth this much of it.
_ENDING = re.compile(r"\b(?:until|till|deadline|expir\w*|end(?:s|ed)?|runs? out|lapse[sd]?|last)\b", re.I)
_ENDS = re.compile(
    r"\b(?:until|till|through|to|by|before|expir\w*|end(?:s|ed)?|deadline|over|lapse[sd]?)\b[^.;]*$", re.I
)
OTHER_DATE = 0.35
#: "Fell to $29 billion from $44 billion": what was before is worth this much, unless it is asked for.
_FROM = re.compile(
    r"\bfrom (?:about |around |some |nearly |roughly |the )*$|\bfrom (?:how|what|which)\b", re.I
)
BEFORE = 0.6
#: How many letters before a date are looked at.
AHEAD = 40
#: "Where in Geneva" is not answered by the country around it, but by a building that no name tells.
_WITHIN = re.compile(r"\b[Ww]here (?:exactly )?(?:in|at) [A-Z]")
AROUND = 0.3
_SITE = re.compile(
    r"\b(?:in|at|inside|outside|aboard)\s(?P<site>(?:the|an?|his|her|its|their)\s(?:[^\W\d]+\s){0,2}?"
    r"(?:villa|palace|hotel|headquarters|embassy|residence|airport|base|buildings?|offices?|cent(?:re|er)"
    r"|museum|ministry|library|hall|house|stadium|gardens?|factory|port|mission|castle|mansion|monastery"
    r"|church|school|hospital|laboratory)\b(?:\sof\sthe\s[^,.;]{2,40})?)"
)
SITE = 0.8
#: What was agreed or came of it.
_OUTCOME = re.compile(
    r"\b(?:agree(?:d|s|ments?)?|accord|consensus|framework|deal|result(?:s|ed)?|outcome|produced|brought"
    r"|committed|commitments?|ended with|decided|decision|extended|extension|suspend(?:ed|s)?|pledged"
    r"|promised|would|breakthrough|joint statement|truce|announced|lower(?:ed)?|cut)\b",
    re.I,
)
#: What it says: "agreed in Geneva to suspend", not "the truce agreed in Geneva".
_CONTENT = re.compile(
    r"\b(?:agree(?:d|s|ment)?|committed|decided|pledged|promised|consensus)\b"
    r"(?:(?!\b(?:is|are|was|were|has|had)\b)[^.;:]){0,60}?\s(?:to|that|on)\s(?!\d)"
    r"|\b(?:results?|outcomes?)\b[^.;]*?\s(?:was|were)\s|\b(?:produced|brought|ended with)\b",
    re.I,
)
#: Things told one after the other.
_SERIES = re.compile(r"\b(?:such as|including|namely)\s|,\s[^,;.]{2,40},?\s(?:and|or)\s")

_PERIODS = frozenset(stem(unit) for unit in ("year", "month", "week", "day", "hour", "minute", "decade"))
#: Nouns whose answer is one of the gazetteer's lists.
_LISTS = {"city": CITIES, "country": COUNTRIES, "nation": COUNTRIES, "state": REGIONS, "province": REGIONS}


def _noun_share(fact: Fact, question: Question, sentence: str) -> float:
    """How far a fact is one of the asked noun: counts it, holds it in its name, or stands in its list."""
    if fact.kind == "place" and fact.text in COUNTRIES and _WITHIN.search(question.text):
        return AROUND
    if not question.noun:
        return 1.0
    if question.wants in ("number", "duration") and question.kind in ("how_many", "how_much"):
        return _counts(fact, question.noun, sentence)
    if fact.kind == "organisation" and question.wants == "person":
        return 0.5
    if fact.kind in ("place", "organisation", "law", "name"):
        single = (
            question.noun.removesuffix("ies") + "y"
            if question.noun.endswith("ies")
            else question.noun.removesuffix("s")
        )
        if single in _LISTS:
            return 1.2 if fact.text in _LISTS[single] else 0.6
        return 1.3 if stem(question.noun) in stems(fact.text) else 1.0
    return 1.0


_OF = re.compile(r"\b(?:out )?of (?:the|its|all|his|her|their) $", re.I)


def _counts(fact: Fact, noun: str, sentence: str) -> float:
    """How far an amount counts the asked noun: by its unit, or by a word just beside it."""
    wanted = stem(noun)
    if any(stem(word) == wanted for word in fact.unit.split()):
        # "Six of the nine judges": the six are asked for.
        return 0.6 if _OF.search(sentence, 0, fact.span.start) else 1.0
    if fact.kind == "duration":
        return 0.5 if wanted in _PERIODS else 0.2
    around = sentence[max(0, fact.span.start - 30) : fact.span.end + 40]
    return 0.85 if wanted in stems(around) else 0.5


def _repeats(fact: Fact, asked: frozenset[str], question: Question) -> bool:
    """Whether a fact only says again what the question says, under any of its names. Who holds an office is
    no repetition of the office."""
    words = [stem(word) for word, _, _ in tokens(fact.text) if is_content(word)]
    if not words or all(word in asked for word in words):
        return True
    folded = fact.text.casefold()
    return any(
        folded == form.casefold() for e in question.entities for form, weight in e.forms if weight > ROLE
    )


def _described(question: Question, sentence: str) -> tuple[float, Span | None]:
    """What explains a name: "X is a …", "X, the …,", or before it "…, known as X"."""
    forms = [form for entity in question.entities for form, weight in entity.forms if weight > ROLE]
    subject = _subject(question)
    if subject.casefold() not in map(str.casefold, forms):
        forms.insert(0, subject)
    best: tuple[float, Span | None] = (0.3 if stems(" ".join(forms)) & stems(sentence) else 0.0, None)
    for form in filter(None, forms):
        pattern = rf"(?<!\w){re.escape(form)}(?:s|'s|’s)?(?!\w)"
        for found in re.finditer(pattern, sentence, re.I):
            before = sentence[: found.start()]
            said = _DEFINES.match(sentence, found.end())
            if said and not _NO_KIND.match(said["what"]) and not _OF_OTHERS.search(before):
                start, end = said.span("what")
                span = Span(start, start + len(sentence[start:end].rstrip()))
                best = max(best, (1.0 if _OPENS.fullmatch(before) else 0.7, span), key=lambda one: one[0])
            elif _CALLED.search(before):
                best = max(best, (0.7, Span(0, len(before.rstrip(" ,(")))), key=lambda one: one[0])
    return best


#: What may stand before the name that a sentence is about.
_OPENS = re.compile(r"\W*(?:(?:the|an?|under|today)\b\W*)*", re.I)
_OF_OTHERS = re.compile(r"\b(?:of|from|about|with|by|for|to)\s(?:the\s|an?\s)?$", re.I)
_CALLED = re.compile(r"(?:\bcalled|\bknown as|\bnamed|,\sor)\s(?:the\s|an?\s)?$")
#: What is done to a thing, or told of it, is not what it is.
_NO_KIND = re.compile(
    r"(?:not|to|in|at|on|by|for|from|and|but|whether|being|put|held|made|taken|given|set|sent|cut|kept|sold"
    r"|bought|paid|\w+ed)\b|.*\b(?:said|reported|told|wrote|noted)\b",
    re.I,
)
_SUBJECT = re.compile(
    r"^.*?\b(?:is|are|was|were|does|do|did|define|of|by|explain)\b(?: meant by)?\s+(?:an?\s"
    r"|the\s)?(?P<what>.*?)"
    r"(?:\s(?:mean|stand for|refer to))?\W*$",
    re.I,
)


def _subject(question: Question) -> str:
    """What a question for a definition names."""
    found = _SUBJECT.match(question.text)
    return found["what"].strip(" '\"“”") if found else ""


def _spoken(question: Question, sentence: str, speaker: str | None) -> tuple[float, Span | None]:
    """A quotation or a report of speech, worth most from the asked speaker."""
    asked = question.speaker
    theirs = asked is None or presence(asked, sentence) > 0 or bool(speaker and presence(asked, speaker) > 0)
    quoted = max(facts_of(("quotation",), sentence), key=lambda fact: len(fact.text), default=None)
    if quoted and (theirs or quoted.sure == 1.0):
        return quoted.sure * (1.0 if theirs else 0.5), quoted.span
    said = _SAID.search(sentence)
    if said:
        tail = sentence[said.end() :].rstrip(" .")
        return 0.8 if theirs else 0.4, Span(said.end(), said.end() + len(tail)) if tail else None
    whole = sentence.strip()
    if speaker and theirs and asked is not None and whole:
        start = sentence.index(whole)
        return 0.8, Span(start, start + len(whole))
    return (0.3 if theirs and asked is not None else 0.1), None


@lru_cache(maxsize=1024)
def _pattern(forms: tuple[tuple[str, float], ...]) -> re.Pattern[str]:
    written = "|".join(re.escape(form) for form, _ in sorted(forms, key=lambda form: -len(form[0])))
    return re.compile(rf"(?<!\w)(?:{written})(?!\w)", re.I)


@lru_cache(maxsize=65536)
def presence(entity: Entity, text: str) -> float:
    """How surely `text` names `entity`: the weight of the best of its forms there; 0 for none."""
    if not text:
        return 0.0
    weights = {form.casefold(): (weight, any(c.isupper() for c in form)) for form, weight in entity.forms}
    asked_lower = entity.text == entity.text.lower()
    best = 0.0
    for match in _pattern(entity.forms).finditer(text):
        weight, proper = weights.get(match[0].casefold(), (0.0, False))
        # A proper name in small letters is another word, unless the question itself writes it so.
        if proper and not any(c.isupper() for c in match[0]) and not (asked_lower and len(match[0]) > 3):
            continue
        best = max(best, weight)
    return best


def _agreement(question: Question, sentence: str, context: str) -> float:
    shares = []
    if question.details:
        kinds: set[str] = {detail.kind for detail in question.details}
        kinds |= _AMOUNTS if kinds & _AMOUNTS else set()
        own, around = facts_of(kinds, sentence), facts_of(kinds, context)
        for detail in question.details:
            if any(agree(detail, fact) for fact in own):
                shares.append(1.0)
            else:
                shares.append(NEARBY if any(agree(detail, fact) for fact in around) else 0.0)
    if question.kind == "how_many" and question.noun:
        shares.append(_counted(question.noun, sentence))
    return sum(shares) / len(shares) if shares else 1.0


def _counted(noun: str, sentence: str) -> float:
    """Whether the sentence counts the asked noun: 1 with an amount of it, little with an amount of others."""
    best = max((_counts(f, noun, sentence) for f in facts_of(("number", "duration"), sentence)), default=0.0)
    if best >= 0.85:
        return best
    return best * (0.5 if stem(noun) in stems(sentence) else 0.2)


def agree(one: Fact, other: Fact) -> bool:
    """Whether two facts can be the same: dates as far as both are given, amounts by value, laws by words."""
    if one.kind != other.kind:
        return (
            one.kind in _AMOUNTS and other.kind in _AMOUNTS and bool(one.value) and one.value == other.value
        )
    if one.kind == "date":
        return _same_date(one.value, other.value)
    if one.kind == "law":
        return stems(one.text) <= stems(other.text) or stems(other.text) <= stems(one.text)
    return one.value == other.value


_AMOUNTS = frozenset(("number", "money", "percentage"))
_PARTS = re.compile(r"(?:(\d{4})(?:-|$))?(?:(\d\d)(?:-|$))?(\d\d)?")


def _same_date(one: str, other: str) -> bool:
    left, right = _PARTS.fullmatch(one), _PARTS.fullmatch(other)
    if not left or not right:
        return one == other
    pairs = [(a, b) for a, b in zip(left.groups(), right.groups(), strict=True) if a and b]
    return bool(pairs) and all(a == b for a, b in pairs)


def _contradicts(question: Question, sentence: str, context: str, speaker: str | None) -> bool:
    # A question for yes or no is answered by the opposite too.
    if question.kind != "yes_no" and any(
        other(question.text, sentence) for other in (denies, opposes, recounts)
    ):
        return True
    for kind, exact in (("date", r"\d{4}(?:-|$)"), ("law", r"\w")):
        asked = [
            detail for detail in question.details if detail.kind == kind and re.match(exact, detail.value)
        ]
        if not asked:
            continue
        stated, nearby = (
            [fact for fact in facts_of((kind,), text) if re.match(exact, fact.value)]
            for text in (sentence, context)
        )
        # "In 2025" nearby is no word that a sentence about May 2025 is about December as well.
        nearby = [f for f in nearby if any(len(f.value) >= len(a.value) for a in asked)]
        if stated and not any(agree(a, f) for a in asked for f in (*stated, *nearby)):
            return True
    asked_speaker = question.speaker
    return bool(
        asked_speaker and speaker and asked_speaker.kind == "person" and not presence(asked_speaker, speaker)
    )
