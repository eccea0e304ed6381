"""A chat as a page that looks like the app on a phone: rendered from what the server holds.

By hand: `python -m tests.bot.transcript PAGE.html QUESTION…` asks the program with the starter corpus.
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
.bot .bubble, .bot .keys { width: 94%; max-width: 94% }
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
"""


def page(api: BotApi, chat: Chat) -> str:
    """The chat as it stands, edits applied, as an HTML page of `WIDTH` pixels."""
    name = html.escape(api.world.bot.first_name)
    turns = "\n".join(_turn(message) for message in api.shown(chat))
    return (
        f'<!doctype html><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width={WIDTH}"><style>{_STYLE}</style>'
        f'<header><div class="face">{name[:1]}</div><div><b>{name}</b><span>bot</span></div></header>'
        f"<main>{turns}</main>"
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


def _turn(message: Json) -> str:
    bot = message["from"]["is_bot"]
    body = marked_up(message.get("text", message.get("caption", "")), message.get("entities", ()))
    if file := message.get("document"):
        body = f'<span class="file">{html.escape(file["file_name"])}</span>\n{body}'
    if to := message.get("reply_to_message"):
        body = f'<div class="to"><b>{_name(to)}</b>{html.escape(to.get("text", ""))}</div>{body}'
    at = time.strftime("%H:%M", time.gmtime(message["date"]))
    keys = "".join(
        "<div>" + "".join(f"<span>{html.escape(button['text'])}</span>" for button in row) + "</div>"
        for row in message.get("reply_markup", {}).get("inline_keyboard", ())
    )
    keys = f'<div class="keys">{keys}</div>' if keys else ""
    side = "bot" if bot else "mine"
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
    button with that label under the last message."""
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi() as api:
            api.world.bot = api.world.bot.__class__(api.world.bot.id, "Talks", api.username, is_bot=True)
            program = Program(api, Path(folder), STARTER_CORPUS="true")
            await program.start(wait=600)
            person = api.user(7, "You")
            chat = api.private_chat(person)
            last: Any = None
            for question in questions:
                if question.startswith(">"):
                    rows = api.world.messages[chat.id, last.message_id]["reply_markup"]["inline_keyboard"]
                    wanted = question[1:].strip()
                    button = next(b for row in rows for b in row if b["text"] == wanted)
                    await api.press(person, last, button["callback_data"])
                    await api.wait_for(lambda call: call.method == "editMessageText", after=api.calls[-1])
                else:
                    await api.say(chat, person, question)
                    last = await api.next_message(chat, timeout=30)
            await program.stop()
            return page(api, chat)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(ask(sys.argv[2:])))
