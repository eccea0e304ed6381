"""A strict Telegram Bot API server for tests, over real HTTP on loopback."""

from .record import Chat, Message, Sent, User, piece, units
from .server import BotApi
from .tdlib import Verdict, judge

__all__ = ["BotApi", "Chat", "Message", "Sent", "User", "Verdict", "judge", "piece", "units"]
