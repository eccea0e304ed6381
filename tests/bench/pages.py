"""How long the review pages take over a long log: `python -m tests.bench.pages --exchanges 100000`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings
from migrations import database
from tests.bench.measures import Line, quantile, table
from tests.review.many import fill
from tests.review.pages import Browser

PAGES = {
    "queue": "/queue",
    "near misses": "/queue?reason=near",
    "all, newest first": "/queue?reason=all",
    "search: soybeans": "/queue?q=soybeans",
    'search: "would wait", a phrase': "/queue?q=%22would+wait%22&field=reply",
    "quotes of one document": "/queue?document=made-003",
    "trends of a year": "/trends?days=364",
}


def main() -> int:
    """Prints a line a page; no time is held to a limit, since machines differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--exchanges", type=int, default=100_000, help="exchanges in the log (%(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="times that each page is asked (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talks-bench-") as name:
        settings = Settings(_env_file=None, talks_home=Path(name), answer_threshold=0.5)
        engine = database.engine(settings.database)
        database.upgrade(engine)
        print(f"writing {options.exchanges} exchanges …", file=sys.stderr, flush=True)
        began = time.perf_counter()
        fill(engine, options.exchanges)
        lines = [Line("writing the log", f"{time.perf_counter() - began:.1f} s")]
        with Browser(settings, engine, "reviewer", "maintainer") as browser:
            for what, path in PAGES.items():
                lines.append(_line(what, options.rounds, lambda path=path: browser.look(path)))
            place = browser.submit("/next").headers["location"]
            lines.append(_line("one exchange", options.rounds, lambda: browser.look(place)))
            lines.append(_line("the next", options.rounds, lambda: browser.submit("/next")))
    print(f"review pages over {options.exchanges} exchanges, in milliseconds\n\n{table(lines)}")
    return 0


def _line(what: str, rounds: int, show: Callable[[], object]) -> Line:
    took = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        show()
        took.append(1000 * (time.perf_counter() - began))
    # The first draws the sample and compiles the template.
    return Line(what, f"p50 {quantile(took[1:], 0.5):.0f}, p95 {quantile(took[1:], 0.95):.0f}")


if __name__ == "__main__":
    sys.exit(main())
