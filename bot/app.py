"""The Telegram program from start to end: connect, go on where the last process stopped, poll, stop."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Update,
)
from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError
from telegram.ext import Application, CallbackContext
from telegram.request import HTTPXRequest

from bot import encoders, upkeep
from bot.commands import ADMINISTRATOR_COMMANDS, COMMANDS, GROUP_COMMANDS
from bot.desk import Desk
from bot.handlers import Chat, Handlers
from bot.inbox import Inbox
from bot.limits import Limits, leaving
from bot.live import Live
from bot.log import Writer, purge
from bot.meter import Meter
from bot.news import follow
from bot.order import Order
from bot.privacy import log_key
from bot.replicas import taking_up
from bot.server import Endpoints, listening, secret_of
from bot.settings import Settings
from bot.texts import CODES, LANGUAGES, say
from bot.upkeep import Upkeep
from retrieval.errors import RetrievalError

log = logging.getLogger(__name__)

ALLOWED = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CHANNEL_POST,
    Update.EDITED_CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.INLINE_QUERY,
    Update.CHOSEN_INLINE_RESULT,
    Update.GUEST_MESSAGE,
)
#: Which commands the menu holds where.
MENUS: tuple[tuple[BotCommandScope, tuple[str, ...]], ...] = (
    (BotCommandScopeAllPrivateChats(), COMMANDS),
    (BotCommandScopeAllGroupChats(), GROUP_COMMANDS),
    (BotCommandScopeAllChatAdministrators(), ADMINISTRATOR_COMMANDS),
)
#: Telegram repeats an update for at most a day; rows of updates done before that are not needed any more.
REPEATS = timedelta(days=2)
#: Seconds that getUpdates waits for something to happen.
POLL = 30
#: Seconds between two of them: what one brought is being encoded before the next is prepared, which keeps
#: the event loop for 2 ms.
LET_GO = 0.005
#: Seconds that replies under way are given when the program is told to stop.
GRACE = 20.0


class TokenRefused(RetrievalError):
    """Telegram does not know the token."""


class WebhookRefused(RetrievalError):
    """Telegram does not post to this address."""


async def serve(settings: Settings, engine: Engine) -> None:
    """Answer in Telegram until SIGINT or SIGTERM; what has begun is finished first.

    Raises: TokenRefused, WebhookRefused, OSError, NoBuild, DamagedBuild, ModelMissing.
    """
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    meter = Meter()
    inbox = Inbox(engine, meter)
    writer = Writer(engine)
    application = build(settings, inbox, meter)
    key = log_key(settings.home, settings.log_key.get_secret_value() if settings.log_key else None)
    live = Live(
        settings.index, settings.models, settings.answer_threshold, encoders=encoders.loader(settings)
    )
    async with live:
        # A build is some hundred thousand objects: looking through them for cycles takes a tenth of a second.
        gc.freeze()
        desk = Desk(live, engine, writer, key, settings, meter)
        Handlers(desk).register(application)
        try:
            if not await _unless(stop, application.initialize()):
                log.info("stopped before Telegram was reached: `talks doctor` says more")
                return
        except InvalidToken as cause:
            raise TokenRefused(
                "Telegram does not know this token: copy TELEGRAM_BOT_TOKEN again from @BotFather"
            ) from cause
        inbox.bot = application.bot.id
        writer.start()
        await asyncio.to_thread(purge, engine, datetime.now(UTC) - REPEATS)
        await _unless(stop, _introduce(application, settings.maintaining))
        await application.start()
        endpoints = Endpoints(desk, inbox, application.bot, _secret(settings))
        async with (
            taking_up(engine, application.bot.id, inbox, writer) as idle,
            _receiving(application, settings, endpoints, stop),
        ):
            context = CallbackContext(application)
            followers = Upkeep(desk).watch(context), follow(desk, context, idle)
            following = [asyncio.create_task(follower) for follower in followers]
            log.info("@%s answers from build %s", application.bot.username, live.serving.build.id)
            await stop.wait()
            log.info("stopping")
            for task in following:
                task.cancel()
        try:
            await asyncio.wait_for(application.stop(), GRACE)
        except TimeoutError:
            log.warning("stopped with replies under way: the next start sends them")
        await writer.close()
        await application.shutdown()


def build(settings: Settings, inbox: Inbox, meter: Meter | None = None) -> Chat:
    """The application that speaks to Telegram."""
    assert settings.telegram_bot_token is not None
    request = HTTPXRequest(
        connection_pool_size=settings.concurrent_chats + 8,
        pool_timeout=30,
        httpx_kwargs={"event_hooks": {"request": [leaving]}},
    )
    builder: Any = (
        Application.builder()
        .token(settings.telegram_bot_token.get_secret_value())
        .update_queue(inbox)
        .rate_limiter(Limits(settings.concurrent_chats, meter=meter))
        .concurrent_updates(Order())
        .get_updates_read_timeout(POLL + 10)
        .request(request)
    )
    if settings.telegram_api_base_url:
        builder = builder.base_url(f"{settings.telegram_api_base_url}/bot").base_file_url(
            f"{settings.telegram_api_base_url}/file/bot"
        )
    made: Chat = builder.build()
    return made


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> bool:
    """Do `work`, or give it up when told to stop; whether it was done. Requests are retried for as long as
    the network is away, and a program must stop all the same."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
        return doing.done()
    finally:
        for task in (doing, stopping):
            task.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)


