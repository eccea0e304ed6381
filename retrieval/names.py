"""Capitalised names: people, places and organisations, told apart by what they hold and what stands around.

A text without capitals, or all in capitals, has no names that spelling can show.
"""

import re
from collections.abc import Iterator

from retrieval.fact import Fact, FactKind
from retrieval.gazetteer import BODIES, FIRST_NAMES, GROUNDS, OFFICES, PLACES
from retrieval.types import Span
from retrieval.words import STOP, listed

_CAPITAL = r"(?:[A-Z\u00c0-\u00de][\w'’&.-]*[\w'’&]|[A-Z]\.?)"
_RUN = re.compile(
    rf"(?<![\w'’]){_CAPITAL}(?:(?:\s(?:of|the|and|&|de|du|la|le|van|von|der|al|bin|for|del"
    rf"|di)){{0,2}}\s{_CAPITAL})*"
)
_WORD = re.compile(r"\S+")
_FIRST = re.compile(r"\w")
_POSSESSIVE = re.compile(r"['’]s?$")
_LAST_BEFORE = re.compile(r"([\w.]+)[\s,]*$")
_SAID = re.compile(
    r",?\s(?:also\s|then\s|has\s)?(?:said|says|told|added|wrote|argued|warned|who\b|was born|whose|died|met"
    r"|testified)"
)
_ACTS = re.compile(r"\s(?:[a-z]+ed|is|was|has|had|will|won|met|gave|took|made|went|came|flew|told|led)\b")
_BY = re.compile(r"\b(?:by|with)\s$")
_IN = re.compile(r"\b(?:in|at|near|outside|around|across)\s(?:the\s)?$")
_TOWARD = re.compile(r"\b(?:from|to|through|of|toward|towards|via)\s(?:the\s)?$")
_LABEL = re.compile(r"^\W*(?P<name>(?:[A-Z]{2,}\.?\s){0,4}[A-Z]{2,}(?:\s\([A-Z .]+\))?):\s")
#: Offices that end where a person's name begins, within one run of capitals.
_HOLDING = listed("""
    president secretary minister premier representative ambassador chancellor senator governor director
    chairman chairwoman spokesman spokeswoman spokesperson congressman adviser economist analyst ceo
    professor chief judge
    """)
_CALENDAR = listed("""
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday jan feb mar apr jun jul aug sept sep oct nov dec
    """)
_LINKS = listed("of the and & for de du la le van von der al bin del di")


def names(text: str) -> Iterator[Fact]:
    """The names in `text`, left to right and apart."""
    if label := _LABEL.match(text):
        words = label["name"].split()
        name = words[-1] if words[-1].isalpha() else label["name"]
        start = text.index(name, label.start("name"))
        yield Fact("person", Span(start, start + len(name)), name, name, sure=0.9)
    letters = sum(character.isalpha() for character in text)
    if not letters or sum(character.isupper() for character in text) > 0.7 * letters:
        return
    first = _FIRST.search(text)
    begin = first.start() if first else 0
    after_label = label.end() if label else 0
    for match in _RUN.finditer(text, after_label):
        for start, end in _parts(text, match.start(), match.end()):
            kind, sure = _kind(text[start:end], text, start, end, start in (begin, after_label))
            if kind:
                yield Fact(kind, Span(start, end), text[start:end], text[start:end], sure=sure)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A capitalised run as separate names: parted at offices, possessives and "and"."""
    words = [(start + found.start(), start + found.end()) for found in _WORD.finditer(text[start:end])]
    whole = any(text[left:right].strip(".,") in BODIES for left, right in words)
    piece: list[tuple[int, int]] = []
    for i, (left, right) in enumerate(words):
        word = text[left:right]
        folded = word.casefold().rstrip(".,")
        follows = i + 1 < len(words) and text[words[i + 1][0]].isupper()
        if folded == "and" and not whole:
            yield from _trimmed(text, piece)
            piece = []
        elif follows and word[0].isupper() and (
            folded in _HOLDING or (folded == "justice" and not whole) or _is_state(text, left, right)
        ):
            piece = []
        else:
            piece.append((left, right))
            if _POSSESSIVE.search(word) and follows:
                yield from _trimmed(text, piece)
                piece = []
    yield from _trimmed(text, piece)


def _is_state(text: str, start: int, end: int) -> bool:
    """Whether the word is the end of an office before its holder ("Secretary of State Marco Rubio")."""
    return text[start:end] == "State" and text.endswith(("Secretary of ", "Secretaries of "), 0, start)


def _trimmed(text: str, piece: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """`piece` without stop words, titles and marks at its edges."""
    while piece and text[slice(*piece[-1])].casefold() in _LINKS:
        piece = piece[:-1]
    while len(piece) > 0 and (text[slice(*piece[0])].casefold().rstrip(".,") in STOP | _LINKS or (
        len(piece) > 1 and text[slice(*piece[0])].casefold().rstrip(".") in _TITLES
    )):  # fmt: skip
        piece = piece[1:]
    if not piece:
        return
    left, right = piece[0][0], piece[-1][1]
    tail = _POSSESSIVE.search(text[left:right])
    right = left + tail.start() if tail else right
    if text[left:right].endswith(".") and right - left > 3 and text[left : right - 1] not in PLACES:
        right -= 1
    if right > left:
        yield left, right


_TITLES = listed(
    "mr mrs ms dr sir sen rep gov gen col capt prof sec amb hon president vice secretary lord lady"
)


def _kind(name: str, text: str, start: int, end: int, opening: bool) -> tuple[FactKind | None, float]:
    words = name.split()
    bare = name.rstrip(".")
    if bare.casefold() in _CALENDAR or (
        len(words) == 1 and (len(bare) < 2 or (opening and bare.casefold() in STOP))
    ):
        return None, 0
    if bare in PLACES:
        return "place", 1.0
    body = any(word.strip(".,") in BODIES for word in words)
    before = text[max(0, start - 40) : start]
    last = _LAST_BEFORE.search(before)
    if not body and last and last[1].strip(".").casefold() in OFFICES and last[1].casefold() not in STOP:
        return "person", 1.0
    if words[-1].rstrip(".") in GROUNDS or words[0] in ("Mount", "Lake", "Cape", "Port", "Gulf", "Isle"):
        return ("place", 0.9) if len(words) > 1 else ("name", 0.4)
    if body:
        return "organisation", 1.0 if len(words) > 1 else 0.5
    if words[0].rstrip(".") in FIRST_NAMES:
        return "person", 0.95 if len(words) > 1 else 0.7
    if len(words) == 1 and bare.isupper() and bare.isalpha():
        return "organisation", 0.6
    if _BY.search(before) or _SAID.match(text, end):
        return "person", 0.8
    if _IN.search(before):
        return "place", 0.6
    if _TOWARD.search(before):
        return "place", 0.35
    if 2 <= len(words) <= 4 and all(word[0].isupper() for word in words):
        return "person", 0.6
    if opening and len(words) == 1:
        return "name", 0.5 if _ACTS.match(text, end) and not name.endswith("s") else 0.2
    return "name", 0.5
