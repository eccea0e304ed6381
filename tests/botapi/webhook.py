"""Posting updates to the program's webhook: in order within a chat, again and again until it says 200."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .record import Json
from .updates import Updates

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: the status that came back, None when no answer came."""

    update_id: int
    status: int | None
    at: float


@dataclass(slots=True)
class Webhook:
    """A webhook as set. `pause` is the time in seconds between two attempts, much shorter than Telegram's."""

    url: str
    secret: str = ""
    max_connections: int = 40
    pause: float = 0.05
    attempts: list[Delivery] = field(default_factory=list)
    last_error: tuple[int, str] | None = None

    async def run(self, updates: Updates) -> None:
        """Deliver for as long as the webhook is set."""
        flying: dict[str, asyncio.Task[None]] = {}

        def next_up() -> Json | None:
            free = len(flying) < self.max_connections
            return next((one for one in updates.waiting() if free and lane(one) not in flying), None)

        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            try:
                while True:
                    if update := await updates.bell.until(next_up, 60):
                        job = self._deliver(session, updates, update, flying)
                        flying[lane(update)] = asyncio.create_task(job)
            finally:
                for task in flying.values():
                    task.cancel()

    async def _deliver(
        self,
        session: aiohttp.ClientSession,
        updates: Updates,
        update: Json,
        flying: dict[str, asyncio.Task[None]],
    ) -> None:
        status = None
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        try:
            async with session.post(self.url, json=update, headers=headers) as answer:
                status = answer.status
                reason = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"Connection failed: {error}"
        self.attempts.append(Delivery(update["update_id"], status, time.monotonic()))
        taken = status is not None and 200 <= status <= 299
        if not taken:
            self.last_error = int(time.time()), reason
            await asyncio.sleep(self.pause)
        del flying[lane(update)]
        if taken:
            updates.done(update)
        updates.bell.ring()

    def json(self, updates: Updates) -> Json:
        """As getWebhookInfo tells it."""
        info: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(updates.waiting()),
            "max_connections": self.max_connections,
        }
        if updates.allowed:
            info["allowed_updates"] = sorted(updates.allowed)
        if self.last_error:
            info["last_error_date"], info["last_error_message"] = self.last_error
        return info


def lane(update: Json) -> str:
    """Updates of one lane arrive in order: those of a chat, else of a person."""
    for name, body in update.items():
        if isinstance(body, dict) and name != "update_id":
            place: Any = body.get("chat") or body.get("message", {}).get("chat") or body.get("from") or {}
            return str(place.get("id", name))
    return ""
