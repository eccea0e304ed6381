"""What a build says of itself: `manifest.json`, written last, without which a folder is no build."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import DamagedBuild

FILE = "manifest.json"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build is made of. `files` holds (name, bytes, sha256); `documents` (id, version); `questions`
    counts those that lead to sentences and those that nothing answers, `asked` is the digest of what they
    were taken from; `second` is the digest of a second encoder's model, "" without its vectors."""

    schema: int
    id: str
    created: str
    model: str
    model_name: str
    dimension: int
    passages: int
    sentences: int
    embedded: int
    carried: int
    newest: str | None
    documents: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, int, str], ...]
    second: str = ""
    questions: int = 0
    asked: str = ""


def read(root: Path, id: str) -> Manifest:
    """The manifest of the build `id`. Raises: DamagedBuild."""
    try:
        fields: dict[str, Any] = json.loads((root / id / FILE).read_text())
        if (schema := fields["schema"]) != SCHEMA:
            raise DamagedBuild(id, f"build {id} is of another release: format {schema}, not {SCHEMA}")
        documents = tuple((d, v) for d, v in fields.pop("documents"))
        files = tuple((n, b, h) for n, b, h in fields.pop("files"))
        # What a later release adds says nothing to this one.
        known = {name: value for name, value in fields.items() if name in Manifest.__dataclass_fields__}
        return Manifest(documents=documents, files=files, **known)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as cause:
        raise DamagedBuild(id, f"build {id} has no readable manifest") from cause


def write(folder: Path, manifest: Manifest) -> None:
    """Write `manifest` into the `folder` of its build. Raises: OSError."""
    (folder / FILE).write_text(json.dumps(asdict(manifest), indent=1))
