"""What the robots.txt of each host allows, read once a day and host (RFC 9309).

A host without the file allows everything; one whose file cannot be read right now allows nothing.
"""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from protego import Protego

from corpus.errors import FetchFailed, FetchRefused, Gone, SourceError

#: The name to look for in robots.txt.
NAME = "talks-bot"
#: Seconds that an answer is kept, as RFC 9309 (2.4) has it.
KEPT = 24 * 3600
#: Bytes of the file that are read: RFC 9309 (2.5) asks for 500 KiB at least.
LONGEST = 500 * 1024
#: Seconds between two requests that a refresh is ready to wait when a host asks for them.
PATIENCE = 60


class Robots:
    """The rules of each origin. `get` fetches a robots.txt and raises what `Fetcher` raises."""

    def __init__(self, get: Callable[[str], bytes]) -> None:
        self._get = get
        self._rules: dict[str, tuple[float, Protego | SourceError]] = {}

    def pause(self, url: str) -> float:
        """The seconds that the host asks to leave between two requests.

        Raises: FetchRefused when `url` may not be fetched, FetchFailed when the rules cannot be had.
        """
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}/robots.txt"
        at, rules = self._rules.get(place, (-KEPT, None))
        if rules is None or time.monotonic() - at >= KEPT:
            rules = self._read(place)
            self._rules[place] = (time.monotonic(), rules)
        if isinstance(rules, SourceError):
            raise FetchFailed(url, f"robots.txt could not be read: {rules.reason}")
        if not rules.can_fetch(url, NAME):
            raise FetchRefused(url, "robots.txt asks programs to stay away")
        pause = rules.crawl_delay(NAME) or 0.0
        if pause > PATIENCE:
            raise FetchRefused(
                url, f"robots.txt asks for {pause:g} seconds between requests: fetch it by hand"
            )
        return pause

    def _read(self, place: str) -> Protego | SourceError:
        try:
            return Protego.parse(self._get(place)[:LONGEST].decode("utf-8", "replace"))
        except FetchFailed as error:
            return error
        except (Gone, FetchRefused):
            return Protego.parse("")
