"""Who says what in a document: read from its own words, and left open where those do not tell.

A turn of a transcript is said by whom its label names. Elsewhere a verb of saying outside the quotation marks
tells, with its subject: a name, given as fully as the document gives it; an office or a body; or "he", who is
whoever spoke just before. A quotation that goes on in the next sentence keeps its speaker. One that nothing
introduces has none: that it is whoever spoke last holds one time in ten.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from retrieval.fact import Fact, FactKind
from retrieval.names import names
from retrieval.query import SURE
from retrieval.questions import Entity, Question
from retrieval.sentences import sentences
from retrieval.types import Directness, Document, Quote, Span
from retrieval.words import stems


@dataclass(frozen=True, slots=True)
class Speech:
    """What stands in `span` and who says it, or says what is quoted there; None: somebody, but the text does
    not tell who. Not `sure`: the text leaves another reading. Not a `person`: an office or a body."""

    span: Span
    speaker: str | None
    directness: Directness
    sure: bool = True
    person: bool = True


_CUE = re.compile(
    r"\b(?:said|says|told|tells|wrote(?!\s(?:the|an?)\s)|writes|argued|argues|warned|warns|announced"
    r"|(?:added|adds|confirmed)(?=[,.:]|\s(?:that|in|on|at|to)\b|\s“|[^“]*:\s“|$)|claimed|noted|stated|insisted|insists|emphasi[sz]ed|stressed"
    r"|stresses|explained|declared|replied|responded|retorted|continued|acknowledged"
    r"|denied|urged|posted|remarked|commented|vowed|pledged|promised|predicted|cautioned"
    r"|described|called|spoke of|indicated|expressed|reiterated|maintained|recalled|conceded"
    r"|admitted|concluded|pointed out|testified|quipped|joked|suggested|hinted|complained"
    r"|boasted|countered)\b"
)
#: "Added to its list" adds no word.
_THING = re.compile(r"added (?:to\b|(?:a|an|the|new|more|its|\d[\d,]*) )")
#: What is told before the second half of a sentence is not said by who speaks there.
_BESIDE = re.compile(r"[,;]\s(?:and|but|whereas|while|although|though)\s(?:[\w'’]+\s){0,3}$")
_ACCORDING = re.compile(r"\b[Aa]ccording to ")
_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Ii]t)\b")
_OFFICES = (
    "ministry|department|spokesperson|spokesman|spokeswoman|official|embassy|commission|government|agency|office"
    "|administration|commissioner|minister|secretary|president|premier|negotiator|representative|ambassador"
    "|economist|analyst|trader|farmer|company|association|council|adviser|source|envoy|regulator|bank|court|judge"
    "|senator|side|statement|diplomat|delegation|chairman|chairwoman|director|lawyer|expert|professor|exporter"
)
_CAPITAL = r"[A-Z\u00c0-\u00de][\w'’.&-]*"
_NAMED = rf"{_CAPITAL}(?:\s(?:(?:of|for|and|the)\s){{0,2}}{_CAPITAL})*"
#: An office or body without a name of its own: "the ministry", "an official of China's Ministry of Commerce".
_BODY = re.compile(
    rf"\b(?:[Tt]he|[Aa]n?|[Oo]ne|[Ii]ts|{_CAPITAL}['’]s?)\s(?:(?!(?:that|who|which|and)\b)[\w’'-]+\s){{0,3}}?"
    rf"(?:{_OFFICES})\b(?:\s(?:of|for|at|in|with)\s(?:the\s|an?\s)?(?:[a-z]+\s){{0,2}}?(?:{_NAMED}|\w+))*"
)
#: What may stand between a subject and its verb.
_BETWEEN = re.compile(
    r"(?:,\s[^,]{2,100},)?(?:\s(?:on|in|at|aboard|during|from)\s[\w' ]{2,40}?)?"
    r"(?:\s(?:also|then|later|has|had|have|further|again|once|never|just|\w+ly))*\s"
)
#: Titles that may stand before a subject behind its verb ("said US Treasury Secretary Scott Bessent").
_TITLES = re.compile(r"\s(?:(?!(?:that|on|in|at|to|of|how|it|he|she|they|when|if)\s)[\w.'’-]+,?\s){0,7}?")
_QUOTED = re.compile(r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)|«[^»]*(?:»|$)|「[^」]*(?:」|$)")
#: What stands in a name that is more than a person's ("Presidents Donald Trump", "Wang Yi of China").
_ROLES = re.compile(r"\b(?:of|for|and|the|Presidents?|Ministers?|Secretar(?:y|ies)|Mr|Ms|Mrs)\b")
#: Before the verb: it is not a person who was "called" or "told".
_PASSIVE = re.compile(r"\b(?:is|was|are|were|be|been|being|not|to)\s(?:\w+ly\s)?$")
#: What stands before a name that is no subject: an object's preposition, the first of two subjects, or the
#: beginning of a clause that tells only when or why.
_BEFORE = r"(?:(?:the|an?|of|[A-Z][\w.]*)\s){0,6}"
_OBJECT = re.compile(rf"\b(?:with|to|by|between|against)\s{_BEFORE}$")
_SECOND = re.compile(rf"\sand\s{_BEFORE}")
_ASIDE = re.compile(rf"\b(?:after|before|when|while|since|until|as|because)\s{_BEFORE}$")
#: A capital speaks for its government, unless something happens there.
_SPEAKERS = ("person", "organisation", "name", "place")
_WHERE = re.compile(r"\b(?:in|at|from|to|near|for|outside)\s(?:the\s)?$")
_ARTICLE = re.compile(r"^(?:[Tt]he|[Aa]n?|[Oo]ne|[Ii]ts)\s")
#: After a name that only tells of which country or whose something is ("the Chinese readout").
_NOUN = re.compile(
    r"(?:['’]s?)?\s(?!(?:on|in|at|and|or|of|as|who|that|which|for|from|after|before|when)\b)[a-z]"
)
_ANNOUNCED = re.compile(r":\s“_")
_ADDED = re.compile(r"(?:He|She)(?:\s(?:also|then))?\s(?:added|continued|went on)\b")
_LETTER = re.compile(r"[^\W\d_]")
_SHOUTED = r"[A-Z][A-Z.'’-]+(?:\s[A-Z][A-Z.'’-]*){0,4}(?:\s\([A-Z .]+\))?"
_LABEL = re.compile(rf"(?P<shouted>{_SHOUTED}|Q|A)?(?(shouted)|{_CAPITAL}(?:\s{_CAPITAL}){{0,3}}):\s")
#: Labels in small letters are believed from so many on: "Note: …" is none.
_LABELS = 3
#: Quoted words from which on a sentence counts as somebody's own words, not as a term of theirs.
_OWN_WORDS = 3
#: Sentences back in which "he" looks for who spoke.
_BACK = 3
#: Places in a text, and characters around each, that are looked at for the fuller form of a name.
_PLACES, _REACH = 8, 40


def attributed(quote: Quote) -> Quote:
    """`quote` with its speaker and directness. Where somebody is quoted and it is not sure who, it has no
    speaker and yet a directness."""
    found = speech(quote.document, quote.span)
    if found is None:
        return quote
    return replace(quote, speaker=found.speaker if found.sure else None, directness=found.directness)


def speech(document: Document, span: Span) -> Speech | None:
    """What is said in `span`, None where nobody says anything; without a speaker where several people do."""
    near = _near(document.text, span)
    inside = [one for one in speeches(document.text, near) if one.span.overlaps(span)]
    if not inside:
        return None
    first = next((one for one in inside if one.directness == "direct"), inside[0])
    if len({one.speaker for one in inside}) > 1:
        return Speech(span, None, first.directness, sure=False)
    return replace(first, span=span, sure=all(one.sure for one in inside))


def by(asked: Question, ranked: Sequence[Quote]) -> tuple[Quote, ...]:
    """`ranked` without what other people surely say, where the question asks for the words of a person."""
    if asked.speaker is None or asked.speaker.kind != "person":
        return tuple(ranked)
    who = asked.speaker
    return tuple(quote for quote in ranked if says(who, speech(quote.document, quote.span)) != 0.0)


def says(asked: Entity, found: Speech | None) -> float | None:
    """Whether the person `asked` about says what was found: 1 and 0 for surely yes and no, .5 for maybe, as
    for their office; None where nobody is known to say it."""
    if found is None or found.speaker is None:
        return None
    spoken = stems(found.speaker)
    if any(stems(form) <= spoken or spoken <= stems(form) for form, weight in asked.forms if weight >= SURE):
        return 1.0 if found.sure else 0.5
    return 0.0 if found.sure and found.person else 0.5


@lru_cache(maxsize=4096)
def speeches(text: str, near: Span | None = None) -> tuple[Speech, ...]:
    """Every sentence of `text` whose speaker it tells, in order; with `near`, only of those lines."""
    near = near or Span(0, max(len(text), 1))
    cuts = sentences(text[near.start : near.end])
    read = [_Sentence.of(text, Span(near.start + cut.start, near.start + cut.end)) for cut in cuts]
    known, turns = _Names(text), _turns(text)
    found: list[Speech | None] = []
    for at, sentence in enumerate(read):
        turn = next((label for label, span in turns if span.overlaps(sentence.span)), None)
        if turn is not None:
            found.append(Speech(sentence.span, known.labelled(turn), "direct"))
        else:
            found.append(_told(read, at, found, known) or _going_on(text, read, at, found))
        if found[-1] is None and sentence.is_quotation:
            found[-1] = Speech(sentence.span, None, "direct", sure=False)
    return tuple(one for one in found if one is not None)


def _near(text: str, span: Span) -> Span:
    """The lines of `span` and those around it that may tell who speaks."""
    start, end = span.start, span.end
    for _ in range(2 * _BACK):
        start = max(0, text.rfind("\n", 0, max(0, start - 1)))
    for _ in range(3):
        end = after + 1 if (after := text.find("\n", end)) >= 0 else len(text)
    return Span(start, end)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence; `plain` is its text with what is quoted blanked out, `quoted` how many words that was."""

    span: Span
    plain: str
    quoted: int
    names: tuple[Fact, ...]

    @classmethod
    def of(cls, text: str, span: Span) -> "_Sentence":
        own = text[span.start : span.end]
        quoted = [found[0] for found in _QUOTED.finditer(own)]
        plain = _QUOTED.sub(lambda found: "“" + "_" * (len(found[0]) - 2) + "”", own)
        heard = tuple(_whole(own, fact) for fact in names(own) if plain[fact.span.start] != "_")
        return cls(span, plain, sum(len(words.split()) for words in quoted), heard)

    @property
    def is_quotation(self) -> bool:
        return bool(self.quoted) and not _LETTER.search(self.plain)

    @property
    def directness(self) -> Directness:
        return "direct" if self.quoted >= _OWN_WORDS else "indirect"


