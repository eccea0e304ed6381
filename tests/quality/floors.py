"""Floors as values: read, compared, raised; lowered only with a reason."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

FLOORS = Path(__file__).with_name("floors.json")
#: What is held to a floor; the rest of the measures are told only.
HELD = ("ndcg@10", "hit@1", "hit@3", "auroc", "auroc off-topic", "sound")
#: A raised floor stays this far under what was measured: another machine's arithmetic must not break it.
SLACK = 0.005

Measures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Floors:
    """By collection, set and measure the least value that is let through; and why any was lowered."""

    Measured = Mapping[str, Measures]

    sets: Mapping[str, Mapping[str, Measures]]
    lowered: tuple[str, ...] = ()


def read(path: Path) -> Floors:
    fields = json.loads(path.read_text())
    return Floors(fields["sets"], tuple(fields["lowered"]))


def write(path: Path, floors: Floors) -> None:
    path.write_text(json.dumps({"lowered": floors.lowered, "sets": floors.sets}, indent=1) + "\n")


def below(floors: Floors, measured: Mapping[str, Floors.Measured]) -> list[str]:
    """One line for each floor that is missed, or whose measure is gone though its set was asked."""
    lines = []
    for name, sets in measured.items():
        for set_name, floor in floors.sets.get(name, {}).items():
            for measure, least in floor.items():
                value = sets.get(set_name, {}).get(measure)
                if value is None or value < least:
                    told = "not measured" if value is None else f"{value:.3f}"
                    lines.append(f"{name}/{set_name} {measure}: {told}, floor {least:.3f}")
    return lines


def raised(floors: Floors, measured: Mapping[str, Floors.Measured]) -> Floors:
    """Every held measure at least SLACK under its value, none lower than it was."""
    return replace(floors, sets=_merged(floors, measured, max))


def lowered(floors: Floors, measured: Mapping[str, Floors.Measured], reason: str) -> Floors:
    """The floors that are missed brought to SLACK under their value. Raises: ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a floor is lowered for a reason")
    return Floors(_merged(floors, measured, min), (*floors.lowered, reason.strip()))


def _merged(floors: Floors, measured, choose):  # type: ignore[no-untyped-def]
    sets = {name: {s: dict(m) for s, m in of.items()} for name, of in floors.sets.items()}
    for name, of in measured.items():
        for set_name, values in of.items():
            known = sets.setdefault(name, {}).setdefault(set_name, {})
            for measure in HELD:
                if measure in values:
                    least = math.floor((values[measure] - SLACK * (measure != "sound")) * 1000) / 1000
                    known[measure] = choose(known.get(measure, least), least)
    return sets
