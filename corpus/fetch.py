"""One address becomes bytes, or a reason why not. What came of it is a value, never an exception.

Every request asks robots.txt, keeps its distance from the last one to the same host, goes only where the
guard of `hosts` lets it, and ends within a size and a time, whatever the server does.
"""

import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx
import tenacity

from corpus import hosts, raw
from corpus.errors import CorpusError, FetchFailed, FetchRefused, Gone, SourceError
from corpus.robots import NAME, Robots

Outcome = Literal["fetched", "unchanged", "gone", "failed", "refused"]
Headers = Mapping[str, str]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 402, 403, 407, 451})
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
# What one step of decompression may yield.
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may take: bytes after decompression, seconds for each request as a whole and for each
    wait within it, redirects, tries of one request; and the seconds between two requests to a host."""

    size: int = 32_000_000
    seconds: float = 60.0
    wait: float = 15.0
    redirects: int = 8
    tries: int = 3
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Fetch:
    """What came of fetching `url`. "fetched" and "unchanged" have a record and its body, all others a
    reason. "unchanged" are the same bytes as at the last fetch of the address."""

    url: str
    outcome: Outcome
    reason: str = ""
    record: raw.Record | None = None
    body: bytes = b""

    @property
    def failure(self) -> SourceError:
        """The reason as an error, where a fetch without a body is one."""
        kinds = {"gone": Gone, "refused": FetchRefused}
        return kinds.get(self.outcome, FetchFailed)(self.url, self.reason)


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: Headers
    body: bytes


class Fetcher:
    """Fetches for one refresh; safe to share between threads. A host is asked one thing at a time.

    `home` is the data directory, `allowed` the hosts ("host" or "host:port") that may be at any address,
    `contact` tells the hosts who is asking. `resolve`, `sleep` and `context` stand for the network's names,
    the clock and the certificates that are trusted.
    """

    def __init__(
        self,
        home: Path,
        allowed: frozenset[str] = frozenset(),
        contact: str = "",
        limits: Limits = Limits(),
        resolve: hosts.Resolve = hosts.resolve,
        sleep: Callable[[float], None] = time.sleep,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.home = home
        self._allowed = frozenset(host.lower() for host in allowed)
        about = f" ({contact})" if contact.isascii() and contact.isprintable() and contact else ""
        self._agent = f"{NAME}/{version('talks-bot')}{about}"
        self._limits = limits
        self._resolve = resolve
        self._sleep = sleep
        self._context = context or ssl.create_default_context()
        self._robots = Robots(lambda place: self._follow(place, {}, robots=False)[1].body)
        self._next: dict[str, float] = {}
        self._turns: dict[str, Lock] = {}
        self._lock = Lock()

    def fetch(self, url: str, language: str = "") -> Fetch:
        """Fetch `url`, or learn that it is as it was; kept under `home`, and noted in its journal.

        Raises: CorpusError when the disk does not take it.
        """
        try:
            return self._noted(url, language)
        except OSError as cause:
            raise CorpusError(f"what was fetched cannot be kept under {self.home}: {cause}") from cause

    def _noted(self, url: str, language: str) -> Fetch:
        at = datetime.now(UTC)
        last = raw.known(self.home, url)
        body = raw.read(self.home, last.sha256) if last else None
        try:
            found = self._fetch(url, at, language, last if body is not None else None, body or b"")
        except Gone as error:
            found = Fetch(url, "gone", error.reason)
        except FetchRefused as error:
            found = Fetch(url, "refused", error.reason)
        except FetchFailed as error:
            found = Fetch(url, "failed", error.reason)
        self._note(found, at)
        return found

    def _fetch(self, url: str, at: datetime, language: str, last: raw.Record | None, body: bytes) -> Fetch:
        wanted = {"Accept-Language": f"{language}, *;q=0.1"} if language else {}
        place, response = self._follow(url, wanted, last)
        if response.status == 304 and last is not None:
            raw.keep(self.home, body)
            return Fetch(url, "unchanged", record=last, body=body)
        if not response.body:
            raise FetchFailed(url, "the server sent an empty page")
        media_type, charset = _content_type(response.headers.get("content-type", ""))
        record = raw.Record(
            url=url,
            final_url=place,
            status=response.status,
            at=at,
            size=len(response.body),
            sha256=raw.keep(self.home, response.body),
            media_type=media_type,
            charset=charset,
            etag=response.headers.get("etag", ""),
            last_modified=response.headers.get("last-modified", ""),
        )
        raw.note(self.home, record)
        same = last is not None and (last.sha256, last.final_url) == (record.sha256, place)
        return Fetch(url, "unchanged" if same else "fetched", record=record, body=response.body)

    def _follow(
        self, url: str, wanted: Headers, last: raw.Record | None = None, robots: bool = True
    ) -> tuple[str, _Response]:
        """The address that `url` leads to, and what is there; each step of the way is checked anew."""
        place = url
        for _ in range(self._limits.redirects + 1):
            place = _checked(place, url)
            pause = self._robots.pause(place) if robots else 0.0
            headers = dict(wanted)
            if last is not None and last.final_url == place:
                names = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
                headers |= {name: value for name, value in names.items() if value}
            response = self._request(place, headers, pause)
            if response.status not in _REDIRECTS:
                return place, response
            place = urljoin(place, response.headers.get("location", ""))
        raise FetchFailed(url, f"redirected more than {self._limits.redirects} times")

    def _request(self, url: str, headers: Headers, pause: float) -> _Response:
        """One request, tried again with growing pauses while that is of use."""
        growing = tenacity.wait_exponential_jitter(initial=1, max=20)
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, FetchFailed) and e.transient),
            stop=tenacity.stop_after_attempt(self._limits.tries),
            wait=lambda state: max(growing(state), _asked(state)),
            sleep=self._sleep,
            reraise=True,
        )
        return tries(self._try, url, headers, pause)

    def _try(self, url: str, headers: Headers, pause: float) -> _Response:
        host = urlsplit(url).netloc
        with self._lock:
            turn = self._turns.setdefault(host, Lock())
        with turn:
            self._keep_distance(host, max(pause, self._limits.pause))
            return self._ask(url, headers)

    def _ask(self, url: str, headers: Headers) -> _Response:
        guard = hosts.Guard(url, self._allowed, self._resolve, self._limits.seconds)
        try:
            with (
                hosts.client(guard, self._context, self._limits.wait, self._agent) as client,
                client.stream("GET", url, headers=dict(headers)) as response,
            ):
                _accept(url, response)
                body = b"" if response.status_code in _REDIRECTS | {304} else self._read(url, response)
                return _Response(response.status_code, dict(response.headers), body)
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.UnsupportedProtocol, ValueError) as cause:
            raise FetchFailed(url, f"no valid address or answer: {cause}") from cause
        except httpcore.TimeoutException as cause:
            raise FetchFailed(
                url, f"no answer within {self._limits.wait:g} seconds", transient=True
            ) from cause
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as cause:
            raise FetchFailed(url, f"the connection failed: {cause}", transient=True) from cause

    def _keep_distance(self, host: str, pause: float) -> None:
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next.get(host, now))
            self._next[host] = at + pause
        if at > now:
            self._sleep(at - now)

    def _read(self, url: str, response: httpx.Response) -> bytes:
        """The body, decompressed here in small steps, so that it can never grow past the limit."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise FetchFailed(url, f"sent as {encoding!r}, which was not asked for")
        limit = self._limits.size
        too_long = FetchFailed(url, f"longer than {limit / 1e6:g} MB")
        if (length := response.headers.get("content-length", "")).isdigit() and int(length) > limit:
            raise too_long
        inflate = _Inflate(url) if "gzip" in encoding else None
        body = bytearray()
        for part in response.iter_raw():
            for piece in inflate.steps(part) if inflate else (part,):
                body += piece
                if len(body) > limit:
                    raise too_long
        if inflate is not None and not inflate.whole:
            raise FetchFailed(url, "the compressed body breaks off", transient=True)
        return bytes(body)

    def _note(self, found: Fetch, at: datetime) -> None:
        line = {"at": at, "url": found.url, "outcome": found.outcome, "reason": found.reason}
        if (record := found.record) is not None:
            line |= {"final_url": record.final_url, "status": record.status}
            line |= {"size": record.size, "sha256": record.sha256}
        raw.journal(self.home, at, line)


