"""kill -9 just before every step of every command that changes the corpus, and a disk that is full.

The steps are what the interpreter's audit hook reports of the child's work on files below its home, and each
beginning and commit of a transaction. After each death the live build is the one before or the one after,
whole, the archive holds all that it quotes, and the same command again does its work.
"""

import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import event

from corpus import archive, plan, publish, report, shelf
from corpus.checks import Limits
from corpus.plan import Plan
from migrations.database import reading
from retrieval import builds
from retrieval.types import Document
from tests.corpus.changing import Desk, text
from tests.corpus.workshop import put

WATCHED = {"open", "os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir", "os.scandir", "os.listdir"}
#: Every so many steps a child is killed; `make faults` takes each.
STRIDE = int(os.environ.get("STRIDE", "37"))
LIMITS = Limits(absences=1)


@dataclass(frozen=True)
class Command:
    """What is killed, on a desk whose eight texts are live and changed since, and the names live after."""

    run: Callable[[Desk], object]
    live: frozenset[str]
    erased: bool = False


def newest(desk: Desk) -> Plan:
    return plan.read(desk.home, max(path.name for path in (desk.home / "plans").iterdir()))


def publish_plan(desk: Desk) -> None:
    """Publish the plan that waits, unless that was done already."""
    made = newest(desk)
    if desk.current() != made.build:
        desk.refresh(made)


def first_build(desk: Desk) -> str:
    return min(found.id for found in shelf.kept(desk.shop.index))


OLD = frozenset(f"d{n}" for n in range(8))
COMMANDS = {
    "refresh": Command(lambda desk: desk.refresh(), (OLD | {"new"}) - {"d7"}),
    "plan": Command(lambda desk: desk.plan(), OLD - {"d4"}),
    "publish": Command(publish_plan, (OLD | {"new"}) - {"d7"}),
    "rollback": Command(lambda desk: desk.rollback(first_build(desk)), OLD - {"d4"}),
    "withdraw": Command(lambda desk: desk.withdraw("d2"), OLD - {"d2", "d4"}),
    "erase": Command(lambda desk: desk.withdraw("d2", erase=True), OLD - {"d2", "d4"}, erased=True),
    "add": Command(lambda desk: put(desk.shop, desk.folder / "new.txt"), (OLD | {"new"}) - {"d4"}),
    "restore": Command(lambda desk: put(desk.shop, desk.folder / "d4.txt", restore=True), OLD),
    "re-extract": Command(lambda desk: desk.extract_again(), (OLD | {"story"}) - {"d4"}),
    "prune": Command(lambda desk: publish.prune(desk.shop, 1), OLD - {"d4"}),
}


def prepare(home: Path, name: str) -> None:
    """Two builds, a third in a plan where one is published; sources that changed, gained and lost one."""
    desk = Desk(home, LIMITS)
    desk.fill(8)
    assert desk.refresh().outcome == "published"
    if name not in ("refresh", "publish"):
        desk.withdraw("d4")
    if name == "re-extract":
        assert desk.publish_fetched(desk.fetch("story", "agreed")).outcome == "published"
        desk.fetch("story", "agreed on nothing")
    desk.put(d1=text(1, "agreed on a truce"), new=text(10))
    desk.remove("d7")
    if name in ("publish", "erase", "prune"):
        assert desk.plan().needed
    desk.shop.engine.dispose()


def die_at(step: int, desk: Desk) -> None:
    """Kill this process just before its `step`-th touch of a file below the home, or of the database."""
    touched = 0

    def touch(*_: object) -> None:
        nonlocal touched
        touched += 1
        if touched == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(happened: str, arguments: tuple[object, ...]) -> None:
        if happened in WATCHED and any(str(desk.home) in str(a) for a in arguments[:2]):
            touch()

    for happened in ("begin", "commit"):
        event.listen(desk.shop.engine, happened, touch)
    sys.addaudithook(watch)


def in_a_child(home: Path, run: Callable[[Desk], object], before: Callable[[Desk], None]) -> int:
    """How a child ended that did this: 0, 1 for an error, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            desk = Desk(home, LIMITS)
            before(desk)
            run(desk)
        except BaseException:  # noqa: BLE001  no test may go on in a child
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def texts(desk: Desk) -> dict[str, str]:
    return {id: document.version for id, document in desk.live().items()}


def sound(desk: Desk, allowed: list[Mapping[str, str]], erased: bool) -> None:
    """The live build is one of those allowed, whole, and the archive has every text of it."""
    builds.check(desk.shop.index, desk.current())
    assert texts(desk) in allowed
    with reading(desk.shop.engine) as connection:
        for id, document in desk.live().items():
            kept = archive.document(connection, id, document.version)
            assert (erased and id.startswith("d2")) or unfetched(kept) == unfetched(document)


def unfetched(document: Document | None) -> Document | None:
    return document and replace(document, source=replace(document.source, fetched_at=None))


def settled(desk: Desk, command: Command, after: Mapping[str, str]) -> None:
    """The command again does its work, and a refresh after it leaves nothing half done."""
    command.run(desk)
    assert texts(desk) == after
    assert frozenset(desk.names()) == command.live
    assert desk.refresh().outcome in ("published", "nothing")
    left = [*desk.home.glob(".seen*"), *desk.shop.index.glob(".*"), *(desk.home / "reports").glob(".*")]
    assert left == []
    assert all((path / "plan.json").is_file() for path in (desk.home / "plans").iterdir())
    assert all(one.outcome in ("published", "nothing", "rejected") for one in report.kept(desk.home))


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_any_step_what_is_live_is_right_and_the_next_run_goes_on(tmp_path: Path, name: str) -> None:
    command = COMMANDS[name]
    prepare(tmp_path / "before", name)
    before = texts(Desk(tmp_path / "before", LIMITS))
    shutil.copytree(tmp_path / "before", tmp_path / "after")
    done = Desk(tmp_path / "after", LIMITS)
    command.run(done)
    after = texts(done)
    step = 1
    while True:
        home = tmp_path / f"step{step}"
        shutil.copytree(tmp_path / "before", home)
        ended = in_a_child(home, command.run, lambda desk, step=step: die_at(step, desk))  # type: ignore[misc]
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        desk = Desk(home, LIMITS)
        sound(desk, [before, after], command.erased)
        settled(desk, command, after)
        desk.shop.engine.dispose()
        shutil.rmtree(home)
        step += STRIDE
    assert step > 1


@pytest.mark.parametrize("size", [100, 1_000, 4_000, 10_000, 30_000])
def test_a_full_disk_changes_nothing_and_room_lets_it_go_on(tmp_path: Path, size: int) -> None:
    """No file may grow beyond `size`: writing then fails as on a full disk."""

    def fill(desk: Desk) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    prepare(tmp_path / "home", "refresh")
    desk = Desk(tmp_path / "home", LIMITS)
    before = texts(desk)
    assert in_a_child(desk.home, COMMANDS["refresh"].run, fill) == 1
    sound(desk, [before], erased=False)
    assert desk.refresh().outcome == "published"
    assert frozenset(desk.names()) == COMMANDS["refresh"].live
