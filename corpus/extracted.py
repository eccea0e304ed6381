"""What was fetched becomes a document, and the same bytes only once for as long as this program is the same.

What was extracted is kept beside the body. Another version of an extractor, or of the code here, extracts
again: what that changes shows in a plan like any other change.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus import extract, raw
from corpus.errors import CorpusError
from corpus.raw import Record
from retrieval import holdings
from retrieval.types import Document

LIBRARIES = ("trafilatura", "lxml", "pypdf", "markdown-it-py", "charset-normalizer")


def document(home: Path, body: bytes, record: Record, given: Mapping[str, Any]) -> Document:
    """The document in what was fetched, as `extract.fetched` has it. Raises: what that does,
    CorpusError when the disk does not take it."""
    key = _key(record, given)
    kept = raw.read_extract(home, record.sha256, key)
    if kept is not None:
        made = holdings.of_json(json.loads(kept))
        return replace(made, source=replace(made.source, fetched_at=record.at))
    made = extract.fetched(body, record, given)
    try:
        raw.keep_extract(home, record.sha256, key, json.dumps(holdings.to_json(made)).encode())
    except OSError as cause:
        raise CorpusError(f"what was extracted cannot be kept under {home}: {cause}") from cause
    return made


def _key(record: Record, given: Mapping[str, Any]) -> str:
    parts = (_program(), record.final_url, record.media_type, record.charset, repr(sorted(given.items())))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@cache
def _program() -> str:
    """The code that extracts, and the libraries that it extracts with."""
    whole = hashlib.sha256(" ".join(version(name) for name in LIBRARIES).encode())
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in (".py", ".toml"):
            whole.update(path.read_bytes())
    return whole.hexdigest()
