"""What is counted and timed, and that nothing of it piles up."""

import time

from bot.meter import Meter, Watch


def test_a_question_is_counted_and_timed_from_its_arrival() -> None:
    meter = Meter()
    meter.arrived(700)
    watch = meter.begin(700)
    ((name, waited),) = watch.stages
    assert name == "wait"
    assert waited > 0
    meter.replied(True, 10.0, 15.0)
    meter.begin(701)
    meter.replied(False, 10.0, 2000.0)
    text = meter.text().decode()
    assert "talks_answered_total 1.0" in text
    assert "talks_declined_total 1.0" in text
    assert 'talks_reply_seconds_bucket{le="0.02"} 1.0' in text
    assert "talks_answer_seconds_sum 0.02" in text


def test_what_was_dropped_is_forgotten() -> None:
    meter = Meter()
    meter.arrived(700)
    meter.forget(700)
    assert meter.begin(700).stages == [("wait", 0.0)]


def test_what_lies_between_the_stages_counts_until_the_reply_left_and_waits_for_limits_do_not() -> None:
    now = time.perf_counter()
    watch = Watch([("wait", 2.0), ("encode", 5.0)], since=now)
    watch.close(left=now + 1.010, held=1.0)
    name, between = watch.stages[2]
    assert (name, round(between, 6)) == ("between", 3.0)
    assert round(watch.milliseconds, 6) == 10.0
