"""`python -m tests.quality.fit FOLDER`: fits what the parts of a sentence's score count, and the confidence.

Both are fitted on dev questions only: the golden, the newcomers' and the askers' ones, those for practice,
and the collections in FOLDER.
The weights are a conditional logit over the sentences of the passages read; the confidence is fitted on what
comes first with the weights of the other folds, a fold being a fifth of each set, documents kept together.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from bot.settings import Settings
from corpus.names import names
from corpus.questions import questions
from corpus.refresh import starter_documents
from corpus.split import split
from retrieval import calibrate, confidence, encoder, evaluate, quotes
from retrieval.answer import READ
from retrieval.builds import Build
from retrieval.evaluate import Collection, Question
from retrieval.models import BUNDLED
from retrieval.query import Query, mixed, understand
from retrieval.quotes import WEIGHTS, candidates, choose, reordered
from retrieval.search import search
from retrieval.types import Hit, Quote

ROOT = Path(__file__).parents[2]
RANKING = Path(quotes.__file__).with_name("ranking.json")
COMMAND = "python -m tests.quality.fit EVAL"
GOLDEN = {
    "golden": "corpus/golden/dev.jsonl",
    "newcomer": "tests/golden/newcomer-dev.jsonl",
    "practice": "tests/golden/practice.jsonl",
    "asker": "tests/golden/asker-dev.jsonl",
    "follow": "tests/golden/follow-practice.jsonl",
}
#: Sets whose questions were written to mislead, and those asked a second time where half of the briefs carry
#: questions: they have no say in the threshold.
HARD = ("squad2", *(f"{name} half" for name in GOLDEN))
FOLDS = 5
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One question with every sentence that may answer it. `off` says that it is another collection's,
    `weighed` names the parts of a sentence's score."""

    set: str
    fold: int
    build: Build
    question: Question
    query: Query
    hits: tuple[Hit, ...]
    quotes: tuple[Quote, ...]
    off: bool = False
    weighed: tuple[str, ...] = tuple(WEIGHTS)

    def parts(self) -> Floats:
        """(sentences, weighed) float64."""
        rows = [[dict(quote.parts).get(name, 0.0) for name in self.weighed] for quote in self.quotes]
        return np.array(rows).reshape(-1, len(self.weighed))

    def right(self) -> npt.NDArray[np.bool_]:
        """Which of the sentences answer."""
        return np.array([evaluate.answers(self.question, quote) for quote in self.quotes], bool)


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of collections in the BEIR layout")
    given = parser.parse_args()
    cases = list(gather(given.folder))
    # Follow-ups a second time would make words count less than they do for complete questions.
    chosen = [
        case for case in cases if not case.off and case.question.answerable and case.set != "follow half"
    ]
    weights = fitted(chosen)
    write(RANKING, {"command": COMMAND, "weights": weights, "questions": counted(chosen)})
    judged = confidences(cases, chosen)
    write(confidence.SHIPPED, {"command": COMMAND} | calibrate.calibration(judged, HARD))


def gather(folder: Path) -> Iterator[Case]:
    """Every dev question of every set, with its sentences."""
    settings = Settings()
    model = encoder.prepare(BUNDLED, settings.models)
    documents = starter_documents(datetime.now(UTC)).values()
    clapnq = evaluate.collection(folder / "clapnq")
    briefs = [replace(evaluate.golden(ROOT / path, documents), name="golden") for path in GOLDEN.values()]
    build = built(briefs[0], settings.home, model)
    for name, judged in zip(GOLDEN, briefs, strict=True):
        yield from asked(build, model, judged.questions, name)
    half = built(replace(briefs[0], name="half"), settings.home, model, half=True)
    for name, judged in zip(GOLDEN, briefs, strict=True):
        yield from asked(half, model, judged.questions, f"{name} half")
    yield from asked(build, model, dev(clapnq), "golden off topic", off=True)
    yield from asked(built(clapnq, settings.home, model), model, dev(clapnq), "clapnq")
    squad = evaluate.collection(folder / "squad_family")
    build = built(squad, settings.home, model)
    for name in ("squad2", "xquad"):
        yield from asked(build, model, [q for q in dev(squad) if q.set == name], name)
    yield from asked(build, model, dev(clapnq), "squad_family off topic", off=True)


