"""One process that refreshes each source when its interval is over, one at a time, until it is told to end.

When a source was last gathered is kept beside the builds, so a new start does not ask everything again at
once. A refresh that fails is logged, and the source's turn comes again.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from corpus import publish, seen, sources
from corpus.errors import Locked
from corpus.refresh import Workshop, gathered, lock
from corpus.report import Report

log = logging.getLogger(__name__)

#: Seconds until another try where another refresh holds the lock.
AGAIN = 60.0
#: The share of an interval that a turn comes earlier or later, so that sites do not see us on the minute.
JITTER = 0.05


class Stopped(BaseException):
    """Ends a refresh between two of its steps: nothing but the end of `watch` catches it."""


def watch(shop: Workshop, stop: Event, again: float = AGAIN) -> None:
    """Refresh the enabled sources of the workshop's file until `stop` is set; a refresh that is under way
    then ends at its next step, which is safe. Raises: BadEntry for a file that cannot be read."""
    suppliers = [s for s in sources.load(shop.web.sources) if s.enabled]
    if not suppliers:
        log.warning("no source in %s is enabled: nothing to watch", shop.web.sources)
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    last = seen.read(shop.home).times
    now = datetime.now(UTC)
    for supplier in suppliers:
        due = max(now, last[supplier.name] + supplier.every) if supplier.name in last else now
        every = supplier.every.total_seconds()
        scheduler.add_job(
            partial(_turn, shop, supplier.name, supplier.every, stop, again),
            IntervalTrigger(seconds=int(every), start_date=due, jitter=int(JITTER * every)),
            id=supplier.name,
            next_run_time=due,
        )
        log.info("%s: every %s, first at %s", supplier.name, supplier.interval, _clock(due))
    scheduler.start()
    stop.wait()
    log.info("ending")
    scheduler.shutdown()


def _turn(shop: Workshop, source: str, every: timedelta, stop: Event, again: float) -> None:
    """One refresh of one source; whatever goes wrong is logged, for the next turn will come."""
    only = replace(shop, sources=partial(gathered, shop, only=source))
    try:
        while not stop.is_set():
            try:
                with lock(shop.home):
                    told = publish.refresh(only, partial(_step, source, stop))
            except Locked as held:
                log.info("%s: %s", source, held)
                stop.wait(again)
            else:
                _tell(source, told)
                break
    except Stopped:
        log.info("%s: stopped, the live build stays", source)
        return
    except Exception as error:
        log.exception("%s: failed, the live build stays: %s", source, error)
    log.info("%s: next about %s", source, _clock(datetime.now(UTC) + every))


@contextmanager
def _step(source: str, stop: Event, what: str) -> Iterator[Callable[[int, int], None]]:
    last = 0

    def progress(done: int, of: int) -> None:
        nonlocal last
        last = of
        if stop.is_set():
            raise Stopped

    progress(0, 0)
    yield progress
    if last:
        log.info("%s: %s: %d", source, what, last)


def _tell(source: str, told: Report) -> None:
    for failure in (*told.failed, *told.refused):
        log.warning("%s: %s: %s", source, failure["address"], failure["reason"])
    for check in told.checks:
        if not check.holds:
            log.warning("%s: check %s: %s", source, check.name, check.found)
    changes = ", ".join(f"{told.counts.get(name, 0)} {name}" for name in ("new", "changed", "vanished"))
    log.info("%s: %s in %.1f s, %s, live build %s", source, told.outcome, told.seconds, changes, told.build)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
