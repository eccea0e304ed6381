"""What a button carries: at most 64 bytes that say all, so it works after a restart and on any replica.

A first character is the format's version, a second the kind; then come whole numbers, and for a quote the
first 12 bytes of its document's version in base64url. Anything else decodes to None. The payload of a link
that opens a quote is written the same way within the letters that Telegram allows there.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

from retrieval.types import Quote, Span

FORMAT = "1"
#: Hexadecimal digits of a version that a button carries, 12 bytes.
PREFIX = 24
Reason = Literal[
    "wrong_quote", "wrong_speaker", "out_of_date", "should_have_answered", "should_not_have_answered", "other"
]
REASONS: tuple[Reason, ...] = get_args(Reason)
Screen = Literal[
    "latest", "sources", "quote", "watches", "groups", "inline", "privacy", "language", "help", "about",
    "mydata", "forget",
]  # fmt: skip
#: Buttons carry places in this: it may grow at its end only.
SCREENS: tuple[Screen, ...] = get_args(Screen)
_DATA = re.compile(rf"{FORMAT}([a-z])((?:[A-Za-z0-9_-]{{16}}:)?)((?:\d{{1,16}}(?:\.\d{{1,16}})*)?)")
_START = re.compile(rf"q{FORMAT}([A-Za-z0-9_-]{{16}})(\d{{1,9}}(?:_\d{{1,9}}){{1,3}})")


@dataclass(frozen=True, slots=True)
class Mark:
    """A quote by value: `version` is the first 24 hexadecimal digits of its document's version."""

    version: str
    span: Span
    answer: Span | None = None

    @classmethod
    def of(cls, quote: Quote) -> "Mark":
        return cls(quote.document.version[:PREFIX], quote.span, quote.answer)

    def payload(self) -> str:
        """What follows `?start=` in a link to this quote."""
        return f"q{FORMAT}{_key(self.version)}" + "_".join(map(str, _numbers(self)))


@dataclass(frozen=True, slots=True)
class View:
    """Show a quote with `before` and `after` sentences around it, as the `place`-th quote of its message."""

    mark: Mark
    before: int
    after: int
    place: int


@dataclass(frozen=True, slots=True)
class Further:
    """Show a page of the answer to the question that came as `update`; 0 is the reply itself."""

    update: int
    page: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the answer to the question that came as `update` was good."""

    update: int
    good: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Why that answer was bad; `quote` is the number of the wrong one, 0 for none."""

    update: int
    reason: Reason
    quote: int = 0


@dataclass(frozen=True, slots=True)
class Follow:
    """Whether to tell me when the question that came as `update` is answered, or answered better."""

    update: int
    on: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """Strike that question off my watches, below the list of them."""

    update: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Speak the language with this number to me, from 1; 0 for that of my Telegram."""

    number: int


@dataclass(frozen=True, slots=True)
class Open:
    """Show what a command shows."""

    screen: Screen


@dataclass(frozen=True, slots=True)
class Listing:
    """Show a page of the sources, from 0."""

    page: int


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether my questions may be used to improve the bot."""

    given: bool


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete all about me, once `sure`."""

    sure: bool


@dataclass(frozen=True, slots=True)
class Example:
    """Ask one of the questions to try."""

    number: int


@dataclass(frozen=True, slots=True)
class GroupLanguage:
    """Speak the language with this number in a group, from 1; 0 for that of whoever asks."""

    number: int


@dataclass(frozen=True, slots=True)
class MentionOnly:
    """Whether a reply to the bot is no question to it in a group."""

    on: bool


Press = (
    View | Further | Verdict | Why | Follow | Drop | Listing | Open | Speak | Consent | Forget | Example
    | GroupLanguage | MentionOnly
)  # fmt: skip


#: The letter that each is written as. A letter is never given to another: buttons stay where they were sent.
_LETTERS: dict[type[Press], str] = {
    View: "c", Further: "n", Verdict: "v", Why: "w", Follow: "t", Drop: "d", Speak: "l", Open: "o",
    Listing: "s", Consent: "p", Forget: "f", Example: "x", GroupLanguage: "g", MentionOnly: "m",
}  # fmt: skip
_KINDS: dict[str, Callable[..., Press]] = {letter: kind for kind, letter in _LETTERS.items()}
#: What the fields of each hold, in order.
_FIELDS = {letter: tuple(get_type_hints(kind).values()) for kind, letter in _LETTERS.items()}
#: What the numbers of a field stand for, where it holds no numbers.
_MEANINGS: dict[object, tuple[object, ...]] = {bool: (False, True), Reason: REASONS, Screen: SCREENS}


def encode(press: Press) -> str:
    """The data of a button."""
    letter, key = _LETTERS[type(press)], ""
    if isinstance(press, View):
        key = f"{_key(press.mark.version)}:"
        numbers = [press.place, press.before, press.after, *_numbers(press.mark)]
    else:
        values = (getattr(press, field.name) for field in fields(press))
        numbers = [
            _MEANINGS[holds].index(value) if holds in _MEANINGS else value
            for holds, value in zip(_FIELDS[letter], values, strict=True)
        ]
    return FORMAT + letter + key + ".".join(map(str, numbers))


def decode(data: str) -> Press | None:
    """What a button meant; None for data of another format, or of none."""
    found = _DATA.fullmatch(data)
    if found is None:
        return None
    try:
        return _meant(found[1], found[2][:-1], [int(n) for n in found[3].split(".") if n])
    except (ValueError, IndexError):
        # Numbers that are no span, or no reason.
        return None


def started(payload: str) -> Mark | None:
    """The quote that a link's payload names; None when it names none."""
    found = _START.fullmatch(payload)
    try:
        return _mark(found[1], [int(n) for n in found[2].split("_")]) if found else None
    except ValueError:
        return None


def _meant(letter: str, key: str, numbers: list[int]) -> Press | None:
    """Raises: ValueError, IndexError."""
    kind = _KINDS.get(letter)
    if kind is View:
        place, before, after, *span = numbers
        return View(_mark(key, span), before, after, place) if key else None
    if kind is None or key:
        return None
    holds = zip(_FIELDS[letter], numbers, strict=True)
    return kind(*(_MEANINGS[field][number] if field in _MEANINGS else number for field, number in holds))


def _numbers(mark: Mark) -> tuple[int, ...]:
    """Start and length; the answer's offset in the quote and its length too where there is one."""
    start, end = mark.span.start, mark.span.end
    if mark.answer is None:
        return start, end - start
    return start, end - start, mark.answer.start - start, mark.answer.end - mark.answer.start


def _mark(key: str, numbers: list[int]) -> Mark:
    """Raises: ValueError when the numbers are no spans."""
    try:
        version = base64.urlsafe_b64decode(key).hex()
    except binascii.Error as error:
        raise ValueError(key) from error
    if len(numbers) not in (2, 4):
        raise ValueError(numbers)
    start, length, *inner = numbers
    span = Span(start, start + length)
    if not inner:
        return Mark(version, span)
    answer = Span(start + inner[0], start + sum(inner))
    if answer not in span:
        raise ValueError(numbers)
    return Mark(version, span, answer)


def _key(version: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(version)).decode()
