"""Bodies as they were fetched, compressed and named by their sha256, and what is known of each address.

`raw/` holds the bodies and beside each what was extracted of it, `fetch/known/` the last successful fetch of
each address, `fetch/YYYY-MM.jsonl` a line for every fetch. Nothing here is needed to answer: all of it may be
pruned, and is fetched again.
"""

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One fetch that brought a body: `size` bytes after decompression, by their `sha256`.

    `media_type` and `charset` are what the server said, "" where it said nothing.
    """

    url: str
    final_url: str
    status: int
    at: datetime
    size: int
    sha256: str
    media_type: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""


def keep(home: Path, body: bytes) -> str:
    """Keep `body` and return its sha256; idempotent. Raises: OSError."""
    sha256 = hashlib.sha256(body).hexdigest()
    path = _body(home, sha256)
    if path.exists():
        os.utime(path)
    else:
        _write(path, gzip.compress(body, 6, mtime=0))
    return sha256


def read(home: Path, sha256: str) -> bytes | None:
    """The body with this sha256; None when it was pruned, or is damaged."""
    try:
        body = gzip.decompress(_body(home, sha256).read_bytes())
    except (OSError, EOFError, zlib.error):
        return None
    return body if hashlib.sha256(body).hexdigest() == sha256 else None


def keep_extract(home: Path, sha256: str, key: str, content: bytes) -> None:
    """Keep beside a body what was extracted of it in the way that `key` names. Raises: OSError."""
    _write(_extract(home, sha256, key), gzip.compress(content, 6, mtime=0))


def read_extract(home: Path, sha256: str, key: str) -> bytes | None:
    """What `keep_extract` kept; None when it was pruned, or is damaged."""
    try:
        os.utime(_extract(home, sha256, key))
        return gzip.decompress(_extract(home, sha256, key).read_bytes())
    except (OSError, EOFError, zlib.error):
        return None


def forget(home: Path, addresses: Iterable[str]) -> int:
    """Remove every body that was ever fetched from `addresses`, as far as journal and last fetches tell, what
    was extracted of them, and what is known of the addresses; how many files went."""
    wanted = set(addresses)
    found = {(r.url, r.sha256) for r in records(home) if {r.url, r.final_url} & wanted}
    for path in (home / "fetch").glob("????-??.jsonl"):
        for line in _lines(path):
            if "sha256" in line and {line["url"], line["final_url"]} & wanted:
                found.add((line["url"], line["sha256"]))
    gone = {p for _, sha256 in found for p in (home / "raw" / sha256[:2]).glob(f"{sha256}*.gz")}
    gone |= {path for url, _ in found if (path := _known(home, url)).exists()}
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def note(home: Path, record: Record) -> None:
    """Remember `record` as the last fetch of its address. Raises: OSError."""
    _write(_known(home, record.url), json.dumps(_plain(asdict(record)), ensure_ascii=False).encode())


def known(home: Path, url: str) -> Record | None:
    """The last fetch of `url` that brought a body; None if there is none."""
    return _record(_known(home, url))


def records(home: Path) -> Iterator[Record]:
    """The last fetch of every address, in no particular order."""
    for path in (home / "fetch" / "known").glob("*.json"):
        if (record := _record(path)) is not None:
            yield record


def journal(home: Path, at: datetime, line: dict[str, Any]) -> None:
    """Add one line to the month's list of fetches. Raises: OSError."""
    path = home / "fetch" / f"{at:%Y-%m}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(json.dumps(_plain(line), ensure_ascii=False).encode() + b"\n")


def prune(home: Path, before: datetime) -> int:
    """Remove the bodies that were last fetched before a time, and the months of the journal that ended
    before it; how many files went."""
    gone = 0
    for path in (home / "raw").glob("??/*.gz"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    for path in (home / "fetch").glob("????-??.jsonl"):
        if path.stem < f"{before:%Y-%m}":
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _body(home: Path, sha256: str) -> Path:
    return home / "raw" / sha256[:2] / f"{sha256}.gz"


def _extract(home: Path, sha256: str, key: str) -> Path:
    return home / "raw" / sha256[:2] / f"{sha256}.{key}.gz"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal, without one that a killed process did not finish."""
    for line in path.read_text("utf-8", errors="replace").splitlines():
        with suppress(ValueError):
            yield json.loads(line)


def _known(home: Path, url: str) -> Path:
    return home / "fetch" / "known" / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"


def _record(path: Path) -> Record | None:
    try:
        fields = json.loads(path.read_bytes())
        return Record(**fields | {"at": datetime.fromisoformat(fields["at"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in fields.items()}


def _write(path: Path, content: bytes) -> None:
    """Replace the file at `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=".aside-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
