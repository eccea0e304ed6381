"""What Telegram refuses, and in which words: pure checks over parameters.

The sentences are those that the live service answers with. Where its wording is not known to this
file, the refusal itself is what matters, and the sentence says so plainly.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from telegram.constants import ReactionEmoji

from . import tdlib
from .parameters import field
from .record import Json, units
from .refusal import Refused

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_QUOTE = 1024
MAX_TOAST = 200
MAX_INLINE_RESULTS = 50
MAX_COMMANDS = 100
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120

BUTTON_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
BUTTON_FIELDS = {"text", "icon_custom_emoji_id", "style", *BUTTON_ACTIONS}
CHAT_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
QUOTED_STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji"}


def message(
    text: str, entities: Sequence[Any] | None, mode: str, limit: int = MAX_TEXT, empty: bool = False
) -> tdlib.Verdict:
    """A message's text as Telegram would store it. `empty` allows none. Raises: Refused."""
    if not text and not empty:
        raise Refused("message text is empty")
    if mode:
        text, parsed = tdlib.parse(text, mode)
    else:
        parsed = [entity_of(entity) for entity in entities or ()]
    verdict = tdlib.judge(text, parsed)
    if not verdict.text and not empty:
        raise Refused("text must be non-empty")
    if units(verdict.text) > limit:
        raise Refused("message is too long" if limit == MAX_TEXT else "message caption is too long")
    return verdict


def entity_of(entity: Any) -> Json:
    """A MessageEntity with the fields that its type needs. Raises: Refused."""
    if not isinstance(entity, Mapping):
        raise Refused("can't parse MessageEntity: expected an Object")
    inside = "MessageEntity"
    kind = field(entity, "type", str, inside)
    made: Json = {
        "type": kind,
        "offset": field(entity, "offset", int, inside),
        "length": field(entity, "length", int, inside),
    }
    if kind in tdlib.AUTOMATIC:
        return made
    if kind not in tdlib.STYLED:
        raise Refused("can't parse MessageEntity: Unsupported type specified")
    needs = {"text_link": "url", "custom_emoji": "custom_emoji_id"}
    if name := needs.get(kind):
        made[name] = field(entity, name, str, inside)
    if kind == "text_mention":
        made["user"] = field(entity, "user", dict, inside)
    if kind == "date_time":
        made["unix_time"] = field(entity, "unix_time", int, inside)
    if kind == "pre" and "language" in entity:
        made["language"] = entity["language"]
    return made


def markup(reply_markup: Mapping[str, Any] | None, inline_only: bool = False) -> None:
    """A keyboard. Raises: Refused."""
    if reply_markup is None:
        return
    if "inline_keyboard" not in reply_markup:
        known = {"keyboard", "remove_keyboard", "force_reply"}
        if inline_only or not known & set(reply_markup):
            raise Refused("inline keyboard expected" if inline_only else "object expected as reply markup")
        return
    rows = field(reply_markup, "inline_keyboard", list)
    for row in rows:
        if not isinstance(row, list):
            raise Refused('field "inline_keyboard" must be an Array of Arrays')
        for button in row:
            _button(button)
    if sum(len(row) for row in rows) > 100:
        raise Refused("REPLY_MARKUP_TOO_LONG")


