"""The way in and out: the two pages that one sees without being signed in."""

from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.review import sessions, users
from bot.review.visit import COOKIE, Room, away, posted, set_token

HOME = "/queue"


async def sign_in(request: Request) -> Response:
    """The form, and what becomes of it. The session is a new one, whatever token the browser held before."""
    room: Room = request.app.state.room
    wanted = _inside(request.query_params.get("next", HOME))
    token = request.cookies.get(COOKIE, "")
    if request.method != "POST":
        return await run_in_threadpool(_form, request, wanted, token)
    form = await posted(request, token)
    name, password = form.get("name", ""), form.get("password", "")
    now, address = datetime.now(UTC), request.client.host if request.client else ""
    if not await run_in_threadpool(sessions.attempt, room.engine, name, address, now):
        raise HTTPException(429, "Too many tries: wait a quarter of an hour.")
    user = await run_in_threadpool(users.check, room.engine, name, password)
    if user is None:
        return await run_in_threadpool(_form, request, wanted, token, "Name or password is wrong.", name)
    await run_in_threadpool(sessions.succeeded, room.engine, name, address, now)
    response = away(wanted)
    set_token(response, request, await run_in_threadpool(sessions.begin, room.engine, user, now))
    return response


async def sign_out(request: Request) -> Response:
    """End the session, in the database and in the browser."""
    room: Room = request.app.state.room
    token = request.cookies.get(COOKIE, "")
    await posted(request, token)
    await run_in_threadpool(sessions.end, room.engine, token)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


def _form(request: Request, wanted: str, token: str, wrong: str = "", name: str = "") -> Response:
    room: Room = request.app.state.room
    # A token of a session is not taken over, so that nobody's form can be prepared for them.
    token = token or sessions.new_token()
    made = room.templates.get_template("sign_in.html").render(
        wrong=wrong,
        name=name,
        csrf=sessions.csrf(token),
        wanted=wanted,
        nobody=not users.anyone(room.engine),
    )
    response = HTMLResponse(made, 401 if wrong else 200)
    set_token(response, request, token)
    return response


def _inside(path: str) -> str:
    """`path` if it is one of these pages, else the first: no link may send people elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else HOME
