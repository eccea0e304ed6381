"""Confidence: what a calibration is read from, what it weighs, and how one is fitted."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval import confidence
from retrieval.calibrate import calibration, threshold
from retrieval.confidence import FEATURES, Calibration
from retrieval.errors import BadCalibration
from retrieval.query import mixed, understand
from retrieval.quotes import candidates
from retrieval.search import search
from retrieval.types import Turn
from tests.fakes import BagOfWords
from tests.retrieval.test_expansions import LED, made


def test_what_ships_is_a_calibration() -> None:
    shipped = confidence.load()
    assert set(shipped.weights) <= set(FEATURES)
    assert 0 < shipped.threshold < 1
    assert len(shipped.digest) == 64


def test_what_ships_says_how_it_was_made_and_how_far_it_can_be_trusted() -> None:
    fields = json.loads(confidence.SHIPPED.read_text())
    assert fields["command"] == "python -m tests.quality.fit EVAL"
    for row in fields["reliability"]:
        if row["share"] >= 0.05:
            assert abs(row["confidence"] - row["right"]) < 0.15


def test_the_operator_has_the_last_word(tmp_path: Path) -> None:
    assert confidence.of(tmp_path) == confidence.load()
    own = {"bias": -1, "weights": {"sentence": 2}, "threshold": 0.7}
    (tmp_path / confidence.FILE).write_text(json.dumps(own))
    assert confidence.of(tmp_path).threshold == 0.7
    assert confidence.of(tmp_path).digest != confidence.load().digest


@pytest.mark.parametrize(
    "text", ["", "[]", '{"bias": 1}', '{"bias": 0, "weights": {"luck": 1}, "threshold": 0.5}']
)
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(BadCalibration, match=r"calibration\.json"):
        confidence.load(path)


def test_a_calibration_of_an_earlier_release_judges_all_sentences_alike(tmp_path: Path) -> None:
    path = tmp_path / confidence.FILE
    path.write_text(json.dumps({"bias": -1, "weights": {"sentence": 2}, "threshold": 0.7}))
    assert confidence.load(path).weights == {"sentence": 2, "carried sentence": 2}
    later = tmp_path / "later.json"
    later.write_text(json.dumps({"bias": -1, "weights": {"sentence": 2, "carried led": 3}, "threshold": 0.7}))
    assert confidence.load(later).weights == {"sentence": 2, "carried led": 3}


@pytest.mark.parametrize("asked", ["Where did the delegations convene?", "tariffs after round one"])
def test_a_sentence_that_carries_questions_is_judged_by_weights_of_its_own(
    tmp_path: Path, bag: BagOfWords, asked: str
) -> None:
    build = made(tmp_path, bag, [LED])
    query = understand(build, asked)
    vector = bag.encode(query.texts, "query")[0]
    hits = search(build, query, vector, 5)
    has = confidence.features(query, candidates(build, query, vector, hits), hits)
    assert set(has) == set(FEATURES)
    carried = asked == LED.questions[0]
    told = {name for name, value in has.items() if value}
    assert {name.startswith(confidence.CARRIED) for name in told} == {carried}
    assert has["carried over"] == carried


@pytest.mark.parametrize("count", [1, confidence.MANY])
def test_few_questions_tell_nothing_against_a_sentence(tmp_path: Path, bag: BagOfWords, count: int) -> None:
    build = made(tmp_path, bag, [LED])
    query = understand(build, "tariffs after round one")
    vector = bag.encode(query.texts, "query")[0]
    hits = search(build, query, vector, 5)
    best, *_ = candidates(build, query, vector, hits)
    carried = Calibration(0.0, {"carried over": -2.0, "sentence": 0.0}, 0.5, "")
    few = replace(best, parts=tuple((dict(best.parts) | {"questions": float(count)}).items()))
    sure = confidence.confidence(query, [few], hits, carried)
    assert sure == pytest.approx(0.5 if count < confidence.MANY else 0.119, abs=1e-3)


@pytest.mark.parametrize("asked", ["And when was that?", "tariffs after round one"])
def test_an_incomplete_question_is_known_as_one(tmp_path: Path, bag: BagOfWords, asked: str) -> None:
    build = made(tmp_path, bag, [LED])
    query = understand(build, asked, [Turn("tariffs after round one")])
    vector = mixed(query, bag.encode(query.texts, "query"))
    hits = search(build, query, vector, 5)
    led = [found for found in candidates(build, query, vector, hits) if dict(found.parts).get("carries")]
    has = confidence.features(query, led, hits)
    assert has["carried leans"] == float(query.leans) == float(asked.startswith("And"))


def test_a_name_that_neither_a_sentence_nor_its_questions_mention_is_missed(
    tmp_path: Path, bag: BagOfWords
) -> None:
    build = made(tmp_path, bag, [replace(LED, questions=("What did Lutnick say of the tariffs?",))])

    def named(asked: str) -> set[float]:
        query = understand(build, asked)
        vector = bag.encode(query.texts, "query")[0]
        hits = search(build, query, vector, 5)
        return {
            confidence.features(query, [found], hits)["carried named"]
            for found in candidates(build, query, vector, hits)
            if dict(found.parts).get("carries")
        }

    assert named("Which tariffs did Lutnick name?") == {1.0}
    assert named("Which tariffs did Brainard name?") == {0.0}
    assert named("which duties were lowered") == {1.0}


def judged(right: bool, sentence: float) -> tuple[bool, dict[str, float]]:
    return right, dict.fromkeys(FEATURES, 0.0) | {"sentence": sentence}


def test_a_fit_weighs_what_tells_right_from_wrong() -> None:
    sets = {
        "many": [judged(n % 2 == 0, 0.8 if n % 2 == 0 else 0.2) for n in range(200)],
        "few": [judged(True, 0.9), judged(False, 0.1)],
    }
    fitted = calibration(sets)
    assert fitted["weights"]["sentence"] > 0
    # What was never there has no weight, so that sentences with questions are judged like all.
    assert set(fitted["weights"]) == {"sentence"}
    assert fitted["sets"]["many"]["questions"] == 200
    assert fitted["sets"]["few"]["right"] == 0.5
    assert sum(row["share"] for row in fitted["reliability"]) == pytest.approx(1, abs=0.01)


def test_what_says_nothing_of_the_answer_answers_nothing() -> None:
    drawn = np.random.default_rng(1)
    noise = {"noise": [judged(n % 2 == 0, float(drawn.random())) for n in range(400)]}
    assert calibration(noise)["sets"]["noise"]["answered"] < 0.05


def test_the_threshold_is_where_nine_of_ten_above_are_right() -> None:
    sure = np.linspace(0.99, 0.0, 100)
    right = np.arange(100) < 45
    assert threshold(sure, right, np.ones(100)) == pytest.approx(0.5, abs=0.02)
    assert threshold(sure, np.zeros(100, bool), np.ones(100)) == 1.0
