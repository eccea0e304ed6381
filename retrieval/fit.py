"""How well a sentence can hold the answer to a question: the asked type, names and details, found or missing.

Similarity says what a sentence is about; this says what it lacks. Spans are into the sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval.facts import Fact, facts
from retrieval.questions import Entity, Question
from retrieval.types import Span
from retrieval.words import STOP, stem, stems, tokens


@dataclass(frozen=True, slots=True)
class Fit:
    """Every share is in [0, 1].

    `typed`: that the sentence holds something of the asked type which the question does not already say; 0.5 when
    no type is asked. `span`: the phrase that answers, if one is found. `entities`: share of the question's names
    found in the sentence or, for less, in its context. `details`: the same for its dates, amounts and units; both
    are 1 when the question has none. `covered`, `reached`: share of the question's content words in the sentence,
    and in the sentence or its context. `contradicts`: that the sentence is about another date, law or speaker.
    """

    typed: float
    span: Span | None
    entities: float
    details: float
    covered: float
    reached: float
    contradicts: bool


#: Worth of a fact of one kind where another is wanted.
_WORTH: Mapping[str, Mapping[str, float]] = {
    "date": {"date": 1.0, "time": 0.5, "duration": 0.2},
    "time": {"time": 1.0, "date": 0.5},
    "duration": {"duration": 1.0, "date": 0.4, "number": 0.3},
    "number": {"number": 1.0, "duration": 0.6, "money": 0.6, "percentage": 0.6, "ordinal": 0.1},
    "money": {"money": 1.0, "number": 0.5, "percentage": 0.3},
    "percentage": {"percentage": 1.0, "number": 0.4},
    "ordinal": {"ordinal": 1.0, "number": 0.5},
    "person": {"person": 1.0, "name": 0.6, "organisation": 0.5, "place": 0.3},
    "place": {"place": 1.0, "name": 0.5, "organisation": 0.5, "person": 0.3},
    "organisation": {"organisation": 1.0, "name": 0.7, "place": 0.4, "person": 0.4},
    "law": {"law": 1.0, "name": 0.4, "organisation": 0.3},
    "name": {"name": 1.0, "person": 1.0, "organisation": 1.0, "place": 0.9, "law": 0.9, "quotation": 0.7},
    "quotation": {"quotation": 1.0},
    "reason": {"reason": 1.0},
}
#: A name, date or amount found in the context only is worth this much of one in the sentence.
NEARBY = 0.7

_SAID = re.compile(
    r"\b(?:said|says|told|added|stated|argued|insisted|warned|claimed|wrote|posted|announced|declared|noted|replied"
    r"|responded|according to|called|described|vowed|promised|pledged|stressed|emphasi[sz]ed|urged)\b"
    r"(?:\s(?:reporters|on \w+|in [^,.]{1,30}))?(?:\s?that|\s?,|:)?\s*"
)
_DEFINES = re.compile(
    r"\s*(?:\([^)]*\)\s?,?\s*)?(?:,\s(?:or\s|also\s|known\s|which\s(?:is|was)\s|who\s(?:is|was)\s)?|\s?(?:is|are|was|were|refers to|means|stands for|consists of|became)\s)(?:\w+ly\s)?"
    r"(?P<what>(?:an?|the|one|China|its|his|[A-Z])\b[^.;,]*|[a-z][^.;,]{3,})"
)


def fit(question: Question, sentence: str, context: str = "", speaker: str | None = None) -> Fit:
    """How well `sentence` answers `question`. `context` is what a reader has just read: the title and the
    sentences before. `speaker` is who speaks the sentence, when that is known."""
    known = facts(sentence)
    asked = frozenset(question.content)
    own = stems(sentence)
    covered = len(asked & own) / len(asked) if asked else 0.0
    reached = len(asked & (own | stems(context))) / len(asked) if asked else 0.0
    typed, span = _typed(question, sentence, known, speaker)
    return Fit(
        typed=round(typed, 4),
        span=span,
        entities=round(_present(question.entities, sentence, context, speaker), 4),
        details=round(_agreement(question, sentence, known, context), 4),
        covered=round(covered, 4),
        reached=round(reached, 4),
        contradicts=_contradicts(question, known, context, speaker),
    )


def _typed(
    question: Question, sentence: str, known: Sequence[Fact], speaker: str | None
) -> tuple[float, Span | None]:
    match question.wants:
        case "":
            return 0.5, _phrase(question, sentence)
        case "description":
            return _described(question, sentence)
        case "quotation":
            return _spoken(question, sentence, known, speaker)
    worth = _WORTH[question.wants]
    asked = frozenset(question.content)
    near = _nearness(asked, sentence)
    best, chosen = 0.0, None
    rank = -1.0
    for fact in known:
        value = worth.get(fact.kind, 0.0) * fact.sure
        if not value or _repeats(fact.text, asked, question):
            continue
        if question.wants in ("number", "money", "duration") and question.noun:
            value *= _of_noun(fact, question.noun, sentence)
        place = value + 0.5 * near(fact.span)
        if place > rank:
            rank, best, chosen = place, value, fact
    if chosen is None:
        return 0.0, None
    return min(1.0, best), _answer(chosen, question, sentence)


def _answer(fact: Fact, question: Question, sentence: str) -> Span:
    """The fact's span; an amount with the unit that makes it an answer."""
    if fact.kind == "number" and fact.unit:
        unit = fact.unit.split()[0]
        tail = sentence[fact.span.end : fact.span.end + len(unit) + 12]
        at = tail.casefold().find(unit)
        if at >= 0:
            return Span(fact.span.start, fact.span.end + at + len(unit))
    return fact.span


