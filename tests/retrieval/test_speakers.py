"""Who says what: judged cases of our own, one half to work with and one kept apart, and what quotes carry."""

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.questions import Entity
from retrieval.speakers import Speech, attributed, says, speech, speeches
from retrieval.types import Document, Passage, Quote, Source, Span

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "speaker_cases.jsonl").read_text("utf-8").splitlines()
]
#: The share of the half kept apart that is right in speaker, directness and sureness: 31 of 32 when first
#: measured.
FLOOR = 0.96


def document(text: str) -> Document:
    return Document.of("d", Source("A report"), text)


def place(text: str, said: str) -> Span:
    return Span(text.index(said), text.index(said) + len(said))


def is_right(case: dict[str, Any]) -> bool:
    found = speech(document(case["text"]), place(case["text"], case["said"]))
    if case["speaker"] is None:
        return found is None or found.speaker is None
    return found is not None and (found.speaker, found.directness, found.sure) == (
        case["speaker"], case["directness"], case["sure"],
    )  # fmt: skip


@pytest.mark.parametrize("case", [c for c in CASES if c["half"] == "dev"], ids=lambda c: c["said"])
def test_a_case_to_work_with(case: dict[str, Any]) -> None:
    assert is_right(case)


def test_the_half_kept_apart_reaches_its_floor() -> None:
    apart = [case for case in CASES if case["half"] == "test"]
    assert len(apart) >= 30
    assert sum(map(is_right, apart)) / len(apart) >= FLOOR


def quote(text: str, said: str) -> Quote:
    of = document(text)
    return Quote(of, place(text, said), Passage(0, of, Span(0, len(text))), 1.0)


def test_a_quote_carries_its_speaker_where_that_is_sure() -> None:
    carried = attributed(quote("Scott Bessent came. “It is off the table,” Bessent said.", "“It is off"))
    assert (carried.speaker, carried.directness) == ("Scott Bessent", "direct")


def test_somebodys_words_without_a_sure_speaker_carry_their_directness_only() -> None:
    for text in ("It rained. “Nobody expected that.”", "“We agreed,” Greer said. “We did not,” Li said."):
        carried = attributed(quote(text, text[text.index("“") :]))
        assert (carried.speaker, carried.directness) == (None, "direct")


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("China banned imports of logs, and Jordan promised to stop its own.", None),
        ("The fee was dropped, whereas the ministry said that it stays.", None),
        ("Twelve companies were the ones that China added to its list.", None),
        ("Jordan promised to ban such imports, and China banned them.", "Jordan"),
        ("The fee stays, Bessent said, and the ministry agreed.", "Bessent"),
    ],
)
def test_who_speaks_in_half_a_sentence_does_not_say_the_whole(text: str, speaker: str | None) -> None:
    assert attributed(quote(text, text)).speaker == speaker


def test_nothing_said_carries_neither() -> None:
    carried = attributed(quote("The two sides met in Madrid.", "met"))
    assert (carried.speaker, carried.directness) == (None, None)


def test_every_speech_lies_in_its_text_and_has_one_span_each() -> None:
    text = "\n".join(dict.fromkeys(case["text"] for case in CASES))
    found = speeches(text)
    assert len(found) > 40
    assert [one.span for one in found] == sorted({one.span for one in found})
    assert all(one.span.end <= len(text) for one in found)


def test_a_quote_far_into_a_long_text_is_read_from_its_own_lines_and_named_from_the_whole() -> None:
    filler = "Prices rose on Monday.\n\n" * 400
    text = f"Minister Scott Bessent came.\n\n{filler}Bessent met them.\n\n“It is off,” Bessent said."
    carried = attributed(quote(text, "“It is off,”"))
    assert (carried.speaker, carried.directness) == ("Scott Bessent", "direct")


@pytest.mark.parametrize(
    ("speaker", "sure", "worth"),
    [("Scott Bessent", True, 1.0), ("Scott Bessent", False, 0.5), ("Jamieson Greer", True, 0.0),
     ("Jamieson Greer", False, 0.5), (None, False, None)],
)  # fmt: skip
def test_whether_the_one_asked_about_says_it(speaker: str | None, sure: bool, worth: float | None) -> None:
    forms = (("Treasury secretary", 1.0), ("Bessent", 0.8))
    asked = Entity("Treasury secretary", Span(0, 5), "person", forms)
    assert says(asked, Speech(Span(0, 5), speaker, "direct", sure)) == worth
    assert says(asked, None) is None
