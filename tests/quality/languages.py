"""`python -m tests.quality.languages FOLDER`: fits the answers to questions in other languages.

Like `tests.quality.fit`, on the dev questions of squad_family in Chinese and Spanish: asked of the documents
that they are about, of all of squad_family's, and of clapnq's, which answer none of them. To be fitted again
whenever the threshold of English answers is: the reliability and the threshold in the file are those before
the bias was `moved` to it.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from scipy.special import logit

from bot.settings import Settings
from corpus.names import names
from corpus.split import split
from retrieval import calibrate, confidence, encoder, evaluate, multilingual
from retrieval.aided import Aided
from retrieval.answer import READ
from retrieval.evaluate import Collection, Question
from retrieval.models import BUNDLED
from retrieval.query import mixed, understand
from tests.quality.fit import FOLDS, Case, confidences, dev, fitted, write

COMMAND = "python -m tests.quality.languages EVAL"
SETS = ("xq_zh", "xq_es")
#: What is known of such an answer; the rest of `retrieval.confidence.FEATURES` needs the question's words.
KNOWN = ("sentence", "passage", "reached", "typed", "margin")


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of collections in the BEIR layout")
    given = parser.parse_args()
    cases = list(gather(given.folder))
    chosen = [case for case in cases if not case.off]
    judged = {
        name: [(right, {f: value if f in KNOWN else 0.0 for f, value in has.items()}) for right, has in of]
        for name, of in confidences(cases, chosen).items()
    }
    made = calibrate.calibration(judged)
    # The program knows one threshold: where this calibration's own is, its confidence is to be the same.
    moved = logit(confidence.THRESHOLD) - logit(made["threshold"])
    made |= {"bias": round(made["bias"] + moved, 4), "moved": round(moved, 4)}
    write(multilingual.CALIBRATION, {"command": COMMAND, "ranking": fitted(chosen)} | made)


def gather(folder: Path) -> Iterator[Case]:
    """Every question with its sentences, from each of the three."""
    settings = Settings()
    model = Aided(encoder.prepare(BUNDLED, settings.models), second=multilingual.load())
    squad = evaluate.collection(folder / "squad_family")
    questions = [question for question in dev(squad) if question.set in SETS]
    judged = evaluate.only_judged(squad, SETS)
    for searched, off in ((judged, False), (squad, False), (evaluate.collection(folder / "clapnq"), True)):
        yield from asked(searched, model, settings.home, questions, off)


def asked(
    searched: Collection, model: Aided, home: Path, questions: Sequence[Question], off: bool
) -> Iterator[Case]:
    cut = partial(split, count=model.count, window=model.model.window)
    root = home / "eval" / "languages"
    build = evaluate.build(searched, root, cut, model, lambda done, total: None, names())
    for at, question in enumerate(questions):
        query = understand(build, question.text, spoken=multilingual.spoken(build, model))
        if query.second:
            vector = mixed(query, multilingual.embedder(model, query).encode(query.texts, "query"))
            hits = multilingual.search(build, query, vector, READ)
            found = multilingual.candidates(build, query, vector, hits, most=10_000)
            case = Case(searched.name, at * FOLDS // len(questions), build, question, query, hits, found, off)
            yield replace(case, weighed=tuple(multilingual.WEIGHTS))
    print(f"asked {len(questions)} of {searched.name}", flush=True)


if __name__ == "__main__":
    main()