def _of_noun(fact: Fact, noun: str, sentence: str) -> float:
    """How far an amount counts the asked noun: by its unit, or by a word just beside it."""
    wanted = stem(noun)
    if any(stem(word) == wanted for word in fact.unit.split()):
        return 1.0
    if fact.kind == "duration" and wanted in {
        stem(unit) for unit in ("year", "month", "week", "day", "hour")
    }:
        return 0.5
    around = sentence[max(0, fact.span.start - 30) : fact.span.end + 40]
    return 0.9 if wanted in stems(around) else 0.55


def _repeats(text: str, asked: frozenset[str], question: Question) -> bool:
    """Whether `text` only says again what the question says, under any of its names."""
    words = [stem(word) for word, _, _ in tokens(text) if word.casefold() not in STOP]
    if not words or all(word in asked for word in words):
        return True
    folded = text.casefold()
    return any(
        folded == form.casefold()
        for entity in question.entities
        for form, weight in entity.forms
        if weight >= 0.8
    )


@lru_cache(maxsize=4096)
def _stemmed(sentence: str) -> tuple[tuple[str, int, int, bool], ...]:
    return tuple((stem(word), start, end, word.casefold() in STOP) for word, start, end in tokens(sentence))


def _nearness(asked: frozenset[str], sentence: str):  # type: ignore[no-untyped-def]
    """How near a span of `sentence` is to the asked words, from 0 (none there) to 1 (beside all of them)."""
    words = _stemmed(sentence)
    marks = [i for i, (word, _, _, _) in enumerate(words) if word in asked]

    def near(span: Span) -> float:
        at = next((i for i, (_, _, end, _) in enumerate(words) if end > span.start), 0)
        outside = [mark for mark in marks if not span.start <= words[mark][1] < span.end]
        return sum(1 / (1 + abs(mark - at) / 4) for mark in outside) / len(asked) if asked else 0.0

    return near


def _phrase(question: Question, sentence: str) -> Span | None:
    """With no type asked: the run of words nearest to the asked ones that the question does not say."""
    asked = frozenset(question.content)
    best: tuple[float, Span] | None = None
    near = _nearness(asked, sentence)
    for span in _runs(sentence, asked):
        score = near(span)
        if best is None or score > best[0]:
            best = (score, span)
    return best[1] if best else None


def _runs(sentence: str, asked: frozenset[str]) -> Iterator[Span]:
    """Runs of words with no asked word, no clause mark inside, trimmed of stop words."""
    start = end = -1
    last = 0
    for word, left, right, stop in _stemmed(sentence):
        broken = word in asked or re.search(r"[,;:.!?()—“”\"]", sentence[last:left])
        if broken and start >= 0:
            yield Span(start, end)
            start = -1
        last = right
        if word in asked or (stop and start < 0):
            continue
        start = left if start < 0 else start
        end = right if not stop else end
    if start >= 0:
        yield Span(start, end)


