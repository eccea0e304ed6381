"""The pages: what they show, what a reviewer does on them, and what nobody can do through them."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, text
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from bot.exchange import Exchange
from bot.feedback import Given, judge
from bot.live import Serving
from bot.log import write
from bot.review import labels, queue
from bot.review.stats import stats
from bot.review.visit import COOKIE
from bot.review.web import application
from bot.settings import Settings
from bot.tables import exchanges
from bot.tables import labels as said
from migrations.database import reading
from retrieval.builds import Build
from retrieval.types import Document, Source
from tests.fakes import BagOfWords

from .logs import BOT, CORPUS, QUESTIONS, asked, build_of, keep
from .pages import Browser

THRESHOLD = 0.1
EVIL = Document.of(
    "evil</script><script>alert(1)</script>",
    Source("<img src=x onerror=alert(1)>", "<b>me</b>", date(2025, 11, 1), "javascript:alert(1)"),
    "The <script>alert('document')</script> zebra crossed the border. Another sentence says nothing.",
)
EVIL_QUESTION = "Did the zebra <script>alert('question')</script> cross the border?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def build(home: Path) -> Build:
    return build_of(home / "index", *CORPUS, EVIL)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, talks_home=tmp_path, answer_threshold=THRESHOLD)


@pytest.fixture
def sqlite(made_sqlite: Engine) -> Engine:
    keep(made_sqlite, *CORPUS, EVIL)
    return made_sqlite


@pytest.fixture
def ann(settings: Settings, sqlite: Engine) -> Iterator[Browser]:
    with Browser(settings, sqlite, "ann") as browser:
        yield browser


def logged(engine: Engine, build: Build, *questions: str, days: int = 0) -> list[Exchange]:
    now = datetime.now(UTC) - timedelta(days=days)
    made = [
        replace(asked(build, question, number), asked_at=now + timedelta(seconds=number))
        for number, question in enumerate(questions, 1)
    ]
    write(engine, *made)
    return made


def verdicts(engine: Engine) -> list[tuple[str, str | None]]:
    with reading(engine) as connection:
        return [(row.reviewer, row.verdict) for row in connection.execute(select(said).order_by(said.c.id))]


def test_the_queue_says_why_and_label_after_label_empties_it(
    ann: Browser, sqlite: Engine, build: Build
) -> None:
    made = logged(sqlite, build, *QUESTIONS, "zebra?")
    judge(sqlite, Given(BOT, 2, "u", "c"), False, datetime.now(UTC))
    page = ann.look("/queue").text
    assert page.index("An asker gave it a 👎.") < page.index(QUESTIONS[1])
    queue.draw(sqlite, 1.0, datetime.now(UTC))
    ann.look("/queue")
    place = ann.submit("/next").headers["location"]
    assert place == f"/exchange/{made[1].id}"
    seen = []
    while place.startswith("/exchange/"):
        page = ann.look(place).text
        seen.append(place.partition("?")[0].removeprefix("/exchange/"))
        [first] = re.findall(r'name="verdict" value="(\w+)" data-key="r"', page)
        place = ann.submit(f"/exchange/{seen[-1]}/label", verdict=first).headers["location"]
    assert sorted(seen) == sorted(str(one.id) for one in made)
    assert place == "/queue?taken="
    assert "Nothing waits for you" in ann.look(place).text
    assert verdicts(sqlite) == [("ann", "right")] * 4


def test_one_exchange_is_shown_with_all_behind_it(ann: Browser, sqlite: Engine, build: Build) -> None:
    before, one = logged(sqlite, build, QUESTIONS[1], QUESTIONS[0])
    page = ann.look(f"/exchange/{one.id}").text
    assert QUESTIONS[0] in page
    assert f'<a href="/exchange/{before.id}">{QUESTIONS[1]}</a>' in page
    quote = one.quotes[0]
    text = CORPUS[0].text[quote.start : quote.end]
    marks = re.findall(r"<mark [^>]*>(.*?)</mark>", page, re.DOTALL)
    assert text in re.sub("<[^>]+>", "", "".join(marks))
    assert f"quoted [{quote.number}]" in page
    assert one.build in page
    # Nobody is named, not even by pseudonym.
    assert "c" * 32 not in page
    assert ann.look(f"/exchange/{UUID(int=1)}").status_code == 404
    assert ann.look("/exchange/..%2f..%2fetc%2fpasswd").status_code == 404


def test_a_better_span_is_chosen_by_links_alone(ann: Browser, sqlite: Engine, build: Build) -> None:
    [one] = logged(sqlite, build, QUESTIONS[0])
    page = ann.look(f"/exchange/{one.id}").text
    links = re.findall(r'class="pick" href="([^"]+)"', page)
    page = ann.look(links[1].replace("&amp;", "&")).text
    fields = dict(re.findall(r'name="(gold_\w+)"(?: id="[^"]+")? value="([^"]*)"', page))
    sent = ann.submit(f"/exchange/{one.id}/label", verdict="wrong_quote", note=" 🤝 ", **fields)
    assert sent.status_code == 303
    [label] = labels.history(sqlite, one.id)
    assert label.gold is not None
    assert CORPUS[0].slice(label.gold.span) == "Nobody at the meeting asked him why."
    assert (label.verdict, label.note) == ("wrong_quote", "🤝")
    page = ann.look(f"/exchange/{one.id}").text
    assert "Undo “Wrong quote”" in page
    assert ann.submit(f"/exchange/{one.id}/undo").headers["location"] == f"/exchange/{one.id}"
    assert ann.submit(f"/exchange/{one.id}/undo").status_code == 400
    # Nothing is overwritten.
    assert verdicts(sqlite) == [("ann", "wrong_quote"), ("ann", None)]


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "excellent"},
        {},
        {"verdict": "should_have_answered"},
        {"verdict": "right", "gold_document": "speech", "gold_version": "x"}
        | {"gold_start": "0", "gold_end": "5"},
        {"verdict": "right", "gold_document": "speech", "gold_version": CORPUS[0].version}
        | {"gold_start": "0", "gold_end": "99999"},
    ],
)
def test_what_is_no_label_is_refused(
    ann: Browser, sqlite: Engine, build: Build, fields: dict[str, str]
) -> None:
    [one] = logged(sqlite, build, QUESTIONS[0])
    ann.look("/queue")
    assert ann.submit(f"/exchange/{one.id}/label", **fields).status_code == 400
    assert verdicts(sqlite) == []


def test_no_text_of_anybody_becomes_markup(ann: Browser, sqlite: Engine, build: Build) -> None:
    """Stored XSS: in the question, the reply, a document's text, its title, its address, a note, a filter."""
    [one] = logged(sqlite, build, EVIL_QUESTION)
    assert one.answered
    judge(sqlite, Given(BOT, 1, "u", "c"), False, datetime.now(UTC))
    ann.look("/queue")
    ann.submit(f"/exchange/{one.id}/label", verdict="right", note="<script>alert('note')</script>")
    evil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for path in (
        f"/exchange/{one.id}",
        f"/exchange/{one.id}?in={evil}&document={evil}",
        f"/queue?reason=all&q={evil}&document={evil}",
        f"/try?q={evil}&build={evil}",
        f"/sign-in?next=/{evil}",
    ):
        page = ann.look(path).text
        assert not re.search(r"<script(?! src=\"/static/)|<img|javascript:|<b>me", page), path
        assert not re.search(r"<[^>]+ (on\w+|style)=", re.sub('"[^"]*"', "", page)), path
    assert "&lt;script&gt;alert(&#39;document&#39;)" in ann.look(f"/exchange/{one.id}").text


