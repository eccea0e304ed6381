"""The commands that reach the web, typed as a person does, against a site on the loopback."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from corpus.cli import app
from corpus.fetch import Limits
from corpus.refresh import Web, Workshop, gathered, live_documents
from corpus.sources import SHIPPED
from tests.corpus.pages import REFUSED, made
from tests.corpus.site import Page, Site
from tests.corpus.workshop import workshop
from tests.fakes import BagOfWords

PAGES = {page.name: page for page in made()}


@pytest.fixture
def shop(tmp_path: Path, site: Site, bag: BagOfWords) -> Workshop:
    site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /private\n")
    web = Web(sources=tmp_path / "sources.toml", allowed=frozenset({site.host}), limits=Limits(pause=0))
    bare = replace(workshop(tmp_path, bag), web=web)
    return replace(bare, sources=partial(gathered, bare))


def talks(shop: Workshop, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, obj=lambda: shop)


def table(name: str, kind: str, url: str, more: str = "") -> str:
    return (
        f'[[source]]\nname = "{name}"\nkind = "{kind}"\nurl = "{url}"\npublisher = "Desk"\n'
        f'tier = "press"\nlicence = "our own"\n{more}\n'
    )


def test_a_page_is_added_from_its_address(shop: Workshop, site: Site) -> None:
    story = PAGES["jsonld-truce"]
    site.pages["/story"] = Page(story.html.encode())
    done = talks(shop, "add", site.url("/story"))
    assert done.exit_code == 0, done.output
    assert "new" in done.output
    (document,) = live_documents(shop).values()
    assert (document.source.title, document.source.published) == (story.title, story.date)
    assert document.source.url == site.url("/story")
    again = talks(shop, "add", site.url("/story"))
    assert (again.exit_code, "unchanged" in again.output) == (0, True)
    site.pages["/story"] = Page(story.html.replace("A year is", "Twelve months are").encode())
    assert "changed" in talks(shop, "add", site.url("/story")).output


def test_pages_and_files_are_added_together_and_failures_named(
    shop: Workshop, site: Site, tmp_path: Path
) -> None:
    site.pages |= {
        "/story": Page(PAGES["opengraph-truce"].html.encode()),
        "/wall": Page(next(p for p in REFUSED if p.stem == "paywall-box").read_bytes()),
    }
    file = tmp_path / "note.txt"
    file.write_text("The note says so.")
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        '{"text": "First line.", "title": "One"}\n{"text": "Second line.", "title": "Two"}\nbroken\n'
    )
    wanted = [site.url(path) for path in ("/story", "/wall", "/nothing", "/private")]
    done = talks(shop, "add", *wanted, str(file), str(lines), "http://localhost:1/", "--publisher", "Desk")
    assert done.exit_code == 1
    titles = {document.source.title for document in live_documents(shop).values()}
    assert titles == {PAGES["opengraph-truce"].title, "The note says so.", "One", "Two"}
    for said in ("behind a paywall", "HTTP 404", "robots.txt", "no public address", "lines.jsonl:3"):
        assert said in done.output, said


def test_an_address_is_not_told_its_own(shop: Workshop, site: Site) -> None:
    done = talks(shop, "add", site.url("/story"), "--url", "https://example.org/")
    assert done.exit_code == 2
    assert site.visits == []


def test_sources_are_listed(shop: Workshop) -> None:
    shop.web.sources.write_text(table("desk", "rss", "https://example.org/feed"))
    done = talks(shop, "sources", "list")
    assert done.exit_code == 0
    assert "desk" in done.output
    assert "enabled" in done.output
    done = talks(replace(shop, web=Web()), "sources", "list")
    assert "disabled: not yet checked" in done.output
    assert str(SHIPPED) in done.output


def test_a_check_shows_what_a_source_would_give(shop: Workshop, site: Site) -> None:
    site.pages |= {f"/{n}": Page(page.html.encode()) for n, page in enumerate(list(PAGES.values())[:5])}
    items = "".join(f"<item><link>/{n}</link><title>T</title></item>" for n in range(5))
    site.pages["/feed"] = Page(f"<rss><channel>{items}</channel></rss>".encode())
    shop.web.sources.write_text(table("desk", "rss", site.url("/feed")))
    done = talks(shop, "sources", "check", "--sample", "2")
    assert done.exit_code == 0, done.output
    assert "✓ desk: lists 5 pages, 5 without a date to read" in done.output
    assert done.output.count(" words)") == 2
    found = json.loads(talks(shop, "sources", "check", "desk", "--json").output)
    assert (found["source"], found["enabled"], found["listed"]) == ("desk", True, 5)
    assert [entry["title"] for entry in found["sample"]] == [p.title for p in list(PAGES.values())[:3]]
    assert found["wrong"] == []
    assert not shop.index.exists()


def test_a_check_says_what_is_wrong(shop: Workshop, site: Site) -> None:
    site.pages |= {
        "/empty": Page(b"<rss><channel></channel></rss>"),
        "/page": Page(b"<html><body>Welcome</body></html>"),
        "/wall": Page(REFUSED[0].read_bytes()),
    }
    off = 'enabled = false\nreason = "not yet checked"'
    shop.web.sources.write_text(
        table("empty", "rss", site.url("/empty"))
        + table("no-feed", "rss", site.url("/page"))
        + table("missing", "sitemap", site.url("/missing"))
        + table("wall", "page", site.url("/wall"))
        + table("off", "page", site.url("/off"), off)
        + table("unknown", "rss", "", off)
    )
    done = talks(shop, "sources", "check", "--json")
    assert done.exit_code == 1
    found = {entry["source"]: entry for entry in map(json.loads, done.output.splitlines())}
    wrong = {name: " ".join(entry["wrong"]) for name, entry in found.items()}
    assert "lists nothing" in wrong["empty"]
    assert "no feed and no sitemap" in wrong["no-feed"]
    assert "404" in wrong["missing"]
    assert "consent" in wrong["wall"]
    assert "gone" in wrong["off"]
    assert "has no url" in wrong["unknown"]
    assert (found["off"]["enabled"], found["off"]["reason"]) == (False, "not yet checked")
    # What is wrong with a disabled source is no failure, unless it was asked about.
    shop.web.sources.write_text(table("off", "page", site.url("/off"), off))
    assert talks(shop, "sources", "check").exit_code == 0
    assert talks(shop, "sources", "check", "off").exit_code == 1
    unknown = talks(shop, "sources", "check", "other")
    assert unknown.exit_code == 2
    assert "talks corpus sources list" in " ".join(unknown.output.replace("│", "").split())


def test_the_sources_that_ship_say_what_they_lack(shop: Workshop) -> None:
    done = talks(replace(shop, web=Web()), "sources", "check")
    assert done.exit_code == 0
    assert done.output.count("it has no url") == 13


def test_what_sources_hold_is_gathered_for_a_plan(shop: Workshop, site: Site) -> None:
    site.pages["/story"] = Page(PAGES["opengraph-truce"].html.encode())
    shop.web.sources.write_text(table("desk", "page", site.url("/story")))
    done = talks(shop, "plan", "--json", "--no-answers")
    assert done.exit_code == 0, done.output
    plan = json.loads(done.stdout)
    body, _extract = sorted((shop.home / "raw").rglob("*.gz"), key=lambda path: len(path.name))
    assert [entry["title"] for entry in plan["new"]] == [PAGES["opengraph-truce"].title]
    # What was last fetched long ago is pruned, and fetched again where it is still listed.
    os.utime(body, (0, 0))
    list(gathered(shop, datetime.now(UTC), lambda done, total: None))
    assert body.stat().st_mtime > 1
