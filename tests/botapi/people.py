"""The people in a test: they write, press buttons, edit, react, block, and wait for the bot to answer."""

import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import checks, tdlib
from .record import Chat, Json, Message, Sent, User, units
from .refusal import Refused
from .world import GENERAL_TOPIC, World, membership, shallow

if TYPE_CHECKING:
    from .bell import Bell
    from .updates import Updates


class People:
    """The driver's side of the server."""

    world: World
    updates: "Updates"
    heard: "Bell"
    calls: list[Sent]
    _seen: dict[int, int]

    def user(
        self,
        id: int,
        first_name: str = "Ada",
        language_code: str | None = "en",
        username: str | None = None,
    ) -> User:
        """A person, whom the bot cannot write to before there is a private chat."""
        person = User(id, first_name, username, language_code)
        self.world.users[id] = person
        return person

    def private_chat(self, user: User) -> Chat:
        """The chat that a person opened with the bot."""
        chat = Chat(user.id, "private", first_name=user.first_name, username=user.username)
        self.world.chats[chat.id] = chat
        return chat

    def group(self, id: int, title: str, topics: bool = False, admin: bool = False) -> Chat:
        """A supergroup with the bot in it; `id` is negative. An admin bot reads everything."""
        chat = Chat(id, "supergroup", title=title, topics=topics, admin=admin)
        self.world.chats[id] = chat
        self.world.members[id, self.world.bot.id] = "administrator" if admin else "member"
        return chat

    def channel(self, id: int, title: str) -> Chat:
        """A channel with the bot among its administrators; `id` is negative."""
        chat = Chat(id, "channel", title=title, admin=True)
        self.world.chats[id] = chat
        return chat

    def topic(self, chat: Chat, thread: int) -> int:
        """Open a topic of a forum; `thread` is the number that messages in it carry.

        General is always there and carries none: writing to 1 is refused, as Telegram does. A message in a
        topic that replies to nothing is told as a reply to the one that opened it: here, one of the bot's.
        """
        if thread == GENERAL_TOPIC:
            raise ValueError("General carries no number")
        self.world.threads.setdefault(chat.id, set()).add(thread)
        return thread

    def member(self, chat: Chat, user: User, status: str) -> None:
        """Make `user` a "creator", "administrator", "member", "restricted", "left" or "kicked" there."""
        self.world.members[chat.id, user.id] = status

    async def say(
        self,
        chat: Chat,
        user: User,
        text: str,
        reply_to: Message | Sent | None = None,
        entities: Iterable[Json] | None = None,
        thread: int | None = None,
        **extra: Any,
    ) -> Message:
        """`user` writes `text`. Links, mentions and commands get their entities as an app would give them.

        `extra` goes into the message as it is, such as `via_bot`. Raises: ValueError for a text that
        no app would send.
        """
        if not text.strip() or units(text) > checks.MAX_TEXT:
            raise ValueError("a message has 1 to 4096 characters")
        if thread is not None and chat.topics:
            self.topic(chat, thread)
        body: Json = {"text": text}
        if found := tdlib.completed(text, list(entities or ())):
            body["entities"] = list(found)
        if reply_to is not None:
            body["reply_to_message"] = shallow(self.world.messages[chat.id, _id(reply_to)])
        elif thread is not None and chat.topics:
            opened = {"forum_topic_created": {"name": "A topic", "icon_color": 7322096}}
            opener = {"message_id": thread, "date": 0, "chat": chat.json, "from": self.world.bot.json}
            body["reply_to_message"] = opener | opened
        stored = self.world.write(chat, user, thread, body | extra)
        given = deepcopy(stored)
        written = Message(chat, stored["message_id"], text, thread, given)
        if self._hidden(chat, stored):
            return written
        return replace(written, update_id=self.updates.push({"message": given}))

    async def post(self, chat: Chat, text: str) -> Message:
        """A channel says `text`: nobody in it does."""
        body: Json = {"text": text, "sender_chat": chat.json}
        if found := tdlib.completed(text, []):
            body["entities"] = list(found)
        given = deepcopy(self.world.write(chat, self.world.bot, None, body))
        del given["from"], self.world.messages[chat.id, given["message_id"]]["from"]
        number = self.updates.push({"channel_post": given})
        return Message(chat, given["message_id"], text, None, given, number)

    async def start(self, chat: Chat, user: User, payload: str = "") -> Message:
        """`user` opens the bot by a link. Raises: ValueError for a payload that Telegram drops."""
        try:
            checks.start_payload(payload or "none")
        except Refused as refusal:
            raise ValueError(f"no start payload: {payload!r}") from refusal
        return await self.say(chat, user, f"/start {payload}".strip())

    async def edit(self, message: Message, text: str) -> Message:
        """Its author changes a message."""
        stored = self.world.messages[message.chat_id, message.message_id]
        stored.pop("entities", None)
        stored |= {"text": text, "edit_date": int(time.time())}
        if found := tdlib.completed(text, []):
            stored["entities"] = list(found)
        given = deepcopy(stored)
        edited = replace(message, text=text, json=given, update_id=None)
        if self._hidden(message.chat, stored):
            return edited
        return replace(edited, update_id=self.updates.push({"edited_message": given}))

    async def press(self, user: User, message: Message | Sent, data: str, stale: bool = False) -> str:
        """`user` presses a button of the bot's message; returns the id of the callback query.

        Raises: ValueError when no button carries `data`, unless the keyboard is a `stale` one that
        the person's app still shows.
        """
        chat = self.world.chats[message.chat_id or 0]
        stored = self.world.messages.get((chat.id, _id(message)))
        rows = ((stored or {}).get("reply_markup") or {}).get("inline_keyboard", ())
        if not stale and not any(button.get("callback_data") == data for row in rows for button in row):
            raise ValueError(f"no button of message {message.message_id} carries {data!r}")
        key = self._pressed()
        lost = {"chat": chat.json, "message_id": _id(message), "date": 0}
        self.updates.push(
            {
                "callback_query": {
                    "id": key,
                    "from": user.json,
                    "message": deepcopy(stored) if stored else lost,
                    "chat_instance": str(chat.id * 7919),
                    "data": data,
                }
            }
        )
        return key

    async def press_inline(self, user: User, inline_message_id: str, data: str) -> str:
        """`user` presses a button of a message that was sent through the bot, or by it as a guest.

        Raises: ValueError when no button carries `data`.
        """
        markup = self.world.inline_messages[inline_message_id].get("reply_markup", {})
        rows = markup.get("inline_keyboard", ())
        if not any(button.get("callback_data") == data for row in rows for button in row):
            raise ValueError(f"no button of inline message {inline_message_id} carries {data!r}")
        key = self._pressed()
        about = {"inline_message_id": inline_message_id, "chat_instance": "-7919", "data": data}
        self.updates.push({"callback_query": {"id": key, "from": user.json} | about})
        return key

    async def react(self, user: User, message: Message | Sent, emoji: str | None) -> int | None:
        """`user` puts an emoji under a message, or takes theirs away; None when the bot would not hear."""
        chat = self.world.chats[message.chat_id or 0]
        return self.updates.push(
            {
                "message_reaction": {
                    "chat": chat.json,
                    "message_id": _id(message),
                    "user": user.json,
                    "date": int(time.time()),
                    "old_reaction": [],
                    "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
                }
            }
        )

    async def ask_inline(self, user: User, query: str, offset: str = "") -> str:
        """`user` types after the bot's name anywhere; returns the id of the inline query."""
        if units(query) > 256:
            raise ValueError("an inline query has at most 256 characters")
        key = self.world.next_query_id()
        self.world.inline_queries[key] = 0
        asked = {"id": key, "from": user.json, "query": query, "offset": offset, "chat_type": "private"}
        self.updates.push({"inline_query": asked})
        return key

    def expire(self, key: str) -> None:
        """Let an inline query, or one to a guest, get too old to be answered."""
        self.world.inline_queries.pop(key, None)
        self.world.guest_queries.pop(key, None)

    async def choose(self, user: User, key: str, result_id: str, chat: Chat | None = None) -> str | None:
        """`user` sends one of the results of an inline query, to `chat` where the bot is in it; returns the
        inline message id, None for a result without a keyboard. Raises: StopIteration for no such result.
        """
        result = next(one for one in self.world.inline_answers[key] if one["id"] == result_id)
        content = checks.inline_content(result)
        message = None
        if chat is not None:
            message = self.world.write(chat, user, None, content | {"via_bot": self.world.bot.json})
            self.updates.push({"message": deepcopy(message)})
        asked = next(u["inline_query"] for u in self.updates.ever.values() if _asks(u, key))
        made: Json = {"result_id": result_id, "from": user.json, "query": asked["query"]}
        posted = self.world.post_inline(content, message)
        if "reply_markup" in content:
            made["inline_message_id"] = posted
        self.updates.push({"chosen_inline_result": made})
        return made.get("inline_message_id")

    async def summon(self, chat: Chat, user: User, text: str, **extra: Any) -> str:
        """`user` names the bot in a chat that it is not in; returns the id of the guest query."""
        body: Json = {"text": text, "entities": list(tdlib.completed(text, []))}
        stored = self.world.write(chat, user, None, body | extra)
        key = self.world.next_query_id()
        self.world.guest_queries[key] = deepcopy(stored) | {"guest_query_id": key}
        self.updates.push({"guest_message": deepcopy(self.world.guest_queries[key])})
        return key

    async def add(self, chat: Chat, user: User, status: str = "member", old: str = "left") -> int | None:
        """`user` adds the bot to a group, or makes it a "member" or "administrator" there."""
        self.world.gone.pop(chat.id, None)
        self.world.members[chat.id, self.world.bot.id] = status
        return self._belong(chat, user, old, status)

    async def block(self, user: User) -> int | None:
        """`user` blocks the bot: writing to them answers 403 from now on."""
        self.world.gone[user.id] = Refused("bot was blocked by the user", 403)
        return self._belong(self.world.chats[user.id], user, "member", "kicked")

    async def unblock(self, user: User) -> int | None:
        self.world.gone.pop(user.id, None)
        return self._belong(self.world.chats[user.id], user, "kicked", "member")

    async def kick(self, chat: Chat, user: User) -> int | None:
        """`user` throws the bot out of a group."""
        self.world.gone[chat.id] = Refused("bot was kicked from the supergroup chat", 403)
        return self._belong(chat, user, "member", "kicked")

    def migrate(self, chat: Chat, new_id: int, tell: bool = True) -> Chat:
        """Turn a group into another one with a new id; the old id answers with `migrate_to_chat_id`. Unless
        told not to, both say so with a service message."""
        moved = replace(chat, id=new_id, type="supergroup")
        self.world.chats[new_id] = moved
        self.world.gone[chat.id] = Refused(
            "group chat was upgraded to a supergroup chat", 400, {"migrate_to_chat_id": new_id}
        )
        if tell:
            told = {"message_id": 1, "date": int(time.time()), "from": self.world.bot.json}
            self.updates.push({"message": told | {"chat": chat.json, "migrate_to_chat_id": new_id}})
            self.updates.push({"message": told | {"chat": moved.json, "migrate_from_chat_id": chat.id}})
        return moved

    async def push(self, update: Json) -> int | None:
        """Queue a raw update; returns its id, None when `allowed_updates` leaves it out."""
        return self.updates.push(update)

    async def repeat(self, update_id: int) -> None:
        """Deliver an update that was delivered before once more, under the same id."""
        self.updates.repeat(update_id)

    async def wait_for(
        self,
        wanted: Callable[[Sent], bool],
        timeout: float = 10,  # noqa: ASYNC109 - the error tells what came instead
        after: Sent | None = None,
    ) -> Sent:
        """The first call that is `wanted`, made already or yet to come, later than `after`.

        Raises: TimeoutError, telling what came instead.
        """
        start = next((place + 1 for place, call in enumerate(self.calls) if call is after), 0)

        def look() -> Sent | None:
            return next((call for call in self.calls[start:] if wanted(call)), None)

        if (found := await self.heard.until(look, timeout)) is None:
            came = [f"{call.method} {call.text or ''!r} {call.error or ''}" for call in self.calls[start:]]
            raise TimeoutError(f"nothing wanted within {timeout} s; came: {came}")
        return found

    async def next_message(self, chat: Chat, timeout: float = 10) -> Sent:  # noqa: ASYNC109
        """The next message that the bot wrote to `chat`, each given once. Raises: TimeoutError."""

        def fresh(call: Sent) -> bool:
            written = call.method in {"sendMessage", "sendDocument"} and call.accepted
            return written and call.chat_id == chat.id and (call.message_id or 0) > self._seen.get(chat.id, 0)

        found = await self.wait_for(fresh, timeout)
        self._seen[chat.id] = found.message_id or 0
        return found

    def shown(self, chat: Chat) -> list[Json]:
        """What stands in a chat now, edits and deletions applied, oldest first."""
        return [deepcopy(message) for (place, _), message in self.world.messages.items() if place == chat.id]

    @property
    def unanswered(self) -> list[str]:
        """Callback queries whose button still shows a spinner."""
        return [key for key, answers in self.world.callbacks.items() if not answers]

    def _belong(self, chat: Chat, user: User, old: str, new: str) -> int | None:
        return self.updates.push(
            {
                "my_chat_member": {
                    "chat": chat.json,
                    "from": user.json,
                    "date": int(time.time()),
                    "old_chat_member": membership(self.world.bot, old),
                    "new_chat_member": membership(self.world.bot, new),
                }
            }
        )

    def _pressed(self) -> str:
        """A new callback query, not yet answered."""
        key = self.world.next_query_id()
        self.world.callbacks[key] = 0
        return key

    def _hidden(self, chat: Chat, message: Json) -> bool:
        """Whether privacy mode keeps a group's message from the bot."""
        if not chat.grouped or chat.admin or not self.world.privacy:
            return False
        replied = message.get("reply_to_message", {})
        if replied.get("from", {}).get("id") == self.world.bot.id and "forum_topic_created" not in replied:
            return False
        if message.get("via_bot", {}).get("id") == self.world.bot.id:
            return False
        for entity in message.get("entities", ()):
            if entity["type"] == "bot_command" and entity["offset"] == 0:
                command = message["text"][: entity["length"]]
                to_whom = command.partition("@")[2].lower()
                return to_whom not in {"", (self.world.bot.username or "").lower()}
        return True


def _asks(update: Json, key: str) -> bool:
    return bool(update.get("inline_query", {}).get("id") == key)


def _id(message: Message | Sent) -> int:
    if message.message_id is None:
        raise ValueError("a call that wrote no message")
    return message.message_id