def _button(button: Any) -> None:
    inside = "inline keyboard button"
    if not isinstance(button, Mapping):
        raise Refused(f"can't parse {inside}: InlineKeyboardButton must be an Object")
    label = field(button, "text", str, inside)
    actions = [name for name in BUTTON_ACTIONS if button.get(name) not in (None, "", False)]
    queries = ("switch_inline_query", "switch_inline_query_current_chat")
    actions += [name for name in queries if button.get(name) == ""]
    if not label.strip():
        raise Refused("BUTTON_TEXT_INVALID" if label else "inline keyboard button text is empty")
    if not actions:
        raise Refused(f"can't parse {inside}: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise Refused(f"can't parse {inside}: exactly one action is allowed, not {', '.join(actions)}")
    if len(str(button.get("callback_data", "")).encode()) > 64:
        raise Refused("BUTTON_DATA_INVALID")
    if "url" in actions:
        button_url(button["url"])
    if "copy_text" in actions and not 1 <= units(button["copy_text"].get("text", "")) <= 256:
        raise Refused("BUTTON_COPY_TEXT_INVALID")
    if "web_app" in actions and not button["web_app"].get("url", "").startswith("https://"):
        url = button["web_app"].get("url", "")
        raise Refused(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    if {"pay", "callback_game"} & set(actions):
        raise Refused("BUTTON_TYPE_INVALID")


def button_url(url: str) -> None:
    """A link on a button. Raises: Refused."""
    try:
        tdlib.link(url)
    except Refused as refusal:
        reason = refusal.description.partition(" is invalid: ")[2]
        raise Refused(f"inline keyboard button URL '{url}' is invalid: {reason}") from refusal


def quote(original: Mapping[str, Any], text: str, entities: Iterable[Json]) -> None:
    """A reply's quote, which must be an exact piece of the message, styles included. Raises: Refused."""
    if units(text) > MAX_QUOTE:
        raise Refused("QUOTE_TEXT_INVALID")
    body = str(original.get("text") or original.get("caption") or "")
    styled = _styles(original.get("entities") or original.get("caption_entities") or ())
    wanted = _styles(entities)
    start = body.find(text)
    while start >= 0:
        offset = units(body[:start])
        if _within(styled, offset, offset + units(text)) == wanted and tdlib.quotable(body, text):
            return
        start = body.find(text, start + 1)
    raise Refused("QUOTE_TEXT_INVALID")


def _styles(entities: Iterable[Mapping[str, Any]]) -> list[tuple[int, int, str]]:
    return sorted(
        (entity["offset"], entity["offset"] + entity["length"], entity["type"])
        for entity in entities
        if entity["type"] in QUOTED_STYLES
    )


def _within(styled: Iterable[tuple[int, int, str]], start: int, end: int) -> list[tuple[int, int, str]]:
    return sorted(
        (max(begin, start) - start, min(stop, end) - start, kind)
        for begin, stop, kind in styled
        if begin < end and start < stop
    )


def commands(entries: Sequence[Any]) -> None:
    """A bot's menu. Raises: Refused."""
    if len(entries) > MAX_COMMANDS:
        raise Refused("BOT_COMMANDS_TOO_MUCH")
    for entry in entries:
        name = field(entry, "command", str, "BotCommand").removeprefix("/")
        description = field(entry, "description", str, "BotCommand").strip()
        if not name or not description:
            raise Refused(f"command {'description ' if name else ''}must be non-empty")
        if len(name) > 32 or len(description) > 256:
            long, limit = ("length", 32) if len(name) > 32 else ("description length", 256)
            raise Refused(f"command {long} must not exceed {limit}")
        if not re.fullmatch(r"[a-z0-9_]+", name):
            raise Refused("BOT_COMMAND_INVALID")


def inline_results(results: Sequence[Any]) -> list[tuple[tdlib.Verdict, Json | None]]:
    """Answers to an inline query: what each text message among them comes to, with its keyboard.

    Raises: Refused.
    """
    if len(results) > MAX_INLINE_RESULTS:
        raise Refused("RESULTS_TOO_MUCH")
    inside = "inline query result"
    seen: set[str] = set()
    verdicts = []
    for result in results:
        if not isinstance(result, Mapping):
            raise Refused(f"can't parse {inside}: expected an Object")
        field(result, "type", str, inside)
        key = field(result, "id", str, inside)
        if not 1 <= len(key.encode()) <= 64:
            raise Refused("RESULT_ID_INVALID")
        if key in seen:
            raise Refused("RESULT_ID_DUPLICATE")
        seen.add(key)
        if result["type"] == "article":
            if not field(result, "title", str, inside).strip():
                raise Refused("ARTICLE_TITLE_EMPTY")
            field(result, "input_message_content", dict, inside)
        if content := result.get("input_message_content"):
            text = field(content, "message_text", str, inside)
            verdict = message(text, content.get("entities"), content.get("parse_mode", ""))
            verdicts.append((verdict, result.get("reply_markup")))
        markup(result.get("reply_markup"), inline_only=True)
    return verdicts


def inline_content(result: Mapping[str, Any]) -> Json:
    """The message that an article among inline results comes to."""
    content = result["input_message_content"]
    verdict = message(content["message_text"], content.get("entities"), content.get("parse_mode", ""))
    made: Json = {"text": verdict.text}
    if entities := tdlib.completed(verdict.text, verdict.entities):
        made["entities"] = list(entities)
    if result.get("reply_markup"):
        made["reply_markup"] = result["reply_markup"]
    return made


def inline_button(button: Mapping[str, Any]) -> None:
    """The button above inline results. Raises: Refused."""
    if not field(button, "text", str, "inline query results button").strip():
        raise Refused("button text must be non-empty")
    if ("web_app" in button) == ("start_parameter" in button):
        raise Refused("exactly one of the fields web_app and start_parameter must be used")
    if "start_parameter" in button:
        start_payload(button["start_parameter"])


def reactions(entries: Sequence[Any]) -> None:
    """What a bot may put under a message: one reaction at most. Raises: Refused."""
    if len(entries) > 1:
        raise Refused("REACTIONS_TOO_MANY")
    for entry in entries:
        # of custom emoji a bot may only repeat what a chat's owners allow, which no chat here does
        kind = field(entry, "type", str, "ReactionType")
        if kind != "emoji" or field(entry, "emoji", str, "ReactionType") not in set(ReactionEmoji):
            raise Refused("REACTION_INVALID")


def start_payload(payload: str) -> None:
    """The payload of a deep link. Raises: Refused."""
    if not START_PAYLOAD.fullmatch(payload):
        raise Refused("START_PARAM_INVALID")


def webhook_url(url: str) -> None:
    """Where updates may be posted. Loopback over plain HTTP passes, as with a Bot API server of one's own.

    Raises: Refused.
    """
    parts = urlsplit(url)
    if parts.hostname in {"127.0.0.1", "localhost"} and parts.scheme == "http":
        return
    if parts.scheme != "https" or not parts.hostname:
        raise Refused("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in {443, 80, 88, 8443}:
        raise Refused("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def webhook_secret(secret: str) -> None:
    """The token that comes with each update. Raises: Refused."""
    if len(secret) > 256:
        raise Refused("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise Refused("secret token contains unallowed characters")


def dead_links(username: str, urls: Iterable[str]) -> list[str]:
    """Deep links to this bot that would start it without their payload: never refused, never working."""
    dead = []
    for url in urls:
        parts = urlsplit(url)
        if parts.hostname not in {"t.me", "telegram.me"} or parts.path.strip("/").lower() != username.lower():
            continue
        for name in ("start", "startgroup"):
            for payload in parse_qs(parts.query, keep_blank_values=True).get(name, ()):
                if payload and not START_PAYLOAD.fullmatch(payload):
                    dead.append(url)
    return dead
