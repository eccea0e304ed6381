"""Fetching, from a site on the loopback that does everything wrong that a site can."""

import gzip
import hashlib
import json
import os
import shutil
import ssl
import subprocess
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpcore
import pytest

from corpus import hosts, raw
from corpus.errors import CorpusError, FetchFailed, FetchRefused, Gone
from corpus.fetch import Fetcher, Limits
from tests.corpus.conftest import Make
from tests.corpus.site import Page, Site, bomb, compressed, cut_off, endless, in_turn, redirect, trickle

STORY = Page(b"<p>The tariff was lifted.</p>")


def test_a_page_is_fetched_recorded_and_kept(site: Site, fetcher: Fetcher, tmp_path: Path) -> None:
    site.pages["/story"] = STORY
    found = fetcher.fetch(site.url("/story#part"))
    assert (found.outcome, found.body, found.reason) == ("fetched", STORY.body, "")
    record = found.record
    assert record is not None
    assert record.final_url == site.url("/story")
    assert (record.status, record.size) == (200, len(STORY.body))
    assert record.sha256 == hashlib.sha256(STORY.body).hexdigest()
    assert (record.media_type, record.charset) == ("text/html", "utf-8")
    assert raw.read(tmp_path, record.sha256) == STORY.body
    assert list(raw.records(tmp_path)) == [record]
    (journal,) = (tmp_path / "fetch").glob("*.jsonl")
    line = json.loads(journal.read_text())
    assert (line["url"], line["outcome"], line["status"]) == (site.url("/story#part"), "fetched", 200)
    assert (line["size"], line["sha256"]) == (record.size, record.sha256)
    agent = site.visits[-1][1]["User-Agent"]
    assert agent.startswith("talks-bot/")


@pytest.mark.parametrize(
    "headers", [{"ETag": '"v1"'}, {"Last-Modified": "Thu, 30 Oct 2025 06:00:00 GMT"}], ids=["etag", "date"]
)
def test_what_has_not_changed_is_not_sent_again(
    site: Site, make_fetcher: Make, tmp_path: Path, headers: dict[str, str]
) -> None:
    site.pages["/story"] = Page(b"<p>One</p>", headers=headers)
    first = make_fetcher().fetch(site.url("/story"))
    again = make_fetcher().fetch(site.url("/story"))
    assert (again.outcome, again.body, again.record) == ("unchanged", b"<p>One</p>", first.record)
    site.pages["/story"] = Page(b"<p>Two</p>", headers={name: value + "x" for name, value in headers.items()})
    assert make_fetcher().fetch(site.url("/story")).body == b"<p>Two</p>"
    # Without the body there is nothing to be unchanged: it is asked for anew.
    shutil.rmtree(tmp_path / "raw")
    assert make_fetcher().fetch(site.url("/story")).outcome == "fetched"


def test_the_same_bytes_sent_again_are_unchanged(site: Site, fetcher: Fetcher) -> None:
    site.pages["/story"] = STORY
    assert [fetcher.fetch(site.url("/story")).outcome for _ in range(2)] == ["fetched", "unchanged"]


def test_bodies_are_pruned_by_age_and_damaged_ones_are_not_read(
    site: Site, fetcher: Fetcher, tmp_path: Path
) -> None:
    site.pages |= {"/old": Page(b"old"), "/new": Page(b"new")}
    old, new = (fetcher.fetch(site.url(path)).record for path in ("/old", "/new"))
    assert old is not None
    assert new is not None
    month_ago = time.time() - 30 * 86400
    os.utime(next((tmp_path / "raw").rglob(f"{old.sha256}.gz")), (month_ago, month_ago))
    assert raw.prune(tmp_path, datetime.now(UTC) - timedelta(days=7)) == 1
    assert (raw.read(tmp_path, old.sha256), raw.read(tmp_path, new.sha256)) == (None, b"new")
    kept = next((tmp_path / "raw").rglob("*.gz"))
    for damage in (b"", kept.read_bytes()[:-3], gzip.compress(b"other"), b"not gzip"):
        kept.write_bytes(damage)
        assert raw.read(tmp_path, new.sha256) is None
    assert fetcher.fetch(site.url("/new")).body == b"new"


