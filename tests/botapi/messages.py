"""Methods that write, change and remove messages in a chat."""

import time
from typing import Any

from . import checks, tdlib
from .parameters import Params, field
from .record import Chat, Json
from .refusal import Refused
from .service import Service
from .world import shallow

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def send_message(service: Service, params: Params) -> Any:
    verdict = checks.message(params.text("text"), params.array("entities"), params.text("parse_mode"))
    chat = service.world.chat(params.text("chat_id"))
    body: Json = {"text": verdict.text}
    if entities := tdlib.completed(verdict.text, verdict.entities):
        body["entities"] = list(entities)
    return _sent(service, params, chat, body, verdict)


def send_document(service: Service, params: Params) -> Any:
    verdict = checks.message(
        params.text("caption"),
        params.array("caption_entities"),
        params.text("parse_mode"),
        limit=checks.MAX_CAPTION,
        empty=True,
    )
    chat = service.world.chat(params.text("chat_id"))
    name = params.text("document").removeprefix("attach://") or "document"
    if name not in params.files:
        raise Refused("there is no document in the request")
    file_name, kind, content = params.files[name]
    if not content:
        raise Refused("file must be non-empty")
    key = f"{chat.id}-{len(service.world.messages)}-{file_name}"
    body: Json = {
        "document": {
            "file_id": f"BQAC-{key}",
            "file_unique_id": f"AgAD-{key}",
            "file_name": file_name,
            "mime_type": kind,
            "file_size": len(content),
        }
    }
    if verdict.text:
        body["caption"] = verdict.text
        if entities := tdlib.completed(verdict.text, verdict.entities):
            body["caption_entities"] = list(entities)
    return _sent(service, params, chat, body, verdict)


def _sent(service: Service, params: Params, chat: Chat, body: Json, verdict: tdlib.Verdict) -> Json:
    reply, original = _reply(service, params, chat)
    thread = service.world.thread(chat, params.number("message_thread_id"))
    if thread is None and original is not None:
        thread = original.get("message_thread_id")
    markup = params.mapping("reply_markup")
    checks.markup(markup)
    if markup and "inline_keyboard" in markup:
        reply["reply_markup"] = markup
    options = params.mapping("link_preview_options")
    if options:
        reply["link_preview_options"] = options
        if url := options.get("url"):
            _preview(url)
    service.weigh(verdict, markup)
    return service.world.write(chat, service.world.bot, thread, reply | body)


def _preview(url: str) -> None:
    try:
        tdlib.link(url)
    except Refused:
        raise Refused("WEBPAGE_URL_INVALID") from None


def _reply(service: Service, params: Params, chat: Chat) -> tuple[Json, Json | None]:
    """The fields that a reply adds, and the message that it answers."""
    asked = params.mapping("reply_parameters")
    if asked is None:
        return {}, None
    message_id = field(asked, "message_id", int)
    place = service.world.chat(str(asked["chat_id"])) if "chat_id" in asked else chat
    try:
        original = service.world.message(place, message_id, "be replied")
    except Refused:
        if asked.get("allow_sending_without_reply"):
            return {}, None
        raise
    added: Json = {"reply_to_message": shallow(original)} if place == chat else {}
    if text := asked.get("quote"):
        verdict = checks.message(text, asked.get("quote_entities"), asked.get("quote_parse_mode", ""))
        checks.quote(original, verdict.text, verdict.entities)
        added["quote"] = {"text": verdict.text, "position": asked.get("quote_position", 0), "is_manual": True}
        if verdict.entities:
            added["quote"]["entities"] = list(verdict.entities)
    return added, original if place == chat else None


def edit_message_text(service: Service, params: Params) -> Any:
    verdict = checks.message(params.text("text"), params.array("entities"), params.text("parse_mode"))
    message = _editable(service, params)
    if "text" not in message:
        raise Refused("there is no text in the message to edit")
    change: Json = {"text": verdict.text}
    if entities := tdlib.completed(verdict.text, verdict.entities):
        change["entities"] = list(entities)
    edited = _edited(message, change, params, ("text", "entities"))
    service.weigh(verdict, params.mapping("reply_markup"))
    return True if params.text("inline_message_id") else edited


def edit_message_reply_markup(service: Service, params: Params) -> Any:
    message = _editable(service, params)
    edited = _edited(message, {}, params, ())
    return True if params.text("inline_message_id") else edited


def _editable(service: Service, params: Params) -> Json:
    if inline := params.text("inline_message_id"):
        if inline not in service.world.inline_messages:
            raise Refused("MESSAGE_ID_INVALID")
        return service.world.inline_messages[inline]
    chat = service.world.chat(params.text("chat_id"))
    message = service.world.message(chat, params.number("message_id"), "edit")
    if not service.world.mine(message):
        raise Refused("message can't be edited")
    return message


def _edited(message: Json, change: Json, params: Params, replaced: tuple[str, ...]) -> Json:
    """Change a stored message in place; an edit without a keyboard takes the keyboard away."""
    markup = params.mapping("reply_markup")
    checks.markup(markup, inline_only=True)
    if markup and markup.get("inline_keyboard"):
        change = change | {"reply_markup": markup}
    replaced = (*replaced, "reply_markup")
    if all(message.get(name) == change.get(name) for name in replaced):
        raise Refused(NOT_MODIFIED)
    for name in replaced:
        message.pop(name, None)
    message |= change | {"edit_date": int(time.time())}
    return message


def delete_message(service: Service, params: Params) -> Any:
    chat = service.world.chat(params.text("chat_id"))
    message = service.world.message(chat, params.number("message_id"), "delete")
    if chat.grouped and not chat.admin and not service.world.mine(message):
        raise Refused("message can't be deleted")
    del service.world.messages[chat.id, message["message_id"]]
    return True


def send_chat_action(service: Service, params: Params) -> Any:
    chat = service.world.chat(params.text("chat_id"))
    if params.text("action") not in checks.CHAT_ACTIONS:
        raise Refused("wrong parameter action in request")
    service.world.thread(chat, params.number("message_thread_id"))
    return True


def set_message_reaction(service: Service, params: Params) -> Any:
    chat = service.world.chat(params.text("chat_id"))
    message = service.world.message(chat, params.number("message_id"), "react")
    reaction = params.array("reaction") or []
    checks.reactions(reaction)
    service.world.reactions[chat.id, message["message_id"]] = reaction
    return True
