"""The review pages in a client that behaves like a browser: cookies, forms, links."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from bot.review import sessions, users
from bot.review.users import Role, User
from bot.review.visit import COOKIE
from bot.review.web import application
from bot.settings import Settings
from bot.tables import reviewers
from migrations.database import writing

PASSWORD = "a long password of ours"
#: Hashing a password takes a third of a second: once is enough.
HASHED = users.hashed(PASSWORD)
FIELD = re.compile(r'<input type="hidden" name="csrf" value="([^"]+)"')


def join(engine: Engine, name: str, role: Role = "reviewer") -> None:
    """Let someone sign in with PASSWORD."""
    row = {"name": name, "role": role, "password": HASHED, "added_at": datetime.now(UTC)}
    with writing(engine) as connection:
        connection.execute(reviewers.insert(), row)


class Browser(TestClient):
    """Follows no redirect by itself; a posted form brings the token of the page that was last looked at."""

    def __init__(self, settings: Settings, engine: Engine, name: str = "", role: Role = "reviewer") -> None:
        """With a `name`, that reviewer is signed in, without the time that comparing a password takes."""
        super().__init__(application(settings, engine), "http://localhost", follow_redirects=False)
        self.csrf = ""
        if name:
            join(engine, name, role)
            self.cookies.set(COOKIE, sessions.begin(engine, User(name, role), datetime.now(UTC)))

    def look(self, path: str) -> Any:
        """A page; where it shows a form, its token is kept."""
        got = self.get(path)
        if found := FIELD.search(got.text):
            self.csrf = unescape(found[1])
        return got

    def submit(self, path: str, **fields: str) -> Any:
        """A form."""
        return self.post(path, data={"csrf": self.csrf} | fields)


def demote(engine: Engine, name: str, role: Role) -> None:
    with writing(engine) as connection:
        connection.execute(update(reviewers).where(reviewers.c.name == name).values(role=role))
