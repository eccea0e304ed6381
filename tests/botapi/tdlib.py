"""The judge: TDLib, the code that Telegram's own Bot API server runs, called without a network.

Of its synchronous methods four say something about a message: `parseTextEntities` (parse modes),
`getTextEntities` (what an app will link by itself), `parseMarkdown` (cleans the text; checks, sorts,
merges, splits and drops the entities it is given) and `searchQuote`. None trims the text as sending
does, so `_trimmed` does, by TDLib's rule.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tdjson

from .record import Json, units
from .refusal import Refused

MAX_ENTITIES = 100
"""Telegram keeps this many entities of a message and drops the rest without a word."""

AUTOMATIC = {
    "mention": "Mention",
    "hashtag": "Hashtag",
    "cashtag": "Cashtag",
    "bot_command": "BotCommand",
    "url": "Url",
    "email": "EmailAddress",
    "phone_number": "PhoneNumber",
}
"""What Telegram finds by itself; it ignores such entities when a bot sends them."""

STYLED = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "blockquote": "BlockQuote",
    "expandable_blockquote": "ExpandableBlockQuote",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "text_mention": "MentionName",
    "custom_emoji": "CustomEmoji",
    "date_time": "DateTime",
}

_OPAQUE = {"code", "pre", "text_link", "text_mention", "custom_emoji"}
_NAMES = {f"textEntityType{value}": key for key, value in (AUTOMATIC | STYLED).items()} | {
    "textEntityTypePreCode": "pre"
}
_MODES: dict[str, Json] = {
    "html": {"@type": "textParseModeHTML"},
    "markdown": {"@type": "textParseModeMarkdown", "version": 1},
    "markdownv2": {"@type": "textParseModeMarkdown", "version": 2},
}
# parseMarkdown also reads markup out of the text, which sending does not. Private-use characters of
# the same width stand in for it meanwhile.
_MARKUP = "*_~|`[]()"
_HIDE = {ord(mark): 0xF8F0 + place for place, mark in enumerate(_MARKUP)}
_SHOW = {stand_in: mark for mark, stand_in in _HIDE.items()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A message as Telegram would store it, before it adds links of its own, and what it changed."""

    text: str
    entities: tuple[Json, ...]
    changes: tuple[str, ...]

    @property
    def unchanged(self) -> bool:
        return not self.changes


def call(method: str, **arguments: Any) -> Json:
    """The answer of a synchronous TDLib method. Raises: Refused with TDLib's own sentence."""
    answer = tdjson.td_execute(json.dumps({"@type": method, **arguments}).encode())
    if answer is None:
        raise Refused(f"TDLib does not answer {method}", 500)
    found: Json = json.loads(answer)
    if found["@type"] == "error":
        raise Refused(found["message"], 400)
    return found


def judge(text: str, entities: Iterable[Mapping[str, Any]] = ()) -> Verdict:
    """Whether a message would pass unchanged. Raises: Refused when Telegram would refuse it."""
    asked = [dict(entity) for entity in entities if entity["type"] not in AUTOMATIC and entity["length"] != 0]
    formatted = {
        "@type": "formattedText",
        "text": text.translate(_HIDE),
        "entities": [_to_tdlib(entity) for entity in asked],
    }
    cleaned = call("parseMarkdown", text=formatted)
    body = cleaned["text"].translate(_SHOW)
    kept = [_from_tdlib(entity) for entity in cleaned["entities"]]
    changes = []
    if body != text and (body or text.strip(" \n")):
        changes.append("characters were removed or replaced")
    trimmed, kept = _trimmed(body, kept)
    if trimmed != body:
        changes.append("the text was trimmed")
    if _shape(kept) != _shape(asked):
        changes.append(f"entities were changed: {_shape(asked)} became {_shape(kept)}")
    if len(kept) > MAX_ENTITIES:
        changes.append(f"{len(kept) - MAX_ENTITIES} of {len(kept)} entities were dropped")
        kept = kept[:MAX_ENTITIES]
    return Verdict(trimmed, tuple(kept), tuple(changes))


