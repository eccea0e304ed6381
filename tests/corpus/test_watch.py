"""One process that refreshes: each source in its turn, through failures, until it is told to end."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from corpus import seen
from corpus.refresh import Web, Workshop, live_documents, lock
from corpus.watch import watch
from retrieval import builds
from tests.bot.program import environment
from tests.corpus.changing import text
from tests.corpus.workshop import workshop, write

SOURCE = """[[source]]
name = "{name}"
kind = "folder"
path = "{name}"
publisher = "A ministry"
tier = "official"
licence = "CC0"
interval = "6h"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    listed = tmp_path / "sources.toml"
    listed.write_text("".join(SOURCE.format(name=name) for name in ("one", "two")))
    write(tmp_path / "one", d0=text(0), d1=text(1))
    write(tmp_path / "two", d2=text(2))
    return replace(workshop(tmp_path / "home"), web=Web(sources=listed))


@contextmanager
def watching(shop: Workshop) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(shop, stop, 0.05))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def times(shop: Workshop) -> set[str]:
    return set(seen.read(shop.home).times)


def test_each_source_is_refreshed_and_not_again_before_its_time(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "corpus.watch")
    with watching(shop):
        until(lambda: times(shop) == {"one", "two"})
        until(lambda: caplog.text.count("next about") == 2)
    assert len(live_documents(shop)) == 3
    assert "one: published" in caplog.text
    before = seen.read(shop.home)
    caplog.clear()
    with watching(shop):
        until(lambda: caplog.text.count("first at") == 2)
        time.sleep(0.2)
    assert seen.read(shop.home) == before
    due = before.times["one"] + timedelta(hours=6)
    assert f"one: every 6h, first at {due:%Y-%m-%d %H:%M} UTC" in caplog.text


def test_it_waits_for_the_lock_and_outlives_a_failure(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "corpus.watch")
    with lock(shop.home), watching(shop):
        until(lambda: "another refresh is running" in caplog.text)
    assert times(shop) == set()
    failing = replace(shop, encoder=lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    with watching(failing):
        until(lambda: caplog.text.count("failed, the live build stays") == 2)
    with watching(shop):
        until(lambda: times(shop) == {"one", "two"})


def test_stopped_in_the_middle_of_a_refresh_nothing_is_half_done(shop: Workshop) -> None:
    begun, stop = threading.Event(), threading.Event()
    bag = shop.encoder()

    def encoder() -> object:
        begun.set()
        assert stop.wait(20)
        return bag

    thread = threading.Thread(target=watch, args=(replace(shop, encoder=encoder), stop))  # type: ignore[arg-type]
    thread.start()
    assert begun.wait(20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert not (shop.index / "CURRENT").exists()
    assert list((shop.home / "plans").iterdir()) == []
    with watching(shop):
        until(lambda: times(shop) == {"one", "two"})
    builds.check(shop.index, builds.current(shop.index))


def test_sigterm_ends_the_process_cleanly(shop: Workshop) -> None:
    home, listed = str(shop.home), str(shop.web.sources)
    with (
        lock(shop.home),
        subprocess.Popen(
            [sys.executable, "-m", "bot", "corpus", "watch"],
            cwd=shop.home, stderr=subprocess.PIPE, text=True,
            env=environment(TALKS_HOME=home, STARTER_CORPUS="false", CORPUS_SOURCES=listed),
        ) as process,
    ):  # fmt: skip
        assert process.stderr is not None
        lines: list[str] = []
        while not any("another refresh is running" in line for line in lines):
            lines.append(process.stderr.readline())
            assert lines[-1], lines
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert any("one: every 6h, first at" in line for line in lines)