def _whole(text: str, fact: Fact) -> Fact:
    """The name of `fact` with the family name that looks like a pronoun ("He Lifeng")."""
    if " " in fact.text or not re.search(r"(?<!\w)He $", text[: fact.span.start]):
        return fact
    return replace(fact, kind="person", span=Span(fact.span.start - 3, fact.span.end), text="He " + fact.text)


class _Names:
    """The people whom a text names, and how fully."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._fullest: dict[str, tuple[str, ...]] = {}

    def full(self, name: str) -> tuple[str, bool]:
        """The fullest form of a person's `name`, and whether it is the only one that it may stand for."""
        if name not in self._fullest:
            longer = {person for person in self._around(name) if _is_part(name, person)}
            self._fullest[name] = tuple(p for p in longer if not any(p != o and p in o for o in longer))
        fullest = self._fullest[name]
        return (fullest[0], True) if len(fullest) == 1 else (name, not fullest)

    def labelled(self, label: str) -> str:
        """Whom a transcript's label names: "SEC. BESSENT" is Scott Bessent where the text names him so."""
        name = label.split(" (")[0].split()[-1].capitalize()
        full, sure = self.full(name)
        return full if sure and full != name else label

    def _around(self, name: str) -> set[str]:
        """The people named where `name` stands beside another capital."""
        beside = re.compile(rf"(?:{_CAPITAL}\s){re.escape(name)}\b|\b{re.escape(name)}(?=\s{_CAPITAL})")
        places = islice(beside.finditer(self._text), _PLACES)
        lines = (self._text[max(0, p.start() - _REACH) : p.end() + _REACH] for p in places)
        found = (_whole(line, fact) for line in lines for fact in names(line) if fact.kind == "person")
        return {fact.text for fact in found if not _ROLES.search(fact.text)}


