"""What happened: people, chats, messages and every call that the program made, all frozen.

A `Sent` is written once per call, accepted or not; nothing is ever taken off the record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Json = dict[str, Any]
ChatType = Literal["private", "group", "supergroup", "channel"]


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot itself."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    @property
    def json(self) -> Json:
        found: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            found["username"] = self.username
        if self.language_code:
            found["language_code"] = self.language_code
        return found


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat; a private one has the id of its person. `admin` tells whether the bot sees every message."""

    id: int
    type: ChatType
    title: str | None = None
    first_name: str | None = None
    username: str | None = None
    topics: bool = False
    admin: bool = False

    @property
    def json(self) -> Json:
        found: Json = {"id": self.id, "type": self.type}
        for name in ("title", "first_name", "username"):
            if value := getattr(self, name):
                found[name] = value
        if self.topics:
            found["is_forum"] = True
        return found

    @property
    def grouped(self) -> bool:
        """Whether more than one person reads it."""
        return self.type != "private"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a person wrote. `update_id` is None when Telegram would not show it to the bot."""

    chat: Chat
    message_id: int
    text: str
    thread: int | None
    json: Json = field(hash=False, compare=False)
    update_id: int | None = None

    @property
    def chat_id(self) -> int:
        return self.chat.id


@dataclass(frozen=True, slots=True)
class Sent:
    """One call that the program made.

    `text` and `entities` are what a person sees (after parsing, trimming and Telegram's own
    findings), or what was asked for when refused. `at` is seconds on the monotonic clock. `params`
    are the parameters as they came, `files` the uploads by field name. `accepted` tells whether
    the call took effect, which a fault may hide from the program; `error` is what it was told.
    """

    method: str
    chat_id: int | None
    thread: int | None
    text: str | None
    entities: tuple[Json, ...] = field(hash=False)
    reply_markup: Json | None = field(hash=False)
    message_id: int | None
    at: float
    params: Mapping[str, Any] = field(hash=False)
    accepted: bool
    error: str | None = None
    fault: str | None = None
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def buttons(self) -> tuple[tuple[Json, ...], ...]:
        """The inline keyboard, row by row; empty without one."""
        rows = (self.reply_markup or {}).get("inline_keyboard", ())
        return tuple(tuple(row) for row in rows)

    @property
    def quotations(self) -> tuple[str, ...]:
        """The pieces of the text that stand in quotation blocks, folded or not, in order."""
        kinds = {"blockquote", "expandable_blockquote"}
        return tuple(piece(self.text or "", entity) for entity in self.entities if entity["type"] in kinds)

    def cut(self, kind: str) -> tuple[str, ...]:
        """The pieces of the text under the entities of type `kind`, such as "blockquote"."""
        return tuple(piece(self.text or "", entity) for entity in self.entities if entity["type"] == kind)


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def piece(text: str, entity: Mapping[str, Any]) -> str:
    """The part of `text` that an entity covers. Raises: UnicodeDecodeError inside a surrogate pair."""
    raw = text.encode("utf-16-le")
    return raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