def test_search_and_filters_find_and_pages_go_on(ann: Browser, sqlite: Engine, build: Build) -> None:
    made = logged(sqlite, build, *QUESTIONS, *["When will soybeans be shipped again?"] * 60)

    def ids(path: str) -> list[str]:
        found: list[str] = []
        while path:
            page = ann.look(path).text
            found += re.findall(r'<a href="/exchange/([^"?]+)[^"]*" data-row>', page)
            [path] = re.findall(r'rel="next" href="([^"]+)"', page) or [""]
            path = path.replace("&amp;", "&")
        return found

    newest = [str(one.id) for one in sorted(made, key=lambda one: (one.asked_at, one.id), reverse=True)]
    assert ids("/queue?reason=all") == newest
    soybeans = [id for id in newest if id not in (str(made[0].id), str(made[2].id))]
    assert ids("/queue?q=soybeans&field=question") == soybeans
    assert ids('/queue?q="off the table"') == [str(made[0].id)]
    assert ids("/queue?document=magnets") == [str(made[2].id)]
    assert ids(f"/queue?ids={made[0].id},{made[2].id}") == [str(made[2].id), str(made[0].id)]
    assert ids("/queue?answered=no") == []
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert ids(f"/queue?since={tomorrow}") == []
    queue.draw(sqlite, 1.0, datetime.now(UTC))
    waiting = ids("/queue")
    assert len(waiting) == len(set(waiting)) == 63
    assert ids("/queue?reason=sample") == sorted(newest)
    for wrong in ("reason=x", "since=x", "after=x", "ids=x", "reason=all&after=x", "after=sample+x"):
        assert ann.look(f"/queue?{wrong}").status_code == 400, wrong


