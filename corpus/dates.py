"""When a page says that it was published. A date is read where the page declares it, never looked for in
the running text: a page that declares none is undated.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from dateutil import parser
from lxml.html import HtmlElement

# Names of <meta> that hold the date of publication, in the order they are believed.
_METAS = (
    "article:published_time", "og:article:published_time", "datepublished", "dcterms.issued",
    "dc.date.issued", "dcterms.available", "citation_publication_date", "parsely-pub-date", "sailthru.date",
    "pubdate",
    "publishdate", "publish-date", "publish_date", "pub_date", "publication_date", "published_at",
    "article.published", "release_date", "dc.date.created", "dcterms.created", "dc.date",
    "dcterms.date", "date",
)  # fmt: skip
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?,?"
_WRITTEN = re.compile(
    rf"\b(?:{_MONTH} {_NUMBER} \d{{4}}|{_NUMBER}[ -]{_MONTH},?[ -]\d{{4}})\b", re.IGNORECASE
)
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?=T|\d{6}|\s*$)")
_FIGURES = re.compile(r"(?<!\d)(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})(?!\d)")
_TURNED = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)")
_IN_PATH = re.compile(r"(?<!\d)(\d{4})(?:/(\d{1,2})/(\d{1,2})|-(\d{2})-(\d{2})|(\d{2})(\d{2}))(?!\d)")
# What may stand beside a date in a line that is nothing else: the weekday and the time.
_REST = re.compile(
    r"(?i)\W*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)?\W*(?:at\b)?\W*(?:\d{1,2}:\d\d)?\W*(?:[ap]\.?m\b\.?)?"
    r"\W*(?:[a-z]{2,4})?\W*"
)
_UPDATED = re.compile(r"updat|modif|review|更新|correct", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:first )?(?:published|posted|issued|released?|release date|date|publication date"
    r"|for immediate release)\b",
    re.IGNORECASE,
)
_CLASS = re.compile(
    r"(?:^|[-_ ])(?:date|dateline|datetime|published|pubdate|pubtime|posted|timestamp)", re.IGNORECASE
)
# Parts of a page that speak of other pages.
_ASIDE = re.compile(
    r"related|sidebar|comment|recommend|most-?read|trending|popular|teaser|promo|latest|more-", re.IGNORECASE
)
_EARLIEST = date(1945, 1, 1)
# The longest text that can be a label and a date, and no sentence.
_SHORT = 90
# The shortest paragraph that is certainly text.
_LONG = 140


def published(tree: HtmlElement, url: str | None) -> date | None:
    """The day that the page says it was published, as its publisher counts days; None if it says none."""
    for found in (_in_json(tree), _in_metas(tree), _in_marks(tree), _in_labels(tree), _in_address(url)):
        for text in found:
            if (day := parse(text)) is not None:
                return day
    return None


def parse(text: str) -> date | None:
    """The one day that `text` names; None for none, for several, for one that 3/4/2025 leaves open, and for
    one that is not yet or cannot be."""
    text = " ".join(text.split())
    days = {
        day
        for day in (
            *(_day(*m.groups()) for m in _FIGURES.finditer(text)),
            *(_day(*m.groups()) for m in _COMPACT.finditer(text[:16])),
            *(_turned(*m.groups()) for m in _TURNED.finditer(text)),
            *(_written(m[0]) for m in _WRITTEN.finditer(text)),
        )
        if day is not None
    }
    return days.pop() if len(days) == 1 else None


def of_feed(text: str) -> date | None:
    """The day in a date of a feed (RFC 822 or ISO 8601); None where it is neither."""
    try:
        day = parsedate_to_datetime(text).date()
    except (ValueError, TypeError, IndexError):
        return parse(text)
    return _day(str(day.year), str(day.month), str(day.day))


def _day(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    # A day ahead: it is tomorrow already in the Pacific.
    return found if _EARLIEST <= found <= datetime.now(UTC).date() + timedelta(days=1) else None


def _turned(first: str, second: str, year: str) -> date | None:
    """Day and month in the order that only one of them allows."""
    a, b = int(first), int(second)
    if a > 12 or a == b:
        return _day(year, second, first)
    return _day(year, first, second) if b > 12 else None


def _written(text: str) -> date | None:
    try:
        found = parser.parse(text.replace(".", ""), default=datetime(2000, 1, 1))
    except (ValueError, OverflowError):
        return None
    return _day(str(found.year), str(found.month), str(found.day))


def _in_json(tree: HtmlElement) -> Iterator[str]:
    found = list(objects(tree))
    for article in (True, False):
        for thing in found:
            if is_article(thing) == article and isinstance(thing.get("datePublished"), str):
                yield thing["datePublished"]


def objects(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD, the nested ones too, but none that it only mentions."""
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            try:
                waiting = [json.loads(script.text or "", strict=False)]
            except (ValueError, RecursionError):
                continue
            while waiting:
                thing = waiting.pop(0)
                if isinstance(thing, list):
                    waiting += thing
                elif isinstance(thing, dict):
                    yield thing
                    waiting += [thing[key] for key in ("@graph", "mainEntity") if key in thing]