async def _introduce(application: Chat, maintainers: frozenset[int]) -> None:
    """Set the menus and the descriptions in every language; English also for those without a catalogue. Not
    worth failing for."""
    bot = application.bot
    try:
        for language in LANGUAGES:
            code = None if language == "en" else CODES[language]
            for scope, names in MENUS:
                menu = [BotCommand(name, say(language, f"command-{name}")) for name in names]
                await bot.set_my_commands(menu, scope, code)
            await bot.set_my_description(say(language, "description"), code)
            await bot.set_my_short_description(say(language, "short-description"), code)
    except TelegramError as error:
        log.warning("menu and description are not set: %s", error)
    for id in sorted(maintainers):
        menu = [BotCommand(name, say("en", f"command-{name}")) for name in (*COMMANDS, *upkeep.COMMANDS)]
        try:
            await bot.set_my_commands(menu, BotCommandScopeChat(id))
        except TelegramError as error:
            log.warning("maintainer %d has no menu before they write to the bot: %s", id, error)


@asynccontextmanager
async def _receiving(
    application: Chat, settings: Settings, endpoints: Endpoints, stop: asyncio.Event
) -> AsyncIterator[None]:
    """Take updates in: posted by Telegram where there is a webhook, else polled, which removes one."""
    async with AsyncExitStack() as stack:
        if settings.listening:
            await stack.enter_async_context(listening(endpoints, settings.listening, settings.webhook_url))
        if settings.webhook_url:
            hook = application.bot.set_webhook(
                settings.webhook_url, allowed_updates=ALLOWED, secret_token=endpoints.secret
            )
            try:
                await _unless(stop, hook)
            except BadRequest as refusal:
                raise WebhookRefused(f"Telegram refuses WEBHOOK_URL: {refusal.message}") from refusal
            yield
            return
        assert application.updater is not None
        await application.updater.start_polling(
            poll_interval=LET_GO,
            timeout=POLL,
            allowed_updates=ALLOWED,
            drop_pending_updates=False,
            error_callback=_poll_failed,
        )
        yield
        await application.updater.stop()


def _secret(settings: Settings) -> str | None:
    assert settings.telegram_bot_token is not None
    return secret_of(settings.telegram_bot_token) if settings.webhook_url else None


def _poll_failed(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error("another program polls with this token, or a webhook is set: %s", error)
    else:
        log.warning("polling failed, trying again: %s", error)
