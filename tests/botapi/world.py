"""What Telegram knows: people, chats, messages, open queries and the bot's own settings."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from .record import Chat, Json, User
from .refusal import Refused

GENERAL_TOPIC = 1

ADMIN_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


@dataclass(slots=True)
class World:
    """The state behind the methods. Keys of `messages` are (chat id, message id)."""

    bot: User
    privacy: bool = True
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    messages: dict[tuple[int, int], Json] = field(default_factory=dict)
    gone: dict[int, Refused] = field(default_factory=dict)
    threads: dict[int, set[int]] = field(default_factory=dict)
    members: dict[tuple[int, int], str] = field(default_factory=dict)
    callbacks: dict[str, int] = field(default_factory=dict)
    inline_queries: dict[str, int] = field(default_factory=dict)
    inline_answers: dict[str, list[Json]] = field(default_factory=dict)
    inline_messages: dict[str, Json] = field(default_factory=dict)
    guest_queries: dict[str, Json] = field(default_factory=dict)
    reactions: dict[tuple[int, int], list[Any]] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    profile: dict[tuple[str, str], str] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(101))
    _queries: "itertools.count[int]" = field(default_factory=lambda: itertools.count(4_500_000_000_000_001))

    def next_query_id(self) -> str:
        return str(next(self._queries))

    def chat(self, chat_id: str) -> Chat:
        """A chat that the bot may write to. Raises: Refused."""
        if not chat_id:
            raise Refused("chat_id is empty")
        try:
            found = self.chats[int(chat_id)]
        except (ValueError, KeyError):
            raise Refused("chat not found") from None
        if found.id in self.gone:
            raise self.gone[found.id]
        return found

    def message(self, chat: Chat, message_id: int, purpose: str) -> Json:
        """A message by its id. Raises: Refused, "message to … not found"."""
        if message_id <= 0:
            raise Refused("message identifier is not specified")
        if (chat.id, message_id) not in self.messages:
            raise Refused(f"message to {purpose} not found")
        return self.messages[chat.id, message_id]

    def thread(self, chat: Chat, thread: int) -> int | None:
        """A topic to write to; None without one. Raises: Refused, also for General, which has no number."""
        if not thread:
            return None
        if thread not in self.threads.get(chat.id, set()):
            raise Refused("message thread not found")
        return thread

    def write(self, chat: Chat, author: User, thread: int | None, body: Json) -> Json:
        """Store a message of `author` and return it as Telegram tells it."""
        message: Json = {
            "message_id": next(self._ids),
            "from": author.json,
            "chat": chat.json,
            "date": int(time.time()),
        }
        if thread and chat.topics:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        message |= body
        self.messages[chat.id, message["message_id"]] = message
        return message

    def post_inline(self, content: Json, message: Json | None = None) -> str:
        """Store what an inline result came to and return its inline message id. It stands in the chat of
        `message`, or in one that the bot knows nothing of."""
        key = f"AgAAA-{self.next_query_id()}"
        self.inline_messages[key] = {} if message is None else message
        self.inline_messages[key] |= content
        return key

    def mine(self, message: Json) -> bool:
        """Whether the bot wrote it."""
        return bool(message["from"]["id"] == self.bot.id)

    def member(self, chat: Chat, user: User) -> Json:
        """As getChatMember tells it."""
        return membership(user, self.members.get((chat.id, user.id), "member"))


def membership(user: User, status: str) -> Json:
    """A ChatMember."""
    found: Json = {"status": status, "user": user.json}
    if status == "creator":
        found["is_anonymous"] = False
    elif status == "administrator":
        found |= dict.fromkeys(ADMIN_RIGHTS, False) | {"can_manage_chat": True}
    elif status == "kicked":
        found["until_date"] = 0
    return found


def shallow(message: Json) -> Json:
    """A message as it stands inside of another one, without what it replies to itself."""
    return {name: value for name, value in message.items() if name not in {"reply_to_message", "quote"}}