def is_article(thing: dict[str, Any]) -> bool:
    """Whether an object of JSON-LD is an article."""
    kinds = thing.get("@type") or ()
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return any(str(kind).endswith(("Article", "Posting", "Report", "PressRelease")) for kind in kinds)


def _in_metas(tree: HtmlElement) -> Iterator[str]:
    given: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        given.setdefault(name.strip().lower(), meta.get("content") or "")
    yield from (given[name] for name in _METAS if name in given)


def _in_marks(tree: HtmlElement) -> Iterator[str]:
    """What is marked as the date: itemprop first, then <time>."""
    for element in tree.xpath("//*[@itemprop='datePublished']"):
        if not _elsewhere(element):
            yield element.get("datetime") or element.get("content") or element.text_content()
    for time in _near_headline(tree, ("time",)):
        around = time.getparent()
        names = (*time.values(), *(around.values() if around is not None else ()))
        said = around.text_content()[:_SHORT] if around is not None else ""
        if not _UPDATED.search(" ".join((*names, said))):
            yield time.get("datetime") or time.text_content()


def _in_labels(tree: HtmlElement) -> Iterator[str]:
    """Short texts that are called dates, by a label before them or by their class, or are nothing else."""
    classed, bare = [], []
    tags = ("p", "div", "span", "td", "h2", "h3", "h4", "h5", "small", "em", "b")
    for element in _near_headline(tree, tags):
        text = " ".join(element.text_content().split()) if len(element) <= 6 else ""
        if not 6 <= len(text) <= _SHORT or _UPDATED.search(text):
            continue
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if _LABEL.match(text):
            yield text
        elif _CLASS.search(names) and not _UPDATED.search(names):
            classed.append(text)
        elif _REST.fullmatch(_TURNED.sub("", _FIGURES.sub("", _WRITTEN.sub("", text)))):
            bare.append(text)
    yield from (*classed, *bare)


def _near_headline(tree: HtmlElement, tags: tuple[str, ...]) -> list[HtmlElement]:
    """The elements between the headline and the first long paragraph, then those before the headline. What
    comes later belongs to the text, or to another page."""
    before: list[HtmlElement] = []
    after: list[HtmlElement] = []
    found = before
    for element in _body(tree).iter("h1", "p", *tags):
        if element.tag == "h1":
            found = after
        elif element.tag == "p" and len(element.text_content()) > _LONG:
            break
        if element.tag in tags and not _elsewhere(element):
            found.append(element)
    return after + before


def _in_address(url: str | None) -> Iterator[str]:
    for match in _IN_PATH.finditer(urlsplit(url).path if url else ""):
        yield "-".join(part for part in match.groups() if part)


def _body(tree: HtmlElement) -> HtmlElement:
    """The part that is the article, if the page marks one, with its headline."""
    for path in ("//main", "//*[@role='main']", "//article"):
        if len(found := tree.xpath(path)) == 1 and found[0].xpath(".//h1"):
            return found[0]
    return tree


def _elsewhere(element: HtmlElement) -> bool:
    """Whether the element stands in a part that speaks of other pages, or links to one."""
    for above in (element, *element.iterancestors()):
        if above.tag in ("aside", "nav", "footer", "a", "li"):
            return True
        if above.tag not in ("html", "body", "main", "article") and _ASIDE.search(
            f"{above.get('class') or ''} {above.get('id') or ''}"
        ):
            return True
    return False
