"""The golden questions: both halves hold what they promise, and every gold text stands in its document.

A question is put in an asker's own words, so it must not repeat the sentence that answers it. Its overlap is
the share of its content words that its closest gold text has too; a content word is a run of `\\w` after
case-folding that is not among the common words of `tests.fakes`.
"""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from corpus.refresh import starter_documents
from retrieval.sentences import sentences
from retrieval.types import Span
from tests.fakes import COMMON

ROOT = Path(__file__).parents[2]
HALVES = {"dev": ROOT / "corpus/golden/dev.jsonl", "test": ROOT / "tests/golden/test.jsonl"}
KINDS = {
    *("who", "what", "when", "where", "how much", "why", "yes/no"),
    *("attribution", "latest", "follow-up", "typo", "terse"),
}

Question = dict[str, Any]

QUESTIONS: dict[str, list[Question]] = {
    half: [json.loads(line) for line in path.read_text("utf-8").splitlines()] for half, path in HALVES.items()
}
EVERY = [question for half in QUESTIONS.values() for question in half]
DOCUMENTS = starter_documents(datetime(2026, 1, 1, tzinfo=UTC))

each = pytest.mark.parametrize("question", EVERY, ids=lambda question: question["id"])


def content(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold())) - COMMON


def overlap(question: Question) -> float:
    asked = content(question["question"])
    return max(len(asked & content(gold["text"])) / len(asked) for gold in question["gold"])


@each
def test_fields(question: Question) -> None:
    assert set(question) == {"id", "question", "gold", "history", "kind"}
    assert question["kind"] in KINDS
    assert question["question"].strip()
    assert content(question["question"]) or question["kind"] == "follow-up"
    assert all(isinstance(earlier, str) and earlier.strip() for earlier in question["history"])
    assert bool(question["history"]) == (question["kind"] == "follow-up")


@each
def test_every_gold_text_lies_within_one_sentence_of_its_document(question: Question) -> None:
    for gold in question["gold"]:
        assert set(gold) == {"document", "text"}
        document = DOCUMENTS[gold["document"]]
        start = document.text.find(gold["text"])
        assert start >= 0, gold["text"]
        span = Span(start, start + len(gold["text"]))
        assert any(span in sentence for sentence in sentences(document.text)), gold["text"]


@each
def test_no_gold_is_listed_twice(question: Question) -> None:
    golds = [(gold["document"], gold["text"]) for gold in question["gold"]]
    assert len(golds) == len(set(golds))


def test_the_halves_are_alike() -> None:
    answerable = {half: Counter(q["kind"] for q in asked if q["gold"]) for half, asked in QUESTIONS.items()}
    silent = {half: Counter(q["kind"] for q in asked if not q["gold"]) for half, asked in QUESTIONS.items()}
    assert answerable["dev"] == answerable["test"]
    assert silent["dev"] == silent["test"]
    assert answerable["dev"].total() == 50
    assert silent["dev"].total() == 25
    assert set(answerable["dev"]) == KINDS


def test_ids_name_their_half() -> None:
    for half, asked in QUESTIONS.items():
        assert [q["id"] for q in asked] == [f"{half}-{number:03}" for number in range(1, len(asked) + 1)]


def test_the_halves_share_no_question_and_no_first_gold() -> None:
    asked = {half: {q["question"].casefold() for q in questions} for half, questions in QUESTIONS.items()}
    assert asked["dev"].isdisjoint(asked["test"])
    assert sum(map(len, asked.values())) == len(EVERY)
    # The first gold is the sentence that a question was written from.
    first = {half: {q["gold"][0]["text"] for q in qs if q["gold"]} for half, qs in QUESTIONS.items()}
    listed = {half: {gold["text"] for q in qs for gold in q["gold"]} for half, qs in QUESTIONS.items()}
    assert first["dev"].isdisjoint(listed["test"])
    assert first["test"].isdisjoint(listed["dev"])


@pytest.mark.parametrize("half", HALVES)
def test_questions_are_in_words_of_their_own(half: str) -> None:
    assert median(overlap(question) for question in QUESTIONS[half] if question["gold"]) <= 0.5
