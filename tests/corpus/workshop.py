"""What refreshes are tested with: a home of their own, and folders of small texts."""

from pathlib import Path

from corpus.refresh import Report, Workshop, add
from migrations import database
from tests.database import upgraded
from tests.fakes import BagOfWords


def workshop(home: Path, bag: BagOfWords | None = None, starter: bool = False) -> Workshop:
    """A workshop on SQLite under `home` that embeds with `bag`."""
    path = home / "talks.db"
    engine = database.engine(f"sqlite:///{path}") if path.exists() else upgraded.sqlite(path)
    encoder = bag or BagOfWords()
    return Workshop(home, engine, lambda: encoder, starter)


def put(shop: Workshop, *paths: Path, restore: bool = False, **given: object) -> Report:
    """Add files without showing progress."""
    return add(shop, paths, given, lambda done, total: None, restore)


def write(folder: Path, **texts: str) -> list[Path]:
    """A text file for each of `texts`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.txt")
        paths[-1].write_text(text, "utf-8")
    return paths
