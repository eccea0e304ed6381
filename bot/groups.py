"""Groups and channels: what the bot says when it comes, what their administrators choose, that they move and
that they part."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from telegram import CallbackQuery, Chat, ChatMember, Update
from telegram import Message as Received
from telegram.error import TelegramError

from bot import chats, keyboards, watches
from bot.callbacks import GroupLanguage, MentionOnly
from bot.chats import Chosen
from bot.desk import Context, Desk, acknowledge
from bot.message import Draft, Message
from bot.privacy import pseudonym
from bot.texts import LANGUAGES, NAMES, Language, say

log = logging.getLogger(__name__)

_THERE = (ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER)
_RULING = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Groups:
    """The handlers of what concerns a group as a whole."""

    desk: Desk

    async def belongs(self, update: Update, context: Context) -> None:
        """The bot came to a chat, or left it, or is something else there."""
        change = update.my_chat_member
        assert change is not None
        before, now = _there(change.old_chat_member), _there(change.new_chat_member)
        grouped = change.chat.type in (Chat.GROUP, Chat.SUPERGROUP)
        if grouped and now and not before:
            await self.desk.say(update, context, await self._hello(update, context, change.new_chat_member))
            return
        if before and not now:
            await self.desk.insist(watches.leave, context.bot.id, change.chat.id)
        if before and not now and change.chat.type != Chat.PRIVATE:
            await self.desk.writer.join()
            await self.desk.insist(chats.forget, context.bot.id, self.desk.chat(update), change.chat.id)
        await self.desk.drop(context, update.update_id)

    async def hello(self, update: Update, context: Context) -> None:
        """/start in a group: what the bot said when it came. A link that adds it there starts it too."""
        chat = update.effective_chat
        assert chat is not None
        me = await context.bot.get_chat_member(chat.id, context.bot.id)
        await self.desk.say(update, context, await self._hello(update, context, me))

    async def moved(self, update: Update, context: Context) -> None:
        """A group became a supergroup, and has another id: told in the old one and in the new."""
        message = update.effective_message
        assert message is not None
        here = message.chat.id
        old, new = message.migrate_from_chat_id or here, message.migrate_to_chat_id or here
        was, now = (pseudonym(self.desk.key, "chat", id) for id in (old, new))
        await self.desk.writer.join()
        await self.desk.insist(chats.move, context.bot.id, was, now)
        await self.desk.insist(watches.move, context.bot.id, old, new)
        await self.desk.drop(context, update.update_id)

    async def settings(self, update: Update, context: Context) -> None:
        """What the administrators chose, with buttons that work for them."""
        chosen = await self.desk.ask(chats.chosen, self.desk.chat(update))
        await self.desk.say(update, context, _settings(chosen, await self.desk.language(update)))

    async def personal(self, update: Update, context: Context) -> None:
        """A command about oneself, said before others."""
        link = keyboards.private(context.bot.username, await self.desk.language(update))
        await self.desk.tell(update, context, "in-private", keyboard=link)

    async def chosen(
        self,
        update: Update,
        context: Context,
        query: CallbackQuery,
        message: Received,
        press: GroupLanguage | MentionOnly,
    ) -> None:
        """A button of /settings."""
        if not await _rules(update, context, message.chat):
            await acknowledge(query, say(await self.desk.language(update), "settings-who"))
            return
        chat = self.desk.chat(update)
        before = await self.desk.ask(chats.chosen, chat)
        match press:
            case GroupLanguage(number):
                fresh = replace(before, language=dict(enumerate(LANGUAGES, 1)).get(number))
            case MentionOnly(on):
                fresh = replace(before, mention_only=on)
        await self.desk.ask(chats.choose, chat, fresh, datetime.now(UTC))
        await acknowledge(query)
        changed = _settings(fresh, await self.desk.language(update))
        await self.desk.edit(context, message.chat_id, message.message_id, changed)

    async def _hello(self, update: Update, context: Context, me: ChatMember) -> Message:
        """Who this is and how to ask: that depends on what Telegram lets the bot read."""
        language = await self.desk.language(update)
        reads = context.bot.bot.can_read_all_group_messages or me.status in _RULING
        draft = Draft(language=language).say("group-hello").append(
            Draft(language=language).say("group-reads" if reads else "group-privacy", name=context.bot.name)
        )
        return draft.append(Draft(language=language).say("group-settings")).message()


async def _rules(update: Update, context: Context, chat: Chat) -> bool:
    """Whether it is an administrator who pressed or wrote."""
    sender = update.effective_sender
    assert sender is not None
    if isinstance(sender, Chat):
        return sender.id == chat.id
    try:
        return (await context.bot.get_chat_member(chat.id, sender.id)).status in _RULING
    except TelegramError as refusal:
        log.info("who pressed is not known: %s", refusal.message)
        return False


def _there(member: ChatMember) -> bool:
    return member.status in _THERE or bool(getattr(member, "is_member", False))


def _settings(chosen: Chosen, language: Language) -> Message:
    spoken = next((name for code, name in NAMES.items() if code == chosen.language), None)
    draft = Draft(language=language).say("settings", "bold").add("\n")
    draft.say("settings-language", language=spoken or say(language, "settings-own")).add("\n")
    draft.say("settings-mention" if chosen.mention_only else "settings-replies").add("\n\n")
    draft.say("settings-who", "italic")
    return draft.message(keyboards.choices(chosen.language, chosen.mention_only, language))
