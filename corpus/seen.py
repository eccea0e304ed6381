"""Which source was seen to hold which document, and how often in a row it was absent since.

It is kept beside the builds and not in them: a rollback does not change what was seen. What is lost with
the file is only how often something was absent.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from corpus.gather import Gathered

NAME = "seen.json"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a source had a document, and how many times in a row it was absent since."""

    address: str
    absent: int = 0


Sightings = Mapping[str, Mapping[str, Sighting]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Sightings by source and document, as they stood when something was last gathered, and when each source
    last was."""

    at: datetime | None = None
    sightings: Sightings = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)

    def absences(self) -> dict[str, int]:
        """How often in a row each document was absent from every source that had it; none that is there."""
        counts: dict[str, int] = {}
        for of_source in self.sightings.values():
            for id, sighting in of_source.items():
                counts[id] = min(counts.get(id, sighting.absent), sighting.absent)
        return {id: count for id, count in counts.items() if count}


def after(before: Seen, gathered: Iterable[Gathered], now: datetime) -> Seen:
    """What is known once `gathered` was seen. A source that gave nothing, or could not be read, has lost
    nothing: an absence counts only where the rest of a whole list is there, or the address is known gone."""
    sightings = {source: dict(of_source) for source, of_source in before.sightings.items()}
    times = dict(before.times)
    for given in gathered:
        times[given.source] = now
        known = sightings.setdefault(given.source, {})
        there = {document.id: Sighting(address) for address, document in given.found}
        unclear = {error.source for error in (*given.failed, *given.refused)}
        listed = given.whole and bool(given.found)
        for id, sighting in known.items():
            missed = sighting.address in given.gone or (listed and sighting.address not in unclear)
            there.setdefault(id, Sighting(sighting.address, sighting.absent + missed))
        sightings[given.source] = there
    return Seen(now, sightings, times)


def read(home: Path) -> Seen:
    """What was seen last; nothing where the file is missing or cannot be read."""
    try:
        return of_json(json.loads((home / NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Seen()


def write(home: Path, seen: Seen, live: Iterable[str]) -> None:
    """Keep `seen`, without the absent documents that are no longer live. Raises: OSError."""
    there = set(live)
    kept = {
        source: {id: s for id, s in of_source.items() if not s.absent or id in there}
        for source, of_source in seen.sightings.items()
    }
    aside = home / f".{NAME}.{os.getpid()}"
    try:
        written = to_json(Seen(seen.at, kept, seen.times))
        aside.write_text(json.dumps(written, indent=1, ensure_ascii=False), "utf-8")
        aside.replace(home / NAME)
    finally:
        aside.unlink(missing_ok=True)


def to_json(seen: Seen) -> dict[str, Any]:
    """`seen` as JSON holds it."""
    return {
        "at": seen.at.isoformat() if seen.at else None,
        "times": {source: at.isoformat() for source, at in seen.times.items()},
        "sources": {
            source: {id: [s.address, s.absent] for id, s in of_source.items()}
            for source, of_source in seen.sightings.items()
        },
    }


def of_json(fields: dict[str, Any]) -> Seen:
    """The inverse of `to_json`. Raises: ValueError, TypeError, KeyError."""
    sources = {
        source: {id: Sighting(str(address), int(absent)) for id, (address, absent) in of_source.items()}
        for source, of_source in fields["sources"].items()
    }
    times = {source: datetime.fromisoformat(at) for source, at in fields.get("times", {}).items()}
    return Seen(datetime.fromisoformat(fields["at"]) if fields["at"] else None, sources, times)
