"""A message as it was sent, in blocks and runs for a page to show; its text is never altered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from bot.context import QUOTED
from bot.message import Entity, Message


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that looks alike; `url` only where it is one of the web."""

    text: str
    bold: bool
    italic: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """Runs that stand in one quotation, or between two."""

    quoted: bool
    runs: tuple[Run, ...]


def blocks(messages: Sequence[Message]) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each message; together they read as it does."""
    return tuple(tuple(_blocks(message)) for message in messages)


def _blocks(message: Message) -> Iterator[Block]:
    def quotation(stretch: tuple[Run, Entity | None]) -> Entity | None:
        return stretch[1]

    for quoted, stretches in groupby(_stretches(message), quotation):
        yield Block(quoted is not None, tuple(run for run, _ in stretches))


def _stretches(message: Message) -> Iterator[tuple[Run, Entity | None]]:
    units = message.text.encode("utf-16-le")
    edges = {0, len(units) // 2}
    edges |= {edge for e in message.entities for edge in (e.offset, e.end) if 0 < edge < len(units) // 2}
    for start, end in pairwise(sorted(edges)):
        over = [e for e in message.entities if e.offset <= start and end <= e.end]
        kinds = {e.type for e in over}
        urls = [e.url for e in over if e.url and e.url.startswith(("https://", "http://"))]
        text = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        run = Run(text, "bold" in kinds, "italic" in kinds, urls[0] if urls else None)
        yield run, next((e for e in over if e.type in QUOTED), None)
