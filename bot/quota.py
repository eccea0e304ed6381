"""How many questions a person may ask in a minute, by the time at which they were sent: what piled up while
the bot was away is answered."""

from collections import deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
#: People remembered before those who have been silent for a minute are forgotten.
KEPT = 1000


class Quota:
    """Counts questions by person; `most` a minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._asked: dict[int, deque[datetime]] = {}

    def wait(self, person: int, now: datetime) -> int:
        """Seconds until `person` may ask again, having sent a question at `now`; 0 when this one counts."""
        mine = self._asked.setdefault(person, deque(maxlen=self._most))
        if len(mine) == self._most and now - mine[0] < MINUTE:
            return max(1, int((mine[0] + MINUTE - now).total_seconds()))
        mine.append(now)
        if len(self._asked) > KEPT:
            self._asked = {p: times for p, times in self._asked.items() if now - times[-1] < MINUTE}
        return 0