@pytest.mark.parametrize(
    ("status", "outcome", "tries"),
    [(404, "gone", 1), (410, "gone", 1), (403, "refused", 1), (451, "refused", 1), (400, "failed", 1),
     (204, "failed", 1), (429, "failed", 3), (500, "failed", 3), (503, "failed", 3)],
)  # fmt: skip
def test_a_status_has_its_outcome(
    site: Site, fetcher: Fetcher, status: int, outcome: str, tries: int
) -> None:
    site.pages["/page"] = Page(b"" if status == 204 else b"<p>Sorry</p>", status)
    found = fetcher.fetch(site.url("/page"))
    assert (found.outcome, site.asked("/page")) == (outcome, tries)
    assert str(status) in found.reason
    assert (found.record, found.body) == (None, b"")
    kind = {"gone": Gone, "refused": FetchRefused, "failed": FetchFailed}[outcome]
    assert isinstance(found.failure, kind)
    assert site.url("/page") in str(found.failure)


def test_an_empty_page_is_none(site: Site, fetcher: Fetcher) -> None:
    site.pages["/page"] = Page(b"")
    assert (fetcher.fetch(site.url("/page")).outcome) == "failed"


def test_failures_that_pass_are_tried_again_with_growing_pauses(site: Site, make_fetcher: Make) -> None:
    slept: list[float] = []
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    site.pages["/busy"] = in_turn(
        Page(b"", 503, headers={"Retry-After": soon}), Page(b"", 429, headers={"Retry-After": "7"}), STORY
    )
    found = make_fetcher(sleep=slept.append).fetch(site.url("/busy"))
    assert found.outcome == "fetched"
    assert 25 < slept[0] <= 31
    assert 7 <= slept[1] <= 8
    slept.clear()
    site.pages["/down"] = Page(b"", 502)
    make_fetcher(sleep=slept.append).fetch(site.url("/down"))
    assert len(slept) == 2
    assert 1 <= slept[0] <= 2 <= slept[1] <= 3


def test_a_server_that_asks_for_an_hour_is_left_alone(site: Site, fetcher: Fetcher) -> None:
    site.pages["/busy"] = Page(b"", 503, headers={"Retry-After": "3600"})
    assert fetcher.fetch(site.url("/busy")).outcome == "failed"
    assert site.asked("/busy") == 1


def test_robots_are_asked_once_and_obeyed(site: Site, fetcher: Fetcher) -> None:
    rules = b"User-agent: *\nDisallow: /all\nUser-agent: talks-bot\nDisallow: /private*/page\nAllow: /\n"
    site.pages |= {"/robots.txt": Page(rules, type="text/plain"), "/private/page": STORY, "/all": STORY}
    found = fetcher.fetch(site.url("/private/page"))
    assert (found.outcome, site.asked("/private/page")) == ("refused", 0)
    assert "robots.txt" in found.reason
    assert fetcher.fetch(site.url("/all")).outcome == "fetched"
    assert site.asked("/robots.txt") == 1
    site.pages["/way"] = redirect("/private/page")
    assert fetcher.fetch(site.url("/way")).outcome == "refused"
    assert site.asked("/private/page") == 0


def test_robots_that_cannot_be_read_allow_nothing_and_missing_ones_all(
    site: Site, make_fetcher: Make
) -> None:
    site.pages |= {"/story": STORY, "/robots.txt": Page(b"", 500)}
    found = make_fetcher().fetch(site.url("/story"))
    assert (found.outcome, site.asked("/story")) == ("failed", 0)
    for status in (403, 404):
        site.pages["/robots.txt"] = Page(b"", status)
        assert make_fetcher().fetch(site.url("/story")).outcome in ("fetched", "unchanged")


