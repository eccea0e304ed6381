"""Question in, quotes out: pure and synchronous, with no network, no SQL, no Telegram and no asyncio."""
