"""Kept pages: extracted once, extracted again when what extracts changes, and erased with their document."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Lock

import pytest

from corpus import archive, collect, plan, publish, raw
from corpus.fetch import Fetcher, Limits
from corpus.refresh import Web, Workshop, add, live_documents, lock
from migrations.database import reading
from retrieval.types import version_of
from tests.corpus.changing import quiet
from tests.corpus.pages import made
from tests.corpus.site import Page, Site, Visit, serving
from tests.corpus.test_sources import NOW, no_encoder, supplier
from tests.corpus.workshop import workshop

STORY = next(page for page in made() if page.name == "jsonld-truce")
CHANGED = Page(STORY.html.replace("</h1>", "</h1><p>It was changed since then.</p>").encode())


@pytest.fixture
def shop(tmp_path: Path, site: Site) -> Workshop:
    site.pages["/story"] = Page(STORY.html.encode())
    web = Web(allowed=frozenset({site.host}), limits=Limits(pause=0))
    shop = replace(workshop(tmp_path / "home"), web=web)
    add(shop, [site.url("/story")], {}, lambda done, total: None)
    return shop


def rewrite(shop: Workshop, old: str, new: str) -> int:
    """Put other words into every kept extract, as another extractor would; how many there were."""
    extracts = list((shop.home / "raw").glob("??/*.*.gz"))
    for path in extracts:
        fields = json.loads(gzip.decompress(path.read_bytes()))
        assert old in fields["text"]
        fields["text"] = fields["text"].replace(old, new)
        fields["version"] = version_of(fields["text"])
        path.write_bytes(gzip.compress(json.dumps(fields).encode()))
    return len(extracts)


def test_the_same_page_is_extracted_once(shop: Workshop, site: Site) -> None:
    word = STORY.text.split()[0]
    assert rewrite(shop, word, "Altered") == 1
    fetcher = shop.fetcher()
    document = collect.page(site.url("/story"), fetcher, {})
    assert "Altered" in document.text
    assert document.source.extractor is not None
    site.pages["/story"] = CHANGED
    assert "Altered" not in collect.page(site.url("/story"), fetcher, {}).text


def test_an_upgrade_of_the_extractor_is_planned_without_the_network(shop: Workshop, site: Site) -> None:
    (before,) = live_documents(shop).values()
    asked = len(site.visits)

    def again() -> plan.Plan:
        with lock(shop.home):
            return plan.again(shop, quiet)

    assert not again().needed
    word = STORY.text.split()[0]
    assert rewrite(shop, word, "Altered") == 2
    planned = again()
    assert [entry["before"] for entry in planned.changed] == [before.version]
    with lock(shop.home):
        assert publish.refresh(shop, quiet, planned).outcome == "published"
    (after,) = live_documents(shop).values()
    assert (after.id, "Altered" in after.text) == (before.id, True)
    with reading(shop.engine) as connection:
        assert len(archive.versions(connection, before.id)) == 2
        assert archive.document(connection, before.id, before.version) == before
    assert len(site.visits) == asked
    raw.prune(shop.home, NOW.replace(year=2100))
    assert not again().needed


def test_what_is_erased_leaves_no_page_behind(shop: Workshop, site: Site) -> None:
    (document,) = live_documents(shop).values()
    site.pages["/story"] = CHANGED
    collect.page(site.url("/story"), shop.fetcher(), {})
    assert len(list((shop.home / "raw").glob("??/*.gz"))) == 4
    publish.withdraw(shop, document.id, "a court said so", True, quiet)
    assert list((shop.home / "raw").glob("??/*.gz")) == []
    assert list(raw.records(shop.home)) == []


def fetcher(home: Path, *sites: Site) -> Fetcher:
    allowed = frozenset(site.host for site in sites)
    return Fetcher(home, allowed, limits=Limits(size=200_000, seconds=9, wait=9, pause=0))


def test_several_hosts_are_asked_at_once(tmp_path: Path, site: Site) -> None:
    both = Barrier(2, timeout=8)

    def page(visit: Visit) -> None:
        both.wait()
        Page(STORY.html.encode())(visit)

    with serving() as other:
        site.pages["/story"] = other.pages["/story"] = page
        of = [supplier(name=n, kind="page", url=s.url("/story")) for n, s in (("a", site), ("b", other))]
        steps: list[tuple[int, int]] = []
        found = collect.every(
            of, Path(), fetcher(tmp_path, site, other), no_encoder, NOW, lambda *step: steps.append(step)
        )
        assert [(g.source, len(g.found)) for g in found] == [("a", 1), ("b", 1)]
    assert steps[-1] == (2, 2)


def test_one_host_is_asked_one_thing_at_a_time(tmp_path: Path, site: Site) -> None:
    busy = Lock()

    def page(visit: Visit) -> None:
        alone = busy.acquire(blocking=False)
        Page(STORY.html.encode() if alone else b"", 200 if alone else 500)(visit)
        if alone:
            busy.release()

    paths = [f"/story/{n}" for n in range(6)]
    site.pages |= dict.fromkeys(paths, page)
    of = [supplier(name=f"s{n}", kind="page", url=site.url(path)) for n, path in enumerate(paths)]
    found = list(collect.every(of, Path(), fetcher(tmp_path, site), no_encoder, NOW, lambda *step: None))
    assert [len(g.found) for g in found] == [1] * 6