def test_hosts_are_given_the_time_they_ask_for(site: Site, make_fetcher: Make) -> None:
    slept: list[float] = []
    limits = Limits(pause=2)
    site.pages |= {"/a": STORY, "/b": STORY}
    fetcher = make_fetcher(sleep=slept.append, limits=limits)
    for path in ("/a", "/b"):
        fetcher.fetch(site.url(path))
    assert len(slept) == 2
    assert 1 < slept[0] <= 2
    site.pages["/robots.txt"] = Page(b"User-agent: *\nCrawl-delay: 20\n")
    slept.clear()
    fetcher = make_fetcher(sleep=slept.append, limits=limits)
    for path in ("/a", "/b"):
        fetcher.fetch(site.url(path))
    assert 19 < slept[-1] <= 22
    site.pages["/robots.txt"] = Page(b"User-agent: *\nCrawl-delay: 86400\n")
    assert make_fetcher().fetch(site.url("/a")).outcome == "refused"


def test_threads_share_a_host_in_turn(site: Site, make_fetcher: Make) -> None:
    site.pages |= {f"/{n}": Page(b"page %d" % n) for n in range(8)}
    fetcher = make_fetcher(limits=Limits(pause=0.05), sleep=time.sleep)
    fetcher.fetch(site.url("/0"))
    started = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(fetcher.fetch, [site.url(f"/{n}") for n in range(8)]))
    assert [fetch.body for fetch in found] == [b"page %d" % n for n in range(8)]
    assert time.monotonic() - started >= 7 * 0.05


def test_redirects_are_followed_to_their_end(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/a": redirect("/b", 301), "/b": redirect(site.url("/c?x=1"), 308), "/c?x=1": STORY}
    found = fetcher.fetch(site.url("/a"))
    assert found.record is not None
    assert (found.outcome, found.record.url, found.record.final_url) == (
        "fetched", site.url("/a"), site.url("/c?x=1"),
    )  # fmt: skip
    site.pages["/loop"] = redirect("/loop")
    found = fetcher.fetch(site.url("/loop"))
    assert (found.outcome, site.asked("/loop")) == ("failed", 9)


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1",
     "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
     "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "fc00::1", "fd12::1",
     "fe80::1%eth0", "fec0::1", "ff02::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:7f00:1::",
     "2001:db8::1"],
)  # fmt: skip
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    assert not hosts.public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is_known(address: str) -> None:
    assert hosts.public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_every_way_to_write_the_loopback_is_refused(site: Site, make_fetcher: Make, host: str) -> None:
    site.pages["/inside"] = STORY
    url = f"http://{host}:{site.server_address[1]}/inside"
    found = make_fetcher(allowed=frozenset()).fetch(url)
    assert found.outcome in ("refused", "failed"), found
    assert site.visits == []


def test_a_redirect_to_a_private_address_is_refused(site: Site, make_fetcher: Make) -> None:
    port = site.server_address[1]
    site.pages |= {
        "/inside": STORY,
        "/out": redirect(f"http://localhost:{port}/inside"),
        "/metadata": redirect("http://169.254.169.254/latest/"),
    }
    fetcher = make_fetcher()
    for path in ("/out", "/metadata"):
        found = fetcher.fetch(site.url(path))
        assert found.outcome == "refused"
        assert "no public address" in found.reason
    assert site.asked("/inside") == 0


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://example.org/", "gopher://x/"])
def test_a_redirect_out_of_the_web_is_refused(site: Site, fetcher: Fetcher, to: str) -> None:
    site.pages["/out"] = redirect(to)
    assert fetcher.fetch(site.url("/out")).outcome == "refused"


@pytest.mark.parametrize("url", ["story", "http://a:b@example.org/", "http://exa mple/", "http://[::1", ""])
def test_what_is_no_web_address_is_refused(fetcher: Fetcher, url: str) -> None:
    assert fetcher.fetch(url).outcome in ("refused", "failed")


