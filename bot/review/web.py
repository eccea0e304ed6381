"""The review pages: every route in one list. A process of its own, never mounted where updates arrive."""

from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.database import database
from bot.review import entrance, exchange_page, gaps_page, golden_page, queue_page, trends_page, trial_page
from bot.review.trial import Trials
from bot.review.visit import Room, page
from bot.settings import Settings
from migrations.database import Unavailable

HERE = Path(__file__).parent
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def application(
    settings: Settings, engine: Engine | None = None, names: Collection[str] = ()
) -> Starlette:
    """The pages over the database of `settings`, or over `engine`; they answer to `names` beside localhost
    and plain addresses. Raises: DatabaseError."""
    made = Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse(entrance.HOME, 303)),
            Route("/sign-in", entrance.sign_in, methods=["GET", "POST"]),
            Route("/sign-out", entrance.sign_out, methods=["POST"]),
            Route("/queue", page(queue_page.show)),
            Route("/queue.csv", page(queue_page.as_csv, "maintainer")),
            Route("/next", page(queue_page.take), methods=["POST"]),
            Route("/exchange/{id:uuid}", page(exchange_page.show)),
            Route("/exchange/{id:uuid}/label", page(exchange_page.label), methods=["POST"]),
            Route("/exchange/{id:uuid}/undo", page(exchange_page.undo), methods=["POST"]),
            Route("/exchange/{id:uuid}/second", page(exchange_page.second), methods=["POST"]),
            Route("/try", page(trial_page.show), methods=["GET", "POST"]),
            Route("/golden", page(golden_page.show, "maintainer")),
            Route("/golden", page(golden_page.write, "maintainer"), methods=["POST"]),
            Route("/trends", page(trends_page.show)),
            Route("/gaps", page(gaps_page.show)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(Headers), Middleware(Named, names)],
        exception_handlers={HTTPException: _refused, Unavailable: _unavailable, Exception: _broken},
    )
    made.state.room = Room(settings, engine or database(settings), templates(), Trials(settings))
    return made


def templates() -> Environment:
    """The templates of the pages: all that they are given is escaped, and a missing name is an error."""
    return Environment(
        loader=FileSystemLoader(HERE / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Headers:
    """Puts HEADERS on every response; pages are kept by no cache, as they hold what people asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["cache-control"] = "no-cache" if static else "no-store"
            await send(message)

        await self._app(scope, receive, sending)


class Named:
    """Answers to no host name but `names` and localhost: whoever lets a name of their own lead here could
    else read the pages in a reviewer's browser. A plain address leads nowhere else."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._known(Request(scope).url.hostname or ""):
            await self._app(scope, receive, send)
            return
        said = "These pages do not answer to this host name: talks review serve --name NAME lets them.\n"
        await PlainTextResponse(said, 421)(scope, receive, send)

    def _known(self, host: str) -> bool:
        try:
            ip_address(host)
        except ValueError:
            return host in self._names
        return True


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _said(request, error.status_code, error.detail)


def _unavailable(request: Request, error: Exception) -> Response:
    return _said(request, 503, "The database is busy or away. Try again in a moment.")


def _broken(request: Request, error: Exception) -> Response:
    """Made outside of the middleware above, so it brings the headers itself. The error is raised further."""
    said = _said(request, 500, "Something went wrong here. The log of `talks review serve` says what.")
    said.headers.update(HEADERS | {"cache-control": "no-store"})
    return said


def _said(request: Request, status: int, what: str) -> Response:
    room: Room = request.app.state.room
    return HTMLResponse(room.templates.get_template("refused.html").render(status=status, what=what), status)
