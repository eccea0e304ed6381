"""Who gets in, who does not, and what a stranger can do with a form, a token or much patience."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.review import sessions, users
from bot.review.users import User
from bot.review.visit import COOKIE, page
from bot.review.web import HEADERS
from bot.settings import Settings
from bot.tables import attempts, reviewers
from bot.tables import sessions as kept
from migrations.database import reading

from .pages import PASSWORD, Browser, demote, join

NOON = datetime(2025, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, talks_home=tmp_path)


@pytest.fixture
def sqlite(made_sqlite: Engine) -> Engine:
    return made_sqlite


def test_a_stranger_is_sent_to_sign_in_and_then_to_where_they_wanted(
    settings: Settings, sqlite: Engine
) -> None:
    join(sqlite, "ann")
    with Browser(settings, sqlite) as browser:
        sent = browser.look("/queue?reason=near&page=2")
        assert sent.status_code == 303
        assert sent.headers["location"] == "/sign-in?next=/queue%3Freason%3Dnear%26page%3D2"
        browser.look(sent.headers["location"])
        found = browser.submit(sent.headers["location"], name="ann", password=PASSWORD)
        assert (found.status_code, found.headers["location"]) == (303, "/queue?reason=near&page=2")
        assert browser.look("/queue").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(settings: Settings, sqlite: Engine, elsewhere: str) -> None:
    join(sqlite, "ann")
    with Browser(settings, sqlite) as browser:
        browser.look("/sign-in")
        found = browser.post(
            "/sign-in",
            params={"next": elsewhere},
            data={"csrf": browser.csrf, "name": "ann", "password": PASSWORD},
        )
        assert found.headers["location"] == "/queue"


def test_what_is_wrong_does_not_tell_which(settings: Settings, sqlite: Engine) -> None:
    join(sqlite, "ann")
    with Browser(settings, sqlite) as browser:
        browser.look("/sign-in")
        wrong = [browser.submit("/sign-in", name=name, password="x" * 12) for name in ("ann", "bob")]
        assert [answer.status_code for answer in wrong] == [401, 401]
        assert wrong[0].text.replace("ann", "bob") == wrong[1].text
        assert browser.look("/queue").status_code == 303


def test_a_session_is_a_new_one_at_sign_in_and_worth_nothing_after_sign_out(
    settings: Settings, sqlite: Engine
) -> None:
    """Session fixation: a token that someone planted, or saw before, opens nothing."""
    join(sqlite, "ann")
    planted = sessions.new_token()
    with Browser(settings, sqlite) as browser:
        browser.cookies.set(COOKIE, planted)
        browser.look("/sign-in")
        signed_in = browser.submit("/sign-in", name="ann", password=PASSWORD)
        assert "HttpOnly" in signed_in.headers["set-cookie"]
        assert "SameSite=lax" in signed_in.headers["set-cookie"]
        token = signed_in.cookies[COOKIE]
        assert token != planted
        assert sessions.holder(sqlite, planted, datetime.now(UTC)) is None
        browser.cookies.clear()
        browser.cookies.set(COOKIE, token)
        assert browser.look("/queue").status_code == 200
        assert browser.submit("/sign-out").status_code == 303
        browser.cookies.set(COOKIE, token)
        assert browser.look("/queue").status_code == 303


def test_a_form_from_elsewhere_changes_nothing(settings: Settings, sqlite: Engine) -> None:
    """CSRF: without the token, with that of another session, and for signing in as somebody."""
    with Browser(settings, sqlite, "ann") as ann, Browser(settings, sqlite, "bob") as bob:
        ann.look("/queue")
        bob.look("/queue")
        for token in ("", "0" * 64, "ä", bob.csrf):
            assert ann.post("/sign-out", data={"csrf": token}).status_code == 403
        assert ann.look("/queue").status_code == 200
        assert ann.post("/sign-out", content=b"csrf=" + b"x" * 100_000).status_code == 413
    with Browser(settings, sqlite) as stranger:
        forged = stranger.post("/sign-in", data={"csrf": "", "name": "ann", "password": PASSWORD})
        assert forged.status_code == 403


def test_guessing_is_stopped_and_stays_so_after_a_restart(settings: Settings, sqlite: Engine) -> None:
    join(sqlite, "ann")
    for number in range(sessions.OF_NAME):
        assert sessions.attempt(sqlite, "ann", f"10.0.0.{number}", datetime.now(UTC))
    with Browser(settings, sqlite) as browser:
        browser.look("/sign-in")
        assert browser.submit("/sign-in", name="ann", password=PASSWORD).status_code == 429
        assert browser.look("/queue").status_code == 303


def test_failures_are_counted_by_name_and_by_address_for_a_while(engine: Engine) -> None:
    for number in range(sessions.OF_ADDRESS):
        assert sessions.attempt(engine, f"name {number}", "10.0.0.1", NOON)
    assert not sessions.attempt(engine, "another", "10.0.0.1", NOON)
    assert sessions.attempt(engine, "another", "10.0.0.2", NOON)
    assert sessions.attempt(engine, "another", "10.0.0.1", NOON + sessions.WINDOW)
    with reading(engine) as connection:
        keys = sorted(connection.scalars(select(attempts.c.key)))
    # What is typed into the field of a name may be a password.
    assert (len(keys), keys[0]) == (2, "address 10.0.0.1")
    assert "another" not in keys[1]


def test_who_gets_in_after_failures_starts_anew(engine: Engine) -> None:
    for _ in range(sessions.OF_NAME):
        assert sessions.attempt(engine, "ann", "10.0.0.1", NOON)
        sessions.succeeded(engine, "ann", "10.0.0.1", NOON)
    assert sessions.attempt(engine, "ann", "10.0.0.1", NOON)


def test_a_session_ends_by_itself_and_with_its_password(sqlite: Engine) -> None:
    users.add(sqlite, "ann", PASSWORD, "reviewer", NOON)
    ann = users.check(sqlite, "ann", PASSWORD)
    assert ann == User("ann", "reviewer")
    token = sessions.begin(sqlite, ann, NOON)
    last = NOON + sessions.LASTS
    assert sessions.holder(sqlite, token, last - timedelta(seconds=1)) == ann
    assert sessions.holder(sqlite, token, last) is None
    users.change(sqlite, "ann", PASSWORD + " two")
    assert sessions.holder(sqlite, token, NOON) is None
    assert users.check(sqlite, "ann", PASSWORD) is None
    users.remove(sqlite, "ann")
    assert users.check(sqlite, "ann", PASSWORD + " two") is None
    assert users.users(sqlite) == ()
    with pytest.raises(ValueError, match="nobody called ann"):
        users.remove(sqlite, "ann")
    users.add(sqlite, "ann", PASSWORD, "maintainer", NOON)
    with pytest.raises(ValueError, match="already"):
        users.add(sqlite, "ann", PASSWORD, "maintainer", NOON)
    assert users.users(sqlite) == (User("ann", "maintainer"),)


def test_passwords_and_tokens_are_not_in_the_database(settings: Settings, sqlite: Engine) -> None:
    with Browser(settings, sqlite, "ann") as browser, reading(sqlite) as connection:
        token = connection.scalars(select(kept.c.token)).one()
        assert token != browser.cookies[COOKIE]
        password = connection.scalars(select(reviewers.c.password)).one()
        assert PASSWORD not in password


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), (" ann", PASSWORD), ("ann", "short")])
def test_unfit_names_and_passwords_are_refused(sqlite: Engine, name: str, password: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        users.add(sqlite, name, password, "reviewer", NOON)


def test_a_page_of_maintainers_is_not_for_reviewers(settings: Settings, sqlite: Engine) -> None:
    with Browser(settings, sqlite, "ann") as browser:
        browser.app.router.routes.append(  # type: ignore[attr-defined]
            Route("/secret", page(lambda visit: PlainTextResponse("secret"), "maintainer"))
        )
        assert browser.look("/secret").status_code == 403
        demote(sqlite, "ann", "maintainer")
        assert browser.look("/secret").status_code == 200


def test_every_answer_carries_the_headers(settings: Settings, sqlite: Engine) -> None:
    with Browser(settings, sqlite, "ann") as browser:
        for path in ("/queue", "/sign-in", "/nowhere", "/static/review.css"):
            got = browser.look(path)
            assert HEADERS.items() <= dict(got.headers).items(), path
            assert got.headers["cache-control"] == ("no-cache" if "static" in path else "no-store")
        assert "unsafe" not in HEADERS["content-security-policy"]


OUTSIDE = ["..%2fweb.py", "%2e%2e/web.py", "..%5cweb.py", "/etc/passwd", "pages/base.html"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leaves_the_static_files(settings: Settings, sqlite: Engine, path: str) -> None:
    with Browser(settings, sqlite, "ann") as browser:
        assert browser.get(f"/static/{path}").status_code == 404


def test_a_session_that_is_over_loses_no_form_silently(settings: Settings, sqlite: Engine) -> None:
    with Browser(settings, sqlite) as browser:
        browser.app.router.routes.append(  # type: ignore[attr-defined]
            Route("/form", page(lambda visit: PlainTextResponse("")), methods=["POST"])
        )
        assert browser.post("/form", data={}).status_code == HTTPException(401).status_code
