"""Whom a message speaks to, and what it asks."""

from typing import Any

import pytest
from telegram import Bot, Message, Update, User

from bot import address

ME = {"id": 5, "is_bot": True, "first_name": "Talks", "username": "talks_bot"}
ADA = {"id": 7, "is_bot": False, "first_name": "Ada"}
GROUP = {"id": -100, "type": "supergroup", "title": "Trade desk"}
ALONE = {"id": 7, "type": "private", "first_name": "Ada"}


class Known(Bot):
    """A bot that knows who it is without having asked."""

    def __init__(self) -> None:
        super().__init__("5:x")
        self._bot_user = User.de_json(ME, None)


BOT = Known()


def message(text: str = "", chat: dict[str, Any] = GROUP, **more: Any) -> Message:
    marks = [("bot_command", "/"), ("mention", "@")]
    entities = [
        {"type": kind, "offset": text.index(word), "length": len(word)}
        for word in text.split()
        for kind, mark in marks
        if word.startswith(mark)
    ]
    said = {"message_id": 9, "date": 1761600000, "chat": chat, "from": ADA}
    return Message.de_json({**said, "text": text, "entities": entities, **more}, BOT)


def replied(text: str = "So they say.", who: dict[str, Any] = ADA, **more: Any) -> dict[str, Any]:
    about = {"message_id": 8, "date": 1761600000, "chat": GROUP, "from": who, "text": text}
    return {"reply_to_message": about | more}


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        (message("/ask Who won?"), "Who won?"),
        (message("/ask@talks_bot Who won?"), "Who won?"),
        (message("@talks_bot Who won?"), "Who won?"),
        (message("@Talks_Bot , Who won?"), "Who won?"),
        (message("Who won, @talks_bot ?"), "Who won?"),
        (message("/ask @talks_bot Who won?"), "Who won?"),
        (message("Who won?", **replied(who=ME)), "Who won?"),
        (message("/ask", **replied()), "So they say."),
        (message("@talks_bot", **replied(), quote={"text": "they say", "position": 3}), "they say"),
        (message("@talks_bot", **replied(who=ME)), ""),
        (message("Who won?", ALONE), "Who won?"),
    ],
)
def test_a_message_that_speaks_to_the_bot_asks_what_is_left_of_it(said: Message, asks: str) -> None:
    assert address.spoken_to(said, BOT)
    assert address.question(said, BOT) == asks


@pytest.mark.parametrize(
    "said",
    [
        message("Who won?"),
        message("/ask@other_bot Who won?"),
        message("@other_bot Who won?"),
        message("Who won?", **replied()),
        message("Who won?", **replied(who=ME, forum_topic_created={"name": "A topic", "icon_color": 1})),
        message("@talks_bot Who won?", **{"from": {"id": 8, "is_bot": True, "first_name": "Machine"}}),
        message("@talks_bot Who won?", via_bot=ME),
        message("Who won?", ALONE, via_bot=ME),
    ],
)
def test_what_speaks_to_others_is_not_heard(said: Message) -> None:
    assert not address.heard(Update(1, message=said), BOT)


def test_a_group_that_moves_is_heard_and_so_is_who_writes_in_its_name() -> None:
    assert address.heard(Update(1, message=message(migrate_to_chat_id=-200)), BOT)
    hidden = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    said = message("/ask Who won?", **{"from": hidden, "sender_chat": GROUP})
    assert address.heard(Update(1, message=said), BOT)


def test_a_name_without_a_username_and_a_caption_count_too() -> None:
    named = {"type": "text_mention", "offset": 0, "length": 5, "user": ME}
    assert address.question(message("Talks who won?", entities=[named]), BOT) == "who won?"
    command = {"type": "bot_command", "offset": 0, "length": 4}
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}]
    captioned = message(caption="/ask Who won?", caption_entities=[command], photo=photo)
    assert address.spoken_to(captioned, BOT)
    assert address.question(captioned, BOT) == "Who won?"
