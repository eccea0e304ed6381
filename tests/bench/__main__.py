"""`make bench`: what the program costs beside the libraries alone, all measured in one run.

Times differ from machine to machine and from minute to minute; the ratios are taken in turns and as medians.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bot.settings import Settings
from retrieval import encoder
from tests.bench import processes, questions
from tests.bench.measures import table

#: Golden questions on the starter corpus, the development half.
GOLDEN = Path(__file__).parents[2] / "corpus" / "golden" / "dev.jsonl"


def main() -> int:
    """Exit code 1 if the cold start takes a larger share than it may."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--starts", type=int, default=3, help="cold starts of each kind (%(default)s)")
    parser.add_argument("--questions", type=int, default=100, help="different questions (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the other comparisons (%(default)s)")
    options = parser.parse_args()
    if min(options.starts, options.questions, options.rounds) < 1:
        parser.error("every size is at least 1")
    began = time.monotonic()
    lines = [json.loads(line)["question"] for line in GOLDEN.read_text("utf-8").splitlines()]
    asked = lines[: options.questions]
    chosen = Settings(_env_file=None)
    model = chosen.embedding_model
    encoder.prepare(model, chosen.models, _say)
    with tempfile.TemporaryDirectory(prefix="talks-bench-") as name:
        home = Path(name)
        (home / "models").symlink_to(chosen.models)
        _say("building")
        built = processes.build(home)
        _say("starting cold")
        cold, alone = processes.cold(home, model, asked[0], options.starts)
        _say("serving")
        memory = processes.run_memory(home, asked[:20], alone)
        _say("answering")
        inside = questions.measured(home, chosen.models, model, asked, options.rounds)
    cores = questions.cores()
    print(
        f"{cores} cores; {len(asked)} questions; medians of {options.starts} cold starts, {options.rounds}"
        f" rounds; a ratio is ours to theirs; {time.monotonic() - began:.0f} s in all\n"
    )
    print(table([cold, *inside, built, memory]))
    return 0 if cold.kept else 1


def _say(step: str) -> None:
    print(f"{step} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
