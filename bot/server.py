"""The program over HTTP: where Telegram posts updates, whether it lives and is ready, and its metrics.

An update is stored before Telegram gets its 200, as it is before a poll is confirmed. Nobody but Telegram can
post one: the secret in its header is made from the token, so every replica knows it and no setting holds it.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from telegram import Bot, Update

from bot import log as conversations
from bot.desk import Desk
from bot.inbox import Inbox
from migrations.database import DatabaseError

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
#: No update is larger: 4096 characters, and what a message replies to.
LARGEST = 1_000_000
#: Seconds in which the database must answer a question about readiness.
PATIENCE = 3.0


def secret_of(token: SecretStr) -> str:
    """What Telegram sends with each update."""
    return hmac.new(token.get_secret_value().encode(), b"webhook", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What is answered over HTTP. Without a `secret` no update is taken."""

    desk: Desk
    inbox: Inbox
    bot: Bot
    secret: str | None

    async def update(self, request: Request) -> Response:
        """One update; 200 says that it is stored. One that was stored before does nothing."""
        given = request.headers.get(SECRET_HEADER, "")
        if self.secret is None or not hmac.compare_digest(given.encode(), self.secret.encode()):
            return PlainTextResponse("only Telegram posts here", 403)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return PlainTextResponse("too large for an update", 413)
        try:
            raw = json.loads(body)
            update = Update.de_json(raw, self.bot)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("what came with the secret is no update: %s", type(error).__name__)
            return PlainTextResponse("this is no update", 400)
        await self.inbox.put(update)
        return Response()

    async def alive(self, request: Request) -> Response:
        """The program runs."""
        return PlainTextResponse("ok\n")

    async def ready(self, request: Request) -> Response:
        """A build serves and the database answers: 200, else 503."""
        build = self.desk.live.serving.build.id
        try:
            async with asyncio.timeout(PATIENCE):
                await self._open()
        except (DatabaseError, TimeoutError):
            return JSONResponse({"ready": False, "build": build, "database": "away"}, 503)
        return JSONResponse({"ready": True, "build": build, "database": "ok"})

    async def metrics(self, request: Request) -> Response:
        """Prometheus's text format; numbers and the build's name only."""
        meter, build = self.desk.meter, self.desk.live.serving.build
        meter.build.info({"id": build.id, "model": build.manifest.model[:12]})
        meter.documents.set(len(build.documents))
        if build.newest:
            meter.age.set((datetime.now(UTC).date() - build.newest).days)
        try:
            async with asyncio.timeout(PATIENCE):
                meter.open.set(await self._open())
        except (DatabaseError, TimeoutError):
            meter.open.set(float("nan"))
        return Response(meter.text(), media_type=CONTENT_TYPE_LATEST)

    async def _open(self) -> int:
        return await self.desk.ask(conversations.open_updates, self.bot.id)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stay with the program, which stops in its own order."""
        yield


@asynccontextmanager
async def listening(endpoints: Endpoints, listen: str, webhook: str | None) -> AsyncIterator[None]:
    """Answer HTTP at `listen` ("host:port"); updates at the path of `webhook` where there is one.

    Raises: OSError, when the address is taken or none of this machine's.
    """
    routes = [
        Route("/healthz", endpoints.alive),
        Route("/readyz", endpoints.ready),
        Route("/metrics", endpoints.metrics),
    ]
    if webhook is not None:
        routes.append(Route(urlsplit(webhook).path or "/", endpoints.update, methods=["POST"]))
    config = uvicorn.Config(
        Starlette(routes=routes), log_config=None, log_level="warning", access_log=False,
        server_header=False, lifespan="off", timeout_graceful_shutdown=5,
    )  # fmt: skip
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = _Server(config)
    with socket.create_server((host, int(port)), family=family) as bound:
        serving = asyncio.create_task(server.serve([bound]))
        log.info("answers HTTP at %s", listen)
        try:
            yield
        finally:
            server.should_exit = True
            await serving
