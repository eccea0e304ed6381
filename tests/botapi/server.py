"""A strict Telegram Bot API server on loopback, and the people who talk to the bot through it.

It answers over real HTTP what Telegram would answer, refuses what Telegram would refuse, keeps a
record of every call, and notes in `complaints` what Telegram would silently change or ignore.
"""

import asyncio
import inspect
import json
import re
import time
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self

from aiohttp import hdrs, web

from .bell import Bell
from .faults import Fault, Faults
from .limits import LIMITED, Limits
from .methods import METHODS, Method
from .parameters import Params
from .people import People
from .record import Json, Sent, User
from .refusal import Refused
from .service import Service
from .updates import Updates
from .webhook import Webhook
from .world import World

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
BY_LOWER_CASE = {name.lower(): name for name in METHODS}
MAX_BODY = 50 * 2**20


class BotApi(People):
    """The server, as an asynchronous context manager.

    With `strict_limits` it answers 429 where Telegram would. With `privacy` (Telegram's default) a
    group's talk reaches the bot only as commands and replies to it.
    """

    def __init__(
        self,
        token: str = "123456:TEST",
        username: str = "talks_test_bot",
        strict_limits: bool = False,
        privacy: bool = True,
    ) -> None:
        self.token = token
        self.username = username
        self.complaints: list[str] = []
        self.calls: list[Sent] = []
        bot = User(int(token.partition(":")[0]), "Talks", username, is_bot=True)
        self.world = World(bot, privacy, users={bot.id: bot})
        self.updates = Updates()
        self.heard = Bell()
        self.polls = 0
        self._method = ""
        self._faults = Faults()
        self._limits = Limits() if strict_limits else None
        self._service = Service(self.world, self.updates, self._complain, self._set_webhook)
        self._delivery: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._seen: dict[int, int] = {}
        self.base_url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_route("*", "/{rest:.*}", self._lost)
        # a program that gives up on a long poll must not leave it running
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._set_webhook(None)
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def sent(self) -> list[Sent]:
        """The calls whose effect a person would see, in order, accepted or not."""
        return [call for call in self.calls if METHODS[call.method].shows]

    @property
    def refusals(self) -> list[Sent]:
        """The calls that were refused for what they asked, not by a fault on demand."""
        return [call for call in self.calls if call.error and not call.fault]

    @property
    def webhook(self) -> Webhook | None:
        """The webhook in force, with its attempts."""
        return self._service.webhook

    def fail(
        self,
        method: str,
        times: int = 1,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        garbage: bool = False,
        truncate: bool = False,
        drop: str | None = None,
        slow: float | None = None,
        accepted: bool | None = None,
        chat_id: int | None = None,
    ) -> None:
        """Make the next `times` calls of `method` ("*" for any) go wrong, in one way of these.

        `status` answers that code, with `retry_after` where given. `drop` closes the connection
        "before" the call takes effect or "after". `slow` takes effect, then answers that many
        seconds late. `truncate` takes effect and answers half a body. `garbage` answers what is not
        JSON, with `status` or 200. `accepted` overrides whether a call with `status`, `garbage` or
        `truncate` takes effect. Raises: ValueError.
        """
        side = False if accepted is None else accepted
        if slow is not None:
            fault = Fault(method, "slow", delay=slow, accepted=True, chat_id=chat_id)
        elif drop is not None:
            if drop not in {"before", "after"}:
                raise ValueError(f'drop is "before" or "after", not {drop!r}')
            fault = Fault(method, "drop", accepted=drop == "after", chat_id=chat_id)
        elif truncate:
            fault = Fault(method, "truncate", accepted=accepted is not False, chat_id=chat_id)
        elif garbage:
            fault = Fault(method, "garbage", status or 200, accepted=side, chat_id=chat_id)
        elif status is not None:
            fault = Fault(method, "status", status, retry_after, accepted=side, chat_id=chat_id)
        else:
            raise ValueError("name one way to go wrong")
        self._faults.add(fault, times)

    def mend(self) -> None:
        """Forget the faults that have not struck yet."""
        self._faults.clear()

    async def _lost(self, request: web.Request) -> web.StreamResponse:
        return _reply(Refused(code=404))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        token, name = request.match_info["token"], BY_LOWER_CASE.get(request.match_info["method"].lower())
        if not TOKEN.fullmatch(token):
            return _reply(Refused(code=404))
        if token != self.token:
            return _reply(Refused(code=401))
        if name is None:
            self.complaints.append(f"unknown method {request.match_info['method']}")
            return _reply(Refused(code=404))
        try:
            params = await _params(request)
        except ValueError:
            return _reply(Refused("can't parse the request body"))
        for unknown in sorted(set(params.raw) - METHODS[name].takes - set(params.files)):
            self.complaints.append(f"{name}: unknown parameter {unknown!r}")
        fault = self._faults.take(name, _number(params, "chat_id"))
        outcome = await self._run(name, params) if fault is None or fault.accepted else None
        error = outcome if isinstance(outcome, Refused) else None
        if name != "getUpdates":
            self._record(name, params, outcome, error, fault)
        return await _faulty(request, outcome, fault) if fault else _reply(outcome)

    async def _run(self, name: str, params: Params) -> Any:
        """The method's result, or the refusal."""
        method: Method = METHODS[name]
        self._method = name
        try:
            if self._limits is not None and name in LIMITED and params.text("chat_id"):
                self._limits.spend(self.world.chat(params.text("chat_id")))
            if name == "getUpdates":
                self.polls += 1
            found = method.run(self._service, params)
            return await found if inspect.isawaitable(found) else found
        except Refused as refusal:
            return refusal

    def _record(
        self, name: str, params: Params, outcome: Any, error: Refused | None, fault: Fault | None
    ) -> None:
        shown: Json = outcome if isinstance(outcome, dict) and "message_id" in outcome else {}
        asked = params.raw.get("entities") or params.raw.get("caption_entities")
        text = shown.get("text", shown.get("caption")) if shown else params.text("text") or None
        entities = shown.get("entities", shown.get("caption_entities", ())) if shown else _loose(asked)
        markup = shown.get("reply_markup") or _loose(params.raw.get("reply_markup"))
        struck = fault is not None and not fault.accepted
        self.calls.append(
            Sent(
                method=name,
                chat_id=_number(params, "chat_id"),
                thread=shown.get("message_thread_id") if shown else _number(params, "message_thread_id"),
                text=text,
                entities=tuple(entities or ()),
                reply_markup=markup,
                message_id=shown.get("message_id") or _number(params, "message_id"),
                at=time.monotonic(),
                params=MappingProxyType(dict(params.raw)),
                accepted=error is None and not struck,
                error=error.description if error else None,
                fault=str(fault) if fault else None,
                files=MappingProxyType({key: upload[2] for key, upload in params.files.items()}),
            )
        )
        self.heard.ring()

    def _complain(self, sentence: str) -> None:
        self.complaints.append(f"{self._method}: {sentence}")

    def _set_webhook(self, webhook: Webhook | None) -> None:
        if self._delivery is not None:
            self._delivery.cancel()
            self._delivery = None
        self._service.webhook = webhook
        if webhook is not None:
            self._delivery = asyncio.create_task(webhook.run(self.updates))


