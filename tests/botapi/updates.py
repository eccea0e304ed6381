"""The queue of updates: kept until confirmed, given again until then, one reader at a time."""

from collections.abc import Iterable

from .bell import Bell
from .record import Json
from .refusal import Refused

ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
"""Kinds that Telegram sends only when `allowed_updates` names them."""

POLLED_TWICE = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class Updates:
    """Updates waiting for the program, in order. `ever` holds each one by id, `dropped` the unwanted."""

    def __init__(self, first_id: int = 700_000_001) -> None:
        self.bell = Bell()
        self.pending: list[Json] = []
        self.ever: dict[int, Json] = {}
        self.dropped: list[Json] = []
        self.allowed: frozenset[str] = frozenset()
        self._again: list[Json] = []
        self._next_id = first_id
        self._turn = 0
        self._ended_by = POLLED_TWICE

    def allow(self, kinds: Iterable[str]) -> None:
        """What to queue from now on; nothing named means everything but `ON_REQUEST`."""
        self.allowed = frozenset(kinds)

    def push(self, update: Json) -> int | None:
        """Queue an update, with an id of its own unless it has one; None when it is not wanted."""
        kinds = set(update) - {"update_id"}
        wanted = self.allowed & kinds if self.allowed else kinds - ON_REQUEST
        if not wanted:
            self.dropped.append(update)
            return None
        number = int(update.get("update_id", self._next_id))
        self._next_id = max(self._next_id, number) + 1
        self.ever[number] = {"update_id": number} | update
        self.pending.append(self.ever[number])
        self.bell.ring()
        return number

    def repeat(self, update_id: int) -> None:
        """Queue an update that was queued before once more. Raises: KeyError when it never was."""
        update = self.ever[update_id]
        if update not in self.pending:
            self._again.append(update)
        self.bell.ring()

    def confirm(self, offset: int) -> None:
        """Drop what precedes `offset`; a negative one keeps that many of the newest."""
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]

    def done(self, update: Json) -> None:
        """An update that a webhook took."""
        queue = self._again if update in self._again else self.pending
        if update in queue:
            queue.remove(update)
        self.bell.ring()

    def waiting(self) -> list[Json]:
        """All that a webhook has yet to take: repeated ones first."""
        return self._again + self.pending

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """One getUpdates. Raises: Refused when another one begins meanwhile."""
        self.interrupt(POLLED_TWICE)
        turn = self._turn
        self.confirm(offset)

        def look() -> list[Json] | None:
            if self._turn != turn:
                raise Refused(self._ended_by, 409)
            return self.waiting()[:limit] or None

        given = await self.bell.until(look, seconds) or []
        self._again = [update for update in self._again if update not in given]
        return given

    def interrupt(self, sentence: str) -> None:
        """End a poll under way with a conflict."""
        self._ended_by = sentence
        self._turn += 1
        self.bell.ring()

    def clear(self) -> None:
        self.pending.clear()
        self._again.clear()