class _Inflate:
    """Decompresses gzip, one member after another, at most a step at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._begun = False

    @property
    def whole(self) -> bool:
        return self._stream.eof or not self._begun

    def steps(self, part: bytes) -> Iterator[bytes]:
        while part:
            if self._stream.eof:
                self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            self._begun = True
            try:
                yield self._stream.decompress(part, _STEP)
            except zlib.error as cause:
                raise FetchFailed(self._url, f"not the gzip it says it is: {cause}") from cause
            part = self._stream.unconsumed_tail or self._stream.unused_data


def _checked(place: str, url: str) -> str:
    """`place` without its fragment. Raises: FetchRefused when it is no plain web address."""
    try:
        parts = urlsplit(place)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        plain = False
    if not plain:
        raise FetchRefused(url, f"{place[:200]!r} is no web address")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused(url, "an address with a user name in it is not fetched")
    return parts._replace(fragment="").geturl()


def _accept(url: str, response: httpx.Response) -> None:
    """Raises: Gone, FetchRefused or FetchFailed for an answer that has no page for us."""
    status = response.status_code
    said = f"HTTP {status} {response.reason_phrase}".strip()
    if status in (200, 203, 304) or status in _REDIRECTS:
        return
    if status in (404, 410):
        raise Gone(url, said)
    if status in _REFUSALS:
        raise FetchRefused(url, f"{said}: the server does not show this page to programs")
    after = _seconds(response.headers.get("retry-after", ""))
    transient = status in _TRANSIENT and (after or 0) <= 60
    raise FetchFailed(url, said, transient=transient, retry_after=after)


def _asked(state: tenacity.RetryCallState) -> float:
    """The seconds that the server asked to wait."""
    error = state.outcome.exception() if state.outcome else None
    return (error.retry_after or 0.0) if isinstance(error, FetchFailed) else 0.0


def _seconds(text: str) -> float | None:
    """What a Retry-After header means: seconds, or a date."""
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _content_type(header: str) -> tuple[str, str]:
    """The media type and the charset in a Content-Type header, lower case, "" where there is none."""
    media_type, *parameters = header.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media_type.strip().lower(), value.strip().strip("\"'").lower()
    return media_type.strip().lower(), ""
