"""What happens to the program meanwhile: Telegram refuses, networks break, somebody kills it."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.bot.program import Program
from tests.botapi.server import BotApi

#: Calls between two faults, on average.
PAUSE = 8
METHODS = ("sendMessage", "sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates")
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after": 1},
    "500": {"status": 500},
    "502": {"status": 502},
    "502 after": {"status": 502, "accepted": True},
    "garbage": {"garbage": True, "status": 502},
    "garbage as 200": {"garbage": True},
    "half an answer": {"truncate": True},
    "dropped before": {"drop": "before"},
    "dropped after": {"drop": "after"},
    "slow": {"slow": 0.4},
}


@dataclass(slots=True)
class Weather:
    """`struck` counts faults by kind, `sending` holds the updates whose reply was on its way at a kill,
    `typed` the inline queries: nobody misses those."""

    api: BotApi
    program: Program
    chance: random.Random
    kills: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    sending: set[int] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)

    async def blow(self) -> None:
        """Make calls go wrong until cancelled."""
        calls = self.api.calls
        while True:
            next_one = len(calls) + self.chance.randint(1, 2 * PAUSE)
            while len(calls) < next_one:
                await self.api.heard.until(lambda: len(calls) >= next_one or None, 1)  # noqa: B023
            name = self.chance.choice(list(FAULTS))
            self.api.fail(self.chance.choice(METHODS), **FAULTS[name])
            self.struck[name] += 1

    async def kill(self) -> None:
        """kill -9, then start again. What was being sent is read from the database in between."""
        await self.program.kill()
        self.kills += 1
        rows = self.program.rows("SELECT update_id FROM updates WHERE state = 'sending'")
        self.typed |= {key for key, answers in self.api.world.inline_queries.items() if not answers}
        self.sending |= {row["update_id"] for row in rows}
        await self.program.start()
