"""Whatever a maintainer does, in any order: quotes once shown resolve, passages answer for themselves."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from corpus import archive, publish, shelf
from corpus.checks import Limits
from corpus.refresh import lock
from migrations.database import reading
from retrieval import builds
from retrieval.reading import embedded_text
from retrieval.types import version_of
from tests.corpus.changing import Desk, text

NAMES = tuple(f"d{n}" for n in range(8))
SAID = ("a truce", "a pause", "copper", "nothing", "another round in Lima")
names = st.sampled_from(NAMES)


class Killed(BaseException):
    """Ends a command where it stands, as a kill does: nothing catches it."""


class Maintainer(RuleBasedStateMachine):
    """Puts texts into a folder and takes them out, plans, refreshes, goes back, withdraws, and dies."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="talks-properties-"))
        # A source may lose all at once here: what is tried is not the gate.
        self.desk = Desk(self.root / "home", Limits(shrink=1.0, absences=2))
        self.logged: set[tuple[str, str, int, int, str]] = set()
        self.checked = ""

    def teardown(self) -> None:
        self.desk.shop.engine.dispose()
        shutil.rmtree(self.root)

    @initialize()
    def begin(self) -> None:
        self.desk.fill(4)
        self.desk.refresh()

    @rule(name=names, said=st.sampled_from(SAID))
    def put(self, name: str, said: str) -> None:
        self.desk.put(**{name: text(int(name[1:]), f"agreed on {said}")})

    @rule(name=names)
    def take_out(self, name: str) -> None:
        (self.desk.folder / f"{name}.txt").unlink(missing_ok=True)

    @rule()
    def refresh(self) -> None:
        self.desk.refresh()

    @rule(name=names, said=st.sampled_from(SAID))
    def publish_a_plan(self, name: str, said: str) -> None:
        made = self.desk.plan()
        self.put(name=name, said=said)
        if made.needed:
            assert self.desk.refresh(made).build == made.build

    @rule(said=st.sampled_from(SAID), then=st.sampled_from(SAID))
    def extract_again(self, said: str, then: str) -> None:
        """A page is fetched and published, and another extractor reads something else in it."""
        self.desk.publish_fetched(self.desk.fetch("web", f"agreed on {said}"))
        live = dict(self.desk.live())
        after = self.desk.fetch("web", f"agreed on {then}")
        self.desk.extract_again()
        if after.id in live:
            assert self.desk.live()[after.id].version == after.version

    @rule(pick=st.integers(0, 100))
    def go_back(self, pick: int) -> None:
        kept = shelf.kept(self.desk.shop.index)
        self.desk.rollback(kept[pick % len(kept)].id)

    @precondition(lambda self: len(self.desk.live()) > 1)
    @rule(pick=st.integers(0, 100))
    def withdraw(self, pick: int) -> None:
        live = sorted(self.desk.live())
        gone = live[pick % len(live)]
        self.desk.withdraw(gone.rsplit("-", 1)[0])
        assert gone not in self.desk.live()

    @rule(after=st.integers(1, 30))
    def die(self, after: int) -> None:
        """Refresh, and die at one of the reports of progress."""
        reports = 0

        @contextmanager
        def step(what: str) -> Iterator[Callable[[int, int], None]]:
            def told(done: int, total: int) -> None:
                nonlocal reports
                reports += 1
                if reports >= after:
                    raise Killed

            told(0, 0)
            yield told

        before = self.desk.current()
        try:
            with lock(self.desk.home):
                publish.refresh(self.desk.shop, step)
        except Killed:
            assert self.desk.current() == before

    @rule(keep=st.integers(1, 3))
    def prune(self, keep: int) -> None:
        publish.prune(self.desk.shop, keep)

    @invariant()
    def every_passage_answers_for_itself(self) -> None:
        if not (self.desk.shop.index / "CURRENT").exists() or self.desk.current() == self.checked:
            return
        build = builds.load(self.desk.shop.index)
        builds.check(self.desk.shop.index, build.id)
        assert not {d.id for d in build.documents} & shelf.withdrawn(self.desk.shop.index).keys()
        for row in range(build.manifest.passages):
            passage = build.passage(row)
            assert version_of(passage.document.text) == passage.document.version
            own = embedded_text(passage.document, passage.span)
            rows, _ = build.index.search(self.desk.bag.encode([own], "document")[0], 1)
            nearest = build.passage(int(rows[0]))
            assert embedded_text(nearest.document, nearest.span) == own
            _, spans = build.sentences_of(row)
            for span in spans:
                said = passage.document.slice(span)
                self.logged.add((passage.document.id, passage.document.version, span.start, span.end, said))
        self.checked = build.id

    @invariant()
    def every_quote_ever_shown_resolves(self) -> None:
        with reading(self.desk.shop.engine) as connection:
            for document, version, start, end, said in self.logged:
                kept = archive.document(connection, document, version)
                assert kept is not None
                assert kept.text[start:end] == said


Maintainer.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestMaintainer = Maintainer.TestCase
