"""Buttons as people find them: by their label."""

from collections.abc import Iterable
from typing import Any

from tests.botapi.record import Chat, Sent
from tests.botapi.server import BotApi


def buttons(api: BotApi, chat: Chat, sent: Sent) -> list[dict[str, Any]]:
    """The buttons that stand under a message now."""
    message = next(m for m in api.shown(chat) if m["message_id"] == sent.message_id)
    return [
        button for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()) for button in row
    ]


def labels(found: Iterable[dict[str, Any]]) -> list[str]:
    return [button["text"] for button in found]


def data(api: BotApi, chat: Chat, sent: Sent, label: str) -> str:
    """What the button with this label carries. Raises: StopIteration when there is none."""
    found = next(button for button in buttons(api, chat, sent) if button["text"] == label)
    return str(found["callback_data"])


async def press(api: BotApi, chat: Chat, sent: Sent, label: str) -> Sent:
    """The person of a private chat presses a button; what the bot answered to that."""
    key = await api.press(api.world.users[chat.id], sent, data(api, chat, sent, label))
    return await answered(api, key)


async def answered(api: BotApi, key: str) -> Sent:
    return await api.wait_for(
        lambda call: call.method == "answerCallbackQuery" and call.params["callback_query_id"] == key
    )


async def edited(api: BotApi, sent: Sent, after: Sent | None = None) -> Sent:
    """The next edit of a message."""
    return await api.wait_for(
        lambda call: call.method == "editMessageText" and call.message_id == sent.message_id, after=after
    )
