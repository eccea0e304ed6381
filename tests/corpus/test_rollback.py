"""Going back is publishing an older build, without what was withdrawn since."""

from pathlib import Path

import pytest

from corpus import publish, refresh, report, shelf
from corpus.errors import CorpusError, Unknown
from retrieval import builds
from retrieval.errors import NoBuild
from tests.corpus.changing import Desk, text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "home")
    made.fill(6)
    assert made.refresh().outcome == "published"
    return made


def change(desk: Desk, said: str) -> str:
    desk.put(d1=text(1, said))
    assert desk.refresh().outcome == "published"
    return desk.current()


def test_back_to_what_was_live_before(desk: Desk) -> None:
    first = desk.current()
    second = change(desk, "agreed on a truce")
    told = desk.rollback()
    assert (told.outcome, told.before, told.build) == ("published", second, first)
    assert desk.current() == first
    assert "nothing yet" in desk.live()[desk.id("d1")].text
    assert report.kept(desk.home)[-1] == told


def test_further_back_each_time_and_forward_by_name(desk: Desk) -> None:
    first = desk.current()
    second = change(desk, "agreed on a truce")
    third = change(desk, "agreed on a pause")
    assert [desk.rollback().build, desk.rollback().build] == [second, first]
    with pytest.raises(NoBuild, match="nothing to go back to"):
        desk.rollback()
    assert desk.rollback(third).build == third
    assert desk.rollback(third).outcome == "nothing"


def test_a_build_is_named_by_how_it_begins(desk: Desk) -> None:
    first = desk.current()
    change(desk, "agreed on a truce")
    assert desk.rollback(first[:-4]).build == first
    with pytest.raises(NoBuild, match="talks corpus history"):
        desk.rollback("1999")
    with pytest.raises(NoBuild, match="begins 2 builds"):
        desk.rollback(first[:2])


def test_what_was_withdrawn_since_does_not_come_back(desk: Desk) -> None:
    first = desk.current()
    change(desk, "agreed on a truce")
    desk.withdraw("d2")
    desk.bag.embedded.clear()
    told = desk.rollback(first)
    assert told.outcome == "published"
    assert told.build != first
    assert (told.parent, told.withdrawn, told.embedded) == (first, (report_id(desk, "d2"),), 0)
    assert desk.names() == ["d0", "d1", "d3", "d4", "d5"]
    assert "nothing yet" in desk.live()[desk.id("d1")].text
    assert not [t for t in desk.bag.embedded if "Oslo" in t]


def report_id(desk: Desk, name: str) -> str:
    return next(id for id in shelf.withdrawn(desk.shop.index) if id.startswith(name))


def test_back_from_a_withdrawal_is_what_was_before_it(desk: Desk) -> None:
    first = desk.current()
    change(desk, "agreed on a truce")
    desk.withdraw("d2")
    told = desk.rollback()
    assert told.parent == first
    assert "nothing yet" in desk.live()[desk.id("d1")].text


def test_a_refresh_after_going_back_brings_what_sources_hold(desk: Desk) -> None:
    change(desk, "agreed on a truce")
    desk.rollback()
    told = desk.refresh()
    assert (told.outcome, told.counts["changed"]) == ("published", 1)


def test_a_damaged_build_does_not_go_live_again(desk: Desk) -> None:
    first = desk.current()
    second = change(desk, "agreed on a truce")
    vectors = desk.shop.index / first / "vectors.npy"
    vectors.write_bytes(vectors.read_bytes()[:-4] + b"\1\2\3\4")
    with pytest.raises(CorpusError, match=r"cannot go live: vectors\.npy"):
        desk.rollback()
    assert desk.current() == second


def test_what_is_not_known_cannot_be_withdrawn(desk: Desk) -> None:
    with pytest.raises(Unknown, match="talks corpus list"):
        publish.withdraw(desk.shop, "nowhere", "a test", False, lambda what: None)  # type: ignore[arg-type,return-value]
    assert shelf.withdrawn(desk.shop.index) == {}


def test_the_last_document_can_be_withdrawn(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.fill(1)
    desk.refresh()
    assert desk.withdraw("d0").outcome == "published"
    assert desk.live() == {}
    assert desk.refresh().outcome == "nothing"


def test_pruning_keeps_the_newest_and_the_live_one(desk: Desk) -> None:
    first = desk.current()
    ids = [first, *(change(desk, f"agreed on {n}") for n in range(4))]
    desk.rollback(first)
    gone = publish.prune(desk.shop, 2)
    assert {id for id in gone if "plan" not in id} == set(ids[1:3])
    assert sorted(found.id for found in shelf.kept(desk.shop.index)) == [first, *ids[3:]]
    assert len(list((desk.home / "plans").iterdir())) == 2
    assert builds.load(desk.shop.index).id == first
    with pytest.raises(ValueError, match="at least one"):
        publish.prune(desk.shop, 0)


def test_every_publishing_is_told_and_only_the_newest_builds_stay(desk: Desk) -> None:
    first = desk.current()
    for number in range(shelf.KEPT):
        refresh.add(desk.shop, [_note(desk, number)], {}, lambda done, total: None)
    refresh.rebuild(desk.shop, lambda done, total: None)
    told = report.kept(desk.home)
    assert [one.command for one in told] == ["refresh", *["add"] * shelf.KEPT, "build"]
    assert all(one.by and one.outcome == "published" for one in told)
    assert told[1].counts == {"new": 1}
    kept = [found.id for found in shelf.kept(desk.shop.index)]
    assert len(kept) == shelf.KEPT
    assert first not in kept
    assert desk.current() == kept[0]
    assert desk.rollback().build == kept[1]


def _note(desk: Desk, number: int) -> Path:
    path = desk.home.parent / f"note{number}.txt"
    path.write_text(text(20 + number), "utf-8")
    return path
