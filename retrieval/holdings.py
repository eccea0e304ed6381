"""The documents of a build on disk: a JSON object a line, text and source whole."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from retrieval.types import Document, Origin, Source

FILE = "documents.jsonl"


def write(folder: Path, documents: Iterable[Document]) -> None:
    """Write the documents into `folder`, in the order given. Raises: OSError."""
    with (folder / FILE).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(to_json(d), ensure_ascii=False) + "\n" for d in documents)


def read(folder: Path) -> tuple[Document, ...]:
    """The documents in `folder`, their versions not checked.

    Raises: OSError, ValueError, TypeError, KeyError.
    """
    with (folder / FILE).open(encoding="utf-8") as file:
        return tuple(of_json(json.loads(line)) for line in file)


def to_json(document: Document) -> dict[str, Any]:
    """The document as JSON holds it."""
    source: dict[str, Any] = {k: v for k, v in asdict(document.source).items() if v not in (None, ())}
    return {"id": document.id, "version": document.version, "source": _plain(source), "text": document.text}


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case tuple() | list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def of_json(fields: dict[str, Any]) -> Document:
    """The inverse of `to_json`. Raises: ValueError, TypeError, KeyError."""
    source: dict[str, Any] = dict(fields["source"])
    for name in ("published", "event"):
        if source.get(name):
            source[name] = date.fromisoformat(source[name])
    if source.get("fetched_at"):
        source["fetched_at"] = datetime.fromisoformat(source["fetched_at"])
    source["compiled_from"] = tuple(
        Origin(o["publisher"], o["published"] and date.fromisoformat(o["published"]), o["url"])
        for o in source.get("compiled_from", ())
    )
    return Document(fields["id"], fields["version"], Source(**source), fields["text"])
