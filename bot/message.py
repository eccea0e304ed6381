"""A Telegram message as a value: text, entities and buttons, never markup, so nothing can alter a quote.

Offsets of entities are UTF-16 units, counted here and nowhere else.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from bot.texts import LANGUAGES, Language, say
from retrieval.quotes import utf16

LIMIT = 4096
#: What marks a message that may have arrived before, by language.
REPEATS = {language: "\n\n" + say(language, "repeated") for language in LANGUAGES}
REPEAT = REPEATS["en"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted stretch of a message; `offset` and `length` in UTF-16 units. A "date_time" has the moment
    that it stands for, in seconds since 1970, and how an app shows it, "r" for how long ago it was."""

    type: str
    offset: int
    length: int
    url: str | None = None
    unix_time: int | None = None
    date_time_format: str | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Button:
    """One button: it calls back with `data` (at most 64 bytes), opens `url`, copies `copy` (at most 256
    UTF-16 units), or lets a chat be chosen and writes the bot's name and `inline` there."""

    text: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None
    inline: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One Telegram message: at most 4096 UTF-16 units, no white space around it. `language` is the one that
    it speaks where it does not quote."""

    text: str
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard = ()
    language: Language = "en"

    @classmethod
    def say(
        cls, language: Language, key: str, /, *, keyboard: Keyboard = (), **values: str | int
    ) -> "Message":
        """The message that holds one text of a catalogue."""
        return cls(say(language, key, **values), (), keyboard, language)

    def plain(self) -> dict[str, Any]:
        """The message as JSON data."""
        plain: dict[str, Any] = {"text": self.text, "entities": [_given(e) for e in self.entities]}
        if self.language != "en":
            plain["language"] = self.language
        if self.keyboard:
            plain["keyboard"] = [[_given(button) for button in row] for row in self.keyboard]
        return plain

    def repeated(self) -> "Message":
        """The message marked as one that may have arrived before."""
        return replace(self, text=self.text + REPEATS[self.language])

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Message":
        """The message that `plain` gave."""
        rows = plain.get("keyboard", ())
        return cls(
            plain["text"],
            tuple(Entity(**e) for e in plain["entities"]),
            tuple(tuple(Button(**button) for button in row) for row in rows),
            plain.get("language", "en"),
        )

    def under(self, entity: Entity) -> str:
        """The text that `entity` covers."""
        units = self.text.encode("utf-16-le")
        return units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Card:
    """A message to choose behind the bot's name; `id` has 1 to 64 bytes."""

    id: str
    title: str
    description: str
    message: Message


@dataclass(slots=True)
class Draft:
    """Text being composed, with its entities' offsets counted along."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    language: Language = "en"

    def add(self, text: str, type: str | None = None, url: str | None = None) -> "Draft":
        """Append `text`, under an entity of `type` where one is named."""
        if type is not None and text:
            self.entities.append(Entity(type, utf16(self.text), utf16(text), url))
        self.text += text
        return self

    def say(self, key: str, type: str | None = None, /, **values: str | int) -> "Draft":
        """Append a text of the catalogue of the draft's language."""
        return self.add(say(self.language, key, **values), type)

    def add_age(self, words: str, when: date) -> "Draft":
        """Append how long ago a day was, in words that apps which can keep true as time goes on."""
        noon = datetime.combine(when, time(12), UTC).timestamp()
        if noon > 0:
            self.entities.append(Entity("date_time", utf16(self.text), utf16(words), None, int(noon), "r"))
        self.text += words
        return self

    def append(self, other: "Draft", gap: str = "\n\n") -> "Draft":
        """Append another draft after `gap`."""
        shift = utf16(self.text + gap) if self.text else 0
        self.text += (gap if self.text else "") + other.text
        self.entities += [replace(e, offset=e.offset + shift) for e in other.entities]
        return self

    def message(self, keyboard: Keyboard = ()) -> Message:
        return Message(self.text, tuple(self.entities), keyboard, self.language)


def fits(text: str) -> bool:
    """Whether a message has room for `text` and the mark of a repeat."""
    return utf16(text) + max(map(utf16, REPEATS.values())) <= LIMIT


def shorten(text: str, most: int) -> str:
    """`text`, or its first words and "…" where it is longer than `most` UTF-16 units."""
    if utf16(text) <= most:
        return text
    kept = text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore")
    return (kept.rsplit(" ", 1)[0] if " " in kept.strip() else kept) + "…"


def _given(value: Entity | Button) -> dict[str, Any]:
    return {name: field for name, field in asdict(value).items() if field is not None}
