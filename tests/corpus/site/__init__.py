"""A web site on the loopback, over real HTTP: pages, feeds, redirects, and everything that goes wrong."""

import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = Callable[["Visit"], None]


@dataclass
class Page:
    """What a path answers with. `validators` makes it answer 304 to whoever has it already."""

    body: bytes = b""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, visit: "Visit") -> None:
        etag = self.headers.get("ETag")
        since = self.headers.get("Last-Modified")
        fresh = etag and visit.headers.get("If-None-Match") == etag
        fresh = fresh or (since and visit.headers.get("If-Modified-Since") == since)
        visit.send_response(304 if fresh else self.status)
        for name, value in self.headers.items():
            visit.send_header(name, value)
        if fresh:
            visit.end_headers()
            return
        visit.send_header("Content-Type", self.type)
        visit.send_header("Content-Length", str(len(self.body)))
        visit.end_headers()
        visit.wfile.write(self.body)


class Visit(BaseHTTPRequestHandler):
    """One connection to the site."""

    protocol_version = "HTTP/1.1"
    server: "Site"

    def do_GET(self) -> None:
        self.server.visits.append((self.path, dict(self.headers)))
        answer = self.server.pages.get(self.path)
        try:
            (answer or Page(b"<h1>Not found</h1>", 404))(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Site(ThreadingHTTPServer):
    """Answers by its `pages`, 404 where there is none; `visits` holds each (path, headers)."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.visits: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Visit)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(visited == path for visited, _ in self.visits)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that give up are what the tests are about."""


@contextmanager
def serving() -> Iterator[Site]:
    with Site() as site:
        thread = Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()


def redirect(to: str, status: int = 302) -> Page:
    return Page(status=status, headers={"Location": to})


def in_turn(*answers: Answer) -> Answer:
    """Each answer once, the last one ever after."""
    left = list(answers)

    def answer(visit: Visit) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(visit)

    return answer


def compressed(body: bytes) -> Page:
    return Page(gzip.compress(body), headers={"Content-Encoding": "gzip"})


def bomb(megabytes: int) -> Page:
    """Gzip that unpacks to this many megabytes of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    return Page(body, headers={"Content-Encoding": "gzip"})


def cut_off(body: bytes, promised: int, encoding: str = "identity") -> Answer:
    """A body that ends before the promised length."""

    def answer(visit: Visit) -> None:
        visit.send_response(200)
        visit.send_header("Content-Type", "text/html")
        visit.send_header("Content-Length", str(promised))
        visit.send_header("Content-Encoding", encoding)
        visit.end_headers()
        visit.wfile.write(body)
        visit.close_connection = True

    return answer


def trickle(seconds: float, header: bool = False) -> Answer:
    """A byte every twentieth of a second, of the header or of the body, for so long."""

    def answer(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\n")
        visit.wfile.write(b"X-Slow: " if header else b"Content-Length: 100000\r\n\r\n")
        visit.close_connection = True
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            visit.wfile.write(b"x")
            visit.wfile.flush()
            time.sleep(0.05)

    return answer


def endless(megabytes: int) -> Answer:
    """A page of so many megabytes that does not say how long it is."""

    def answer(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        visit.close_connection = True
        for _ in range(megabytes):
            visit.wfile.write(bytes(1 << 20))

    return answer