def _is_part(name: str, person: str) -> bool:
    """Whether `name` is the beginning or the end of the longer name `person`."""
    words, all = name.split(), person.split()
    return len(all) > len(words) and words in (all[: len(words)], all[-len(words) :])


def _turns(text: str) -> list[tuple[str, Span]]:
    """The turns of a transcript, label and span; none in a text that is none."""
    starts: list[tuple[str, int]] = []
    at = 0
    for line in text.splitlines(keepends=True):
        if label := _LABEL.match(line):
            starts.append((label[0].strip().removesuffix(":"), at))
        at += len(line)
    if len(starts) < _LABELS:
        starts = [(label, start) for label, start in starts if label.isupper() and len(label) > 1]
    ends = [start for _, start in starts[1:]] + [len(text)]
    return [(label, Span(start, end)) for (label, start), end in zip(starts, ends, strict=bool(starts))]


def _told(
    read: list[_Sentence], at: int, found: list[Speech | None], known: _Names
) -> Speech | None:
    """Who says the sentence by a verb of saying in it: the one nearest to what is quoted, else the first."""
    sentence = read[at]
    cues = (cue for cue in _CUE.finditer(sentence.plain) if not _THING.match(sentence.plain, cue.start()))
    subjects = [subject for cue in cues if (subject := _subject(sentence, cue))]
    subjects = subjects or _otherwise(sentence)
    if not subjects:
        return None
    marks = [mark for found in re.finditer("“_+”", sentence.plain) for mark in found.span()]
    who, _ = min(subjects, key=lambda one: min((abs(one[1] - mark) for mark in marks), default=0))
    if who.kind != "name" or not _PRONOUN.fullmatch(who.text):
        person = who.kind in ("person", "name")
        name, sure = known.full(who.text) if person else (who.text, True)
        if sentence.directness != "direct" and _BESIDE.search(sentence.plain, 0, who.span.start):
            sure = False
        return Speech(sentence.span, name, sentence.directness, sure, person)
    return _stood_for(read, at, found, who, known)


