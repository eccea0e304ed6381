"""Whom a message speaks to: alone with the bot, the bot; among others, whoever it commands, names or answers.

What does not speak to the bot is never written down.
"""

from telegram import Bot, Chat, MaybeInaccessibleMessage, MessageEntity, Update
from telegram import Message as Received
from telegram.ext.filters import COMMAND, MessageFilter, UpdateFilter

from bot.wire import behind, words


class ToBot(MessageFilter):
    """Messages that speak to the bot."""

    def filter(self, message: Received) -> bool:
        return spoken_to(message, message.get_bot())


class ToGuest(UpdateFilter):
    """Messages that call the bot into a chat that it is not in."""

    def filter(self, update: Update) -> bool:
        return update.guest_message is not None


def heard(update: Update, bot: Bot) -> bool:
    """Whether an update is any of the bot's business."""
    for message in (update.message, update.edited_message, update.channel_post, update.edited_channel_post):
        if message is not None:
            moves = message.migrate_to_chat_id or message.migrate_from_chat_id
            return bool(moves) or spoken_to(message, bot)
    return True


def asks(update: Update, bot: Bot) -> bool:
    """Whether an update is a question to the bot alone that needs no look at anything but its words."""
    message = update.message
    if message is None or message.text is None or shared(message) or message.reply_to_message:
        return False
    return not COMMAND.filter(message) and bool(question(message, bot))


def spoken_to(message: Received, bot: Bot) -> bool:
    """Whether a message is for the bot to answer. What someone sent through it is not, nor, among others,
    what another bot wrote."""
    if message.via_bot is not None and message.via_bot.id == bot.id:
        return False
    if not shared(message):
        return True
    if message.from_user is not None and message.from_user.is_bot and message.sender_chat is None:
        return False
    return commands(message, bot) or names(message, bot) or answers(message, bot)


def shared(message: MaybeInaccessibleMessage) -> bool:
    """Whether others read it too."""
    return message.chat.type != Chat.PRIVATE


def commands(message: Received, bot: Bot) -> bool:
    """Whether it begins with a command that is not another bot's."""
    for entity in _entities(message):
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            _, _, to = _under(message, entity).partition("@")
            return to.lower() in ("", bot.username.lower())
    return False


def names(message: Received, bot: Bot) -> bool:
    """Whether it names the bot."""
    return any(_names(message, entity, bot) for entity in _entities(message))


def answers(message: Received, bot: Bot) -> bool:
    """Whether it replies to a message of the bot. What opened a topic counts for none: all in it reply to
    that."""
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created is not None:
        return False
    return replied.from_user.id == bot.id


def question(message: Received, bot: Bot) -> str:
    """What a message asks, without a command and the bot's name; where nothing is left, the words of
    somebody else that it replies to."""
    text = words(message)
    if commands(message, bot):
        text = behind(text)
    for name in [_under(message, entity) for entity in _entities(message) if _names(message, entity, bot)]:
        before, _, after = text.partition(name)
        before, after = before.rstrip(" ,:;"), after.lstrip(" ,:;")
        text = f"{before} {after}".strip() if after[:1].isalnum() else before + after
    if text or message.reply_to_message is None or answers(message, bot):
        return text
    return message.quote.text if message.quote else words(message.reply_to_message)


def _entities(message: Received) -> tuple[MessageEntity, ...]:
    return message.entities or message.caption_entities


def _names(message: Received, entity: MessageEntity, bot: Bot) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == bot.id
    named = entity.type == MessageEntity.MENTION
    return named and _under(message, entity).lower() == f"@{bot.username}".lower()


def _under(message: Received, entity: MessageEntity) -> str:
    return (message.parse_entity if message.text else message.parse_caption_entity)(entity)
