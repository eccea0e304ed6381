"""What a feed or a sitemap lists: RSS, RDF, Atom, sitemaps and indexes of sitemaps.

A page is known by its address alone: GUIDs are repeated in real feeds, and change in others. Entities are
never expanded, and broken XML gives what stands before the break.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml import etree

from corpus import charset, dates
from corpus.errors import BadEntry

# What a compressed sitemap may unpack to: the protocol allows 50 MB.
_UNPACKED = 52_428_800
_TRACKERS = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|ocid|cmpid", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A page that is listed. `published` is the day of a feed's entry; a sitemap's lastmod is none."""

    url: str
    title: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Pages in the order listed, each once, and further sitemaps. `repeated` counts entries that were listed
    again, `undated` those whose date is missing or malformed, `nameless` those without an address."""

    pages: tuple[Link, ...] = ()
    sitemaps: tuple[str, ...] = ()
    repeated: int = 0
    undated: int = 0
    nameless: int = 0


def parse(body: bytes, url: str, said: str = "") -> Listing:
    """What the feed or sitemap at `url` lists. Raises: BadEntry when it is neither."""
    root = _root(_unpacked(body, url), url, said)
    kind = _name(root)
    if kind == "sitemapindex":
        return Listing(
            sitemaps=tuple(filter(None, (_address(_text(e, "loc"), url) for e in _all(root, "sitemap"))))
        )
    if kind == "urlset":
        entries = [
            (_text(e, "loc"), _text(e, "title"), _text(e, "publication_date")) for e in _all(root, "url")
        ]
    elif kind in ("rss", "RDF"):
        entries = [
            (_rss_link(e), _text(e, "title"), _text(e, "pubDate") or _text(e, "date"))
            for e in _all(root, "item")
        ]
    elif kind == "feed":
        entries = [
            (_atom_link(e), _text(e, "title"), _text(e, "published") or _text(e, "issued"))
            for e in _all(root, "entry")
        ]
    else:
        raise BadEntry(url, f"no feed and no sitemap: its root is <{kind}>")
    pages: dict[str, Link] = {}
    nameless = repeated = undated = 0
    for link, title, day in entries:
        address = _address(link, url)
        published = dates.of_feed(day) if day else None
        undated += published is None
        if not address:
            nameless += 1
        elif address in pages:
            repeated += 1
        else:
            pages[address] = Link(address, " ".join(title.split()), published)
    return Listing(tuple(pages.values()), (), repeated, undated, nameless)


def plain(url: str) -> str:
    """`url` without its fragment and without what only tracks who followed it."""
    parts = urlsplit(url)
    if _TRACKERS.search(parts.query):
        kept = [
            (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKERS.fullmatch(k)
        ]
        parts = parts._replace(query=urlencode(kept))
    return parts._replace(fragment="").geturl()


def _unpacked(body: bytes, url: str) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _UNPACKED + 1)
    except zlib.error as cause:
        raise BadEntry(url, f"not the gzip it begins as: {cause}") from cause
    if len(unpacked) > _UNPACKED:
        raise BadEntry(url, f"unpacks to more than {_UNPACKED // 1_000_000} MB")
    return unpacked


def _root(body: bytes, url: str, said: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", charset.decode(body, url, said)).strip()
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as cause:
        raise BadEntry(url, f"no XML: {cause}") from cause
    if root is None or not isinstance(root.tag, str):
        raise BadEntry(url, "no XML")
    return root


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _all(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (e for e in root.iter() if _name(e) == name)


def _text(element: etree._Element, name: str) -> str:
    """The text of the child with this name in any namespace, or of the first one further below."""
    named = [e for e in element.iterdescendants() if _name(e) == name]
    found = next((e for e in named if e.getparent() is element), named[0] if named else None)
    return "" if found is None else str(found.xpath("string()")).strip()


def _rss_link(item: etree._Element) -> str:
    for child in item:
        if _name(child) == "link" and (child.text or child.get("href") or "").strip():
            return str(child.text or child.get("href"))
    guid = next((e for e in item if _name(e) == "guid"), None)
    if guid is not None and guid.get("isPermaLink", "true").lower() != "false":
        return guid.text or ""
    return ""


def _atom_link(entry: etree._Element) -> str:
    links = [e for e in entry if _name(e) == "link" and e.get("href")]
    best = next((e for e in links if e.get("rel", "alternate") == "alternate"), None)
    return "" if best is None else str(best.get("href"))


def _address(link: str, base: str) -> str:
    try:
        address = plain(urljoin(base, link.strip())) if link.strip() else ""
        return address if urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""
