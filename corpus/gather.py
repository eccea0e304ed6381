"""What every source holds now: its documents, and what failed or was refused on the way.

A source says whether it listed all that it has. Only then is a document that it leaves out absent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from corpus import extract
from corpus.errors import SourceError, Unreadable
from retrieval.types import Document

#: The source that the shipped briefs come from.
BRIEFS = "briefs"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one source gave. `found` holds (address, document); an error's `source` is the address that it
    is about; at the addresses in `gone` there is nothing any more. Where the source lists only its newest,
    as a feed does, it is not `whole`, and what it leaves out is not absent."""

    source: str
    found: tuple[tuple[str, Document], ...] = ()
    failed: tuple[SourceError, ...] = ()
    refused: tuple[SourceError, ...] = ()
    gone: tuple[str, ...] = ()
    whole: bool = True


def folder(
    source: str,
    paths: Iterable[Path],
    given: Mapping[str, Any],
    now: datetime,
    starter: bool = False,
) -> Gathered:
    """The documents in files at `paths`; one that fails keeps no other out."""
    found: list[tuple[str, Document]] = []
    failed: list[SourceError] = []
    for path in paths:
        try:
            found.append((str(path), extract.document(path, given, now, starter)))
        except SourceError as error:
            failed.append(error)
        except Exception as error:  # noqa: BLE001  one file that no one foresaw keeps no other out
            failed.append(Unreadable(str(path), f"{type(error).__name__}: {error}"))
    return Gathered(source, tuple(found), tuple(failed))


def files(path: Path) -> list[Path]:
    """The file at `path`, or the files below it that can be extracted, hidden ones left out."""
    if not path.is_dir():
        return [path]
    return sorted(
        p
        for p in path.rglob("*")
        if p.suffix.lower() in extract.SUFFIXES
        and p.is_file()
        and not any(part.startswith(".") for part in p.relative_to(path).parts)
    )
