"""What the tests of the corpus share: a web site on the loopback, and a fetcher that may go there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus.fetch import Fetcher, Limits
from tests.corpus.site import Site, serving

Make = Callable[..., Fetcher]


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as server:
        yield server


@pytest.fixture
def make_fetcher(tmp_path: Path, site: Site) -> Make:
    """Makes fetchers for the site that neither wait nor pause, with any argument given otherwise."""

    def make(**given: object) -> Fetcher:
        usual = {
            "allowed": frozenset({site.host}),
            "limits": Limits(size=200_000, seconds=3, wait=1, pause=0),
            "sleep": lambda seconds: None,
        }
        return Fetcher(tmp_path, **usual | given)  # type: ignore[arg-type]

    return make


@pytest.fixture
def fetcher(make_fetcher: Make) -> Fetcher:
    return make_fetcher()
