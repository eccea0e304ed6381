"""Facts found in sentences, and how well a sentence fits a question."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.aliases import load
from retrieval.facts import facts, facts_of
from retrieval.figures import amount
from retrieval.fit import Fit, fit
from retrieval.questions import read

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("fit_cases.jsonl").read_text(encoding="utf-8").splitlines()
]
ALIASES = load(Path(__file__).parents[2] / "corpus" / "aliases.toml")
#: A sentence, and some of the facts that it states as (kind, text, value).
STATED = [
    ("They met on Thursday, October 30, 2025.", {("date", "Thursday, October 30, 2025", "2025-10-30")}),
    ("It runs from 25 to 26 October 2025.", {("date", "25 to 26 October 2025", "2025-10-25")}),
    ("It was in 2018–2019.", {("date", "2018–2019", "2018")}),
    ("They talk again next month.", {("date", "next month", "next month")}),
    ("Last May it may march on.", {("date", "Last May", "last may")}),
    ("A 90-day pause began at noon.", {("duration", "90-day", "90"), ("time", "noon", "noon")}),
    ("It bought 2025 tonnes.", {("number", "2025", "2025")}),
    ("It costs US$1.5 billion.", {("money", "US$1.5 billion", "1500000000")}),
    ("It costs RMB 300.", {("money", "RMB 300", "300")}),
    ("It fell by 2.5 percentage points.", {("percentage", "2.5 percentage points", "2.5")}),
    ("Twenty-five million tons were sold.", {("number", "Twenty-five million", "25000000")}),
    ("The third round ended.", {("ordinal", "third", "3")}),
    ("The 4th round ended.", {("ordinal", "4th", "4")}),
    ("GREER: We agree.", {("person", "GREER", "GREER")}),
    ("Premier Li Qiang spoke.", {("person", "Li Qiang", "Li Qiang")}),
    ("He flew to San Francisco.", {("place", "San Francisco", "San Francisco")}),
    ("They met in Smolny.", {("place", "Smolny", "Smolny")}),
    ("The State Council agreed.", {("organisation", "State Council", "State Council")}),
    ("It rests on Section 301(b) and Announcement No. 61.", {("law", "Section 301(b)", "Section 301(b)")}),
    ("It cites the Treaty of Versailles.", {("law", "Treaty of Versailles", "Treaty of Versailles")}),
    ("«On verra», he said.", {("quotation", "On verra", "on verra")}),
    ("It fell, owing to the strike.", {("reason", "owing to the strike", "owing to")}),
]
PIECES = st.sampled_from(
    [
        *(
            "on ",
            "May 10, 2025",
            " 12,",
            "000 ",
            "million ",
            "$",
            "%",
            " 10 percent ",
            "½",
            "٣",
            "²",
            "Ⅷ",
            "million",
        ),
        *(
            "“",
            "”",
            '"',
            "``",
            "''",
            "Treasury Secretary ",
            "Scott ",
            "İ",
            "ß",
            "ﬁ",
            "A. ",
            "because ",
            "Section 3 ",
        ),
        *(
            "GREER: ",
            "two-",
            "thirds of ",
            "3rd",
            "0th ",
            " century",
            "\n",
            "\u0301",
            "🎉",
            "稀土",
            "a ",
            "hundred ",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join))


@pytest.mark.parametrize(("sentence", "stated"), STATED)
def test_facts_are_found(sentence: str, stated: set[tuple[str, str, str]]) -> None:
    assert stated <= {(fact.kind, fact.text, fact.value) for fact in facts(sentence)}


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The two may march on.", "date"),
        ("Section 301 applies.", "number"),
        ("We agree on all.", "person"),
        ("The Talks Go On.", "place"),
        ("He said no.", "quotation"),
        ("They are happy.", "reason"),
    ],
)
def test_what_is_no_fact(sentence: str, kind: str) -> None:
    assert not facts_of((kind,), sentence)


@pytest.mark.parametrize(
    ("written", "value"),
    [("1,200", "1200"), ("3.5 million", "3500000"), ("twenty-five", "25"), ("two hundred and six", "206"),
     ("a dozen", "12"), ("several", ""), ("5bn", "5000000000"), ("half a million", "500000")],
)  # fmt: skip
def test_amounts(written: str, value: str) -> None:
    assert amount(written) == value


def fitted(case: dict[str, Any]) -> Fit:
    question = read(case["question"], ALIASES)
    return fit(question, case["sentence"], case.get("context", ""), case.get("speaker"))


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{case['question']} / {case['sentence'][:40]}" for case in CASES]
)
def test_fits(case: dict[str, Any]) -> None:
    found = fitted(case)
    span = case["sentence"][found.span.start : found.span.end] if found.span else None
    if "loose" not in case:
        assert span == case["span"]
        assert (found.typed >= 0.3) == (span is not None)
    elif case["span"] is not None:
        assert span is not None
        assert case["span"] in span or span in case["span"]
    assert found.contradicts == case.get("contradicts", False)
    assert found.typed <= case.get("typed", 1)
    assert case.get("details_above", 0) <= found.details <= case.get("details", 1)


@pytest.mark.parametrize(
    ("asked", "right", "other"),
    [
        ("Until what date can the surcharge last?", "By law it ends on 24 July 2026.",
         "Trump used the law on 20 February 2026."),
        ("Where in Geneva did they meet?", "They met in the villa of the Swiss ambassador.",
         "Geneva, Switzerland, was the place."),
        ("What was agreed in Geneva?", "Both sides agreed to cut their tariffs.", "They met for two days."),
        ("What was agreed in Geneva?", "China agreed at Geneva to end its countermeasures.",
         "Each accused the other of breaking the truce agreed in Geneva."),
        ("What was agreed in Geneva?", "Both sides agreed in Geneva on a pause.",
         "The pause agreed in Geneva was due to end."),
        ("Which metals need a licence?", "Samarium, terbium and yttrium need one.", "A rule took effect."),
        ("On what grounds was the firm listed?", "It was accused in March of helping the army.",
         "It has been on the list since 2023."),
        ("What was agreed in Geneva?", "China agreed to end its measures.",
         "Each accused the other of breaking the truce of Geneva."),
        ("What is the Entity List?", "The Entity List is an American export blacklist.",
         "The Entity List is kept by an office in Washington."),
        ("What is CAPE?", "The system for refunds is called CAPE.", "They were built with CAPE in March."),
        ("Which judge wrote the opinion?", "John Roberts wrote it.", "The Supreme Court ruled."),
    ],
)  # fmt: skip
def test_of_two_sentences_one_is_of_the_asked_type(asked: str, right: str, other: str) -> None:
    question = read(asked, ALIASES)
    assert fit(question, right).typed > fit(question, other).typed


def test_cases_are_many() -> None:
    assert len(CASES) >= 120


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_facts_of_any_text_are_slices(sentence: str) -> None:
    found = facts(sentence)
    for fact in found:
        assert sentence[fact.span.start : fact.span.end] == fact.text
        assert 0 < fact.sure <= 1
    assert list(found) == sorted(found, key=lambda fact: (fact.span, fact.kind))


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, st.one_of(st.none(), TEXTS), st.sampled_from([case["question"] for case in CASES]))
def test_any_texts_fit_within_bounds(sentence: str, context: str, speaker: str | None, asked: str) -> None:
    for text in (asked, context):
        found = fit(read(text, ALIASES), sentence, context, speaker)
        assert 0 <= found.typed <= 1
        assert 0 <= found.details <= 1
        assert found.span is None or found.span.end <= len(sentence)
        assert found == fit(read(text, ALIASES), sentence, context, speaker)
