"""A chat as a page that looks like the app on a phone: rendered from what the server holds.

By hand: `python -m tests.bot.transcript PAGE.html LINE…` asks the program with the starter corpus; `ask` says
what a line may be.
"""

import asyncio
import html
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.bot.program import Program
from tests.botapi.record import Chat, Json, piece, units
from tests.botapi.server import BotApi

WIDTH = 390
#: Whose phone it is.
ME = 7
_TAGS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ('<blockquote class="folded">', "</blockquote>"),
    "code": ("<code>", "</code>"),
}
_STYLE = """
* { box-sizing: border-box }
body { margin: 0; background: #bcd6ad; color: #000;
  font: 15.5px/1.32 "Noto Sans", "DejaVu Sans", Roboto, Arial, sans-serif }
header { background: #fff; padding: 11px 16px; display: flex; gap: 12px; align-items: center;
  border-bottom: 1px solid #d8dcdf }
header .face { width: 38px; height: 38px; border-radius: 50%; background: #4f9fe0;
  color: #fff; display: grid; place-items: center; font-weight: 600 }
header b { display: block; line-height: 1.2 } header span { color: #8a9299; font-size: 13px }
main { padding: 8px }
.turn { display: flex; flex-direction: column; align-items: flex-start; margin: 7px 0 }
.turn.mine { align-items: flex-end }
.bubble { position: relative; max-width: 88%; background: #fff; border-radius: 15px 15px 15px 5px;
  padding: 7px 10px 7px; box-shadow: 0 1px 1px #0002; white-space: pre-wrap; overflow-wrap: break-word }
.bot .bubble, .keys { width: 94%; max-width: 94% }
.mine .bubble { background: #eeffde; border-radius: 15px 15px 5px 15px }
.time { float: right; margin: 6px 0 -4px 9px; font-size: 11.5px; color: #93a0a8 }
.mine .time { color: #62ac55 }
.to { border-left: 3px solid #3d8fd6; background: #3d8fd614; border-radius: 4px; padding: 2px 8px 3px;
  margin-bottom: 5px; font-size: 13.5px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.to b { display: block; color: #3d8fd6 }
blockquote { margin: 2px 0; padding: 4px 24px 5px 9px; border-left: 3px solid #3d8fd6;
  background: #3d8fd61a; border-radius: 4px; position: relative }
blockquote::after { content: "\\201D"; position: absolute; right: 7px; top: 0; color: #3d8fd6;
  font: 700 22px/1 Georgia, serif }
blockquote.folded { max-height: 66px; padding-bottom: 0; overflow: hidden }
blockquote.folded::before { content: "\\2304"; position: absolute; right: 7px; bottom: 3px; color: #3d8fd6;
  font: 700 19px/1 sans-serif }
a { color: #2481cc; text-decoration: none }
.keys { margin-top: 3px }
.keys div { display: flex; gap: 4px; margin-top: 4px }
.keys span { flex: 1; background: #7fa583; color: #fff; border-radius: 9px; text-align: center;
  padding: 9px 4px; font-size: 14px; font-weight: 500; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis }
.file { color: #2481cc; font-weight: 600 }
.who { display: block; color: #c2703d; font-weight: 600; font-size: 14px }
.via { color: #8a9299; font-size: 13.5px }
.picker { position: sticky; bottom: 0; background: #fff; border-top: 1px solid #d8dcdf; margin-top: 10px }
.picker .start { color: #2481cc; text-align: center; padding: 9px; border-bottom: 1px solid #e4e7e9 }
.picker .card { padding: 8px 14px; border-bottom: 1px solid #eceff1 }
.picker .card b { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.picker .card span { color: #6d7880; font-size: 14px; display: -webkit-box; -webkit-line-clamp: 2;
  -webkit-box-orient: vertical; overflow: hidden }
.picker .typed { padding: 10px 14px; color: #000 }
"""


def page(api: BotApi, chat: Chat, typed: str = "", cards: Sequence[Json] = ()) -> str:
    """The chat as it stands, edits applied, as an HTML page of `WIDTH` pixels; with what is `typed` behind
    the bot's name, and the cards that this brings up."""
    name = html.escape(chat.title or api.world.bot.first_name)
    what = "group" if chat.grouped else "bot"
    turns = "\n".join(_turn(message, chat.grouped) for message in api.shown(chat))
    picker = _picker(f"@{api.world.bot.username} {typed}", cards) if typed else ""
    return (
        f'<!doctype html><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width={WIDTH}"><style>{_STYLE}</style>'
        f'<header><div class="face">{name[:1]}</div><div><b>{name}</b><span>{what}</span></div></header>'
        f"<main>{turns}</main>{picker}"
    )