def built(judged: Collection, home: Path, model: encoder.Encoder, half: bool = False) -> Build:
    """The build of what is judged; by `half` only every other document carries questions, as where pages of
    the web stand beside the briefs."""
    cut = partial(split, count=model.count, window=model.model.window)
    led = [one for one in questions(home) if not half or crc32(one.document.encode()) % 2]
    return evaluate.build(judged, home / "eval", cut, model, lambda done, total: None, names(), led)


def dev(judged: Collection) -> list[Question]:
    return [question for question in judged.questions if question.split == "dev"]


def asked(
    build: Build, model: encoder.Encoder, questions: Sequence[Question], name: str, off: bool = False
) -> Iterator[Case]:
    for at, question in enumerate(questions):
        query = understand(build, question.text, question.history)
        vector = mixed(query, model.encode(query.texts, "query"))
        hits = search(build, query, vector, READ)
        found = candidates(build, query, vector, hits, most=10_000)
        yield Case(name, at * FOLDS // len(questions), build, question, query, hits, found, off)
    print(f"asked {len(questions)} of {name}", flush=True)


def fitted(cases: Sequence[Case]) -> dict[str, float]:
    """What each part counts: the most probable weights under a broad normal prior, a question of a set of n
    counting 1 / sqrt(n), so that no set is drowned and none shouts."""
    known = [(case.set, case.parts(), right) for case in cases if (right := case.right()).any()]
    rows = np.concatenate([parts for _, parts, _ in known])
    right = np.concatenate([right for _, _, right in known])
    starts = np.cumsum([0, *(len(parts) for _, parts, _ in known)])[:-1]
    owner = np.repeat(np.arange(len(known)), [len(parts) for _, parts, _ in known])
    share = np.array([sum(name == other for other, _, _ in known) ** -0.5 for name, _, _ in known])
    share *= len(known) / share.sum()
    scale = rows.std(axis=0) + 1e-9
    rows = rows / scale

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = rows @ weights
        odds = np.exp(score - np.maximum.reduceat(score, starts)[owner])
        total, won = np.add.reduceat(odds, starts), np.add.reduceat(odds * right, starts)
        slope = odds / total[owner] - odds * right / won[owner]
        value = float(share @ (np.log(total) - np.log(won)) + weights @ weights / 2)
        return value, rows.T @ (slope * share[owner]) + weights

    # Less of a part is never better; that a sentence carries questions is one only to offset what these add.
    names = cases[0].weighed
    bounds = [(None, None) if name == "carries" else (0, None) for name in names]
    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds).x / scale
    return dict(zip(names, (round(float(weight), 3) for weight in found), strict=True))


def confidences(cases: Sequence[Case], chosen: Sequence[Case]) -> dict[str, list[calibrate.Judged]]:
    """For each set whether what would be shown is right, and what the confidence sees of it, chosen by
    weights fitted without the question's own fold. Prints how often the first and any quote is right."""
    judged: dict[str, list[calibrate.Judged]] = {}
    first: dict[str, list[bool]] = {}
    for fold in range(FOLDS):
        weights = fitted([case for case in chosen if case.fold != fold])
        for case in cases:
            if case.fold != fold or not case.quotes:
                continue
            ranked = rescored(case.quotes, weights)
            hits = case.hits if case.query.second else reordered(case.hits, ranked)
            shown = choose(case.build, case.query, ranked)
            right = [not case.off and evaluate.answers(case.question, quote) for quote in shown]
            judged.setdefault(case.set, []).append(
                (any(right), confidence.features(case.query, ranked, hits))
            )
            if case.question.answerable and not case.off:
                first.setdefault(case.set, []).append(right[0])
    for name, hit in first.items():
        any_right = sum(right for right, _ in judged[name]) / len(hit)
        print(f"{name:<10} hit@1 {np.mean(hit):.3f}  hit@3 {any_right:.3f}  n {len(hit)}")
    return judged


def rescored(found: Sequence[Quote], weights: dict[str, float]) -> tuple[Quote, ...]:
    """`found` by other weights, best first, as many as the program reads."""
    again = [replace(quote, score=quotes.score(dict(quote.parts), weights)) for quote in found]
    return tuple(sorted(again, key=lambda quote: -quote.score)[: quotes.FITTED])


def counted(cases: Sequence[Case]) -> dict[str, int]:
    sets = [case.set for case in cases]
    return {name: sets.count(name) for name in dict.fromkeys(sets)}


def write(path: Path, fields: dict[str, Any]) -> None:
    path.write_text(json.dumps(fields, indent=1) + "\n")
    print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
