"""The fixture `api`: a server of its own for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from .server import BotApi


@pytest_asyncio.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server