class Wire(httpcore.SyncBackend):
    """Every address leads to the site; `reached` holds those that were connected to."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.reached: list[str] = []

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *given: object, **options: object
    ) -> httpcore.NetworkStream:
        self.reached.append(host)
        return super().connect_tcp("127.0.0.1", self._site.server_address[1], timeout)


def test_the_address_connected_to_is_the_one_that_was_checked(site: Site) -> None:
    """DNS that answers with a public address to the check, and with a private one to all that ask later."""
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    wire = Wire(site)
    guard = hosts.Guard("http://rebind.test/", frozenset(), lambda host, port: answers.pop(0), 5, wire)
    site.pages["/story"] = STORY
    with hosts.client(guard, ssl.create_default_context(), 1, "test") as client:
        assert client.get("http://rebind.test/story").content == STORY.body
    assert wire.reached == ["8.8.8.8"]
    assert site.visits[-1][1]["Host"] == "rebind.test"
    with (
        hosts.client(guard, ssl.create_default_context(), 1, "test") as client,
        pytest.raises(FetchRefused, match="no public address"),
    ):
        client.get("http://rebind.test/story")
    assert wire.reached == ["8.8.8.8"]


def test_one_private_address_among_public_ones_refuses_the_host(site: Site, make_fetcher: Make) -> None:
    fetcher = make_fetcher(resolve=lambda host, port: ["8.8.8.8", "127.0.0.1"])
    found = fetcher.fetch("http://mixed.test/")
    assert found.outcome == "refused"


def test_an_exempt_host_keeps_its_name(site: Site, make_fetcher: Make) -> None:
    site.pages["/story"] = STORY
    port = site.server_address[1]
    for allowed in ("Intranet.test", f"intranet.test:{port}"):
        fetcher = make_fetcher(allowed=frozenset({allowed}), resolve=lambda host, port: ["127.0.0.1"])
        assert fetcher.fetch(f"http://INTRANET.test:{port}/story").body == STORY.body
        assert site.visits[-1][1]["Host"] == f"intranet.test:{port}"
    fetcher = make_fetcher(allowed=frozenset({"intranet.test:1"}), resolve=lambda host, port: ["127.0.0.1"])
    assert fetcher.fetch(f"http://intranet.test:{port}/story").outcome == "refused"


def test_a_second_address_is_tried_when_the_first_is_closed(site: Site, make_fetcher: Make) -> None:
    site.pages["/story"] = STORY
    fetcher = make_fetcher(
        allowed=frozenset({"two.test"}), resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"]
    )
    assert fetcher.fetch(f"http://two.test:{site.server_address[1]}/story").outcome == "fetched"


def test_a_host_without_address_fails(make_fetcher: Make) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    found = make_fetcher(resolve=unknown).fetch("http://nowhere.test/")
    assert found.outcome == "failed"
    assert "nowhere.test has no address" in found.reason


def test_proxies_of_the_environment_are_passed_by(site: Site, fetcher: Fetcher) -> None:
    """Through a proxy, the address checked would be the proxy's."""
    site.pages["/story"] = STORY
    before = {name: os.environ.get(name) for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY")}
    try:
        os.environ |= {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        os.environ |= {"no_proxy": "", "NO_PROXY": ""}
        assert fetcher.fetch(site.url("/story")).outcome == "fetched"
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_tls_asks_for_the_name_and_checks_it(site: Site, make_fetcher: Make, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=named.test",
         "-addext", "subjectAltName=DNS:named.test", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    names: list[str | None] = []
    server.set_servername_callback(lambda socket, name, context: names.append(name))
    site.socket = server.wrap_socket(site.socket, server_side=True)
    site.pages["/story"] = STORY
    port = site.server_address[1]
    there = {"resolve": lambda host, port: ["127.0.0.1"]}
    allowed = frozenset({"named.test", "other.test"})
    fetcher = make_fetcher(allowed=allowed, context=ssl.create_default_context(cafile=certificate), **there)
    assert fetcher.fetch(f"https://named.test:{port}/story").body == STORY.body
    assert set(names) == {"named.test"}
    assert fetcher.fetch(f"https://other.test:{port}/story").outcome == "failed"
    stranger = make_fetcher(allowed=allowed, **there)
    found = stranger.fetch(f"https://named.test:{port}/story")
    assert found.outcome == "failed"


def test_compressed_pages_are_unpacked(site: Site, fetcher: Fetcher) -> None:
    text = b"<p>tariff</p>" * 1000
    site.pages["/story"] = compressed(text)
    assert fetcher.fetch(site.url("/story")).body == text
    two = gzip.compress(b"one ") + gzip.compress(b"two")
    site.pages["/two"] = Page(two, headers={"Content-Encoding": "gzip"})
    assert fetcher.fetch(site.url("/two")).body == b"one two"


def test_a_gzip_bomb_stops_at_the_limit(site: Site, fetcher: Fetcher) -> None:
    site.pages["/bomb"] = bomb(200)
    tracemalloc.start()
    found = fetcher.fetch(site.url("/bomb"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.outcome, found.reason) == ("failed", "longer than 0.2 MB")
    assert peak < 10_000_000


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate"])
def test_a_compression_that_nobody_asked_for_fails(site: Site, fetcher: Fetcher, encoding: str) -> None:
    site.pages["/page"] = Page(gzip.compress(b"x"), headers={"Content-Encoding": encoding})
    assert fetcher.fetch(site.url("/page")).outcome == "failed"
    assert site.visits[-1][1]["Accept-Encoding"] == "gzip"


def test_what_is_not_the_gzip_it_says_fails(site: Site, fetcher: Fetcher) -> None:
    site.pages["/page"] = Page(b"<p>plain</p>", headers={"Content-Encoding": "gzip"})
    found = fetcher.fetch(site.url("/page"))
    assert found.outcome == "failed"
    assert "gzip" in found.reason


def test_a_page_that_is_too_long_is_left_at_once(site: Site, fetcher: Fetcher) -> None:
    for path, answer in (("/said", Page(bytes(300_000))), ("/unsaid", endless(100))):
        site.pages[path] = answer
        found = fetcher.fetch(site.url(path))
        assert (found.outcome, found.reason) == ("failed", "longer than 0.2 MB")
        assert site.asked(path) == 1


@pytest.mark.parametrize(
    "answer",
    [cut_off(b"<p>half a", 1000), cut_off(gzip.compress(b"x" * 9000)[:20], 20, "gzip")],
    ids=["plain", "gzip"],
)
def test_a_truncated_body_is_tried_again_and_never_taken(site: Site, fetcher: Fetcher, answer: Page) -> None:
    site.pages["/half"] = answer
    found = fetcher.fetch(site.url("/half"))
    assert (found.outcome, site.asked("/half")) == ("failed", 3)
    site.pages["/mended"] = in_turn(answer, STORY)
    assert fetcher.fetch(site.url("/mended")).body == STORY.body


@pytest.mark.parametrize("header", [True, False], ids=["header", "body"])
def test_a_slow_trickle_ends_with_the_time(site: Site, make_fetcher: Make, header: bool) -> None:
    site.pages["/slow"] = trickle(20, header)
    started = time.monotonic()
    found = make_fetcher(limits=Limits(seconds=0.5, wait=0.3, pause=0)).fetch(site.url("/slow"))
    assert (found.outcome, found.reason) == ("failed", "took longer than 0.5 seconds")
    assert time.monotonic() - started < 2
    assert site.asked("/slow") == 1


def test_a_server_that_says_nothing_is_given_up(site: Site, make_fetcher: Make) -> None:
    site.pages["/silent"] = lambda visit: time.sleep(1)
    found = make_fetcher(limits=Limits(seconds=5, wait=0.1, pause=0)).fetch(site.url("/silent"))
    assert (found.outcome, site.asked("/silent")) == ("failed", 3)
    assert "no answer within 0.1 seconds" in found.reason


def test_an_answer_that_is_no_http_fails(site: Site, fetcher: Fetcher) -> None:
    site.pages["/page"] = lambda visit: visit.wfile.write(b"220 mail.test ESMTP\r\n\r\n") and None
    assert fetcher.fetch(site.url("/page")).outcome == "failed"


def test_a_disk_that_takes_nothing_ends_the_refresh(site: Site, fetcher: Fetcher, tmp_path: Path) -> None:
    site.pages["/story"] = STORY
    (tmp_path / "raw").write_text("in the way")
    with pytest.raises(CorpusError, match="cannot be kept"):
        fetcher.fetch(site.url("/story"))


def test_the_language_is_asked_for(site: Site, fetcher: Fetcher) -> None:
    site.pages["/story"] = STORY
    fetcher.fetch(site.url("/story"), language="en")
    assert site.visits[-1][1]["Accept-Language"].startswith("en")