def _reply(outcome: Any) -> web.Response:
    if not isinstance(outcome, Refused):
        return web.json_response({"ok": True, "result": outcome})
    headers = {}
    if "retry_after" in (outcome.parameters or {}):
        headers[hdrs.RETRY_AFTER] = str((outcome.parameters or {})["retry_after"])
    return web.json_response(outcome.json, status=outcome.code, headers=headers)


async def _faulty(request: web.Request, outcome: Any, fault: Fault) -> web.StreamResponse:
    """The answer that a fault makes of an outcome."""
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay)
        return _reply(outcome)
    if fault.kind == "garbage":
        return web.Response(text="<html><body>Bad gateway</body></html>", status=fault.status)
    if fault.kind == "status":
        parameters = {"retry_after": fault.retry_after} if fault.retry_after is not None else None
        sentence = f"retry after {fault.retry_after}" if parameters else ""
        return _reply(Refused(sentence, fault.status, parameters))
    broken = web.StreamResponse()
    if fault.kind == "truncate":
        body = _reply(outcome).body
        assert isinstance(body, bytes)
        broken.content_type = "application/json"
        broken.content_length = len(body)
        await broken.prepare(request)
        await broken.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close() if fault.kind == "truncate" else request.transport.abort()
    return broken


async def _params(request: web.Request) -> Params:
    raw: dict[str, Any] = dict(request.query)
    files: dict[str, tuple[str, str, bytes]] = {}
    if request.content_type == "application/json":
        body = await request.text()
        raw |= json.loads(body) if body else {}
    elif request.method == hdrs.METH_POST:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.filename, value.content_type, value.file.read()
            else:
                raw[name] = value
    return Params(MappingProxyType(raw), files)


def _loose(value: Any) -> Any:
    """A parameter that was refused, parsed as far as it can be; None when not at all."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _number(params: Params | Mapping[str, Any], name: str) -> int | None:
    """An integer parameter; None when absent or not a number."""
    raw = params.raw if isinstance(params, Params) else params
    try:
        return int(str(raw[name]))
    except (KeyError, ValueError):
        return None
