"""A bell that any number of waiters hear: how a change of state reaches those who wait for one."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Bell:
    """Rung on each change; nobody needs to be listening."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], Found | None], seconds: float) -> Found | None:
        """What `look` finds, looked for now and at each ring; None after that many `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            event = self._event
            if (seen := look()) is not None:
                return seen
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            try:
                await asyncio.wait_for(event.wait(), left)
            except TimeoutError:
                return look()
