"""A source becomes the documents that it holds now: listed, fetched, extracted, and filtered by its topic.

What goes wrong with one page keeps no other out; what a source could not list is never taken for absent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from corpus import extract, extracted, feeds, gather
from corpus.errors import BadEntry, CorpusError, NotAnArticle, SourceError, Unreadable
from corpus.feeds import Link
from corpus.fetch import Fetcher
from corpus.gather import Gathered
from corpus.sources import Supplier, Topic
from retrieval.builds import Progress
from retrieval.encoder import Encoder
from retrieval.types import Document

#: Sources that are asked at the same time; one host is never asked two things at once.
AT_ONCE = 8
# Encoders are not safe to share between threads.
_ENCODING = Lock()
# How many sitemaps an index may lead to.
_SITEMAPS = 50
# How much of a document is compared with its topic: what it is about stands at its head.
_HEAD = 1200


@dataclass(frozen=True, slots=True)
class Listed:
    """What a source lists of what it takes. `whole` unless something is left out; `notes` says what was
    odd, for people; `failed` what could not be read of the list itself."""

    pages: tuple[Link, ...] = ()
    whole: bool = True
    notes: tuple[str, ...] = ()
    failed: tuple[SourceError, ...] = ()


@dataclass
class _Found:
    """What one source has given so far."""

    documents: list[tuple[str, Document]] = field(default_factory=list)
    failed: list[SourceError] = field(default_factory=list)
    refused: list[SourceError] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    off_topic: list[str] = field(default_factory=list)

    def fail(self, address: str, error: SourceError) -> None:
        """Note `error` under the address that its source lists."""
        told = type(error)(address, error.reason)
        (self.refused if isinstance(error, NotAnArticle) else self.failed).append(told)


def every(
    suppliers: Sequence[Supplier],
    beside: Path,
    fetcher: Fetcher,
    encoder: Callable[[], Encoder],
    now: datetime,
    progress: Progress,
) -> Iterator[Gathered]:
    """What each enabled source holds, several asked at once; their paths begin at the folder `beside`.
    `progress` gets the pages done and listed so far."""
    enabled = [supplier for supplier in suppliers if supplier.enabled]
    counts: dict[str, tuple[int, int]] = {}
    lone = Lock()

    def one(supplier: Supplier) -> Gathered:
        def count(done: int, of: int) -> None:
            with lone:
                counts[supplier.name] = done, of
                progress(sum(d for d, _ in counts.values()), sum(n for _, n in counts.values()))

        listed = list_pages(supplier, beside, fetcher)
        return documents(supplier, beside, listed, fetcher, encoder, now, count)[0]

    with ThreadPoolExecutor(AT_ONCE, "source") as pool:
        yield from pool.map(one, enabled)


def list_pages(supplier: Supplier, beside: Path, fetcher: Fetcher) -> Listed:
    """The pages, or files, that `supplier` lists now and takes."""
    if supplier.kind == "folder":
        root = beside / supplier.path
        if not root.is_dir():
            return Listed(whole=False, failed=(BadEntry(str(root), "no such folder"),))
        files = [f for f in gather.files(root) if supplier.takes(f.relative_to(root).as_posix())]
        return Listed(tuple(Link(str(file)) for file in files))
    if supplier.kind == "page":
        return Listed((Link(supplier.url),))
    return _limited(supplier, *_read_lists(supplier, fetcher))


def documents(
    supplier: Supplier,
    beside: Path,
    listed: Listed,
    fetcher: Fetcher,
    encoder: Callable[[], Encoder],
    now: datetime,
    progress: Progress = lambda done, total: None,
) -> tuple[Gathered, tuple[str, ...]]:
    """What the pages of `listed` hold, and the addresses of those that are about something else.

    Raises: CorpusError when the disk does not take what was fetched.
    """
    found = _Found(failed=list(listed.failed))
    whole = listed.whole
    for number, link in enumerate(listed.pages, 1):
        try:
            if supplier.kind == "folder":
                whole &= _add_file(found, Path(link.url), supplier, now)
            else:
                _add_page(found, link, supplier, fetcher)
        except SourceError as error:
            found.fail(link.url, error)
        except CorpusError:
            raise
        except Exception as error:  # noqa: BLE001  one page that no one foresaw keeps no other out
            found.failed.append(Unreadable(link.url, f"{type(error).__name__}: {error}"))
        progress(number, len(listed.pages))
    if supplier.topic is not None and found.documents:
        about = on_topic([d for _, d in found.documents], supplier.topic, encoder)
        found.off_topic = [a for (a, _), on in zip(found.documents, about, strict=True) if not on]
        found.documents = [pair for pair, on in zip(found.documents, about, strict=True) if on]
    given = Gathered(
        supplier.name,
        tuple(found.documents),
        tuple(found.failed),
        tuple(found.refused),
        tuple(found.gone),
        whole,
    )
    return given, tuple(found.off_topic)


def page(url: str, fetcher: Fetcher, given: Mapping[str, Any]) -> Document:
    """The document at one address. Raises: SourceError."""
    fetch = fetcher.fetch(feeds.plain(url))
    if fetch.record is None:
        raise fetch.failure
    return extracted.document(fetcher.home, fetch.body, fetch.record, given)


def on_topic(found: Sequence[Document], topic: Topic, encoder: Callable[[], Encoder]) -> list[bool]:
    """Whether each document is about `topic`: by a keyword in its title or text, else by its head's cosine to
    the topic's description."""
    named = [topic.named(f"{d.source.title}\n{d.text}") for d in found]
    if not topic.about or all(named):
        return named
    with _ENCODING:
        model = encoder()
        (about,) = model.encode([topic.about], "query")
        heads = model.encode([f"{d.source.title}\n{d.text[:_HEAD]}" for d in found], "document")
    return [known or float(head @ about) >= topic.least for known, head in zip(named, heads, strict=True)]


