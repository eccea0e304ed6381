"""Names and their variants as maintainers write them, in `aliases.toml`: what every build knows."""

from functools import cache
from pathlib import Path

from retrieval.aliases import Aliases, load

FILE = Path(__file__).parent / "aliases.toml"


@cache
def names() -> Aliases:
    """What the file says. Raises: ValueError naming the entry that is wrong."""
    return load(FILE)
