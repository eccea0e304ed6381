"""Ask here, and see the answer with everything behind it: of one build, or of two side by side."""

from starlette.responses import Response

from bot.review.trial import kept
from bot.review.visit import Visit
from retrieval import builds
from retrieval.errors import NoBuild, RetrievalError
from retrieval.types import Answer

#: Telegram's own limit for a message.
LONGEST = 4096


def show(visit: Visit) -> Response:
    """The form; with a question posted, what each build answers."""
    index = visit.settings.index
    known = kept(index)
    live = _live(visit)
    question = visit.form.get("question", visit.query.get("q", "")).strip()[:LONGEST]
    asked = [visit.form.get("build", visit.query.get("build", live)), visit.form.get("other", "")]
    # Only the name of a kept build is ever made a path.
    chosen = list(dict.fromkeys(build for build in asked if build in known))
    answers: list[Answer] = []
    wrong = "" if known else "There is no build yet: `talks corpus build` makes one."
    if visit.request.method == "POST" and question and known:
        try:
            answers = [visit.room.trials.ask(visit.engine, question, build, visit.now) for build in chosen]
        except RetrievalError as error:
            wrong = f"{error}"
        if not chosen:
            wrong = "That build is not kept."
    return visit.render(
        "try.html",
        question=question,
        known=known,
        live=live,
        build=asked[0] or live,
        other=asked[1],
        answers=answers,
        threshold=visit.settings.answer_threshold,
        wrong=wrong,
    )


def _live(visit: Visit) -> str:
    try:
        return builds.current(visit.settings.index)
    except NoBuild:
        return ""