def test_csv_holds_no_formula_and_is_for_maintainers(
    ann: Browser, settings: Settings, sqlite: Engine, build: Build
) -> None:
    hostile = ["=1+1 on soybeans?", "+cmd on tariff", "@sum soybeans", "-2 tariff", 'a "b", c\n=d tariff']
    made = logged(sqlite, build, *hostile)
    assert ann.look("/queue.csv").status_code == 403
    with Browser(settings, sqlite, "max", "maintainer") as maintainer:
        got = maintainer.look("/queue.csv?reason=all")
    assert got.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(got.text, newline="")))
    assert [row["exchange"] for row in rows] == [str(one.id) for one in reversed(made)]
    assert [row["question"] for row in rows] == [hostile[4], *(f"'{asked}" for asked in hostile[3::-1])]


def test_two_reviewers_are_sent_to_different_exchanges(
    settings: Settings, sqlite: Engine, ann: Browser, build: Build
) -> None:
    one, two = logged(sqlite, build, QUESTIONS[0], QUESTIONS[1])
    queue.draw(sqlite, 1.0, datetime.now(UTC))
    with Browser(settings, sqlite, "bob") as bob:
        for browser in (ann, bob):
            browser.look("/queue")
        given = [browser.submit("/next").headers["location"] for browser in (ann, bob)]
        assert sorted(given) == sorted(f"/exchange/{exchange.id}" for exchange in (one, two))
        assert "ann is at it" in bob.look(given[0]).text
        assert bob.submit("/next").headers["location"] == "/queue?taken="
        ann.look(given[0])
        assert ann.submit(f"{given[0]}/second").headers["location"] == given[0]
        assert bob.submit("/next", **{"in": "second"}).headers["location"] == f"{given[0]}?in=second"
        assert ann.submit(f"/exchange/{UUID(int=1)}/second").status_code == 404


def test_two_builds_are_asked_side_by_side_and_no_number_counts_it(
    settings: Settings, sqlite: Engine, home: Path, build: Build
) -> None:
    other = build_of(home / "index", *CORPUS[1:])
    (settings.home / "index").symlink_to(home / "index")
    with Browser(settings, sqlite, "ann") as ann:
        trials = ann.app.state.room.trials  # type: ignore[attr-defined]
        # Builds of the bag of words: there is no model to load for them.
        trials._held.update({b.id: Serving(b, BagOfWords()) for b in (build, other)})
        ann.look("/try")
        page = ann.submit("/try", question=QUESTIONS[0], build=build.id, other=other.id).text
        assert page.count("<article") == 2
        assert "off the table" in page
        assert page.index(f'aria-label="{build.id}"') < page.index(f'aria-label="{other.id}"')
        for outside in ("../../etc", "/etc", other.id + "/../x"):
            page = ann.submit("/try", question="x", build=outside).text
            assert "That build is not kept." in page
    with reading(sqlite) as connection:
        assert set(connection.scalars(select(exchanges.c.origin))) == {"review"}
    assert stats(sqlite, THRESHOLD).exchanges == 0


def routes(browser: Browser, method: str) -> list[str]:
    """The paths that take `method`, an id filled in."""
    found = browser.app.router.routes  # type: ignore[attr-defined]
    assert all(isinstance(route, Route | Mount) for route in found)
    paths = [r.path for r in found if isinstance(r, Route) and method in (r.methods or {"GET"})]
    return [path.replace("{id:uuid}", str(UUID(int=1))) for path in paths]


def test_every_form_wants_its_token_and_every_page_a_session(
    settings: Settings, sqlite: Engine, ann: Browser
) -> None:
    forms = routes(ann, "POST")
    assert len(forms) >= 7
    for path in forms:
        assert ann.post(path, data={"verdict": "right", "question": "x"}).status_code == 403, path
    with Browser(settings, sqlite) as stranger:
        stranger.cookies.set(COOKIE, "x" * 43)
        for path in forms:
            assert stranger.post(path, data={}).status_code in (401, 403), path
        for path in {*routes(stranger, "GET")} - {"/sign-in", "/"}:
            got = stranger.get(path)
            assert got.status_code == 303, path
            assert got.headers["location"].startswith("/sign-in"), path
    with reading(sqlite) as connection:
        assert connection.scalar(select(func.count()).select_from(said)) == 0


