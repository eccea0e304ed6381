"""Measuring: what is read from a judged folder, what counts as right, and what the measures say."""

import json
from functools import partial
from pathlib import Path

import pytest

from corpus.split import split
from retrieval import evaluate, measures
from retrieval.confidence import THRESHOLD
from retrieval.evaluate import Outcome, Question
from retrieval.types import Document, Passage, Quote, Source, Span, Turn
from tests.fakes import BagOfWords

RECORDS = [
    {"_id": "a", "title": "Magnets", "text": "Licences for magnets stay in force. Officers check them."},
    {"_id": "b", "title": "Harvest", "text": "Farmers in Iowa sold soybeans. The harvest was late."},
    {"_id": "c", "title": "Ports", "text": "Ships pay a fee in every port. The fee rises each spring."},
]
ASKED = [
    {"_id": "1", "text": "Who sold soybeans?", "answers": ["Farmers in Iowa"], "unanswerable": False},
    {"_id": "2", "text": "What do ships pay in port?", "gold_sentences": ["Ships pay a fee in every port."],
     "unanswerable": False},
    {"_id": "3", "text": "Which opera is longest?", "unanswerable": True},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "small"
    made.mkdir()
    (made / "corpus.jsonl").write_text("\n".join(json.dumps(record) for record in RECORDS))
    asked = [{**record, "set": "answerable", "split": "dev"} for record in ASKED]
    (made / "queries.jsonl").write_text("\n".join(json.dumps(record) for record in asked))
    (made / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\tb\t1\n2\tc\t1\n3\ta\t0\n")
    return made


def test_a_collection_is_cut_down_to_what_its_sets_judge(folder: Path) -> None:
    judged = evaluate.collection(folder)
    assert [d.id for d in evaluate.only_judged(judged, ()).documents] == ["b", "c"]
    assert [d.id for d in evaluate.only_judged(judged, ("small",)).documents] == ["b", "c"]
    assert not evaluate.only_judged(judged, ("another",)).documents
    assert evaluate.only_judged(judged, ()).questions == judged.questions


def test_a_folder_is_measured_by_the_code_that_answers(folder: Path, tmp_path: Path) -> None:
    bag, steps = BagOfWords(), []
    judged = evaluate.collection(folder)
    cut = partial(split, count=bag.count, window=bag.model.window)
    build = evaluate.build(judged, tmp_path / "eval", cut, bag, lambda done, total: steps.append(done))
    found = evaluate.outcomes(build, bag, judged.questions, lambda done, total: None)
    small = evaluate.summaries(found)["small"].estimates
    assert small["ndcg@10"].value == small["hit@1"].value == small["sound"].value == 1.0
    assert small["auroc"].value == 1.0
    assert small["hit@1"].n == 2
    assert small["ms"].value > 0


def test_a_build_is_made_once(folder: Path, tmp_path: Path) -> None:
    bag = BagOfWords()
    judged = evaluate.collection(folder)
    cut = partial(split, count=bag.count, window=bag.model.window)
    first = evaluate.build(judged, tmp_path / "eval", cut, bag, lambda done, total: None)
    embedded = len(bag.embedded)
    assert evaluate.build(judged, tmp_path / "eval", cut, bag, lambda done, total: None).id == first.id
    assert len(bag.embedded) == embedded


def test_golden_questions_name_their_text(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    gold = [{"document": "d", "text": "Ships pay a fee."}]
    lines = [
        {"id": "1", "question": "Who pays?", "gold": gold, "history": [], "kind": "who"},
        {"id": "2", "question": "Who sings?", "gold": [], "history": ["Why?", "Who pays?"], "shown": "A: B."},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    document = Document.of("d", Source("Ports"), "Ships pay a fee.")
    asked, unanswerable = evaluate.golden(path, [document]).questions
    assert asked.answerable
    assert asked.split == "dev"
    assert not unanswerable.answerable
    assert unanswerable.history == (Turn("Why?"), Turn("Who pays?", "A: B."))


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("Officers check them.", False),
        ("Licences for magnets stay in force.", True),
        ("Licences for magnets stay in force. Officers check them.", True),
    ],
)
def test_a_quote_is_right_when_it_holds_the_sentence_that_answers(words: str, right: bool) -> None:
    document = Document.of("a", Source("Magnets"), str(RECORDS[0]["text"]))
    start = document.text.index(words)
    question = Question("1", "?", "s", "dev", ("a",), sentences=("Licences for magnets stay in force.",))
    assert evaluate.answers(question, quote(document, Span(start, start + len(words)))) is right


def quote(document: Document, span: Span) -> Quote:
    return Quote(document, span, Passage(0, document, Span(0, len(document.text))), 1.0)


def test_the_right_words_in_another_document_are_not_right() -> None:
    document = Document.of("b", Source("B"), "Rollo led them.")
    asked = Question("1", "?", "s", "dev", ("a",), answers=("Rollo",))
    assert not evaluate.answers(asked, quote(document, Span(0, 15)))
    here = Question("1", "?", "s", "dev", ("b",), answers=("rollo",))
    assert evaluate.answers(here, quote(document, Span(0, 15)))


def outcome(id: str, right: bool, sure: float, answerable: bool = True) -> Outcome:
    asked = Question(id, "?", "s", "dev", ("d",) if answerable else (), answers=("x",))
    return Outcome(asked, (("d", 1.0),), (right,), sure, 1.0, False, True)


def test_the_curve_falls_where_unsure_answers_are_wrong() -> None:
    found = [outcome(str(n), n < 5, 1 - n / 10) for n in range(10)]
    curve = measures.summary(found).curve
    assert curve[0][1] == 1.0
    assert curve[-1][1] == 0.5


def test_what_the_default_threshold_does_is_measured() -> None:
    sure, unsure = THRESHOLD, THRESHOLD - 0.01
    found = [outcome("1", True, sure), outcome("2", False, sure), outcome("3", True, unsure)]
    found += [outcome("4", False, sure, answerable=False), outcome("5", False, unsure, answerable=False)]
    measured = measures.summary(found).estimates
    assert measured["answered"].value == pytest.approx(2 / 3)
    assert measured["declined"].value == 0.5
    assert measured["precision"].value == pytest.approx(1 / 3)
    assert "declined" not in measures.summary(found[:3]).estimates


def test_an_area_counts_ties_half() -> None:
    assert measures.auroc([0.5, 0.9], [0.5, 0.1]).value == pytest.approx(0.875)


def test_a_run_differs_from_another_by_its_pairs() -> None:
    mine = {"hit@1": {str(n): 1.0 for n in range(20)}}
    theirs = {"hit@1": {str(n): float(n % 2) for n in range(20)}}
    found = measures.differences(mine, theirs)["hit@1"]
    assert found.value == 0.5
    assert 0 < found.low < found.high < 1
    assert found.p < 0.01
    assert measures.differences(mine, mine)["hit@1"].p == 1.0
