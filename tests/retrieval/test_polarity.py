"""Opposites: a sentence that says the contrary of what a question supposes does not answer it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.fit import fit
from retrieval.polarity import denies, opposes
from retrieval.questions import read

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("polarity_cases.jsonl").read_text(encoding="utf-8").splitlines()
]
WORDS = st.lists(
    st.sampled_from(
        ["not", "never", "stopped", "rise", "fall", "first", "last", "tariffs", "unable", "able", "n't", "İ"]
    )
).map(" ".join)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['question']} / {case['sentence']}" for case in CASES])
def test_opposites_contradict(case: dict[str, Any]) -> None:
    assert fit(read(case["question"]), case["sentence"]).contradicts == case["contradicts"]


@settings(max_examples=300, deadline=None)
@given(st.one_of(WORDS, st.text(max_size=80)))
def test_no_text_opposes_itself(text: str) -> None:
    assert not denies(text, text)
    assert not opposes(text, text)


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS)
def test_opposites_oppose_both_ways(one: str, other: str) -> None:
    assert opposes(one, other) == opposes(other, one)
