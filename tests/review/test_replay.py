"""Two builds compared on what was really asked."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from bot.cli import app
from bot.live import Serving
from bot.log import write
from bot.review.replay import Asked, questions, replay, right, serving, significance, texts
from migrations import database
from retrieval import confidence, encoder
from retrieval.aided import Aided
from retrieval.answer import answer
from retrieval.errors import NoBuild
from retrieval.evaluate import Question
from retrieval.types import Document
from tests.fakes import BagOfWords

from .logs import CORPUS, HARVEST, MAGNETS, QUESTIONS, SPEECH, asked, build_of, document, keep, log

LATER = document("speech", "Bessent said that the extra tariff would come after all. Nobody asked him why.")
THRESHOLD = 0.1


def served(index: Path, *documents: Document) -> Serving:
    bag = BagOfWords()
    return Serving(build_of(index, *documents, encoder=bag), bag)


def judged(question: str, *gold: tuple[str, str]) -> dict[Asked, Question]:
    relevant, sentences = tuple(d for d, _ in gold), tuple(t for _, t in gold)
    return {Asked(question): Question("1", question, "", "", relevant, sentences=sentences)}


def test_the_questions_of_the_log_are_asked_once_each(engine: Engine, tmp_path: Path) -> None:
    keep(engine, *CORPUS)
    build = build_of(tmp_path, *CORPUS)
    first, second, third = log(engine, build, *QUESTIONS)
    write(
        engine,
        asked(build, QUESTIONS[0], 10),
        replace(asked(build, QUESTIONS[1], 11), carried="And of wheat?"),
        replace(asked(build, "Tried out?", 12), origin="review"),
    )
    assert questions(engine) == (
        Asked(first.question),
        Asked(second.question),
        Asked(third.question),
        Asked(second.question, "And of wheat?"),
    )


def test_only_other_texts_are_changes(tmp_path: Path) -> None:
    before, after = served(tmp_path, *CORPUS), served(tmp_path, LATER, HARVEST)
    found = replay([Asked(q) for q in QUESTIONS], before, after, THRESHOLD, {})
    assert (found.before, found.after, found.asked) == (before.build.id, after.build.id, 3)
    assert {change.asked.question for change in found.changes} == {QUESTIONS[0], QUESTIONS[2]}
    tariff = next(change for change in found.changes if change.asked.question == QUESTIONS[0])
    assert tariff.before[0] in SPEECH.text
    assert tariff.after[0] in LATER.text
    assert (found.judged, found.p, tariff.was, tariff.now) == (0, None, None, None)


def test_labels_tell_better_from_worse(tmp_path: Path) -> None:
    before, after = served(tmp_path, *CORPUS), served(tmp_path, SPEECH, HARVEST)
    right_once = judged(QUESTIONS[2], ("magnets", "Licences for magnets stay in force."))
    found = replay([Asked(q) for q in QUESTIONS], before, after, THRESHOLD, right_once)
    assert (found.judged, found.right_before, found.right_after) == (1, 1, 0)
    assert (found.better, found.worse, found.p) == (0, 1, 1.0)
    [change] = [c for c in found.changes if c.asked.question == QUESTIONS[2]]
    assert (change.was, change.now) == (True, False)
    backwards = replay([Asked(QUESTIONS[2])], after, before, THRESHOLD, right_once)
    assert (backwards.better, backwards.worse) == (1, 0)


def test_what_no_build_should_answer_is_right_unanswered(tmp_path: Path) -> None:
    full, empty = build_of(tmp_path, *CORPUS), build_of(tmp_path, MAGNETS)
    [unanswerable] = judged(QUESTIONS[0]).values()
    told = [answer(build, BagOfWords(), QUESTIONS[0], threshold=THRESHOLD) for build in (full, empty)]
    assert [right(unanswerable, found) for found in told] == [False, True]
    assert texts(told[1]) == ()
    assert right(None, told[0]) is None


def test_what_a_question_leaned_on_is_asked_along(tmp_path: Path) -> None:
    one = served(tmp_path, *CORPUS)
    seen: list[str] = []

    class Listening(BagOfWords):
        def encode(self, texts, kind, progress=None):  # type: ignore[no-untyped-def]
            seen.extend(texts)
            return super().encode(texts, kind, progress)

    listening = Serving(one.build, Listening())
    replay([Asked("And when?", "When will soybeans be shipped?")], listening, listening, THRESHOLD, {})
    assert seen.count("When will soybeans be shipped?") == 2


def test_the_calibration_of_the_operator_decides(tmp_path: Path) -> None:
    before, after = served(tmp_path, *CORPUS), served(tmp_path, LATER, HARVEST, MAGNETS)
    mute = replace(confidence.load(), bias=-1000.0)
    assert replay([Asked(QUESTIONS[0])], before, after, THRESHOLD, {}, calibration=mute).changes == ()
    assert len(replay([Asked(QUESTIONS[0])], before, after, THRESHOLD, {}).changes) == 1


def test_a_worked_example_of_the_randomisation_test() -> None:
    # Darwin's maize, 15 pairs in eighths of an inch: 863 of the 32,768 choices of signs reach the sum of 314
    # (Fisher, The Design of Experiments, section 21).
    maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    assert sum(maize) == 314
    assert significance(maize) == pytest.approx(2 * 863 / 2**15, abs=1e-12)


def test_significance_at_its_ends() -> None:
    assert significance([]) == significance([0, 0, 0]) == 1.0
    assert significance([1, -1, 0]) == 1.0
    assert significance([0, 0, *[1] * 10]) == significance([-1] * 10) == 2 / 2**10
    # Sampled, yet the same at each call, and near the exact binomial tail of 30 heads in 40.
    many = [1] * 30 + [-1] * 10
    assert significance(many) == significance(many) == pytest.approx(0.00222, abs=0.001)


def test_builds_of_one_model_share_its_encoder(tmp_path: Path) -> None:
    before, after = build_of(tmp_path, SPEECH), build_of(tmp_path, HARVEST)
    bag = BagOfWords()
    assert serving(tmp_path, tmp_path, after.id, Serving(before, bag)).encoder is bag
    aided = Aided(bag, second=bag)
    assert serving(tmp_path, tmp_path, after.id, encoders=lambda model, models: aided).encoder is aided
    with pytest.raises(NoBuild, match="`talks corpus history` lists them"):
        serving(tmp_path, tmp_path, "20250101T000000000-00000000", Serving(before, bag))


@pytest.mark.model
def test_the_command_compares_kept_builds(tmp_path: Path, prepared_models: Path) -> None:
    (tmp_path / "models").symlink_to(prepared_models)
    model = encoder.prepare("all-MiniLM-L6-v2", tmp_path / "models")
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    keep(engine, *CORPUS, LATER)
    before, after = (
        build_of(tmp_path / "index", *d, encoder=model) for d in (CORPUS, (LATER, HARVEST, MAGNETS))
    )
    log(engine, before, *QUESTIONS, encoder=model)
    engine.dispose()
    run = CliRunner(env={"TALKS_HOME": str(tmp_path)})

    done = run.invoke(app, ["replay", "--from", before.id[:-1], "--to", "current", "--json"])
    told = json.loads(done.stdout)
    assert (told["from"], told["to"], told["questions"]) == (before.id, after.id, 3)
    [change] = told["changes"]
    assert change["question"] == QUESTIONS[0]
    assert change["from"][0] in SPEECH.text
    assert change["to"][0] in LATER.text
    same = run.invoke(app, ["replay", "--from", before.id, "--to", before.id])
    assert (same.exit_code, same.stdout.splitlines()[0]) == (0, "0 of 3 questions are answered otherwise")
