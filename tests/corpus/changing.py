"""A workshop whose one source is a folder of small texts, and the commands as a maintainer gives them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from corpus import extracted, gather, plan, publish, raw, seen
from corpus.checks import Limits
from corpus.errors import SourceError
from corpus.gather import Gathered
from corpus.plan import Plan
from corpus.refresh import Workshop, live_documents, lock
from corpus.report import Report
from retrieval import builds
from retrieval.types import Document
from tests.corpus.workshop import workshop, write
from tests.fakes import BagOfWords

#: What the texts are about: each names a place and a good that no other names.
PLACES = ("Porto", "Lima", "Oslo", "Quito", "Accra", "Hanoi", "Malmö", "Tunis", "Dakar", "Perth")
GOODS = ("copper", "barley", "timber", "rubber", "cotton", "salmon", "cement", "tin", "coffee", "wool")


def text(number: int, said: str = "agreed on nothing yet") -> str:
    """A text of three sentences."""
    place, good = PLACES[number % 10], GOODS[number // 10 % 10 if number > 9 else number]
    return (
        f"Report {number} from {place}\n\nThe delegations met in {place} on day {number} and {said}. "
        f"Their subject was {good}, of which {number + 3} shiploads wait. "
        f"Nobody spoke to reporters in {place}."
    )


@contextmanager
def quiet(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows no progress."""
    yield lambda done, total: None


@dataclass
class Desk:
    """A home, a folder of texts that is its one source, and what a maintainer does with them. `broken` are
    errors that the source gives besides; `silent`, that it gives nothing at all."""

    home: Path
    limits: Limits = field(default_factory=Limits)
    bag: BagOfWords = field(default_factory=BagOfWords)
    broken: tuple[SourceError, ...] = ()
    gone: tuple[str, ...] = ()
    whole: bool = True
    silent: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.shop: Workshop = replace(
            workshop(self.home, self.bag),
            sources=lambda now, progress: self.gathered(now),
            limits=self.limits,
        )

    @property
    def folder(self) -> Path:
        return self.home.parent / "texts"

    def gathered(self, now: object) -> list[Gathered]:
        files = [] if self.silent else gather.files(self.folder)
        given = gather.folder("texts", files, {}, now)  # type: ignore[arg-type]
        return [replace(given, failed=given.failed + self.broken, gone=self.gone, whole=self.whole)]

    def put(self, **texts: str) -> None:
        write(self.folder, **texts)

    def fill(self, count: int) -> None:
        self.put(**{f"d{n}": text(n) for n in range(count)})

    def remove(self, *names: str) -> None:
        for name in names:
            (self.folder / f"{name}.txt").unlink()

    def plan(self, answers: bool = True) -> Plan:
        with lock(self.home):
            return plan.make(self.shop, quiet, answers)

    def refresh(self, made: Plan | None = None, forced: str | None = None) -> Report:
        with lock(self.home):
            return publish.refresh(self.shop, quiet, made, forced)

    def fetch(self, name: str, said: str) -> Document:
        """The document of a page whose bytes lie under the home as they do after a fetch."""
        body = f"{name} from the web\n\nThe ministry said that it {said}.".encode()
        url, now = f"https://press.example/{name}", datetime.now(UTC)
        record = raw.Record(url, url, 200, now, len(body), raw.keep(self.home, body), "text/plain")
        raw.note(self.home, record)
        return extracted.document(self.home, body, record, {})

    def publish_fetched(self, document: Document) -> Report:
        """Publish a document as if a source had just given it."""
        given = Gathered("web", ((document.source.url or "", document),), whole=False)
        with lock(self.home):
            made = plan.of(self.shop, (given,), datetime.now(UTC), quiet, answers=True)
            return publish.refresh(self.shop, quiet, made)

    def extract_again(self) -> Report:
        with lock(self.home):
            return publish.refresh(self.shop, quiet, plan.again(self.shop, quiet))

    def rollback(self, build: str | None = None) -> Report:
        return publish.rollback(self.shop, build, quiet)

    def withdraw(self, name: str, erase: bool = False) -> Report:
        return publish.withdraw(self.shop, self.id(name), "a test", erase, quiet)

    def id(self, name: str) -> str:
        """The id of the document in the file of this name, as live or as last seen."""
        known = {*self.live(), *(id for of in seen.read(self.home).sightings.values() for id in of)}
        return next(id for id in sorted(known) if id.startswith(f"{name}-"))

    def live(self) -> dict[str, Document]:
        return live_documents(self.shop) if publish.current(self.shop) else {}

    def names(self) -> list[str]:
        """The names of the files whose documents are live."""
        return sorted(id.rsplit("-", 1)[0] for id in self.live())

    def current(self) -> str:
        return builds.current(self.shop.index)
