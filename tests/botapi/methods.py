"""The methods of the Bot API: each a small function, in the table at the end.

A method reads its parameters, lets `checks` refuse, changes the world and returns Telegram's result.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from . import checks, messages, queries, settings
from .parameters import Params
from .service import Service


@dataclass(frozen=True, slots=True)
class Method:
    """A method and the parameters that it knows. `shows` tells whether a person sees its effect."""

    run: Callable[[Service, Params], Any | Awaitable[Any]]
    takes: frozenset[str] = frozenset()
    shows: bool = False


def _quiet(run: Callable[[Service, Params], Any], takes: str = "") -> Method:
    return Method(run, frozenset(takes.split()))


def _shown(run: Callable[[Service, Params], Any], takes: str) -> Method:
    return Method(run, frozenset(takes.split()), shows=True)


_SENDING = (
    " chat_id message_thread_id parse_mode disable_notification protect_content reply_parameters"
    " reply_markup business_connection_id direct_messages_topic_id allow_paid_broadcast"
    " message_effect_id suggested_post_parameters"
)
_EDITING = " business_connection_id chat_id message_id inline_message_id reply_markup"
_DESCRIPTION = settings.profile("description", checks.MAX_DESCRIPTION)
_SHORT_DESCRIPTION = settings.profile("short_description", checks.MAX_SHORT_DESCRIPTION)
_LANGUAGE = " language_code"

METHODS: dict[str, Method] = {
    "getMe": _quiet(settings.get_me),
    "getUpdates": _quiet(settings.get_updates, "offset limit timeout allowed_updates"),
    "setWebhook": _quiet(
        settings.set_webhook,
        "url certificate ip_address max_connections allowed_updates drop_pending_updates secret_token",
    ),
    "deleteWebhook": _quiet(settings.delete_webhook, "drop_pending_updates"),
    "getWebhookInfo": _quiet(settings.get_webhook_info),
    "sendMessage": _shown(messages.send_message, "text entities link_preview_options" + _SENDING),
    "sendDocument": _shown(
        messages.send_document,
        "document thumbnail caption caption_entities disable_content_type_detection" + _SENDING,
    ),
    "sendChatAction": _shown(
        messages.send_chat_action, "business_connection_id chat_id message_thread_id action"
    ),
    "editMessageText": _shown(
        messages.edit_message_text, "text parse_mode entities link_preview_options" + _EDITING
    ),
    "editMessageReplyMarkup": _shown(messages.edit_message_reply_markup, _EDITING),
    "deleteMessage": _shown(messages.delete_message, "chat_id message_id"),
    "setMessageReaction": _shown(messages.set_message_reaction, "chat_id message_id reaction is_big"),
    "answerCallbackQuery": _shown(
        queries.answer_callback_query, "callback_query_id text show_alert url cache_time"
    ),
    "answerInlineQuery": _shown(
        queries.answer_inline_query, "inline_query_id results cache_time is_personal next_offset button"
    ),
    "answerGuestQuery": _shown(queries.answer_guest_query, "guest_query_id result"),
    "getChat": _quiet(settings.get_chat, "chat_id"),
    "getChatMember": _quiet(settings.get_chat_member, "chat_id user_id"),
    "setMyCommands": _quiet(settings.set_my_commands, "commands scope" + _LANGUAGE),
    "getMyCommands": _quiet(settings.get_my_commands, "scope" + _LANGUAGE),
    "deleteMyCommands": _quiet(settings.delete_my_commands, "scope" + _LANGUAGE),
    "setMyDescription": _quiet(_DESCRIPTION[0], "description" + _LANGUAGE),
    "getMyDescription": _quiet(_DESCRIPTION[1], _LANGUAGE),
    "setMyShortDescription": _quiet(_SHORT_DESCRIPTION[0], "short_description" + _LANGUAGE),
    "getMyShortDescription": _quiet(_SHORT_DESCRIPTION[1], _LANGUAGE),
}
