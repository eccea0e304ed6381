"""The questions that ship for the briefs: about sentences that are there, and none that is held out."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest

from corpus import questions
from corpus.errors import CorpusError
from corpus.refresh import starter_documents
from retrieval import expansions
from retrieval.expansions import Expansion
from retrieval.sentences import sentences
from retrieval.types import Span
from tests.corpus.test_golden import content

ROOT = Path(__file__).parents[2]
DOCUMENTS = starter_documents(datetime(2026, 1, 1, tzinfo=UTC))
LEADING, SILENT = map(expansions.load, questions.SHIPPED)
#: Golden questions were written by others, who did not know these.
GOLDEN = ("tests/golden/test.jsonl", "corpus/golden/dev.jsonl")


def plain(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


def asked(expansions: Iterable[Expansion]) -> Iterator[tuple[Expansion, str]]:
    for one in expansions:
        for question in one.questions:
            yield one, question


def test_every_text_stands_in_its_brief() -> None:
    lost = [one.text for one in LEADING if not one.text or one.text not in DOCUMENTS[one.document].text]
    assert lost == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_sentence_carries_questions(name: str) -> None:
    document = DOCUMENTS[name]
    held = [
        Span(start, start + len(one.text))
        for one in LEADING
        if one.document == name and (start := document.text.find(one.text)) >= 0
    ]
    without = [document.slice(s) for s in sentences(document.text) if not any(s.mostly(h) for h in held)]
    assert without == []


def test_what_nothing_answers_is_about_the_briefs_and_leads_to_none() -> None:
    assert [one for one in SILENT if one.text or one.document not in DOCUMENTS] == []
    assert {one.document for one in SILENT} == set(DOCUMENTS)
    led = {plain(question) for _, question in asked(LEADING)}
    assert [q for _, q in asked(SILENT) if plain(q) in led] == []


def test_nothing_is_asked_twice_of_one_brief() -> None:
    seen: dict[tuple[str, str], str] = {}
    for one, question in asked((*LEADING, *SILENT)):
        assert seen.setdefault((one.document, plain(question)), one.text) is one.text, question
    assert len(seen) == sum(len(one.questions) for one in (*LEADING, *SILENT))


def test_questions_are_short_and_say_something() -> None:
    every = [question for _, question in asked((*LEADING, *SILENT))]
    assert [q for q in every if not 8 <= len(q) <= 200 or q != q.strip() or not content(q)] == []
    assert [one.text for one in LEADING if len(one.questions) < 3] == []


def test_questions_are_in_words_of_their_own() -> None:
    shares = [len(content(q) & content(one.text)) / len(content(q)) for one, q in asked(LEADING)]
    assert median(shares) <= 0.5


@pytest.mark.parametrize("path", GOLDEN)
def test_no_golden_question_is_among_them(path: str) -> None:
    golden = {plain(json.loads(line)["question"]) for line in (ROOT / path).read_text("utf-8").splitlines()}
    assert golden.isdisjoint(plain(question) for _, question in asked((*LEADING, *SILENT)))


def test_an_operator_adds_questions_for_any_document(tmp_path: Path) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    own = {"document": "a-page", "text": "It rained.", "questions": ["What was the weather?"]}
    (folder / "own.jsonl").write_text(json.dumps(own) + "\n")
    (folder / "notes.txt").write_text("not read")
    assert questions.questions(tmp_path) == (
        *LEADING,
        *SILENT,
        Expansion("a-page", "It rained.", ("What was the weather?",)),
    )


def test_a_file_that_holds_none_is_named_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "own.jsonl").write_text('\n{"document": "a-page"}\n')
    with pytest.raises(CorpusError, match=r"own\.jsonl, line 2: has no 'text'"):
        questions.questions(tmp_path)
