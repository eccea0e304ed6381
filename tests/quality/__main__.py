"""`make quality`: asks the judged questions and holds each measure to its floor.

Without a folder of collections only the golden questions are asked. Floors rise by `--raise`; they are
lowered only by `--lower REASON`, which is kept in the file.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.quality.floors import FLOORS, HELD, Floors, below, lowered, raised, read, write

ROOT = Path(__file__).parents[2]
GOLDEN = {
    "golden-dev": "corpus/golden/dev.jsonl",
    "golden-test": "tests/golden/test.jsonl",
    "newcomer-dev": "tests/golden/newcomer-dev.jsonl",
    "newcomer-test": "tests/golden/newcomer-test.jsonl",
    "asker-dev": "tests/golden/asker-dev.jsonl",
    "asker-test": "tests/golden/asker-test.jsonl",
    "follow-dev": "tests/golden/follow-dev.jsonl",
    "follow-test": "tests/golden/follow-test.jsonl",
}
#: What is printed of a set beside what is held to a floor.
TOLD = (*HELD, "answered", "declined", "precision")
#: For each folder what `talks eval` is given beside its name; "{eval}" stands for the folder of collections.
COLLECTIONS = {
    "squad_family": ["--off-topic", "{eval}/clapnq"],
    "clapnq": [],
    "mtrag": [],
}
#: The Chinese questions, over the passages that they are judged on.
CHINESE = ("--sets", "xq_zh", "--judged")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make quality", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of collections in the BEIR layout")
    parser.add_argument("--raise", dest="up", action="store_true", help="raise them to what is measured")
    parser.add_argument("--lower", metavar="REASON", help="lower the floors that are missed, and say why")
    given = parser.parse_args()
    floors = read(FLOORS)
    measured = {name: sets(run([str(ROOT / path)])) for name, path in GOLDEN.items()}
    for name, more in COLLECTIONS.items() if given.folder else ():
        if (folder := given.folder / name).is_dir():
            rest = [part.format(eval=given.folder) for part in more]
            measured[name] = sets(run([str(folder), "--split", "test", *rest]))
    if given.folder and (folder := given.folder / "squad_family").is_dir():
        found = run([str(folder), "--split", "test", *CHINESE], MULTILINGUAL="true")
        measured["squad_family-judged"] = sets(found)
    for name, of in measured.items():
        for set_name, values in of.items():
            told = "  ".join(f"{measure} {values[measure]:.3f}" for measure in TOLD if measure in values)
            print(f"{name}/{set_name}  {told}")
    missed = below(floors, measured)
    for line in missed:
        print(line)
    if given.lower:
        write(FLOORS, lowered(floors, measured, given.lower))
    if given.up:
        write(FLOORS, raised(read(FLOORS), measured))
    held = sum(len(of) for name in measured for of in floors.sets.get(name, {}).values())
    print(f"{held - len(missed)} of {held} floors hold")
    return 1 if missed and not given.lower else 0


def run(arguments: list[str], **settings: str) -> dict[str, Any]:
    """What `talks eval --json` prints for `arguments`, with these `settings`."""
    command = [sys.executable, "-m", "bot", "eval", *arguments, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | settings)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sets(found: dict[str, Any]) -> Floors.Measured:
    """The measures of each set, by name."""
    return {
        name: {measure: value["value"] for measure, value in of["measures"].items()}
        for name, of in found["sets"].items()
    }


if __name__ == "__main__":
    sys.exit(main())
