"""Which text a short key means: the live one, one that the archive keeps, or none for sure."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.callbacks import PREFIX
from bot.kept import Kept, find
from corpus import archive
from migrations.database import engine, upgrade, writing
from retrieval.types import Document, Source
from tests.bot.test_reply import build_of

LIVE = Document.of("live", Source("t"), "Talks began.")
OLD = Document.of("old", Source("t"), "Talks ended.")


def test_the_live_text_is_found_before_the_archive_and_an_unsure_one_is_not(tmp_path: Path) -> None:
    made = engine(f"sqlite:///{tmp_path / 'talks.db'}")
    upgrade(made)
    build = build_of(LIVE)
    with writing(made) as connection:
        archive.keep(connection, [OLD, replace(LIVE, id="twin")], datetime.now(UTC))
    assert find(made, build, LIVE.version[:PREFIX]) == Kept(LIVE, live=True)
    assert find(made, build, OLD.version[:PREFIX]) == Kept(OLD, live=False)
    assert find(made, build, "0" * PREFIX) == "unknown"
    # Two texts that begin alike: neither is shown.
    other = replace(OLD, id="other", version=LIVE.version[:PREFIX] + "0" * 40)
    assert find(made, build_of(LIVE, other), LIVE.version[:PREFIX]) == "ambiguous"


def test_a_damaged_text_is_not_found(tmp_path: Path) -> None:
    made = engine(f"sqlite:///{tmp_path / 'talks.db'}")
    upgrade(made)
    changed = replace(LIVE, text="Talks never began.")
    assert find(made, build_of(changed), LIVE.version[:PREFIX]) == "unknown"
    build = build_of(LIVE, damaged=frozenset({"live"}))
    assert find(made, build, LIVE.version[:PREFIX]) == "unknown"
