"""The real program as a process, against a Bot API server on loopback."""

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from tests.botapi.server import BotApi


class Program:
    """`talks run` in a process of its own. `home` stays when it is killed; `log` is what it wrote."""

    def __init__(self, api: BotApi, home: Path, **settings: str) -> None:
        self.home = home
        self.api = api
        self.log = home / "stderr.log"
        self._settings = {
            "TELEGRAM_BOT_TOKEN": api.token,
            "TELEGRAM_API_BASE_URL": api.base_url,
            "TALKS_HOME": str(home),
            "STARTER_CORPUS": "false",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, wait: float = 60.0) -> None:
        """Start, and wait until it polls, or has set its webhook."""
        polls, hook = self.api.polls, self.api.webhook
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(**self._settings), cwd=self.home,
            )  # fmt: skip
        async with asyncio.timeout(wait):
            while self.api.polls == polls and self.api.webhook in (None, hook):
                if self._process.returncode is not None:
                    raise AssertionError(f"ended with {self._process.returncode}:\n{self.lines()}")
                await asyncio.sleep(0.02)

    async def stop(self, signal: signal.Signals = signal.SIGTERM, wait: float = 30.0) -> int:
        """Send the signal and wait for the end; the exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal)
        return await asyncio.wait_for(self._process.wait(), wait)

    async def kill(self) -> None:
        """kill -9."""
        await self.stop(signal.SIGKILL)

    def lines(self) -> str:
        """All that it wrote so far."""
        return self.log.read_text()

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of its SQLite database."""
        with sqlite3.connect(self.home / "talks.db") as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    def empty(self) -> None:
        """Delete what was asked and said so far."""
        with sqlite3.connect(self.home / "talks.db") as connection:
            for table in ("exchanges", "quotes", "hits", "feedback", "updates", "chats"):
                connection.execute(f"DELETE FROM {table}")

    async def settled(self, wait: float = 10.0) -> None:
        """Wait until every update is done and every exchange written."""
        open = "SELECT count(*) AS n FROM updates WHERE state <> 'done' OR exchange IS NOT NULL"
        async with asyncio.timeout(wait):
            while self.rows(open)[0]["n"]:  # noqa: ASYNC110  another process's database
                await asyncio.sleep(0.05)


def environment(**settings: str) -> dict[str, str]:
    """The test's environment without the settings of whoever runs it, and with `settings`."""
    ours = (
        "TELEGRAM_", "TALKS_", "DATABASE_URL", "LOG_", "STARTER_", "EMBEDDING_", "ANSWER_", "OPERATOR_",
        "WEBHOOK_", "LISTEN", "MAINTAINERS",
    )  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    root = str(Path(__file__).parents[2])
    return {**kept, "PYTHONPATH": root, **settings}