def _read_lists(supplier: Supplier, fetcher: Fetcher) -> tuple[list[feeds.Listing], list[SourceError]]:
    """The feed, or the sitemap and those that it leads to."""
    waiting, seen = [supplier.url], {supplier.url}
    read: list[feeds.Listing] = []
    failed: list[SourceError] = []
    while waiting:
        address = waiting.pop(0)
        fetch = fetcher.fetch(address, supplier.language)
        try:
            if fetch.record is None:
                raise fetch.failure
            listing = feeds.parse(fetch.body, fetch.record.final_url, fetch.record.charset)
        except SourceError as error:
            failed.append(type(error)(address, error.reason))
            continue
        read.append(listing)
        more = [s for s in listing.sitemaps if s not in seen]
        if len(seen) + len(more) > _SITEMAPS:
            failed.append(BadEntry(address, f"leads to more than {_SITEMAPS} sitemaps: name one of them"))
            more = []
        seen.update(more)
        waiting += more
    return read, failed


def _limited(supplier: Supplier, read: list[feeds.Listing], failed: list[SourceError]) -> Listed:
    links = {link.url: link for listing in reversed(read) for link in reversed(listing.pages)}
    every = list(reversed(links.values()))
    taken = [link for link in every if supplier.takes(link.url)]
    notes = [f"{len(taken)} of {len(every)} pages by its patterns"] if len(taken) < len(every) else []
    if len(taken) > supplier.limit:
        notes.append(f"the first {supplier.limit} of {len(taken)}")
    for count, what in (
        (sum(listing.repeated for listing in read), "listed twice"),
        (sum(listing.nameless for listing in read), "without an address"),
        (sum(listing.undated for listing in read) if supplier.kind == "rss" else 0, "without a date to read"),
    ):
        if count:
            notes.append(f"{count} {what}")
    # A feed lists its newest entries only: what it leaves out is not absent.
    whole = supplier.kind == "sitemap" and not failed and len(taken) <= supplier.limit
    return Listed(tuple(taken[: supplier.limit]), whole, tuple(notes), tuple(failed))


def _add_page(found: _Found, link: Link, supplier: Supplier, fetcher: Fetcher) -> None:
    fetch = fetcher.fetch(link.url, supplier.language)
    if fetch.record is not None:
        given = _given(supplier) | {"title": link.title, "published": link.published}
        made = extracted.document(fetcher.home, fetch.body, fetch.record, given)
        found.documents.append((link.url, made))
    elif fetch.outcome == "gone":
        found.gone.append(link.url)
    else:
        (found.refused if fetch.outcome == "refused" else found.failed).append(fetch.failure)


def _add_file(found: _Found, path: Path, supplier: Supplier, now: datetime) -> bool:
    """Whether all of the file's documents could be read."""
    several = path.suffix.lower() in extract.LINES
    before = len(found.failed)
    for made in extract.documents(path, _given(supplier), now):
        if isinstance(made, Document):
            found.documents.append((f"{path}#{made.id}" if several else str(path), made))
        else:
            found.failed.append(made)
    return len(found.failed) == before


def _given(supplier: Supplier) -> dict[str, Any]:
    return {
        "publisher": supplier.publisher,
        "tier": supplier.tier,
        "licence": supplier.licence,
        "language": supplier.language,
    }
