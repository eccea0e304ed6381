"""The homes of the bot's tests."""

from tests.bot.conftest import corpus_home, home

__all__ = ["corpus_home", "home"]
