"""What people decide about themselves: whether their questions may be used, what is stored, its deletion."""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram import CallbackQuery, Update
from telegram import Message as Received
from telegram.error import BadRequest, Forbidden

from bot import keyboards, people
from bot.callbacks import Consent, encode
from bot.desk import Context, Desk, acknowledge
from bot.message import Button, Draft, Message

log = logging.getLogger(__name__)

FILE = "mydata.json"


@dataclass(frozen=True, slots=True)
class Personal:
    """The handlers of /privacy, /mydata and /forget, and of their buttons."""

    desk: Desk

    async def privacy(self, update: Update, context: Context) -> None:
        """What is kept, with the switch."""
        given = await self.desk.ask(people.consent, self.desk.user(update))
        await self.desk.say(update, context, _privacy(given))

    async def mydata(self, update: Update, context: Context) -> None:
        """All that is stored about the person who asks, as a file."""
        chat, person = update.effective_chat, update.effective_user
        assert chat is not None
        assert person is not None
        found = await self.desk.ask(people.stored, context.bot.id, self.desk.user(update), person.id)
        text = json.dumps(found, ensure_ascii=False, indent=1)
        caption = Message("All that is stored about you. /forget deletes it, /privacy explains it.")
        try:
            await context.bot.send_document(
                chat.id,
                text.encode(),
                caption=(caption.repeated() if self.desk.repeats(update) else caption).text,
                filename=FILE,
            )
        except (BadRequest, Forbidden) as refusal:
            log.warning("a file cannot be delivered: %s", refusal.message)
        await self.desk.drop(context, update.update_id)

    async def forget(self, update: Update, context: Context) -> None:
        """Asks before anything is deleted."""
        text = (
            "Delete your questions with their replies, your 👍 and 👎, and your choice in /privacy? "
            "This cannot be undone. The messages in this chat stay until you delete them."
        )
        await self.desk.say(update, context, Message(text, keyboard=keyboards.confirmation()))

    async def consented(
        self, update: Update, context: Context, query: CallbackQuery, message: Received, given: bool
    ) -> None:
        """The switch of /privacy, pressed."""
        await self.desk.ask(people.set_consent, self.desk.user(update), given, datetime.now(UTC))
        await acknowledge(query, "Thank you!" if given else "Switched off.")
        await self.desk.edit(context, message.chat_id, message.message_id, _privacy(given))

    async def forgotten(
        self, update: Update, context: Context, query: CallbackQuery, message: Received, sure: bool
    ) -> None:
        """The answer to /forget's question."""
        assert update.effective_user is not None
        if sure:
            gone = await self.desk.ask(
                people.forget, context.bot.id, self.desk.user(update), update.effective_user.id
            )
            questions = f"{gone.questions} question{'' if gone.questions == 1 else 's'} with their replies"
            text = f"Deleted: {questions}, {gone.feedback} of 👍 and 👎. Nothing about you is stored now."
        else:
            text = "Kept. Nothing was deleted."
        await acknowledge(query)
        await self.desk.edit(context, message.chat_id, message.message_id, Message(text))


def _privacy(given: bool) -> Message:
    draft = Draft().add("What is kept", "bold")
    draft.add(
        "\nYour questions and my replies, to judge how good the answers are. Who asked is kept as a "
        "pseudonym only: a keyed hash. Your name and your Telegram number are not.\n\n"
        "/mydata sends you all of it, /forget deletes it.\n\n"
    )
    draft.add("My questions may be used to improve the bot: ").add("yes" if given else "no", "bold")
    switch = Button("Switch off" if given else "Yes, use my questions", data=encode(Consent(not given)))
    return draft.message(((switch,),))
