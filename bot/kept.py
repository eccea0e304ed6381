"""Which document version a button or a link means: one of the live build, else one that the archive keeps."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Engine

from bot.recall import Quoted
from corpus import archive
from migrations.database import reading
from retrieval.builds import Build
from retrieval.types import Document, Passage, Quote, Span, version_of

Lost = Literal["unknown", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A document whose text is what its version says; `live` when the build quotes this very version."""

    document: Document
    live: bool


def quote(engine: Engine, build: Build, quoted: Quoted) -> Quote | None:
    """The quote that the log holds by value, from the live build or the archive; None when its text is gone.

    Raises: Unavailable, when the build does not have it.
    """
    found = find(engine, build, quoted.version)
    if isinstance(found, str):
        return None
    span, answer = Span(quoted.start, quoted.end), None
    if quoted.answer_start is not None and quoted.answer_end is not None:
        answer = Span(quoted.answer_start, quoted.answer_end)
    directness = quoted.directness
    return Quote(
        found.document, span, Passage(0, found.document, span), 1.0, answer, quoted.speaker,
        "direct" if directness == "direct" else "indirect" if directness == "indirect" else None,
    )  # fmt: skip


def find(engine: Engine, build: Build, prefix: str) -> Kept | Lost:
    """The version that begins with `prefix` (hexadecimal). "unknown" also for a text that is erased or
    damaged, "ambiguous" when two texts begin so. Raises: Unavailable, when the build does not have it."""
    found = [d for d in build.documents if d.version.startswith(prefix)]
    live = bool(found)
    if not found:
        with reading(engine) as connection:
            found = list(archive.starting(connection, prefix))
    if len({document.version for document in found}) > 1:
        return "ambiguous"
    sound = [d for d in found if version_of(d.text) == d.version and not (live and d.id in build.damaged)]
    return Kept(sound[0], live) if sound else "unknown"
