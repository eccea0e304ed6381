"""The Telegram program from start to end: connect, go on where the last process stopped, poll, stop."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    Update,
)
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Application

from bot.commands import ADMINISTRATOR_COMMANDS, COMMANDS, GROUP_COMMANDS
from bot.desk import Desk
from bot.handlers import Chat, Handlers
from bot.inbox import Inbox
from bot.limits import Limits
from bot.live import Live
from bot.log import Writer, purge, unfinished
from bot.meter import Meter
from bot.order import Order
from bot.privacy import log_key
from bot.settings import Settings
from bot.texts import CODES, LANGUAGES, say
from retrieval.errors import RetrievalError

log = logging.getLogger(__name__)

ALLOWED = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CHANNEL_POST,
    Update.EDITED_CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
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
#: Seconds that replies under way are given when the program is told to stop.
GRACE = 20.0


class TokenRefused(RetrievalError):
    """Telegram does not know the token."""


async def serve(settings: Settings, engine: Engine) -> None:
    """Answer in Telegram until SIGINT or SIGTERM; what has begun is finished first.

    Raises: TokenRefused, NoBuild, DamagedBuild, ModelMissing.
    """
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    meter = Meter()
    inbox = Inbox(engine, meter)
    writer = Writer(engine)
    application = build(settings, inbox)
    key = log_key(settings.home, settings.log_key.get_secret_value() if settings.log_key else None)
    async with Live(settings.index, settings.models, settings.answer_threshold) as live:
        Handlers(Desk(live, engine, writer, key, settings, meter)).register(application)
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
        await _unless(stop, _introduce(application))
        await application.start()
        await _go_on(engine, application.bot.id, inbox, writer)
        assert application.updater is not None
        await application.updater.start_polling(
            timeout=POLL, allowed_updates=ALLOWED, drop_pending_updates=False, error_callback=_poll_failed
        )
        log.info("@%s answers from build %s", application.bot.username, live.serving.build.id)
        await stop.wait()
        log.info("stopping")
        await application.updater.stop()
        try:
            await asyncio.wait_for(application.stop(), GRACE)
        except TimeoutError:
            log.warning("stopped with replies under way: the next start sends them")
        await writer.close()
        await application.shutdown()


def build(settings: Settings, inbox: Inbox) -> Chat:
    """The application that speaks to Telegram."""
    assert settings.telegram_bot_token is not None
    builder: Any = (
        Application.builder()
        .token(settings.telegram_bot_token.get_secret_value())
        .update_queue(inbox)
        .rate_limiter(Limits(settings.concurrent_chats))
        .concurrent_updates(Order())
        .connection_pool_size(settings.concurrent_chats + 8)
        .pool_timeout(30)
        .get_updates_read_timeout(POLL + 10)
    )
    if settings.telegram_api_base_url:
        builder = builder.base_url(f"{settings.telegram_api_base_url}/bot").base_file_url(
            f"{settings.telegram_api_base_url}/file/bot"
        )
    made: Chat = builder.build()
    return made


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
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


async def _introduce(application: Chat) -> None:
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


async def _go_on(engine: Engine, bot: int, inbox: Inbox, writer: Writer) -> None:
    """Take up what the last process left: exchanges to write, replies to send again, questions to answer."""
    await writer.recover()
    for pending in await asyncio.to_thread(unfinished, engine, bot):
        await inbox.again(pending)


def _poll_failed(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error("another program polls with this token, or a webhook is set: %s", error)
    else:
        log.warning("polling failed, trying again: %s", error)
