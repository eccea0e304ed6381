"""What is live changes whole or not at all, and nothing is lost to a source that falls silent."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from corpus import archive, report, seen, shelf
from corpus.errors import FetchFailed, Locked, NoText
from corpus.refresh import LOT, lock, rebuild
from migrations.database import reading
from retrieval import manifest
from tests.corpus.changing import Desk, text
from tests.corpus.workshop import put

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "home")
    made.fill(10)
    assert made.refresh().outcome == "published"
    return made


def test_a_refresh_publishes_and_reports(desk: Desk) -> None:
    before = desk.current()
    desk.put(d1=text(1, "agreed on a truce"), d10=text(10))
    told = desk.refresh()
    assert (told.outcome, told.before, told.build) == ("published", before, desk.current())
    assert told.counts["new"] == told.counts["changed"] == 1
    assert told.counts["passages_to_embed"] == 2
    assert told.embedded == manifest.read(desk.shop.index, told.build).embedded
    assert told.id[:18] <= told.build[:18], "its seconds leave out the making of the candidate"
    assert all(check.holds for check in told.checks)
    assert report.kept(desk.home)[-1] == told
    assert "agreed on a truce" in desk.live()[desk.id("d1")].text
    with reading(desk.shop.engine) as connection:
        assert len(archive.versions(connection, desk.id("d1"))) == 2


def test_the_same_again_is_nothing_to_do(desk: Desk) -> None:
    before = desk.current()
    assert desk.refresh().outcome == "nothing"
    assert desk.current() == before


def test_exactly_the_plan_is_published(desk: Desk) -> None:
    desk.put(d1=text(1, "agreed on a truce"))
    made = desk.plan()
    desk.put(d1=text(1, "agreed on a war"), d10=text(10))
    assert desk.refresh(made).build == made.build
    assert "truce" in desk.live()[desk.id("d1")].text
    assert len(desk.live()) == 10


def test_a_document_goes_after_absences_in_a_row(desk: Desk) -> None:
    gone = desk.id("d2")
    desk.remove("d2")
    assert [desk.refresh().outcome for _ in range(2)] == ["nothing", "nothing"]
    desk.put(d2=text(2))
    desk.refresh()
    desk.remove("d2")
    assert [desk.refresh().outcome for _ in range(3)] == ["nothing", "nothing", "published"]
    assert gone not in desk.live()
    with reading(desk.shop.engine) as connection:
        assert archive.withdrawn(connection, [gone]) == {gone: False}
        assert archive.document(connection, gone) is not None
    desk.put(d2=text(2))
    assert desk.refresh().outcome == "published"
    with reading(desk.shop.engine) as connection:
        assert archive.withdrawn(connection, [gone]) == {}


@pytest.mark.parametrize("how", ["silent", "failing", "partial", "newest"])
def test_a_source_that_gives_less_withdraws_nothing(desk: Desk, how: str) -> None:
    if how == "silent":
        desk.silent = True
    elif how == "failing":
        desk.silent = True
        desk.broken = (FetchFailed("https://a.example/feed", "timed out"),)
    elif how == "partial":
        desk.broken = (NoText(str(desk.folder / "d2.txt"), "holds no text"),)
        desk.remove("d2")
    else:
        desk.whole = False
        desk.remove("d2")
    for _ in range(5):
        assert desk.refresh().outcome == "nothing"
    assert len(desk.live()) == 10


def test_what_an_address_says_is_gone_goes(desk: Desk) -> None:
    desk.whole = False
    desk.remove("d2")
    desk.gone = (str(desk.folder / "d2.txt"),)
    assert [desk.refresh().outcome for _ in range(3)] == ["nothing", "nothing", "published"]
    assert desk.names() == [f"d{n}" for n in range(10) if n != 2]


def test_a_source_that_lost_most_of_its_documents_stops_the_refresh(desk: Desk) -> None:
    desk.remove(*(f"d{n}" for n in range(7)))
    outcomes = [desk.refresh() for _ in range(3)]
    assert [told.outcome for told in outcomes] == ["nothing", "nothing", "rejected"]
    assert [check.name for check in outcomes[-1].checks if not check.holds] == ["sources"]
    assert len(desk.live()) == 10
    assert desk.refresh(forced="the folder was cleared out").outcome == "published"
    assert desk.names() == ["d7", "d8", "d9"]


def test_what_was_withdrawn_stays_away_until_it_is_added(desk: Desk) -> None:
    gone = desk.id("d2")
    told = desk.withdraw("d2")
    assert (told.outcome, told.reason, told.withdrawn) == ("published", "a test", (gone,))
    made = desk.plan()
    assert not made.needed
    [refused] = made.refused
    assert "withdrawn by" in refused["reason"]
    assert "a test" in refused["reason"]
    desk.put(d2=text(2, "agreed on a truce"))
    assert desk.refresh().outcome == "nothing"
    assert gone not in desk.live()
    (error,) = put(desk.shop, desk.folder / "d2.txt").failed
    assert "withdrawn by" in str(error)
    assert "--restore takes it back" in str(error)
    assert gone not in desk.live()
    put(desk.shop, desk.folder / "d2.txt", restore=True)
    assert gone in desk.live()
    assert desk.refresh().outcome == "nothing"
    assert gone in desk.live()


def test_a_withdrawn_brief_is_not_built_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.shop = replace(desk.shop, starter=True, sources=lambda now, progress: ())
    desk.refresh()
    count = len(desk.live())
    shelf.withdraw(desk.shop.index, "busan-leaders-meeting", "wrong", NOW, False)
    rebuild(desk.shop, lambda done, total: None)
    assert desk.refresh().outcome == "published"
    assert len(desk.live()) == count - 1


def test_what_was_erased_is_gone_for_good(desk: Desk) -> None:
    gone = desk.id("d2")
    first = desk.current()
    desk.put(d1=text(1, "agreed on a truce"))
    desk.refresh()
    desk.plan()
    told = desk.withdraw("d2", erase=True)
    assert told.outcome == "published"
    assert [path.name for path in desk.shop.index.glob("2*")] == [told.build], "both held it"
    assert first not in {found.id for found in shelf.kept(desk.shop.index)}
    with reading(desk.shop.engine) as connection:
        assert archive.document(connection, gone) is None
        assert archive.withdrawn(connection, [gone]) == {gone: True}
    left = [p for p in desk.home.rglob("*") if p.is_file() and p.parent != desk.folder]
    assert not [p for p in left if b"met in Oslo on day 2" in p.read_bytes()]
    (desk.shop.index / shelf.WITHDRAWN).unlink()
    assert [one["reason"] for one in desk.plan().refused] == ["erased for legal reasons"]
    put(desk.shop, desk.folder / "d2.txt", restore=True)
    assert gone not in desk.live()


def test_a_withdrawal_that_was_killed_is_finished_by_the_next_refresh(desk: Desk) -> None:
    shelf.withdraw(desk.shop.index, desk.id("d2"), "wrong", NOW, False)
    assert desk.refresh().outcome == "published"
    assert "d2" not in desk.names()


def test_a_candidate_that_entered_the_index_before_a_kill_is_published(desk: Desk) -> None:
    desk.put(d1=text(1, "agreed on a truce"))
    made = desk.plan()
    assert made.build is not None
    (desk.home / "plans" / made.id / made.build).rename(desk.shop.index / made.build)
    assert desk.refresh(made).outcome == "published"
    assert desk.current() == made.build


def test_a_second_refresh_says_who_holds_the_lock(desk: Desk) -> None:
    with lock(desk.home), pytest.raises(Locked, match=f"process {os.getpid()}"):
        desk.refresh()


def test_nobody_waits_long_for_the_write_lock(tmp_path: Path) -> None:
    """Each writing transaction is timed by the processor time that it takes: other programs are not."""
    desk = Desk(tmp_path / "home")
    desk.fill(100)
    long = " ".join(text(n) for n in range(300))
    for n in range(20):
        desk.put(**{f"long{n}": f"Long {n}\n\n{long} {text(n + 1000)}"})
    begun = 0.0
    writes: list[float] = []
    wrote = False

    def begin(connection: Connection) -> None:
        nonlocal begun, wrote
        begun, wrote = time.thread_time(), False

    def execute(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        nonlocal wrote
        wrote |= not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN"))

    def commit(connection: Connection) -> None:
        if wrote:
            writes.append(time.thread_time() - begun)

    for name, listener in (("begin", begin), ("before_cursor_execute", execute), ("commit", commit)):
        event.listen(desk.shop.engine, name, listener)
    assert desk.refresh().outcome == "published"
    assert len(writes) >= 120 / LOT
    assert max(writes) < 0.05


def test_seen_counts_only_what_it_can_know(desk: Desk) -> None:
    before = seen.read(desk.home)
    assert before.absences() == {}
    desk.remove("d2", "d3")
    after = seen.after(before, desk.gathered(NOW), NOW)
    assert set(after.absences().values()) == {1}
    assert len(after.absences()) == 2
    twice = seen.after(after, desk.gathered(NOW), NOW)
    assert set(twice.absences().values()) == {2}
    assert seen.of_json(seen.to_json(twice)) == twice
