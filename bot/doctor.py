"""What the program needs, examined one thing at a time; each finding carries its one-line mend."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from pydantic_settings import DotEnvSettingsSource
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from migrations.database import DatabaseError, current, engine, head
from retrieval import builds, encoder, models
from retrieval.errors import DamagedBuild, ModelError, NoBuild

TELEGRAM = "https://api.telegram.org"
#: A build and its copy aside, the exported model and a growing log fit in this many bytes.
ROOM = 1_000_000_000
#: Seconds of clock difference that still keep the log's times true.
DRIFT = 60
TIMEOUT = 10.0
_TOKEN = re.compile(r"\d+:[\w-]{35}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: "ok", a "note" that stops nothing, or something "wrong" and how to mend it."""

    name: str
    state: Literal["ok", "note", "wrong"]
    text: str
    mend: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Every finding, in the order in which a newcomer meets the things examined."""
    checks: tuple[Callable[[Settings], Finding], ...] = (_database, _index, _disk)
    home = _home(settings)
    found = (home,) if home else tuple(check(settings) for check in checks)
    return (*_unknown(), *_telegram(settings), _model(settings), *found)


def _unknown() -> Iterator[Finding]:
    """The names in `.env` that are no settings."""
    known = [name.upper() for name in Settings.model_fields]
    for name in map(str.upper, DotEnvSettingsSource(Settings).env_vars):
        if name not in known:
            near = get_close_matches(name, known, 1)
            mend = f"write {near[0]}" if near else ".env.example names them all"
            yield Finding(".env", "note", f"{name} is no setting, and does nothing", mend)


def _telegram(settings: Settings) -> tuple[Finding, ...]:
    """Token, reachability, privacy mode, inline mode and clock, from one request."""
    root = settings.telegram_api_base_url or TELEGRAM
    token = settings.telegram_bot_token
    path = f"/bot{token.get_secret_value()}/getMe" if token else "/"
    try:
        response = httpx.get(root + path, timeout=TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        mend = "check the network, or set TELEGRAM_API_BASE_URL to a Bot API server you can reach"
        reached = Finding("Bot API", "wrong" if token else "note", f"{root}: {type(error).__name__}", mend)
        return (_token(settings, None), reached)
    reached = Finding("Bot API", "ok", f"{root} answers")
    clock = _clock(response.headers.get("Date"))
    if token is None:
        return (_token(settings, None), reached, clock)
    try:
        body: dict[str, Any] = response.json()
        refused = None if body["ok"] else str(body["description"])
        me: dict[str, Any] = {} if refused else body["result"]
        name = "" if refused else me["username"]
    except (ValueError, KeyError, TypeError, AttributeError):
        silent = Finding("Bot API", "wrong", f"{root} does not speak the Bot API")
        return (_token(settings, None), silent, clock)
    if response.status_code in (401, 404):
        return (_token(settings, refused), reached, clock)
    if refused:
        mend = "try again later: the token was not looked at"
        return (_token(settings, None), Finding("Bot API", "wrong", f"{root}: {refused}", mend), clock)
    return (
        Finding("token", "ok", f"@{name}"),
        reached,
        _mode(
            "privacy mode",
            not me.get("can_read_all_group_messages"),
            "on: in groups the bot sees commands and replies to it",
            "off: in groups the bot sees every message",
            "turn it on with @BotFather: /setprivacy",
        ),
        _mode(
            "inline mode",
            bool(me.get("supports_inline_queries")),
            "on",
            "off",
            "turn it on with @BotFather: /setinline",
        ),
        *_webhook(settings, root),
        *_maintainers(settings, root),
        clock,
    )


def _webhook(settings: Settings, root: str) -> tuple[Finding, ...]:
    """Whether updates are posted where they should be, and arrive."""
    info = _asked(settings, root, "getWebhookInfo")
    if info is None:
        return ()
    name, url = "webhook", str(info.get("url") or "")
    if not settings.webhook_url:
        at = urlsplit(url).hostname
        mend = "`talks run` removes it and polls; or set WEBHOOK_URL"
        return (Finding(name, "note", f"set to {at}, although WEBHOOK_URL is empty", mend),) if url else ()
    if url != settings.webhook_url:
        return (Finding(name, "note", "Telegram does not post there yet", "`talks run` sets it"),)
    waiting = f"waiting updates: {info.get('pending_update_count', 0)}"
    if failed := info.get("last_error_message"):
        mend = f"have your proxy forward {settings.webhook_url} to {settings.listening}"
        return (Finding(name, "note", f"{waiting}; the last delivery that failed: {failed}", mend),)
    return (Finding(name, "ok", f"set, {waiting}"),)


def _maintainers(settings: Settings, root: str) -> tuple[Finding, ...]:
    """Whether the bot may write to its maintainers."""
    ids = sorted(settings.maintaining)
    silent = [str(id) for id in ids if _asked(settings, root, f"getChat?chat_id={id}") is None]
    if silent:
        text = f"the bot cannot write to {', '.join(silent)}"
        return (Finding("maintainers", "note", text, "they send /start to the bot, or the number is wrong"),)
    return (Finding("maintainers", "ok", f"{len(ids)} may use /status and /refresh"),) if ids else ()


def _asked(settings: Settings, root: str, method: str) -> dict[str, Any] | None:
    """What a method of the Bot API gives; None where it is refused or no answer comes."""
    assert settings.telegram_bot_token is not None
    address = f"{root}/bot{settings.telegram_bot_token.get_secret_value()}/{method}"
    try:
        body = httpx.get(address, timeout=TIMEOUT).json()
        return dict(body["result"]) if body["ok"] else None
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


def _token(settings: Settings, refused: str | None) -> Finding:
    if settings.telegram_bot_token is None:
        return Finding("token", "note", "not set: answers in the terminal", "set TELEGRAM_BOT_TOKEN in .env")
    if refused is not None:
        return Finding("token", "wrong", f"refused: {refused}", "copy the token again from @BotFather")
    if not _TOKEN.fullmatch(settings.telegram_bot_token.get_secret_value()):
        text = "it is no token: those are digits, a colon and 35 characters"
        return Finding("token", "wrong", text, "copy the token again from @BotFather")
    return Finding("token", "note", "set, not checked")


def _mode(name: str, good: bool, yes: str, no: str, mend: str) -> Finding:
    return Finding(name, "ok", yes) if good else Finding(name, "note", no, mend)


def _clock(header: str | None) -> Finding:
    if header is None:
        return Finding("clock", "note", "not checked: the server sends no date")
    try:
        drift = (datetime.now(UTC) - parsedate_to_datetime(header)).total_seconds()
    except (ValueError, TypeError):
        return Finding("clock", "note", "not checked: the server's date is none")
    if abs(drift) > DRIFT:
        return Finding("clock", "wrong", f"{drift:+.0f} s off", "set the clock: timedatectl set-ntp true")
    return Finding("clock", "ok", "within a minute of the server's")


def _model(settings: Settings) -> Finding:
    try:
        folder = models.locate(settings.embedding_model)
        if settings.embedding_model == models.BUNDLED:
            found = models.file_digest(folder / "model.safetensors")
            if found != models.BUNDLED_SHA256:
                mend = "delete .venv and run `make setup` again"
                return Finding("model", "wrong", f"weights have sha256 {found[:12]}…", mend)
        key = models.digest(folder)
    except (ModelError, OSError) as error:
        return Finding("model", "wrong", str(error), "set EMBEDDING_MODEL to a folder that holds one")
    named = f"{settings.embedding_model} ({key[:12]})"
    if not (settings.models / key[:16]).exists():
        return Finding("model", "ok", f"{named}, prepared at the next build")
    try:
        serving = encoder.load(key, settings.models).model
        encoder.check(serving, settings.models)
    except ModelError as error:
        return Finding("model", "wrong", str(error), "run `talks corpus build`")
    if serving.reason:
        return Finding("model", "note", f"{named}, served by sentence-transformers: {serving.reason}")
    return Finding("model", "ok", f"{named}, prepared for serving")


def _database(settings: Settings) -> Finding:
    if settings.database_url is None and not (settings.home / "talks.db").exists():
        return Finding("database", "note", "none yet", "run `talks db upgrade`")
    try:
        found = current(engine(settings.database))
    except (DatabaseError, SQLAlchemyError, ValueError) as error:
        return Finding(
            "database", "wrong", str(error).split("\n")[0], "check DATABASE_URL and that its server runs"
        )
    if found != head():
        state = "blank" if found is None else f"at revision {found}"
        return Finding("database", "note", f"{state}, not {head()}", "run `talks db upgrade`")
    return Finding("database", "ok", f"at revision {found}")


def _index(settings: Settings) -> Finding:
    try:
        build = builds.load(settings.index)
        builds.check(settings.index, build.id)
        encoder.load(build.manifest.model, settings.models)
    except NoBuild:
        return Finding("index", "note", "none yet", "run `talks corpus build`")
    except (DamagedBuild, ModelError) as error:
        return Finding("index", "wrong", str(error), "run `talks corpus build`")
    newest = f"newest dated {build.newest}" if build.newest else "none dated"
    return Finding("index", "ok", f"{build.id}: {len(build.documents)} documents, {newest}")


def _home(settings: Settings) -> Finding | None:
    """What keeps TALKS_HOME from being used, if anything does."""
    place = settings.home
    while not place.exists() and place != place.parent:
        place = place.parent
    mend = "set TALKS_HOME to a folder that may be written to"
    if not place.is_dir():
        return Finding("home", "wrong", f"TALKS_HOME is {settings.home}, and {place} is a file", mend)
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("home", "wrong", f"TALKS_HOME is {settings.home}: no writing in {place}", mend)
    return None


def _disk(settings: Settings) -> Finding:
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < ROOM:
        mend = "free some space, or set TALKS_HOME to a larger disk"
        return Finding("disk", "wrong", f"{free / 1e9:.1f} GB free at {place}", mend)
    return Finding("disk", "ok", f"{free / 1e9:.0f} GB free")
