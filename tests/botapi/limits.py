"""Telegram's rate limits: about 1 message a second in a chat, 20 a minute in a group, 30 a second in all.

A chat may burst a little before the first of them bites; Telegram does not say how much.
"""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable

from .record import Chat
from .refusal import flood

BURST = 3
LIMITED = {"sendMessage", "sendDocument", "editMessageText", "editMessageReplyMarkup"}


class Limits:
    """Sliding windows over the calls that were let through."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all: deque[float] = deque()
        self._by_chat: defaultdict[int, deque[float]] = defaultdict(deque)

    def spend(self, chat: Chat) -> None:
        """Count one message to `chat`. Raises: Refused with 429 when that is too much."""
        now = self._clock()
        mine = self._by_chat[chat.id]
        waits = [_wait(self._all, now, 30, 1.0), _wait(mine, now, BURST, float(BURST))]
        if chat.grouped:
            waits.append(_wait(mine, now, 20, 60.0))
        if (seconds := max(waits)) > 0:
            raise flood(math.ceil(seconds))
        self._all.append(now)
        mine.append(now)


def _wait(times: deque[float], now: float, most: int, window: float) -> float:
    """Seconds until one more fits into `most` a window; 0 when it fits now."""
    recent = [at for at in times if at > now - window]
    return recent[0] + window - now if len(recent) >= most else 0.0
