"""`python -m bot` is `talks`."""

from bot.cli import main

main()
