"""Questions as people type them, read: each case names what must be found in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.aliases import load
from retrieval.questions import Question, read

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("question_cases.jsonl").read_text(encoding="utf-8").splitlines()
]
ALIASES = load(Path(__file__).parents[2] / "corpus" / "aliases.toml")
PIECES = st.sampled_from(
    [
        *(
            "what ",
            "who ",
            "how many ",
            "say ",
            "about ",
            "Bessent ",
            "the US ",
            "Section 301 ",
            "Nov. 10, 2025 ",
        ),
        *("10% ", "2025 ", "it ", "?", "\n", "\u0301", "🎉", "稀土", "ß", "İ", "$5bn ", "(", " 's"),
        *("“", "”", '"', "'"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join))


def found(question: Question, key: str) -> Any:
    match key:
        case "names":
            return [entity.text for entity in question.entities]
        case "details":
            return [detail.value for detail in question.details]
        case "speaker":
            return question.speaker.text if question.speaker else None
    return getattr(question, key)


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_reads(case: dict[str, Any]) -> None:
    question = read(case["text"], ALIASES)
    for key in case.keys() - {"text", "names"}:
        assert found(question, key) == case[key], key
    assert set(case.get("names", ())) <= set(found(question, "names"))


def test_cases_are_many_and_of_all_kinds() -> None:
    assert len(CASES) >= 120
    assert {case.get("kind") for case in CASES} >= {
        *("who", "when", "where", "how_many", "how_much", "percentage", "how_long", "why", "how", "yes_no"),
        *("list", "definition", "words", "latest", "what", "terse", "other"),
    }


def test_complete_questions_need_no_turns_before() -> None:
    complete = [case["text"] for case in CASES if not case["elliptical"]]
    wrong = [text for text in complete if read(text, ALIASES).elliptical]
    assert len(wrong) <= 0.05 * len(complete), wrong


@pytest.mark.parametrize("noise", [str.upper, str.lower, lambda text: text.rstrip("?!. ")])
def test_case_and_marks_change_no_kind(noise: Any) -> None:
    changed = [
        case["text"]
        for case in CASES
        if "kind" in case and read(noise(case["text"]), ALIASES).kind != case["kind"]
    ]
    assert not changed


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_is_read_and_spans_are_slices(text: str) -> None:
    question = read(text, ALIASES)
    for entity in (*question.entities, *([question.speaker] if question.speaker else [])):
        assert text[entity.span.start : entity.span.end] == entity.text
    for detail in question.details:
        assert text[detail.span.start : detail.span.end] == detail.text
    assert question == read(text, ALIASES)
