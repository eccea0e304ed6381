"""What the program counts and times, as Prometheus shows it: numbers only, never what anyone wrote."""

import time
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from retrieval.answer import Stopwatch

#: Seconds, about the answer's own time at the low end and an impatient asker's at the high one.
BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class Watch(Stopwatch):
    """The stages of a reply to what arrived at `since`, by `time.perf_counter`."""

    since: float = field(default_factory=time.perf_counter)

    @property
    def milliseconds(self) -> float:
        """All stages together."""
        return sum(milliseconds for _, milliseconds in self.stages)

    def close(self, left: float | None, held: float) -> None:
        """Add what lies between the stages, until the reply `left`; seconds `held` by Telegram's limits are
        nobody's."""
        whole = (left or time.perf_counter()) - self.since - held
        self.stages.append(("between", max(0.0, whole * 1000 - self.milliseconds)))


class Meter:
    """Counters of one program. Times of arrival are kept until what arrived is begun or dropped."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.questions = Counter("talks_questions", "Questions that were taken up.", registry=registry)
        self.answered = Counter("talks_answered", "Questions answered with quotes.", registry=registry)
        self.declined = Counter("talks_declined", "Questions that got no answer.", registry=registry)
        self.took = Histogram(
            "talks_reply_seconds",
            "From a question's arrival to its reply on the way, waits for Telegram's limits left out.",
            buckets=BUCKETS,
            registry=registry,
        )
        self.own = Histogram(
            "talks_answer_seconds", "What answering alone took.", buckets=BUCKETS, registry=registry
        )
        self.sends = Counter("talks_requests", "Requests to Telegram.", ["method"], registry=registry)
        self.held = Counter("talks_too_many_requests", "Requests answered with 429.", registry=registry)
        self.lost = Counter("talks_lost_requests", "Requests tried again after a loss.", registry=registry)
        self.errors = Counter("talks_errors", "Updates whose handling failed.", registry=registry)
        self.build = Info("talks_build", "The build that answers.", registry=registry)
        self.documents = Gauge("talks_documents", "Documents in that build.", registry=registry)
        self.age = Gauge("talks_corpus_age_days", "Days since its newest document.", registry=registry)
        self.open = Gauge("talks_open_updates", "Updates not yet done.", registry=registry)
        self._arrived: dict[int, float] = {}

    def arrived(self, update: int) -> None:
        """An update came in, and is not stored yet."""
        self._arrived[update] = time.perf_counter()

    def begin(self, update: int) -> Watch:
        """A question is taken up: a watch whose first stage is its wait until now."""
        now = time.perf_counter()
        since = self._arrived.pop(update, now)
        return Watch([("wait", (now - since) * 1000)], since)

    def forget(self, update: int) -> None:
        """An update is done with."""
        self._arrived.pop(update, None)

    def replied(self, answered: bool, own: float, whole: float) -> None:
        """A reply is on its way: milliseconds of answering alone, and of all."""
        (self.answered if answered else self.declined).inc()
        self.own.observe(own / 1000)
        self.took.observe(whole / 1000)

    @property
    def failures(self) -> float:
        """How many updates' handling failed."""
        return self.registry.get_sample_value("talks_errors_total") or 0.0

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self.registry)
