"""The real library, pointed at the server."""

from telegram import Bot

from .server import BotApi


def a_bot(api: BotApi) -> Bot:
    """To be entered with `async with`, as the library wants."""
    return Bot(api.token, base_url=f"{api.base_url}/bot")