def parse(text: str, mode: str) -> tuple[str, list[Json]]:
    """Text and entities out of HTML or Markdown. Raises: Refused."""
    if mode.lower() not in _MODES:
        raise Refused("unsupported parse_mode")
    found = call("parseTextEntities", text=text, parse_mode=_MODES[mode.lower()])
    return found["text"], [_from_tdlib(entity) for entity in found["entities"]]


def found(text: str) -> list[Json]:
    """The links, mentions and commands that Telegram finds in a text by itself, in order."""
    entities = call("getTextEntities", text=text)["entities"]
    return [_from_tdlib(entity) for entity in entities if entity["type"]["@type"] in _NAMES]


def completed(text: str, entities: Sequence[Json]) -> tuple[Json, ...]:
    """The entities of a stored message: those given, and those found outside of code and links."""
    blocked = [entity for entity in entities if entity["type"] in _OPAQUE]
    added = [entity for entity in found(text) if not any(_overlap(entity, other) for other in blocked)]
    return tuple(sorted([*entities, *added], key=_order)[:MAX_ENTITIES])


def link(url: str) -> str:
    """The URL as Telegram keeps it. Raises: Refused, "Entity URL '…' is invalid: …"."""
    target = {"@type": "textEntityTypeTextUrl", "url": url}
    entity = {"@type": "textEntity", "offset": 0, "length": 1, "type": target}
    formatted = {"@type": "formattedText", "text": "x", "entities": [entity]}
    stored = call("parseMarkdown", text=formatted)["entities"]
    return str(stored[0]["type"].get("url", url)) if stored else url


def quotable(text: str, quote: str) -> bool:
    """Whether TDLib finds `quote` in `text`."""
    try:
        call("searchQuote", text=_plain(text), quote=_plain(quote), quote_position=0)
    except Refused:
        return False
    return True


def _plain(text: str) -> Json:
    return {"@type": "formattedText", "text": text, "entities": []}


def _to_tdlib(entity: Mapping[str, Any]) -> Json:
    kind: Json = {"@type": f"textEntityType{STYLED[entity['type']]}"}
    if entity["type"] == "pre" and entity.get("language"):
        kind = {"@type": "textEntityTypePreCode", "language": entity["language"]}
    elif entity["type"] == "text_link":
        kind["url"] = entity["url"]
    elif entity["type"] == "text_mention":
        kind["user_id"] = entity["user"]["id"]
    elif entity["type"] == "custom_emoji":
        kind["custom_emoji_id"] = entity["custom_emoji_id"]
    elif entity["type"] == "date_time":
        kind["unix_time"] = entity["unix_time"]
    return {"@type": "textEntity", "offset": entity["offset"], "length": entity["length"], "type": kind}


def _from_tdlib(entity: Json) -> Json:
    kind = entity["type"]
    made: Json = {
        "type": _NAMES[kind["@type"]],
        "offset": entity["offset"],
        "length": entity["length"],
    }
    for name in ("url", "language", "custom_emoji_id", "unix_time"):
        if name in kind:
            made[name] = kind[name]
    if "user_id" in kind:
        made["user"] = {"id": kind["user_id"], "is_bot": False, "first_name": ""}
    return made


def _trimmed(text: str, entities: Iterable[Json]) -> tuple[str, list[Json]]:
    """Spaces and line ends leave the end; they leave the start up to where an entity begins."""
    end = units(text.rstrip(" \n"))
    clipped = [e | {"length": min(e["length"], end - e["offset"])} for e in entities if e["offset"] < end]
    shortened = text.rstrip(" \n")
    spaces = len(shortened) - len(shortened.lstrip(" \n"))
    start = min([spaces, *(entity["offset"] for entity in clipped)])
    return shortened[start:], [entity | {"offset": entity["offset"] - start} for entity in clipped]


def _order(entity: Mapping[str, Any]) -> tuple[int, int, str]:
    return entity["offset"], -entity["length"], entity["type"]


def _shape(entities: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, int]]:
    return [(e["type"], e["offset"], e["length"]) for e in sorted(entities, key=_order)]


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )


call("setLogVerbosityLevel", new_verbosity_level=0)