def test_what_is_for_maintainers(settings: Settings, sqlite: Engine, ann: Browser, build: Build) -> None:
    [one] = logged(sqlite, build, QUESTIONS[0])
    ann.look("/queue")
    ann.submit(f"/exchange/{one.id}/label", verdict="right")
    assert ann.look("/golden").status_code == 403
    assert ann.submit("/golden").status_code == 403
    golden = settings.home / "golden" / "reviewed.jsonl"
    assert not golden.exists()
    with Browser(settings, sqlite, "max", "maintainer") as maintainer:
        assert QUESTIONS[0] in maintainer.look("/golden").text
        assert maintainer.submit("/golden").status_code == 303
    assert golden.read_text("utf-8").count("\n") == 1


def test_both_databases_show_the_same(
    settings: Settings, engine: Engine, build: Build
) -> None:
    keep(engine, *CORPUS, EVIL)
    one, *others = logged(engine, build, *QUESTIONS, EVIL_QUESTION)
    judge(engine, Given(BOT, 1, "u", "c"), False, datetime.now(UTC))
    queue.draw(engine, 1.0, datetime.now(UTC))
    with Browser(settings, engine, "max", "maintainer") as browser:
        for path, found in (
            ("/queue", 4),
            ("/queue?reason=all", 4),
            ("/queue?reason=disliked", 1),
            *((f"/queue?reason={reason}", 0) for reason in ("again", "second", "watched", "near", "speaker")),
            (f"/queue?reason=sample&after=sample+{UUID(int=0)}", 4),
            (f"/queue?reason=all&after={one.asked_at.isoformat().replace('+', '%2B')}+{one.id}", 0),
            (f"/queue?q=soybeans&document=harvest&build={build.id}&answered=yes&since=2025-01-01", 1),
            ("/queue?label=right", 0),
        ):
            page = browser.look(path)
            assert (page.status_code, page.text.count("data-row")) == (200, found), path
        assert browser.look("/queue.csv?reason=all").text.count("\r\n") == 5
        place = browser.submit("/next").headers["location"]
        assert place == f"/exchange/{one.id}"
        assert "An asker gave it a 👎." in browser.look(place).text
        browser.submit(f"{place}/second")
        following = browser.submit(f"{place}/label", verdict="wrong_quote").headers["location"]
        assert following in {f"/exchange/{other.id}" for other in others}
        assert browser.look("/queue?label=wrong_quote").text.count("data-row") == 1
        assert browser.submit(f"{place}/undo").status_code == 303
        long = ("q=" + "a+" * 9000, "q=%22" + "稀" * 900)
        for odd in ("q=%00", "document=%00", "build=%ff", *long, "until=9999-12-31"):
            assert browser.look(f"/queue?{odd}").status_code in (200, 400), odd
        assert browser.submit("/next", **{f"field{n}": "" for n in range(101)}).status_code == 400
        odd_label = {"verdict": "right", "note": "\0\ud800".encode("utf-8", "replace").decode()}
        odd_label |= {"gold_document": "\0", "gold_start": "1", "gold_end": "9" * 12}
        assert browser.submit(f"{place}/label", **odd_label).status_code == 400


@pytest.mark.parametrize("host", ["evil_x.example:8088", "localhost.evil.example", "10.0.0.1.evil.example"])
def test_a_host_name_that_is_not_theirs_is_told_nothing(ann: Browser, host: str) -> None:
    got = ann.get("/queue", headers={"host": host})
    assert got.status_code == 421
    assert "--name" in got.text
    assert got.headers["x-content-type-options"] == "nosniff"


def test_their_own_names_and_addresses_are_answered(settings: Settings, sqlite: Engine) -> None:
    named = TestClient(application(settings, sqlite, ["Review.example.org"]))
    for host in ("review.example.org", "localhost:8088", "127.0.0.1:8088", "[::1]:8088"):
        assert named.get("/sign-in", headers={"host": host}).status_code == 200, host


def test_a_page_that_breaks_has_the_headers_too(ann: Browser, sqlite: Engine, build: Build) -> None:
    [one] = logged(sqlite, build, QUESTIONS[0])
    with sqlite.begin() as connection:
        connection.execute(text("UPDATE exchanges SET reply = '5'"))
    visitor = TestClient(ann.app, "http://localhost", raise_server_exceptions=False, cookies=ann.cookies)
    got = visitor.get(f"/exchange/{one.id}")
    assert got.status_code == 500
    assert "Something went wrong here" in got.text
    assert got.headers["content-security-policy"].startswith("default-src 'none'")
    assert got.headers["cache-control"] == "no-store"
