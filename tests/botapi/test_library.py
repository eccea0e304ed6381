"""A whole program of the real library against the server: it polls, answers, and stops without a trace."""

import logging

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import NetworkError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from .server import BotApi


async def greet(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    await update.message.reply_text(f"payload {context.args}", reply_markup=keyboard)


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text(update.message.text or "", do_quote=True)


async def more(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("here")
    await update.callback_query.edit_message_text("more")


async def test_an_application_polls_answers_and_stops(api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    app = Application.builder().token(api.token).base_url(f"{api.base_url}/bot").build()
    app.add_handlers(
        [CommandHandler("start", greet), CallbackQueryHandler(more), MessageHandler(filters.TEXT, echo)]
    )
    ada = api.user(1)
    chat = api.private_chat(ada)
    async with app:
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling()
        said = await api.start(chat, ada, "q-1")
        greeting = await api.next_message(chat)
        assert greeting.text == "payload ['q-1']"
        await api.say(chat, ada, "tell me 🎉")
        reply = await api.next_message(chat)
        assert reply.params["reply_parameters"]
        await api.press(ada, greeting, "more")
        await api.wait_for(lambda call: call.method == "editMessageText")
        await app.updater.stop()
        await app.stop()
    assert [message["text"] for message in api.shown(chat)] == [
        said.text,
        "more",
        "tell me 🎉",
        "tell me 🎉",
    ]
    assert not api.unanswered
    assert not api.complaints
    assert not api.refusals
    assert api.updates.pending == []
    assert [log.message for log in caplog.records if log.levelno >= logging.WARNING] == []


async def test_a_program_that_dies_unconfirmed_gets_its_updates_again(api: BotApi) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    said = await api.say(chat, ada, "hello")
    seen = []
    for _ in range(2):
        app = Application.builder().token(api.token).base_url(f"{api.base_url}/bot").build()
        async with app:
            seen += [update.update_id for update in await app.bot.get_updates()]
    assert seen == [said.update_id, said.update_id]


async def test_broken_connections_leave_no_trace_in_the_log(
    api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    ada = api.user(1)
    chat = api.private_chat(ada)
    for fault in ("before", "after"):
        api.fail("sendMessage", drop=fault)
    api.fail("sendMessage", truncate=True)
    app = Application.builder().token(api.token).base_url(f"{api.base_url}/bot").build()
    async with app:
        for _ in range(3):
            with pytest.raises(NetworkError):
                await app.bot.send_message(chat.id, "hello")
    assert [log.getMessage() for log in caplog.records if log.name.startswith(("aiohttp", "asyncio"))] == []
