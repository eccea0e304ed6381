"""Faults on demand: what networks, proxies and Telegram itself do to a call now and then.

A fault is used up by the calls that it hits, oldest fault first. `accepted` tells on which side of
the call's effect it strikes: the same dropped connection with the message sent, or not.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["status", "garbage", "truncate", "drop", "slow"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What to do to a call of `method` ("*" for any), in one chat or in all (None)."""

    method: str
    kind: Kind
    status: int = 200
    retry_after: int | None = None
    delay: float = 0.0
    accepted: bool = False
    chat_id: int | None = None

    def hits(self, method: str, chat_id: int | None) -> bool:
        return self.method in {"*", method} and self.chat_id in {None, chat_id}

    def __str__(self) -> str:
        side = "after" if self.accepted else "before"
        return f"{self.status if self.kind == 'status' else self.kind}, {side} it took effect"


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._left: list[tuple[Fault, int]] = []

    def add(self, fault: Fault, times: int) -> None:
        self._left.append((fault, times))

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that hits this call, if any, used up by one."""
        for place, (fault, times) in enumerate(self._left):
            if fault.hits(method, chat_id):
                self._left[place : place + 1] = [(fault, times - 1)] if times > 1 else []
                return fault
        return None

    def clear(self) -> None:
        self._left.clear()
