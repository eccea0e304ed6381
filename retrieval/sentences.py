"""Where the sentences of a text begin and end: what a quote is cut by.

A stop inside a quotation or a bracket is a weak end, any other a strong one. A text is cut at its strong
ends; only a sentence over LONGEST is cut at its weak ends too. So a quotation stays whole, with the words
that say who spoke, and an unbalanced mark does no harm. Time is linear: every look around a stop is bounded.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from retrieval.abbreviations import (
    COUNTED,
    CUES,
    INSTITUTIONS,
    LEADING,
    LETTERED,
    PLACES,
    PREDICATES,
    ROLES,
    SHORTENED,
    SHOUTED,
    STARTERS,
    TIMES,
    TITLES,
    TRAILING,
)
from retrieval.paragraphs import MARKER, paragraphs
from retrieval.types import Span

# The longest quote, in UTF-16 units: what a message can show beside its citation.
LONGEST = 900

_CLOSING = {"“": "”", "„": "”", "«": "»", "「": "」", "『": "』", "《": "》"}
_BRACKETS = {"(": ")", "（": "）", "[": "]", "【": "】"}
_PAIRS = _CLOSING | _BRACKETS
_OPENERS = "“„‘«「『《(（[【\"'＂`¿¡*_"
_CLOSERS = "”’»」』\"'＂)）]】》*_\u200b\u200e\u200f\u2060\ufeff"
_DASHES = "-–—―"
_SPACES = (" ", "\u00a0", "\u202f")
# What no sentence begins with.
_MID_SENTENCE = ",.;:!?)]}+=/&%<>|^，；：、"
# Full stops of scripts that have no capitals and, most of them, no space after a sentence.
_FULL = "。！？｡؟۔।॥።။"

_STOP = re.compile(rf"(?:[.!?…{_FULL}]|(?<=\.)[ \u00a0](?=\.))+[{re.escape(_CLOSERS)}]*")
_AFTER = re.compile(
    r"(?:[ \u00a0]?\[(?:\d{1,3}|[a-z]|\.\.\.|…)\]|\[[a-z][a-z\d ]{1,30}\]|:\d[\d:–-]*"
    r"|[ \u00a0]?[\u2600-\u27bf\U0001f000-\U0001faff\u200d\ufe0f])+(?!\S)"
)
_MARK = re.compile(r"``|''|[“”„‘’«»「」『』《》()（）\[\]【】\"'＂]")
_WORD_BEFORE = re.compile(r"[^\s(（\[“\"‘«—–/]*$")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NEXT = re.compile(r"\S")
_NUMBERED = re.compile(r"(?<!\d)[:;] ?\d{1,2}$")
_TIME = re.compile(r"\d{1,2}(?:[:.]\d\d)? [ap]\.m")
_DAY = re.compile(r"\b\d{1,2} [^\W\d_]{3,5}$")
_REPORT = re.compile(r"(?:Reg|Supp|Cir|App|Stat|Ct)\.")
_ROMAN = re.compile(r"[IVXLC]{2,}\b")
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}")
_SHORT = LEADING | TITLES | COUNTED | TRAILING | SHORTENED | {"al"}
_CUE = rf"(?:(?:also|then|later) )?(?:{'|'.join(sorted(CUES))})\b"
_ROLE = rf"(?:{'|'.join(sorted(ROLES))})"
_NAME = r"[A-Z\u00c0-\u00de][\w.’'-]*"
_SPEAKER = re.compile(
    rf"(?:(?:The|A|An|One|His|Her|Their|Its) (?:[\w.’'-]+ ){{0,4}}{_ROLE}"
    rf"|(?P<name>{_NAME})(?: (?:{_NAME}|of|the|de|for|and|{_ROLE})){{0,6}})"
    rf"(?:, [^,!?“”\"]{{2,60}},)? {_CUE}(?P<bare>[.,])?"
)
_SPEAKER_HAN = re.compile(
    r"[^，。！？：；“”「」『』\s]{0,16}(?:说|說|表示|称|稱|指出|强调|強調|补充|補充|回答|答|问|問|道|写|寫)|と|って"
)

_CLAUSE = re.compile(
    r"[;；，]|[:：](?=\s|[^\x00-\u2e7f])|—+|\s[–-]+(?=\s)"
    r"|,(?=\s+(?:and|but|or|nor|so|yet|which|who|whose|whom|where|when|while|whereas|although|though|because"
    r"|since|as|if|unless|until|after|before|including|provided|except)\b)"
)
_COMMA = re.compile(r",(?=\s)|、")


def sentences(text: str) -> tuple[Span, ...]:
    """The sentences of `text` in order: apart, trimmed, together covering all that is not white space.

    Headings, list items and table rows count as sentences. Empty for a text of white space.
    """
    found: list[Span] = []
    for (start, end), following in zip_longest(parts := paragraphs(text), parts[1:]):
        reopened = following is not None and text[following[0]] in '“„«「『"＂'
        found.extend(_cut(text, start, end, reopened))
    return tuple(found)


def clauses(text: str, span: Span) -> tuple[Span, ...]:
    """The clauses of the sentence `span` in order: trimmed, covering it, none over LONGEST UTF-16 units.

    A clause over LONGEST is cut at its commas, then at the last space that keeps it within.
    """
    found: list[Span] = []
    for clause in _pieces(text, span, _cuts(_CLAUSE, text, span)):
        if _units(text, clause) <= LONGEST:
            found.append(clause)
        else:
            for part in _pieces(text, clause, _cuts(_COMMA, text, clause)):
                found.extend(_packed(text, part))
    return tuple(found)


def _cuts(pattern: re.Pattern[str], text: str, span: Span) -> Iterator[int]:
    return (cut.end() for cut in pattern.finditer(text, span.start, span.end))


def _units(text: str, span: Span) -> int:
    part = text[span.start : span.end]
    return len(part) if part.isascii() else len(part) + sum(point > "\uffff" for point in part)


def _pieces(text: str, span: Span, ends: Iterable[int]) -> Iterator[Span]:
    """The parts of `span` between `ends`, trimmed, without the empty ones."""
    start = span.start
    for end in (*ends, span.end):
        part = text[start:end]
        bare = part.strip()
        if bare:
            left = start + len(part) - len(part.lstrip())
            yield Span(left, left + len(bare))
        start = end


def _packed(text: str, span: Span) -> Iterator[Span]:
    """`span` in as few parts as hold LONGEST units each, cut at spaces where there are any."""
    ends: list[int] = []
    start = span.start
    while True:
        end = min(start + LONGEST, span.end)
        while (over := _units(text, Span(start, end)) - LONGEST) > 0:
            end -= (over + 1) // 2
        if end == span.end:
            return _pieces(text, span, ends)
        cut = next((at for at in range(end, start, -1) if text[at].isspace()), end)
        while cut > start + 1 and unicodedata.combining(text[cut]):
            cut -= 1
        ends.append(cut)
        start = cut


def _cut(text: str, start: int, end: int, reopened: bool) -> Iterator[Span]:
    """The sentences of one paragraph. `reopened`: the next one opens with a quotation mark."""
    quotes, weak = _enclosures(text, start, end, reopened)
    lasts = [last for _, last in weak]
    inner: list[int] = []
    at, tail = start, end
    while tail > start and not text[tail - 1].isalnum():
        tail -= 1
    for stop in _STOP.finditer(text, start, end):
        after = _tail(text, stop.end(), end, quotes)
        if after >= tail:
            break
        if after <= at or not _ends(text, at, stop, after, end, quotes):
            continue
        nearest = bisect_left(lasts, after)
        if nearest < len(weak) and weak[nearest][0] < after:
            inner.append(after)
            continue
        yield from _within(text, Span(at, after), inner)
        at, inner = _skip(text, after, end), []
    yield from _within(text, Span(at, end), inner)


def _within(text: str, sentence: Span, inner: list[int]) -> Iterator[Span]:
    """`sentence` whole, or when it is over LONGEST cut at its `inner` ends."""
    return _pieces(text, sentence, inner if _units(text, sentence) > LONGEST else ())


def _skip(text: str, at: int, end: int) -> int:
    found = _NEXT.search(text, at, end)
    return found.start() if found else end


def _tail(text: str, at: int, end: int, quotes: dict[int, int]) -> int:
    """Where the sentence that stops at `at` ends, with a spaced closing mark, footnote marks and emoji."""
    while (mark := at + (text[at : at + 1] in _SPACES)) in quotes:
        at = mark + (2 if text.startswith("''", mark) else 1)
    notes = _AFTER.match(text, at, end)
    return notes.end() if notes else at


def _enclosures(
    text: str, start: int, end: int, reopened: bool
) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """The paragraph's quotations, opening by closing mark, and its outermost quotations and brackets.

    A quotation that stays open counts to the end of the paragraph where print would have it so: when it
    opens the paragraph, or when the next one opens with a mark again.
    """
    quotes: dict[int, int] = {}
    found: list[tuple[int, int]] = []
    stacks: dict[str, list[int]] = {close: [] for close in (*_PAIRS.values(), '"', "'", "’")}
    for mark in _MARK.finditer(text, start, end):
        at, sign = mark.start(), mark[0]
        before = text[at - 1] if at > start else " "
        after = text[mark.end()] if mark.end() < end else " "
        close = _PAIRS.get(sign)
        if sign == "“" and stacks["”"] and text[stacks["”"][-1]] == "„":
            sign, close = "”", None
        if sign in ('"', "＂", "``", "''"):
            close = _straight(text, sign, before, after, stacks['"'])
            sign = '"'
        elif sign in "‘'" and not stacks[single := "’" if sign == "‘" else "'"]:
            close = single if after.isupper() and not before.isalnum() else None
        elif sign in "’'" and after.isalnum():
            continue
        if close:
            stacks[close].append(at)
        elif stacks.get(sign):
            opened = stacks[sign].pop()
            found.append((opened, at))
            if sign not in _BRACKETS.values():
                quotes[at] = opened
    left = sorted(stacks["”"] + stacks['"'] + stacks["»"] + stacks["」"] + stacks["』"])
    if left and (left[0] == start or reopened):
        found.append((left[0] if left[0] == start else left[-1], end))
    return quotes, _outermost(found)


def _straight(text: str, sign: str, before: str, after: str, stack: list[int]) -> str | None:
    """What a mark without a direction does: '"' when it opens, None when it closes or means inches."""
    opens = (before.isspace() or before in _OPENERS or before in _DASHES) and not after.isspace()
    closes = not before.isspace() and not after.isalnum()
    if sign == "``" or (not stack and (opens or not (closes or after.isalnum()))):
        return '"'
    if stack and opens and not closes and sign != "''":
        stack.pop()
        return '"'
    return None


def _outermost(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    outermost: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if outermost and first <= outermost[-1][1]:
            outermost[-1] = (outermost[-1][0], max(last, outermost[-1][1]))
        else:
            outermost.append((first, last))
    return outermost


def _ends(text: str, at: int, stop: re.Match[str], after: int, end: int, quotes: dict[int, int]) -> bool:
    """Whether the sentence that began at `at` ends with `stop`, its closing marks reaching `after`."""
    run = stop[0].rstrip(_CLOSERS)
    closed = stop.end() > stop.start() + len(run) or after - 1 in quotes
    follows = _skip(text, after, end)
    if after - at <= 8 and MARKER.fullmatch(text, at, after):
        return False
    if text[follows] in _MID_SENTENCE and not text.startswith("..", follows):
        return False
    full = run[-1] in _FULL
    if follows == after and not full and not _glued(text, stop, run, closed, after, end):
        return False
    first = follows
    while first < min(follows + 8, end) and text[first] in _OPENERS:
        first += 1
    opened = next((quotes[mark] for mark in range(stop.start(), after) if mark in quotes), None)
    if opened is not None and opened == at and _attributed(text[follows : follows + 160], run, full):
        return False
    if closed and text[follows] in _DASHES and not full:
        return False
    following = text[first : min(first + 60, end)]
    word = _word_before(text, at, stop.start())
    if following[:1].islower() and not full:
        return run == "." and not closed and _plain(word)
    if run == ".":
        return not _goes_on(text, at, stop.start(), word, following)
    if run in "!" and word.lower() in SHOUTED:
        return False
    return not ("…" in run or run.startswith("..")) or not re.match(r"I\b", following)


def _glued(text: str, stop: re.Match[str], run: str, closed: bool, after: int, end: int) -> bool:
    """Whether a stop with no space after it may end a sentence all the same."""
    word = _WORD_BEFORE.search(text[max(0, stop.start() - 48) : stop.start()])
    before = word[0] if word else ""
    if run[-1] == "…" or run.startswith("..") or not before:
        return False
    if text[after] in "“«「『" or text[after] > "\u2e7f":
        return before[-1].isalnum()
    following = _WORD.match(text, after, min(after + 20, end))
    return (
        not closed
        and following is not None
        and before.isalpha()
        and before[1:].islower()
        and len(before) > 1
        and following[0][0].isupper()
        and following[0].lower() in STARTERS
        and text[following.end() : following.end() + 1] == " "
    )


def _attributed(following: str, run: str, full: bool) -> bool:
    """Whether the words after a quotation that opened its sentence say who spoke."""
    if full and _SPEAKER_HAN.match(following):
        return True
    found = _SPEAKER.match(following)
    if not found or (found["name"] and found["name"].lower() in STARTERS):
        return False
    return run != "." or found["bare"] is not None


def _word_before(text: str, at: int, stop: int) -> str:
    found = _WORD_BEFORE.search(text[max(at, stop - 48) : stop])
    return found[0].strip("'’*_") if found else ""


def _plain(word: str) -> bool:
    """Whether `word` is no abbreviation, so that its stop ends a sentence even before lower case."""
    low = word.lower()
    if low in _SHORT or _ACRONYM.fullmatch(word):
        return False
    if not word.isalpha():
        return any(point.isdigit() for point in word) or "." in word
    return len(word) > (2 if word.islower() else 4) and any(vowel in low for vowel in "aeiouy")


def _goes_on(text: str, at: int, stop: int, word: str, following: str) -> bool:
    """Whether the stop after `word` belongs to an abbreviation and the sentence goes on."""
    low, first = word.lower(), following[:1]
    if low in LEADING or (low in TITLES and word[0].isupper()):
        return True
    if low in COUNTED and (first.isdigit() or first in "§#" or _ROMAN.match(following)):
        return True
    before = text[max(at, stop - 24) : stop]
    if _NUMBERED.search(before) or _TIME.fullmatch(text, at, stop) or _REPORT.match(following):
        return True
    if _DAY.search(before) and re.match(r"\d{4}\b", following):
        return True
    found = _WORD.match(following)
    after = found[0].lower() if found else ""
    if low in ("a.m", "p.m"):
        return first in _DASHES or after in TIMES or re.match(r"\w+ time\b", following) is not None
    if len(word) == 1 and word.isupper():
        previous = (before[:-1].split() or [""])[-1]
        if previous.lower() in LETTERED or (word == "I" and previous.islower()):
            return False
    elif not (low in TRAILING and word[0].isupper()) and low != "al" and not _ACRONYM.fullmatch(word):
        return False
    if not found:
        return True
    rest = following[found.end() :]
    if after in STARTERS:
        return rest.startswith(".") and (len(after) == 1 or after == "no")
    second = _WORD.match(rest.lstrip(" "))
    return not (
        low in PLACES
        and after not in INSTITUTIONS
        and second is not None
        and rest.startswith(" ")
        and second[0] in PREDICATES
    )
