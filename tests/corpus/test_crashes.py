"""kill -9 at every step of a refresh: the live build is the old one or the new one, whole, and the next
refresh finishes the work.

The steps are what the interpreter's audit hook reports of the child's work on files: each opening,
renaming, listing, making and removing below its home. A child is killed just before one of them.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from retrieval import builds
from tests.corpus.workshop import put, workshop, write
from tests.fakes import BagOfWords

OLD = {"corn": "Corn will be shipped again from January.", "magnets": "Licences for magnets stay in force."}
NEW = {"corn": "Corn will be shipped again from March.", "ports": "Port fees are suspended for a year."}
WATCHED = {"open", "os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir", "os.scandir", "os.listdir"}
#: Every so many steps a child is killed; `make faults` takes every third.
STRIDE = int(os.environ.get("STRIDE", "7"))


def die_at(step: int, home: Path) -> None:
    """Kill this process just before its `step`-th touch of a file below `home`."""
    touched = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal touched
        if event in WATCHED and any(str(home) in str(a) for a in arguments[:2]):
            touched += 1
            if touched == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def refresh_and_die(home: Path, paths: list[Path], step: int) -> bool:
    """Add `paths` in a child that dies at `step`; whether it did, and had not finished before."""
    child = os.fork()
    if child == 0:
        try:
            shop = workshop(home)
            die_at(step, home)
            put(shop, *paths)
        except BaseException:  # noqa: BLE001  no test may go on in a child
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code != 0


def test_killed_at_any_step_the_corpus_is_old_or_new_and_goes_on(tmp_path: Path) -> None:
    before = tmp_path / "before"
    put(workshop(before), *write(tmp_path / "texts", **OLD))
    old = builds.current(before / "index")
    paths = write(tmp_path / "texts", **NEW)
    final = sorted((OLD | NEW).values())
    seen = set()
    for step in range(1, 1000, STRIDE):
        home = tmp_path / f"home-{step}"
        shutil.copytree(before, home)
        if not refresh_and_die(home, paths, step):
            break
        index = home / "index"
        found = builds.load(index)
        builds.check(index, found.id)
        texts = sorted(d.text for d in found.documents)
        assert texts == (sorted(OLD.values()) if found.id == old else final)
        seen.add(found.id == old)
        for folder in index.iterdir():
            if not folder.name.startswith(".") and folder.is_dir():
                builds.check(index, folder.name)
        report = put(workshop(home, BagOfWords()), *paths)
        assert sorted(d.text for d in builds.load(index).documents) == final
        assert report.failed == ()
        if report.published:
            assert not [p.name for p in index.iterdir() if p.name.startswith(".")]
        shutil.rmtree(home)
    assert step > 20, "the child touched fewer files than a build has"
    assert True in seen