def marked_up(text: str, entities: Iterable[Json]) -> str:
    """A message's text as HTML: entities nest, an outer one begins first."""
    ordered = sorted((e for e in entities if _tag(e)), key=lambda e: (e["offset"], -e["length"]))
    made, position = "", 0
    open: list[tuple[int, str]] = []
    for entity in [*ordered, {"type": "", "offset": units(text), "length": 0}]:
        while open and open[-1][0] <= entity["offset"]:
            end, close = open.pop()
            made += _plain(text, position, end) + close
            position = end
        made += _plain(text, position, entity["offset"])
        position = entity["offset"]
        if tags := _tag(entity):
            made += tags[0]
            open.append((entity["offset"] + entity["length"], tags[1]))
    # A block ends its line already.
    return made.replace("</blockquote>\n", "</blockquote>")


def _picker(typed: str, cards: Sequence[Json]) -> str:
    shown = "".join(
        f'<div class="card"><b>{html.escape(card["title"])}</b>'
        f"<span>{html.escape(card.get('description', ''))}</span></div>"
        for card in cards
    )
    return f'<div class="picker">{shown}<div class="typed">{html.escape(typed)}</div></div>'


def _turn(message: Json, grouped: bool) -> str:
    bot = message["from"]["is_bot"]
    body = marked_up(str(message.get("text", message.get("caption", ""))), message.get("entities", ()))
    if file := message.get("document"):
        body = f'<span class="file">{html.escape(file["file_name"])}</span>\n{body}'
    if to := message.get("reply_to_message"):
        body = f'<div class="to"><b>{_name(to)}</b>{html.escape(to.get("text", ""))}</div>{body}'
    if via := message.get("via_bot"):
        body = f'<span class="via">via @{html.escape(via["username"])}</span>\n{body}'
    if grouped and message["from"]["id"] != ME:
        body = f'<span class="who">{_name(message)}</span>{body}'
    at = time.strftime("%H:%M", time.gmtime(message["date"]))
    keys = "".join(
        "<div>" + "".join(f"<span>{html.escape(button['text'])}</span>" for button in row) + "</div>"
        for row in message.get("reply_markup", {}).get("inline_keyboard", ())
    )
    keys = f'<div class="keys">{keys}</div>' if keys else ""
    side = "bot" if bot else "mine" if message["from"]["id"] == ME else "theirs"
    return (
        f'<div class="turn {side}"><div class="bubble">{body}<span class="time">{at}</span></div>{keys}</div>'
    )


def _name(message: Json) -> str:
    return html.escape(str(message["from"]["first_name"]))


def _tag(entity: Json) -> tuple[str, str] | None:
    if entity["type"] == "text_link":
        return f'<a href="{html.escape(entity["url"])}">', "</a>"
    if entity["type"] in {"url", "mention", "hashtag", "cashtag", "bot_command", "email", "phone_number"}:
        return "<a>", "</a>"
    return _TAGS.get(entity["type"])


def _plain(text: str, start: int, end: int) -> str:
    return html.escape(piece(text, {"offset": start, "length": end - start})) if end > start else ""


async def ask(questions: Sequence[str]) -> str:
    """The page of a chat with the program and the starter corpus. A line that begins with ">" presses the
    button with that label under the last message. After a line "#Title" the chat is a group of that name,
    where a line that begins with "Name:" is said by somebody else. What begins with "@" is typed behind the
    bot's name: the first card is sent, that of the last line left to choose."""
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi() as api:
            api.world.bot = api.world.bot.__class__(api.world.bot.id, "Talks", api.username, is_bot=True)
            program = Program(api, Path(folder), STARTER_CORPUS="true")
            await program.start(wait=600)
            person = api.user(ME, "You")
            chat = api.private_chat(person)
            last: Any = None
            typed, cards = "", list[Json]()
            for question in questions:
                if question.startswith("#"):
                    chat = api.group(-1001, question[1:].strip())
                    await api.add(chat, person)
                    last = await api.next_message(chat, timeout=30)
                elif question.startswith("@"):
                    key = await api.ask_inline(person, question[1:].strip())
                    await api.wait_for(lambda call: call.method == "answerInlineQuery", after=api.calls[-1])
                    typed, cards = question[1:].strip(), api.world.inline_answers[key]
                    if question != questions[-1]:
                        posted = await api.choose(person, key, cards[0]["id"], chat)
                        assert posted
                        await api.wait_for(lambda call: call.method == "editMessageReplyMarkup")
                        typed, cards = "", []
                elif question.startswith(">"):
                    rows = api.world.messages[chat.id, last.message_id]["reply_markup"]["inline_keyboard"]
                    wanted = question[1:].strip()
                    button = next(b for row in rows for b in row if b["text"] == wanted)
                    await api.press(person, last, button["callback_data"])
                    await api.wait_for(lambda call: call.method == "editMessageText", after=api.calls[-1])
                else:
                    name, _, words = question.partition(": ") if ": /" in question else ("", "", question)
                    await api.say(chat, api.user(8, name) if name else person, words)
                    last = await api.next_message(chat, timeout=30)
            await program.stop()
            return page(api, chat, typed, cards)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(ask(sys.argv[2:])))
