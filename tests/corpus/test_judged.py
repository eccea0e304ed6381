"""The other judged questions about the briefs: newcomers', passers-by's, and those for practice."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from corpus.refresh import starter_documents

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
NAMES = ("asker-dev", "asker-test", "newcomer-dev", "newcomer-test", "practice", "follow-practice")
SETS: dict[str, list[dict[str, Any]]] = {
    name: [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()]
    for name in NAMES
}
DOCUMENTS = starter_documents(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("name", NAMES)
def test_every_gold_text_stands_in_its_brief(name: str) -> None:
    golds = [(case["id"], gold) for case in SETS[name] for gold in case["gold"]]
    assert [at for at, gold in golds if gold["text"] not in DOCUMENTS[gold["document"]].text] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_has_an_id_and_some_have_no_answer(name: str) -> None:
    assert len({case["id"] for case in SETS[name]}) == len(SETS[name])
    assert {bool(case["gold"]) for case in SETS[name]} == {True, False}


def test_nothing_that_is_only_reported_is_practised_on() -> None:
    practised, reported = ({plain(case) for path in paths for case in read(path)} for paths in SPLIT)
    assert practised & reported == set()


#: What is fitted on, and what is only reported.
SPLIT = (
    [ROOT / "corpus/golden/dev.jsonl", *(path for path in GOLDEN.glob("*.jsonl") if "test" not in path.stem)],
    list(GOLDEN.glob("*test.jsonl")),
)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def plain(case: dict[str, Any]) -> str:
    return " ".join(re.findall(r"\w+", " ".join((*case["history"], case["question"])).casefold()))
