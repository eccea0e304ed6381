"""Floors: a miss is told, a rise is kept, and nothing sinks without a reason."""

from pathlib import Path

import pytest

from tests.quality.floors import FLOORS, Floors, below, lowered, raised, read, write

HELD = Floors({"small": {"s": {"hit@1": 0.8, "sound": 1.0}}})


def measured(hit: float, sound: float = 1.0) -> dict[str, dict[str, dict[str, float]]]:
    return {"small": {"s": {"hit@1": hit, "sound": sound, "ms": 9.0}}}


def test_a_miss_is_told() -> None:
    assert below(HELD, measured(0.8)) == []
    assert below(HELD, measured(0.79)) == ["small/s hit@1: 0.790, floor 0.800"]
    assert below(HELD, {"small": {}}) == [
        "small/s hit@1: not measured, floor 0.800",
        "small/s sound: not measured, floor 1.000",
    ]


def test_what_was_not_asked_is_not_missed() -> None:
    assert below(HELD, {}) == []


def test_floors_rise_and_never_sink_by_raising() -> None:
    assert raised(HELD, measured(0.9)).sets["small"]["s"]["hit@1"] == pytest.approx(0.895)
    assert raised(HELD, measured(0.5)).sets == HELD.sets


def test_one_quote_that_is_no_slice_is_one_too_many() -> None:
    assert raised(HELD, measured(0.9)).sets["small"]["s"]["sound"] == 1.0


def test_floors_sink_for_a_reason_that_is_kept() -> None:
    sunk = lowered(HELD, measured(0.7), "the judge changed")
    assert sunk.sets["small"]["s"]["hit@1"] == pytest.approx(0.695)
    assert sunk.lowered == ("the judge changed",)
    with pytest.raises(ValueError, match="reason"):
        lowered(HELD, measured(0.7), " ")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "floors.json", HELD)
    assert read(tmp_path / "floors.json") == HELD


def test_the_pinned_floors_can_be_read_and_hold_the_golden_questions() -> None:
    pinned = read(FLOORS)
    assert {"golden-dev", "golden-test"} <= set(pinned.sets)
    for sets in pinned.sets.values():
        for floors in sets.values():
            assert floors["sound"] == 1.0
