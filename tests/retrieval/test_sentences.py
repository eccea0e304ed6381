"""Sentences and clauses, held to what a careful editor wants and to what is true of any text."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.sentences import LONGEST, clauses, sentences
from retrieval.types import Span

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("sentence_cases.jsonl").read_text(encoding="utf-8").splitlines()
]
# Pieces that mean something to the cutter, so that arbitrary joins of them find its edges.
PIECES = st.sampled_from(
    [
        *".!?…,;:\"'“”‘’«»「」()[]-—\n \u00a0。！？؟।aAI1🎉\u0301",
        *("\n\n", "...", "``", "''", "U.S.", "p.m.", "No.", "[3]", "He said", "Bessent said", "talks", "The"),
        *("Q:", "SEC. BESSENT:", "- ", "1. ", "他说：", "word " * 60),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join))


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_cuts_as_a_careful_editor_would() -> None:
    failures = []
    for case in CASES:
        cut = [case["text"][span.start : span.end] for span in sentences(case["text"])]
        if cut != case["sentences"]:
            failures.append(f"{case['about']}\n  wanted {case['sentences']}\n  found  {cut}")
    print("\n".join(failures))
    assert len(CASES) >= 190
    assert 1 - len(failures) / len(CASES) >= 0.98, "\n".join(failures)


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n"])
def test_no_sentence_in_white_space(text: str) -> None:
    assert sentences(text) == ()


@settings(max_examples=400)
@given(TEXTS)
def test_sentences_are_trimmed_apart_in_order_and_cover_the_text(text: str) -> None:
    at = 0
    for span in sentences(text):
        assert not text[at : span.start].strip()
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        at = span.end
    assert not text[at:].strip()


@settings(max_examples=200)
@given(TEXTS, st.integers(0, 3))
def test_clauses_cover_their_sentence_within_the_limit(text: str, times: int) -> None:
    long = text + " word, 🎉" * (200 * times)
    for span in sentences(long):
        at = span.start
        for clause in clauses(long, span):
            assert not long[at : clause.start].strip()
            assert long[clause.start : clause.end] == long[clause.start : clause.end].strip()
            assert units(long[clause.start : clause.end]) <= LONGEST
            at = clause.end
        assert not long[at : span.end].strip()


def test_a_sentence_alone_is_whole() -> None:
    """But for a quotation that only the mark at the head of the next paragraph shows to be open."""
    for case in CASES:
        for span in sentences(case["text"]):
            alone = case["text"][span.start : span.end]
            if alone.find("“") > 0 and "”" not in alone:
                continue
            assert sentences(alone) == (Span(0, len(alone)),), alone


def test_a_blank_line_always_parts() -> None:
    text = "“One two\n\nthree four”"
    assert [text[span.start : span.end] for span in sentences(text)] == ["“One two", "three four”"]


def test_a_quotation_over_the_limit_is_cut_at_its_inner_ends() -> None:
    inner = "The sides went through the list again. " * 30
    text = f"“{inner}We are done,” the minister said. Nobody spoke."
    cut = [text[span.start : span.end] for span in sentences(text)]
    assert len(cut) == 32
    assert cut[0] == "“The sides went through the list again."
    assert cut[-2:] == ["We are done,” the minister said.", "Nobody spoke."]


@pytest.mark.parametrize("opening", ["“", '"', "(", "«", "「", "‘", "'"])
def test_an_unbalanced_mark_swallows_nothing(opening: str) -> None:
    text = f"It began {opening}so. " + "Then it went on. " * 100
    assert len(sentences(text)) == 101


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "The pause holds; the talks go on, but no date is set.",
            ["The pause holds;", "the talks go on,", "but no date is set."],
        ),
        ("The message: no deal — no summit.", ["The message:", "no deal —", "no summit."]),
        ("It starts at 13:01, Beijing time.", ["It starts at 13:01, Beijing time."]),
        ("美国暂停加税，中国恢复采购；磋商继续。", ["美国暂停加税，", "中国恢复采购；", "磋商继续。"]),
    ],
)
def test_clauses_are_cut_where_a_sentence_breathes(text: str, wanted: list[str]) -> None:
    assert [text[span.start : span.end] for span in clauses(text, Span(0, len(text)))] == wanted


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python `call` executes, those of the functions it calls included."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "The U.S. left. ",
        "“A. ",
        '"',
        "(",
        "‘a",
        "A. ",
        "!?",
        ". . ",
        "No. 1 ",
        "a\n",
        "1.\n",
        "x. \n\n",
        "。”",
    ],
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def run(times: int) -> int:
        text = piece * times
        return lines_run(lambda: [clauses(text, span) for span in sentences(text)])

    assert run(4000) < 2.5 * run(2000) + 1000
