"""One visit to one page: who comes, what they send, what they get. Every page goes through `page`.

Nobody sees a page who is not signed in, and nothing is changed by a form that did not come from a page shown
to the same session.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.exchange import storable
from bot.review import sessions
from bot.review.trial import Trials
from bot.review.users import Role, User
from bot.settings import Settings

COOKIE = "talks_review"
#: Bytes of a form at most: a note of 4,000 characters fits, whatever it is written in.
LARGEST = 64 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Room:
    """What all visits share."""

    settings: Settings
    engine: Engine
    templates: Environment
    trials: Trials


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of someone signed in. `form` is what they posted, empty for a look; of a field that was sent
    more than once the last counts."""

    room: Room
    request: Request
    user: User
    csrf: str
    form: Mapping[str, str]
    now: datetime

    @property
    def engine(self) -> Engine:
        return self.room.engine

    @property
    def settings(self) -> Settings:
        return self.room.settings

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page that a template makes of `values`; it also sees `user`, `csrf` and `path`."""
        values |= {"user": self.user, "csrf": self.csrf, "path": self.request.url.path}
        return HTMLResponse(self.room.templates.get_template(template).render(values), status)


#: What makes a page of a visit. It may wait for the database: it runs on a thread of its own.
Page = Callable[[Visit], Response]


def page(show: Page, role: Role = "reviewer") -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a page for those who have the role; others are sent to sign in, or away."""

    async def endpoint(request: Request) -> Response:
        room: Room = request.app.state.room
        now = datetime.now(UTC)
        token = request.cookies.get(COOKIE, "")
        user = await run_in_threadpool(sessions.holder, room.engine, token, now) if token else None
        if user is None:
            if request.method == "POST":
                raise HTTPException(401, "You are signed out: sign in and send it again.")
            return RedirectResponse(f"/sign-in?next={quote(_here(request))}", 303)
        form = await posted(request, token) if request.method == "POST" else {}
        if not user.may(role):
            raise HTTPException(403, f"This is for a {role}; you are signed in as a {user.role}.")
        visit = Visit(room, request, user, sessions.csrf(token), form, now)
        return await run_in_threadpool(show, visit)

    return endpoint


async def posted(request: Request, token: str) -> dict[str, str]:
    """The fields of a form. Raises: HTTPException when it is too large, or not of this session's pages."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise HTTPException(413, "That is too long.")
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise HTTPException(400, "That is no form of these pages.") from error
    form = {name: storable(value) for name, value in fields}
    if not token or not hmac.compare_digest(form.pop("csrf", "").encode(), sessions.csrf(token).encode()):
        raise HTTPException(403, "The form is not of this session: load the page again.")
    return form


def away(path: str) -> Response:
    """Have the browser look at another page, after a form was taken in."""
    return RedirectResponse(path, 303)


def set_token(response: Response, request: Request, token: str) -> None:
    """Have the browser hold `token`; no script can read it, and no other site's form sends it along."""
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