def _described(question: Question, sentence: str) -> tuple[float, Span | None]:
    """What stands after the name as its explanation: "X is a …", "X, the …,"."""
    forms = [form for entity in question.entities for form, weight in entity.forms if weight >= 0.5]
    if not forms:
        tail = re.sub(
            r"^.*?\b(?:is|are|was|were|does|do|did|define|of)\b(?: an?| the)?",
            "",
            question.text.rstrip("?!. "),
            count=1,
        )
        forms = [tail.strip()] if tail.strip() else []
    for form in sorted(forms, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(form)}(?:s|'s|’s)?(?!\w)", sentence, re.I):
            said = _DEFINES.match(sentence, match.end())
            if said and said["what"].strip():
                start, end = said.span("what")
                end = start + len(sentence[start:end].rstrip())
                return 1.0 if match.start() < len(sentence) / 2 else 0.8, Span(start, end)
    return (0.3 if stems(" ".join(forms)) & stems(sentence) else 0.0), None


def _spoken(
    question: Question, sentence: str, known: Sequence[Fact], speaker: str | None
) -> tuple[float, Span | None]:
    """A quotation or a report of speech, worth most from the asked speaker."""
    asked = question.speaker
    theirs = asked is None or _weight(asked, sentence) > 0 or bool(speaker and _weight(asked, speaker) > 0)
    quoted = max((f for f in known if f.kind == "quotation"), key=lambda f: len(f.text), default=None)
    if quoted:
        return quoted.sure * (1.0 if theirs else 0.5), quoted.span
    said = _SAID.search(sentence)
    if said:
        tail = sentence[said.end() :].rstrip(" .")
        span = Span(said.end(), said.end() + len(tail)) if tail else None
        return 0.8 if theirs else 0.4, span
    whole = sentence.strip()
    if speaker and theirs and asked is not None and whole:
        start = sentence.index(whole)
        return 0.8, Span(start, start + len(whole))
    return 0.3 if theirs and asked is not None else 0.0, None


@lru_cache(maxsize=1024)
def _pattern(forms: tuple[tuple[str, float], ...]) -> re.Pattern[str]:
    written = "|".join(re.escape(form) for form, _ in sorted(forms, key=lambda form: -len(form[0])))
    return re.compile(rf"(?<!\w)(?:{written})(?!\w)", re.I)


def _weight(entity: Entity, text: str) -> float:
    """How surely `text` names `entity`: the weight of the best of its forms there; 0 for none."""
    weights = {form.casefold(): weight for form, weight in entity.forms}
    proper = {form.casefold() for form, _ in entity.forms if any(c.isupper() for c in form)}
    best = 0.0
    for match in _pattern(entity.forms).finditer(text):
        folded = match[0].casefold()
        if folded in proper and not any(c.isupper() for c in match[0]) and " " not in folded:
            continue
        best = max(best, weights.get(folded, 0.0))
    return best


def _present(entities: Iterable[Entity], sentence: str, context: str, speaker: str | None) -> float:
    shares = [
        max(
            _weight(entity, sentence),
            NEARBY * _weight(entity, context),
            _weight(entity, speaker) if speaker else 0.0,
        )
        for entity in entities
    ]
    return sum(shares) / len(shares) if shares else 1.0


def _agreement(question: Question, sentence: str, known: Sequence[Fact], context: str) -> float:
    shares = []
    for detail in question.details:
        if any(agree(detail, fact) for fact in known):
            shares.append(1.0)
        else:
            shares.append(NEARBY if any(agree(detail, fact) for fact in facts(context)) else 0.0)
    if question.wants == "number" and question.kind == "how_many" and question.noun:
        counted = max(
            (_of_noun(f, question.noun, sentence) for f in known if f.kind in ("number", "duration")),
            default=0.0,
        )
        shares.append(
            counted if counted >= 0.9 else counted * (0.5 if stem(question.noun) in stems(sentence) else 0.2)
        )
    return sum(shares) / len(shares) if shares else 1.0


def agree(one: Fact, other: Fact) -> bool:
    """Whether two facts can be the same: dates as far as both are given, amounts by value."""
    if one.kind != other.kind:
        return (
            one.kind in _AMOUNTS and other.kind in _AMOUNTS and bool(one.value) and one.value == other.value
        )
    if one.kind == "date":
        return _same_date(one.value, other.value)
    if one.kind == "law":
        return stems(one.text) <= stems(other.text) or stems(other.text) <= stems(one.text)
    return one.value == other.value


_AMOUNTS = frozenset(("number", "money", "percentage", "duration"))
_PARTS = re.compile(r"(?:(\d{4})(?:-|$))?(?:(\d\d)(?:-|$))?(?:(\d\d))?$")


def _same_date(one: str, other: str) -> bool:
    left, right = _PARTS.fullmatch(one), _PARTS.fullmatch(other)
    if not left or not right:
        return one == other
    pairs = [(a, b) for a, b in zip(left.groups(), right.groups(), strict=True) if a and b]
    return bool(pairs) and all(a == b for a, b in pairs)


def _contradicts(question: Question, known: Sequence[Fact], context: str, speaker: str | None) -> bool:
    for kind in ("date", "law"):
        asked = [d for d in question.details if d.kind == kind and d.value[:1].isalnum()]
        stated = [f for f in known if f.kind == kind]
        if kind == "date":
            asked = [d for d in asked if re.match(r"\d{4}", d.value)]
            stated = [f for f in stated if re.match(r"\d{4}", f.value)]
        if asked and stated and not any(agree(d, f) for d in asked for f in (*stated, *facts(context))):
            return True
    return bool(
        question.speaker
        and speaker
        and question.speaker.kind == "person"
        and not _weight(question.speaker, speaker)
    )
