"""An answer as people read it: plain text and entities, never markup, so nothing can alter a quote.

Offsets become UTF-16 units here and nowhere else. Before a reply is handed out, the text under each
blockquote is read back from the message and compared with the stored document.
"""

import logging
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from retrieval.answer import mismatches, verified
from retrieval.builds import Build
from retrieval.quotes import utf16
from retrieval.types import Answer, Quote, Source

log = logging.getLogger(__name__)

LIMIT = 4096
TITLE_LIMIT = 200
ORIGINS_SHOWN = 2
REPEAT = "\n\n↻ Sent again: the first copy may not have arrived."


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted stretch of a message; `offset` and `length` in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One Telegram message: at most 4096 UTF-16 units, no white space around it."""

    text: str
    entities: tuple[Entity, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The message as JSON data."""
        return {
            "text": self.text,
            "entities": [
                {"type": e.type, "offset": e.offset, "length": e.length} | ({"url": e.url} if e.url else {})
                for e in self.entities
            ],
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Message":
        """The message that `plain` gave."""
        return cls(plain["text"], tuple(Entity(**e) for e in plain["entities"]))


@dataclass(slots=True)
class _Draft:
    """Text being composed, with its entities' offsets counted along."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)

    def add(self, text: str, type: str | None = None, url: str | None = None) -> "_Draft":
        if type is not None and text:
            self.entities.append(Entity(type, utf16(self.text), utf16(text), url))
        self.text += text
        return self

    def append(self, other: "_Draft", gap: str) -> None:
        shift = utf16(self.text + gap)
        self.text += gap + other.text
        self.entities += [Entity(e.type, e.offset + shift, e.length, e.url) for e in other.entities]


def render(answer: Answer, build: Build) -> tuple[Message, ...]:
    """The messages that answer: one unless the quotes fill more, split between quotes, never inside one.

    `build` is the one that answered. A quote that fails its check is left out, logged and counted.
    """
    blocks: list[_Draft] = []
    for quote in verified(build, answer.quotes):
        block = _quote_block(len(blocks) + 1, quote)
        if _reads_back(block, quote):
            blocks.append(block)
    if not blocks:
        blocks = [_no_answer(build)]
    return _pack(blocks)


def citation(source: Source) -> str:
    """Publisher and date in words; for a brief, what it was compiled from."""
    if source.compiled_from:
        named = [f"{o.publisher} ({day(o.published)})" for o in source.compiled_from[:ORIGINS_SHOWN]]
        more = len(source.compiled_from) - len(named)
        return "brief, compiled from " + ", ".join(named) + (f" and {more} more" if more else "")
    return f"{source.publisher or 'no publisher named'}, {day(source.published)}"


def day(when: date | None) -> str:
    """A date as "26 October 2025"; "undated" for none."""
    return f"{when.day} {when:%B %Y}" if when else "undated"


def terminal(messages: tuple[Message, ...]) -> str:
    """The same reply for a terminal: each line of a quote begins with "> ", and the addresses of a block's
    links stand below it, a line each."""
    return "\n\n".join(_terminal(message) for message in messages)


def _quote_block(number: int, quote: Quote) -> _Draft:
    source = quote.document.source
    block = _Draft().add(quote.text, "blockquote").add(f"\n[{number}] ")
    title = shorten(source.title, TITLE_LIMIT)
    link = source.url if source.url and source.url.startswith(("http://", "https://")) else None
    block.add(title, "text_link" if link else "bold", link)
    if not source.compiled_from:
        return block.add(shorten(f" · {citation(source)}", TITLE_LIMIT))
    block.add(" · brief, compiled from ")
    shown = source.compiled_from[:ORIGINS_SHOWN]
    for i, origin in enumerate(shown):
        block.add(", " if i else "")
        block.add(shorten(origin.publisher, TITLE_LIMIT), "text_link" if origin.url else None, origin.url)
        block.add(f" ({day(origin.published)})")
    more = len(source.compiled_from) - len(shown)
    return block.add(f" and {more} more" if more else "")


def _reads_back(block: _Draft, quote: Quote) -> bool:
    """Whether the text under the blockquote entity is the document's text, code unit for code unit."""
    entity = block.entities[0]
    units = block.text.encode("utf-16-le")[2 * entity.offset : 2 * (entity.offset + entity.length)]
    if units.decode("utf-16-le") == quote.document.slice(quote.span):
        return True
    mismatches.count += 1
    log.error("quote dropped: %s %s does not read back", quote.document.id, quote.span)
    return False


def _no_answer(build: Build) -> _Draft:
    draft = _Draft().add("The corpus doesn't say.", "bold")
    if not build.documents:
        return draft.add("\nIt is empty so far: nobody has added a document.")
    if build.newest is None:
        return draft.add(f"\nNone of its {len(build.documents)} documents is dated.")
    return draft.add(f"\nIts newest document is dated {day(build.newest)}.")


def _pack(blocks: list[_Draft]) -> tuple[Message, ...]:
    """Blocks into as few messages as hold them, each with room for the mark of a repeat."""
    drafts: list[_Draft] = []
    for block in blocks:
        if drafts and utf16(drafts[-1].text + "\n\n" + block.text + REPEAT) <= LIMIT:
            drafts[-1].append(block, "\n\n")
        else:
            drafts.append(block)
    return tuple(Message(d.text, tuple(d.entities)) for d in drafts)


def shorten(text: str, most: int) -> str:
    """`text`, or its first words and "…" where it is longer than `most` UTF-16 units."""
    if utf16(text) <= most:
        return text
    kept = text[: most // 2] if utf16(text[: most - 1]) > most - 1 else text[: most - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept.strip() else kept) + "…"


def _terminal(message: Message) -> str:
    units = message.text.encode("utf-16-le")
    pieces: list[str] = []
    links: list[str] = []
    position = 0
    for entity in sorted(message.entities, key=lambda e: e.offset):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        between = units[position:start].decode("utf-16-le")
        text = units[start:end].decode("utf-16-le")
        if entity.type == "blockquote":
            if pieces:
                between = between.rstrip("\n") + _below(links) + "\n\n"
            links = []
            text = "> " + text.replace("\n", "\n> ")
        elif entity.url:
            links.append(entity.url)
        pieces += (between, text)
        position = end
    return "".join(pieces) + units[position:].decode("utf-16-le") + _below(links)


def _below(links: list[str]) -> str:
    return "".join(f"\n    {link}" for link in links)