def _subject(sentence: _Sentence, cue: re.Match[str]) -> tuple[Fact, int] | None:
    """The subject of the verb `cue` and where the verb is."""
    before = sentence.plain[: cue.start()]
    if _PASSIVE.search(before):
        return None
    if before.rstrip(" ,").endswith("”") and (behind := _behind(sentence, cue.end())):
        return behind, cue.start()
    ending = [
        fact
        for fact in _candidates(sentence, before)
        if _BETWEEN.fullmatch(before, fact.span.end) and not _is_object(sentence, before[: fact.span.start])
    ]
    if not ending:
        return None
    last = max(ending, key=lambda fact: (fact.span.end, fact.kind == "person", -fact.span.start))
    if cue[0] == "called" and sentence.plain[last.span.start :].startswith(("a ", "an ")):
        return None
    beside = [f for f in sentence.names if f.kind == "person" and before[last.span.end :] == f", {f.text}, "]
    return (beside or [last])[0], cue.start()


def _is_object(sentence: _Sentence, before: str) -> bool:
    """Whether what follows `before` is no subject of its own: an object, the second of two, or who acts in a
    clause beside what is said."""
    two = [fact for fact in sentence.names if _SECOND.fullmatch(before, fact.span.end)]
    aside = sentence.quoted < _OWN_WORDS and _ASIDE.search(before)
    return bool(two or aside or _OBJECT.search(before))


