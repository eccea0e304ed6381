"""Sources: their file, their feeds and sitemaps, and what they hold, from a site on the loopback."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from corpus import collect, feeds, sources
from corpus.errors import BadEntry, FetchFailed, FetchRefused, NotAnArticle
from corpus.fetch import Fetcher
from corpus.gather import Gathered
from corpus.sources import Supplier, Topic
from retrieval.encoder import Encoder
from tests.corpus.pages import REFUSED, made
from tests.corpus.site import Page, Site, redirect, trickle
from tests.fakes import BagOfWords

NOW = datetime(2025, 11, 20, tzinfo=UTC)
PAGES = {page.name: page for page in made()}
XML = "application/rss+xml"


def supplier(**given: object) -> Supplier:
    usual = {"name": "desk", "kind": "rss", "publisher": "Test Desk", "tier": "press", "licence": "our own"}
    return Supplier(**usual | given)  # type: ignore[arg-type]


def rss(*items: str) -> Page:
    return Page(
        f'<?xml version="1.0"?><rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode(),
        type=XML,
    )


def item(url: str, day: str = "Thu, 30 Oct 2025 06:00:00 GMT", guid: str = "", title: str = "A title") -> str:
    known = f"<guid>{guid}</guid>" if guid else ""
    return f"<item><title>{title}</title><link>{url}</link>{known}<pubDate>{day}</pubDate></item>"


def sitemap(*urls: str) -> Page:
    locations = "".join(f"<url><loc>{url}</loc><lastmod>2025-11-01</lastmod></url>" for url in urls)
    return Page(
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>'.encode(), type=XML
    )


def sitemaps(*urls: str) -> Page:
    locations = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return Page(
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</sitemapindex>'.encode()
    )


def no_encoder() -> Encoder:
    raise AssertionError("nothing here is embedded")


def gathered(
    of: Supplier, fetcher: Fetcher, beside: Path = Path(), encoder: Callable[[], Encoder] = no_encoder
) -> Gathered:
    return collect.documents(of, beside, collect.list_pages(of, beside, fetcher), fetcher, encoder, NOW)[0]


def articles(site: Site, count: int) -> list[str]:
    """Put so many different articles on the site; their paths."""
    whole = list(PAGES.values())
    for n in range(count):
        html = whole[n % len(whole)].html.replace(
            "</h1>", f" ({n})</h1><p>This is number {n} of the site.</p>", 1
        )
        site.pages[f"/story/{n}"] = Page(html.encode())
    return [f"/story/{n}" for n in range(count)]


# The file


def test_the_list_that_ships_is_valid_and_wholly_disabled() -> None:
    shipped = sources.load()
    assert len(shipped) >= 10
    assert not any(s.enabled for s in shipped)
    assert {s.reason for s in shipped} == {"not yet checked"}
    assert {"ustr", "treasury", "white-house", "federal-register", "mofcom"} <= {s.name for s in shipped}
    assert {s.tier for s in shipped} >= {"official", "wire"}


WHOLE = """
[[source]]
name = "desk"
kind = "rss"
url = "https://example.org/feed"
publisher = "Desk"
tier = "press"
licence = "our own"
include = ["*/press/*"]
exclude = ["*/video/*"]
language = "en"
interval = "6h"
limit = 20
[source.topic]
keywords = ["tariff*", "rare earth*"]
about = "trade talks"
"""


def test_a_source_is_read_with_all_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(WHOLE)
    (found,) = sources.load(path)
    assert (found.kind, found.every, found.limit) == ("rss", timedelta(hours=6), 20)
    assert found.enabled
    assert found.takes("https://example.org/press/1")
    assert not found.takes("https://example.org/press/video/1")
    assert not found.takes("https://example.org/about")
    assert found.topic is not None
    assert found.topic.named("Tariffs rose")
    assert found.topic.named("RARE EARTHS")
    assert not found.topic.named("a rare visit to the earth, and a tarif")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('kind = "rss"', 'kind = "feed"', "kind: "),
        ('tier = "press"', 'tier = "good"', "tier: "),
        ('publisher = "Desk"', "", "publisher: "),
        ('licence = "our own"', "", "licence: "),
        ('licence = "our own"', 'license = "our own"', "licen"),
        ('name = "desk"', 'name = "The Desk"', "name: "),
        ('name = "desk"', "", "number 1"),
        ('interval = "6h"', 'interval = "often"', "interval: "),
        ('interval = "6h"', 'interval = "0h"', "interval: "),
        ("limit = 20", "limit = 0", "limit: "),
        ('language = "en"', 'language = "English"', "language: "),
        ('url = "https://example.org/feed"', 'url = "example.org"', "url: "),
        ('url = "https://example.org/feed"', "", "has a url"),
        ('url = "https://example.org/feed"', 'path = "folder"', "has a url and no path"),
        ('kind = "rss"', 'kind = "folder"', "a folder has a path"),
        ('kind = "rss"', 'kind = "rss"\nenabled = false', "give a reason"),
        ('keywords = ["tariff*", "rare earth*"]\nabout = "trade talks"', "", "topic: "),
        ('about = "trade talks"', 'about = "x"\nleast = 2', "topic.least: "),
        ("[[source]]", "[source]", "two brackets"),
        ("[[source]]", "[[sources]]", "knows only [[source]]"),
        ('name = "desk"', 'name = "desk', "cannot be read"),
    ],
)
def test_a_mistake_in_the_file_names_the_source_and_the_key(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(WHOLE.replace(before, after, 1))
    with pytest.raises(BadEntry) as error:
        sources.load(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_two_sources_of_one_name_and_a_missing_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    with pytest.raises(BadEntry, match="cannot be read"):
        sources.load(path)
    path.write_text(WHOLE + WHOLE)
    with pytest.raises(BadEntry, match="two sources have this name"):
        sources.load(path)
    path.write_text("")
    assert sources.load(path) == ()


def test_a_disabled_source_needs_no_address(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(WHOLE.replace('url = "https://example.org/feed"', 'enabled = false\nreason = "soon"'))
    assert not sources.load(path)[0].enabled


# Feeds and sitemaps

BASE = "https://example.org/feeds/all"
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<entry><title type="html">One &amp; two</title><link rel="self" href="/self"/><link href="/one"/>
<published>2025-10-30T23:30:00-04:00</published><updated>2026-01-01T00:00:00Z</updated></entry>
<entry><title>Only updated</title><link rel="alternate" href="two"/>
<updated>2026-01-01T00:00:00Z</updated></entry>
</feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><item><title>Old</title><link>https://example.org/old</link>
<dc:date>2025-10-30</dc:date></item></rdf:RDF>"""
NEWS = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://example.org/n</loc><n:news><n:publication><n:name>Desk</n:name></n:publication>
<n:publication_date>2025-10-30</n:publication_date><n:title>News</n:title></n:news></url></urlset>"""


def links(text: str, **given: str) -> list[tuple[str, str, str | None]]:
    found = feeds.parse(text.encode(), BASE, **given).pages
    return [(link.url, link.title, link.published.isoformat() if link.published else None) for link in found]


def test_every_kind_of_feed_is_read() -> None:
    assert links(ATOM) == [
        ("https://example.org/one", "One & two", "2025-10-30"),
        ("https://example.org/feeds/two", "Only updated", None),
    ]
    assert links(RDF) == [("https://example.org/old", "Old", "2025-10-30")]
    assert links(NEWS) == [("https://example.org/n", "News", "2025-10-30")]
    assert links(rss(item("/a")).body.decode()) == [("https://example.org/a", "A title", "2025-10-30")]
    plain = sitemap("https://example.org/a", "https://example.org/b").body
    assert [link.published for link in feeds.parse(plain, BASE).pages] == [None, None]
    assert len(feeds.parse(gzip.compress(plain), BASE).pages) == 2


def test_entries_with_one_guid_are_told_apart_by_their_addresses() -> None:
    same = [item(f"/{n}", guid="tag:same") for n in range(3)] + [
        item("/1?utm_source=rss#top", guid="tag:other")
    ]
    found = feeds.parse(rss(*same).body, BASE)
    assert [link.url.rpartition("/")[2] for link in found.pages] == ["0", "1", "2"]
    assert found.repeated == 1


def test_a_guid_stands_in_for_a_missing_link() -> None:
    bare = "<item><guid>https://example.org/g</guid></item>"
    tagged = '<item><guid isPermaLink="false">17</guid></item>'
    found = feeds.parse(rss(bare, tagged, item("mailto:desk@example.org")).body, BASE)
    assert ([link.url for link in found.pages], found.nameless) == (["https://example.org/g"], 2)


@pytest.mark.parametrize(
    "day", ["yesterday", "Thu, 99 Oct 2025 06:00:00 GMT", "", "0000-00-00", "30/10", "2999-01-01", "Thu"]
)
def test_a_malformed_date_is_no_date(day: str) -> None:
    found = feeds.parse(rss(item("/a", day)).body, BASE)
    assert (found.pages[0].published, found.undated) == (None, 1)


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    whole = rss(item("/a"), item("/b"), item("/c")).body
    found = feeds.parse(whole[: whole.index(b"/c")], BASE)
    assert [link.url for link in found.pages][:2] == ["https://example.org/a", "https://example.org/b"]


def test_a_feed_in_another_encoding_is_read() -> None:
    body = '<?xml version="1.0" encoding="gb2312"?>' + rss(item("/a", title="关税")).body.decode()[21:]
    assert feeds.parse(body.encode("gb18030"), BASE).pages[0].title == "关税"


@pytest.mark.parametrize(
    "body", ["", "<html><body>Not found</body></html>", "{}", "<rss", "\0", "plain text"]
)
def test_what_is_no_feed_says_so(body: str) -> None:
    if body == "<rss":
        assert feeds.parse(b"<rss", BASE).pages == ()
        return
    with pytest.raises(BadEntry, match=BASE):
        feeds.parse(body.encode(), BASE)


def test_billion_laughs_are_not_laughed() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    outside = '<!ENTITY passwd SYSTEM "file:///etc/passwd">'
    body = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{entities}{outside}]>'
    body += rss(item("/a", title="before &l11;&passwd; after"), item("/b")).body.decode()[21:]
    try:
        found = feeds.parse(body.encode(), BASE)
    except BadEntry:
        return
    assert all(len(link.title) < 200 and "root:" not in link.title for link in found.pages)


def test_a_compressed_sitemap_that_is_a_bomb_does_not_go_off() -> None:
    with pytest.raises(BadEntry, match="unpacks to more"):
        feeds.parse(gzip.compress(bytes(60_000_000)), BASE)
    with pytest.raises(BadEntry, match="gzip"):
        feeds.parse(b"\x1f\x8bnothing", BASE)


def test_what_follows_a_reader_is_taken_off_an_address() -> None:
    assert feeds.plain("https://ex.org/a?utm_source=x&id=%2F7&fbclid=9#top") == "https://ex.org/a?id=%2F7"
    assert feeds.plain("https://ex.org/a?b=2&a=1") == "https://ex.org/a?b=2&a=1"


# What sources hold


def test_a_feed_of_hundreds_is_read_to_the_end(site: Site, make_fetcher: Callable[..., Fetcher]) -> None:
    paths = articles(site, 300)
    site.pages["/feed"] = rss(*(item(site.url(path)) for path in paths))
    found = gathered(supplier(url=site.url("/feed")), make_fetcher())
    assert len(found.found) == 300
    assert len({document.id for _, document in found.found}) == 300
    assert (found.failed, found.refused, found.gone, found.whole) == ((), (), (), False)
    again = gathered(supplier(url=site.url("/feed")), make_fetcher())
    assert [d.version for _, d in again.found] == [d.version for _, d in found.found]


def test_a_document_knows_its_source(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/one": Page(PAGES["undated-truce"].html.encode()),
        "/two": Page(PAGES["jsonld-truce"].html.encode()),
        "/feed": rss(item("/one?utm_source=rss"), item("/two")),
    }
    one, two = gathered(supplier(url=site.url("/feed"), tier="official"), fetcher).found
    assert one[0] == site.url("/one")
    source = one[1].source
    assert (source.url, source.publisher, source.tier) == (site.url("/one"), "Test Desk", "official")
    assert source.licence == "our own"
    # The page declares no date, and the feed does; where both do, the page's is its own.
    assert (source.published, two[1].source.published) == (date(2025, 10, 30), date(2025, 11, 3))
    assert source.fetched_at is not None


def test_what_goes_wrong_with_a_page_keeps_no_other_out(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/good": Page(PAGES["opengraph-truce"].html.encode()),
        "/moved": redirect("/good", 301),
        "/error": Page(next(p for p in REFUSED if p.stem == "error-404").read_bytes()),
        "/gone": Page(b"", 410),
        "/broken": Page(b"", 500),
        "/out": redirect("http://169.254.169.254/"),
        "/robots.txt": Page(b"User-agent: *\nDisallow: /private\n"),
        "/clip": Page(b"\0\0\0\x18ftyp", type="video/mp4"),
        "/slow": trickle(20),
    }
    paths = ["/good", "/moved", "/error", "/gone", "/broken", "/out", "/private", "/clip", "/slow"]
    site.pages["/map"] = sitemap(*(site.url(path) for path in paths))
    found = gathered(supplier(kind="sitemap", url=site.url("/map")), fetcher)
    assert [address for address, _ in found.found] == [site.url("/good"), site.url("/moved")]
    assert found.gone == (site.url("/gone"),)
    assert {e.source for e in found.failed} == {site.url(p) for p in ("/broken", "/clip", "/slow")}
    assert [type(e) for e in found.refused] == [NotAnArticle, FetchRefused, FetchRefused]
    assert {e.source for e in found.refused} == {site.url(p) for p in ("/error", "/out", "/private")}
    assert found.whole


def test_a_page_that_moved_is_one_document(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/new": Page(PAGES["opengraph-truce"].html.encode()), "/old": redirect("/new", 301)}
    ids = {gathered(supplier(kind="page", url=site.url(p)), fetcher).found[0][1].id for p in ("/old", "/new")}
    assert len(ids) == 1


def test_a_list_that_cannot_be_read_is_not_whole_and_loses_nothing(site: Site, fetcher: Fetcher) -> None:
    for answer in (Page(b"", 500), Page(b"<html><body>Sorry</body></html>"), Page(b"", 404)):
        site.pages["/map"] = answer
        found = gathered(supplier(kind="sitemap", url=site.url("/map")), fetcher)
        assert (found.found, found.whole, len(found.failed)) == ((), False, 1)
        assert found.failed[0].source == site.url("/map")


def test_sitemaps_are_followed_and_one_that_fails_makes_the_list_partial(
    site: Site, fetcher: Fetcher
) -> None:
    paths = articles(site, 4)
    site.pages |= {
        "/index": sitemaps(site.url("/a"), site.url("/b.gz"), site.url("/index")),
        "/a": sitemap(*(site.url(path) for path in paths[:2])),
        "/b.gz": Page(gzip.compress(sitemap(*(site.url(path) for path in paths[1:])).body)),
    }
    of = supplier(kind="sitemap", url=site.url("/index"))
    found = gathered(of, fetcher)
    assert [address for address, _ in found.found] == [site.url(path) for path in paths]
    assert found.whole
    site.pages["/b.gz"] = Page(b"", 500)
    found = gathered(of, fetcher)
    assert (len(found.found), found.whole) == (2, False)
    assert isinstance(found.failed[0], FetchFailed)
    site.pages["/index"] = sitemaps(*(site.url(f"/map/{n}") for n in range(60)))
    assert "more than 50 sitemaps" in str(gathered(of, fetcher).failed[0])


def test_patterns_and_limits_choose_pages(site: Site, fetcher: Fetcher) -> None:
    paths = articles(site, 6)
    site.pages["/map"] = sitemap(*(site.url(path) for path in paths), site.url("/about"))
    of = supplier(kind="sitemap", url=site.url("/map"), include=("*/story/*",), exclude=("*/5",), limit=3)
    listed = collect.list_pages(of, Path(), fetcher)
    assert [link.url for link in listed.pages] == [site.url(path) for path in paths[:3]]
    assert listed.notes == ("5 of 7 pages by its patterns", "the first 3 of 5")
    assert not listed.whole


def test_a_topic_keeps_what_concerns_it(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/talks": Page(PAGES["opengraph-licences"].html.encode()),
        "/tariff": Page(PAGES["opengraph-counting"].html.encode()),
        "/feed": rss(item("/talks"), item("/tariff")),
    }
    url = site.url("/feed")
    found = gathered(supplier(url=url, topic=Topic(keywords=("magnet*",))), fetcher)
    assert [a for a, _ in found.found] == [site.url("/talks")]
    about = Topic(about="the percent of a tariff, an average of tariffs and duties on goods", least=0.15)
    of = supplier(url=url, topic=about)
    listed = collect.list_pages(of, Path(), fetcher)
    given, off_topic = collect.documents(of, Path(), listed, fetcher, BagOfWords, NOW)
    assert [a for a, _ in given.found] == [site.url("/tariff")]
    assert off_topic == (site.url("/talks"),)


def test_a_folder_gives_its_files(tmp_path: Path, fetcher: Fetcher) -> None:
    folder = tmp_path / "statements"
    (folder / "2025").mkdir(parents=True)
    (folder / "2025" / "one.md").write_text("---\ntitle: One\npublished: 2025-10-30\n---\nThe first text.")
    (folder / "two.txt").write_text("The second text.")
    (folder / "draft.txt").write_text("Not yet.")
    (folder / "lines.jsonl").write_text('{"text": "Third."}\n{"text": "Fourth."}\n{broken')
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7")
    of = supplier(kind="folder", path="statements", exclude=("draft*",), tier="official")
    found = gathered(of, fetcher, beside=tmp_path)
    assert sorted(d.text for _, d in found.found) == [
        "Fourth.",
        "The first text.",
        "The second text.",
        "Third.",
    ]
    assert {d.source.publisher for _, d in found.found} == {"Test Desk"}
    assert {d.source.tier for _, d in found.found} == {"official"}
    assert len({address for address, _ in found.found}) == 4
    assert sorted(Path(e.source).name for e in found.failed) == ["bad.pdf", "lines.jsonl:3"]
    # A line that could not be read may be a document that was there before.
    assert not found.whole
    (found,) = [gathered(supplier(kind="folder", path="elsewhere"), fetcher, beside=tmp_path)]
    assert (found.whole, "no such folder" in str(found.failed[0])) == (False, True)


def test_all_enabled_sources_are_collected_and_others_left_alone(site: Site, fetcher: Fetcher) -> None:
    site.pages["/story"] = Page(PAGES["opengraph-truce"].html.encode())
    on = supplier(kind="page", url=site.url("/story"))
    off = supplier(name="off", kind="page", url=site.url("/off"), enabled=False, reason="not yet")
    steps: list[tuple[int, int]] = []
    found = list(collect.every((on, off), Path(), fetcher, no_encoder, NOW, lambda *step: steps.append(step)))
    assert [(g.source, len(g.found)) for g in found] == [("desk", 1)]
    assert (steps, site.asked("/off")) == ([(1, 1)], 0)


def test_one_address_becomes_a_document_or_an_error(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/story": Page(PAGES["jsonld-truce"].html.encode()),
        "/wall": Page(REFUSED[0].read_bytes()),
    }
    document = collect.page(site.url("/story?utm_medium=x"), fetcher, {})
    assert (document.source.publisher, document.source.url) == ("The Test Courier", site.url("/story"))
    with pytest.raises(NotAnArticle):
        collect.page(site.url("/wall"), fetcher, {})
    with pytest.raises(FetchRefused):
        collect.page("http://localhost:1/", fetcher, {})


def test_what_was_fetched_can_be_extracted_again_from_what_was_kept(
    site: Site, fetcher: Fetcher, tmp_path: Path
) -> None:
    from corpus import extract, raw

    site.pages["/story"] = Page(PAGES["jsonld-truce"].html.encode())
    document = collect.page(site.url("/story"), fetcher, {})
    (record,) = raw.records(tmp_path)
    body = raw.read(tmp_path, record.sha256)
    assert body is not None
    assert extract.fetched(body, record, {}) == document
    assert (
        json.loads(next((tmp_path / "fetch" / "known").glob("*.json")).read_text())["sha256"] == record.sha256
    )
