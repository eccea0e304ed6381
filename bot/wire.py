"""Messages as the Telegram library sends them and hands them back."""

from datetime import UTC, datetime

from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    MessageEntity,
    Update,
)
from telegram import Message as Received

from bot.message import Button, Card, Entity, Message

#: What Telegram finds in a text by itself; it is not ours to send back.
_FOUND = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})


def formatting(message: Message) -> list[MessageEntity]:
    return [
        MessageEntity(
            e.type,
            e.offset,
            e.length,
            url=e.url,
            unix_time=None if e.unix_time is None else datetime.fromtimestamp(e.unix_time, UTC),
            date_time_format=e.date_time_format,
        )
        for e in message.entities
    ]


def markup(message: Message) -> InlineKeyboardMarkup | None:
    """The buttons; None without any."""
    if not message.keyboard:
        return None
    return InlineKeyboardMarkup([[_inline(button) for button in row] for row in message.keyboard])


def article(card: Card) -> InlineQueryResultArticle:
    """A card as Telegram shows it among others."""
    content = InputTextMessageContent(
        card.message.text,
        entities=formatting(card.message),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    return InlineQueryResultArticle(
        card.id, card.title, content, markup(card.message), description=card.description or None
    )


def received(message: Received) -> Message:
    """A message of ours as Telegram hands it back, without the entities that Telegram added."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return Message(
        message.text or "",
        tuple(_entity(entity) for entity in message.entities if entity.type not in _FOUND),
        tuple(tuple(_button(button) for button in row) for row in rows),
    )


def _entity(entity: MessageEntity) -> Entity:
    when = int(entity.unix_time.timestamp()) if entity.unix_time else None
    shown = entity.date_time_format
    return Entity(str(entity.type), entity.offset, entity.length, entity.url, when, shown)


def words(message: Received) -> str:
    """The text of a message, or its caption."""
    return (message.text or message.caption or "").strip()


def topic(message: Received) -> int | None:
    """The topic that a message stands in. Elsewhere a thread's number says who replied to whom."""
    return message.message_thread_id if message.is_topic_message else None


def typed(update: Update) -> str:
    """What a person wrote behind a command; nothing where they pressed a button that does the same."""
    message = update.effective_message
    return behind(words(message)) if message and not update.callback_query else ""


def behind(text: str) -> str:
    """What stands behind a command."""
    return "".join(text.split(maxsplit=1)[1:])


def _inline(button: Button) -> InlineKeyboardButton:
    copy = CopyTextButton(button.copy) if button.copy else None
    return InlineKeyboardButton(
        button.text,
        callback_data=button.data,
        url=button.url,
        copy_text=copy,
        switch_inline_query=button.inline,
    )


def _button(button: InlineKeyboardButton) -> Button:
    data = button.callback_data if isinstance(button.callback_data, str) else None
    copy = button.copy_text.text if button.copy_text else None
    return Button(button.text, data, button.url, copy, button.switch_inline_query)
