"""A person asks: Telegram, the terminal, the settings, and the log of what was asked and answered."""