def _otherwise(sentence: _Sentence) -> list[tuple[Fact, int]]:
    """Whom a sentence without a verb of saying names as its source, or before a colon and a quotation."""
    if according := _ACCORDING.search(sentence.plain):
        subject = _behind(sentence, according.end() - 1)
        return [(subject, according.start())] if subject else []
    if colon := _ANNOUNCED.search(sentence.plain):
        people = [f for f in sentence.names if f.kind == "person" and f.span.end <= colon.start()]
        return [(people[0], colon.start())] if len(people) == 1 else []
    return []


def _candidates(sentence: _Sentence, before: str) -> Iterator[Fact]:
    """What may be a subject in `before`, the beginning of the sentence."""
    for fact in sentence.names:
        there = fact.kind == "place" and _WHERE.search(before, 0, fact.span.start)
        if fact.kind in _SPEAKERS and fact.span.end <= len(before) and not there:
            yield fact
    patterns: tuple[tuple[FactKind, re.Pattern[str]], ...] = (("organisation", _BODY), ("name", _PRONOUN))
    for kind, pattern in patterns:
        for found in pattern.finditer(before):
            name = _ARTICLE.sub("", found[0])
            yield Fact(kind, Span(*found.span()), name, name)


def _behind(sentence: _Sentence, at: int) -> Fact | None:
    """The subject that follows the verb which ends at `at`: a name, unless it is only part of a body's."""
    body = _BODY.match(sentence.plain, at + 1)
    for fact in sentence.names:
        if fact.kind in _SPEAKERS and _TITLES.fullmatch(sentence.plain, at, fact.span.start):
            if fact.kind == "person" or not (body or _NOUN.match(sentence.plain, fact.span.end)):
                return fact
            break
    if not body:
        return None
    name = _ARTICLE.sub("", body[0])
    return Fact("organisation", Span(*body.span()), name, name)


def _stood_for(
    read: list[_Sentence], at: int, found: list[Speech | None], pronoun: Fact, known: _Names
) -> Speech | None:
    """Whom "he", "she" or "it" stands for in the sentence at `at`: the one person whom it names before; else
    who spoke within the last few, surely where nobody else is named there; else the one person whom they
    name, never surely."""
    sentence, first = read[at], max(0, at - _BACK)
    kind = "organisation" if pronoun.text.casefold() == "it" else "person"
    ahead = [
        fact
        for fact in sentence.names
        if (fact.kind == kind or (kind == "person" and fact.kind == "name" and fact.span.start == 0))
        and fact.span.end <= pronoun.span.start
        and not _owns(sentence, fact)
    ]
    if ahead:
        name, sure = known.full(ahead[0].text)
        alone = len({known.full(fact.text)[0] for fact in ahead}) == 1
        return Speech(sentence.span, name, sentence.directness, sure and alone)
    heard = {
        known.full(fact.text)[0] for before in read[first:at] for fact in before.names if fact.kind == kind
    }
    last = next((one for one in reversed(found[first:at]) if one is not None and one.speaker), None)
    if last is not None:
        sure = last.sure and heard <= {last.speaker}
        return replace(last, span=sentence.span, directness=sentence.directness, sure=sure)
    if len(heard) == 1:
        return Speech(sentence.span, heard.pop(), sentence.directness, sure=False)
    return None


def _owns(sentence: _Sentence, name: Fact) -> bool:
    """Whether `name` only tells whose something is ("Xi's visit")."""
    return name.text.endswith(("'s", "’s")) or sentence.plain.startswith(("'s", "’s"), name.span.end)


def _going_on(text: str, read: list[_Sentence], at: int, found: list[Speech | None]) -> Speech | None:
    """A sentence that is nothing but a quotation: of whom the one before it in the paragraph quotes, or
    announces; a paragraph of its own, of whom "He added" in the next one goes on to quote."""
    sentence, last = read[at], found[-1] if found else None
    if not sentence.is_quotation or last is None:
        return None
    between = text[last.span.end : sentence.span.start]
    before = read[at - 1].plain.rstrip()
    if ("\n" not in between and last.directness == "direct") or before.endswith(":"):
        return replace(last, span=sentence.span, directness="direct")
    follows = read[at + 1].plain if at + 1 < len(read) else ""
    return replace(last, span=sentence.span, directness="direct") if _ADDED.match(follows) else None
