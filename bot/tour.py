"""Everything the bot can do, behind the buttons of /start: nobody has to know a command."""

from dataclasses import dataclass

from telegram import Update

from bot.callbacks import Screen
from bot.commands import Commands
from bot.desk import Context, Desk
from bot.message import Button
from bot.personal import Personal
from bot.texts import say
from bot.watching import Watching


@dataclass(frozen=True, slots=True)
class Tour:
    """Opens what a button of /start names, as its command would."""

    desk: Desk
    commands: Commands
    personal: Personal
    watching: Watching

    async def open(self, update: Update, context: Context, screen: Screen) -> None:
        """Show a screen below the message whose button was pressed."""
        screens = {
            "latest": self.commands.latest,
            "sources": self.commands.sources,
            "quote": self.commands.quote,
            "watches": self.watching.watches,
            "groups": self.groups,
            "inline": self.inline,
            "privacy": self.personal.privacy,
            "mydata": self.personal.mydata,
            "forget": self.personal.forget,
            "language": self.personal.language,
            "help": self.commands.help,
            "about": self.commands.about,
        }
        await screens[screen](update, context)

    async def groups(self, update: Update, context: Context) -> None:
        """How to have the bot in a group, with the link that adds it."""
        language = await self.desk.language(update)
        link = f"https://t.me/{context.bot.username}?startgroup=new"
        keyboard = ((Button(say(language, "add-to-group"), url=link),),)
        await self.desk.tell(update, context, "groups-how", keyboard=keyboard, name=context.bot.name)

    async def inline(self, update: Update, context: Context) -> None:
        """How to quote in any chat."""
        await self.desk.tell(update, context, "inline-how", name=context.bot.name)
