"""The gate lets nothing through that is broken, shrunk or worse, and says why."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus import checks, plan, report
from corpus.checks import Limits, Size
from corpus.errors import BadPlan, NoSpace
from corpus.exam import Exam, Marks
from retrieval import builds
from tests.corpus.changing import Desk, text

EXAM = Exam(Marks(0.9, 0.9), Marks(0.9, 0.9), 50, 25, 3, ())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "home")
    made.fill(10)
    assert made.refresh().outcome == "published"
    return made


@pytest.mark.parametrize(
    ("recall", "abstention", "held"),
    [
        (0.9, 0.9, [True, True]),
        (0.88, 0.88, [True, True]),
        (0.879, 0.9, [False, True]),
        (0.9, 0.879, [True, False]),
        (1.0, 1.0, [True, True]),
        (None, None, [True, True]),
    ],
)
def test_golden_questions_may_fall_by_two_points(
    recall: float | None, abstention: float | None, held: list[bool]
) -> None:
    exam = replace(EXAM, candidate=Marks(recall, abstention))
    assert [check.holds for check in checks.golden(exam, Limits())] == held


def test_golden_questions_have_a_floor_even_where_nothing_is_live() -> None:
    exam = replace(EXAM, live=None, candidate=Marks(0.6, 0.3))
    assert [c.holds for c in checks.golden(exam, Limits(recall=0.6, abstention=0.31))] == [True, False]
    assert "3 questions skipped" in checks.golden(exam, Limits())[0].found


@pytest.mark.parametrize(
    ("before", "after", "holds"), [(10, 8, True), (10, 7, False), (3, 2, True), (3, 1, False), (1, 0, True)]
)
def test_a_source_may_lose_a_fifth_or_one(before: int, after: int, holds: bool) -> None:
    check = checks.shrunk([Size("a", 5, 9), Size("b", before, after)], Limits())
    assert check.holds is holds
    assert ("b from" in check.found) is not holds


def test_a_build_that_does_not_fit_the_disk_is_not_begun(tmp_path: Path) -> None:
    checks.space(tmp_path / "not" / "there", 1)
    with pytest.raises(NoSpace, match="make room"):
        checks.space(tmp_path, 10**15)


@pytest.mark.parametrize("file", ["documents.jsonl", "passages.faiss", "vectors.npy", "manifest.json"])
def test_a_damaged_candidate_is_rejected_even_by_force(desk: Desk, file: str) -> None:
    before = desk.current()
    desk.put(d1=text(1, "agreed on a truce"))
    made = desk.plan()
    assert made.build is not None
    broken = plan.folder(desk.home, made.id) / made.build / file
    broken.write_bytes(broken.read_bytes()[:-7] + b"xxxxxxx")
    assert desk.refresh(made).outcome == "rejected"
    assert desk.refresh(made, "must be").outcome == "rejected"
    assert desk.current() == before


def test_quotes_that_do_not_resolve_are_found(desk: Desk) -> None:
    build = builds.load(desk.shop.index)
    _, found = checks.whole(desk.shop.index, build.id)
    assert [check.name for check in found] == ["loads", "checksums", "quotes"]
    assert all(check.holds for check in found)
    moved = np.array(build._sentences)
    moved[0, 2:] = (0, 9999)
    assert checks._unresolved(build) == ""
    assert "does not resolve" in checks._unresolved(replace(build, _sentences=moved))


def test_a_rejected_build_stays_with_its_report_and_may_be_forced(desk: Desk) -> None:
    before = desk.current()
    (desk.home / "golden").mkdir()
    gold = {"document": desk.id("d1"), "text": "The delegations met in Lima"}
    question = {"id": "g", "question": "Where did the delegations meet on day 1 in Lima?", "gold": [gold]}
    (desk.home / "golden" / "ours.jsonl").write_text(json.dumps(question) + "\n")
    others = {
        f"d{n}": text(n, "met in Lima on day 1, where delegations did meet in Lima") for n in range(2, 9)
    }
    desk.put(d1="Something else\n\nNothing of the kind is told any more.", **others)
    rejected = desk.refresh()
    assert rejected.outcome == "rejected"
    assert [check.name for check in checks.failed(rejected.checks)] == ["recall"]
    assert desk.current() == before
    assert rejected.plan is not None
    made = plan.read(desk.home, rejected.plan)
    assert made.build is not None
    assert (plan.folder(desk.home, made.id) / made.build / "manifest.json").is_file()
    forced = desk.refresh(made, "the story was withdrawn by its publisher")
    assert (forced.outcome, forced.forced, desk.current()) == ("published", True, made.build)
    told = report.kept(desk.home)[-1]
    assert told == forced
    assert told.by
    assert told.reason == "the story was withdrawn by its publisher"


def test_a_plan_is_refused_once_something_else_is_live(desk: Desk) -> None:
    desk.put(d1=text(1, "agreed on a truce"))
    first, second = desk.plan(), desk.plan()
    assert desk.refresh(first).outcome == "published"
    with pytest.raises(BadPlan, match="is live, and it was made for"):
        desk.refresh(second)
    assert report.kept(desk.home)[-1].outcome == "failed"
    assert desk.current() == first.build
