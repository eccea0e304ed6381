"""The confidence is held against what labels say, and a refit is what the program can read."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.live import Serving
from bot.review import calibration
from bot.review.calibration import LEAST, Refit, diagram, refit, write
from bot.review.golden import Judged, Right
from bot.review.labels import Gold
from bot.review.replay import Asked
from migrations import database
from retrieval import confidence
from retrieval.types import Span
from tests.corpus.changing import PLACES, text
from tests.fakes import BagOfWords

from .logs import build_of, document


def judged(asked: str, *right: Right) -> Judged:
    return Judged(Asked(asked), right)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Refit:
    """A refit to questions that the texts answer, and to as many that they do not."""
    texts = [document(f"d{n}", text(n)) for n in range(10)]
    bag = BagOfWords()
    build = build_of(tmp_path_factory.mktemp("index"), *texts, encoder=bag)
    questions = []
    for n, one in enumerate(texts):
        start = one.text.index("The delegations")
        gold = Right(Gold(one.id, one.version, Span(start, len(one.text))), one.text[start:])
        for word in ("Where", "When", "How", "Why", "With whom", "Since when"):
            questions.append(judged(f"{word} did the delegations meet in {PLACES[n]}?", gold))
            questions.append(judged(f"{word} did {PLACES[n]} win the cup in football?"))
    assert len(questions) == 2 * LEAST
    return refit(Serving(build, bag), questions, lambda done, total: None)


def test_a_refit_tells_right_from_wrong(found: Refit) -> None:
    assert found.questions <= 2 * LEAST
    assert found.fields is not None
    assert found.right >= LEAST
    by_tenth = {row["from"]: row["right"] for row in found.then}
    assert by_tenth[max(by_tenth)] > 0.9 > by_tenth[min(by_tenth)]
    assert sum(row["share"] for row in found.now) == pytest.approx(1, abs=0.01)


def test_what_is_kept_is_what_answers_use(found: Refit, tmp_path: Path) -> None:
    assert found.fields is not None
    path = write(tmp_path, found.fields)
    used = confidence.of(tmp_path)
    kept = json.loads(path.read_text())["weights"]
    assert {name: used.weights[name] for name in kept} == kept
    assert used.digest != confidence.load().digest
    assert [file.name for file in tmp_path.iterdir()] == [confidence.FILE]


def test_too_few_labels_are_no_refit(tmp_path: Path) -> None:
    bag = BagOfWords()
    served = Serving(build_of(tmp_path, document("d1", text(1)), encoder=bag), bag)
    few = refit(served, [judged("Who won the cup in Lima?")], lambda done, total: None)
    assert (few.fields, few.then, few.right) == (None, (), 0)
    assert refit(served, [], lambda done, total: None).now == ()


def test_a_bar_ends_where_it_was_right() -> None:
    line = diagram([{"from": 0.5, "confidence": 0.55, "right": 0.25, "share": 0.1}])
    assert line == f"0.5–0.6 {'█' * 10}{'·' * 12}│{'·' * 17}  25% right at 0.55, 10% of all"
    full = diagram([{"from": 0.9, "confidence": 1.0, "right": 1.0, "share": 1.0}])
    assert full.startswith(f"0.9–1.0 {'█' * 39}│ 100% right")


@pytest.mark.model
def test_the_command_shows_and_keeps_nothing(tmp_path: Path, prepared_models: Path) -> None:
    from retrieval import encoder

    (tmp_path / "models").symlink_to(prepared_models)
    model = encoder.prepare("all-MiniLM-L6-v2", tmp_path / "models")
    build_of(tmp_path / "index", document("d1", text(1)), encoder=model)
    database.upgrade(database.engine(f"sqlite:///{tmp_path / 'talks.db'}"))
    run = CliRunner(env={"TALKS_HOME": str(tmp_path)})
    done = run.invoke(app, ["review", "calibrate"])
    assert done.exit_code == 0, done.output
    assert "0 questions that labels tell the answer of" in done.stdout
    assert f"needs {calibration.LEAST} questions" in done.stdout
    assert run.invoke(app, ["review", "calibrate", "--keep"]).exit_code == 1
    assert not (tmp_path / confidence.FILE).exists()
