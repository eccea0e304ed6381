"""What waits for a person and why, the whole log to look through, and both as a file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from bot.review import listing, queue
from bot.review.labels import Verdict
from bot.review.listing import Filters, Listed
from bot.review.visit import Visit, away

#: Each reason in a word or two, and in a sentence.
WHY: dict[queue.Reason, tuple[str, str]] = {
    "disliked": ("👎", "An asker gave it a 👎."),
    "again": ("Wrong again", "The same answer of the same build is labelled wrong elsewhere."),
    "second": ("Second opinion", "Somebody wants another opinion on it."),
    "watched": ("Watched", "Whoever asked wants to be told when the corpus answers it."),
    "near": ("Near miss", "It was not answered, though a passage was near."),
    "narrow": ("Narrow", "It was answered by a narrow margin."),
    "speaker": ("Speaker unknown", "It quotes what somebody said without telling who."),
    "sample": ("Sample", "It is in the random sample that quality is estimated from."),
}
#: The key of each verdict and what it is called.
CALLED: dict[Verdict, tuple[str, str]] = {
    "right": ("r", "Right"),
    "partly": ("p", "Partly"),
    "wrong_quote": ("w", "Wrong quote"),
    "wrong_speaker": ("s", "Wrong speaker"),
    "out_of_date": ("o", "Out of date"),
    "should_have_answered": ("a", "Should have answered"),
    "should_have_abstained": ("x", "Should have abstained"),
}
#: What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
COLUMNS = ("exchange", "asked_at", "build", "answered", "confidence", "waits_for", "labels", "question")


def show(visit: Visit) -> Response:
    """A page of the queue."""
    filters, after = Filters.of(visit.query), visit.query.get("after", "")
    queue.draw(visit.engine, queue.RATE, visit.now)
    threshold = visit.settings.answer_threshold
    try:
        sheet = listing.sheet(visit.engine, threshold, visit.user.name, filters, visit.now, after)
    except (ValueError, OverflowError) as error:
        raise HTTPException(400, f"That is no filter: {error}") from error
    return visit.render(
        "queue.html",
        sheet=sheet,
        filters=filters,
        counts=listing.counts(visit.engine, threshold, visit.user.name),
        many=listing.MANY,
        why=WHY,
        called=CALLED,
        address=_address,
        taken="taken" in visit.query,
        begun=bool(after),
    )


def take(visit: Visit) -> Response:
    """Give the visitor what to label next, of one reason if the form names one."""
    return away(following(visit))


def following(visit: Visit) -> str:
    """The address of what the visitor should label next; that of the queue when nothing waits."""
    only = next((reason for reason in queue.REASONS if reason == visit.form.get("in")), None)
    queue.draw(visit.engine, queue.RATE, visit.now)
    due = queue.take(
        visit.engine, visit.settings.answer_threshold, visit.user.name, visit.now, only=only, anew=True
    )
    if due is None:
        return "/queue?" + urlencode({"taken": "", **({"reason": only} if only else {})})
    return f"/exchange/{due.exchange}" + (f"?in={only}" if only else "")


def as_csv(visit: Visit) -> Response:
    """All that the filters let through as CSV; no cell is a formula, whatever people asked."""
    filters = Filters.of(visit.query)
    threshold = visit.settings.answer_threshold
    rows = listing.everything(visit.engine, threshold, visit.user.name, filters, visit.now)
    try:
        first = next(rows, None)
    except (ValueError, OverflowError) as error:
        raise HTTPException(400, f"That is no filter: {error}") from error
    lines = _lines([first] if first else [], rows)
    name = f"exchanges-{visit.now:%Y-%m-%d}.csv"
    return StreamingResponse(
        lines, media_type="text/csv", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _lines(first: list[Listed], rest: Iterator[Listed]) -> Iterator[str]:
    yield _line(COLUMNS)
    for rows in (first, rest):
        for row in rows:
            said = "; ".join(f"{reviewer}: {verdict}" for reviewer, verdict in row.labels)
            answered = "yes" if row.answered else "no"
            asked = row.asked_at.isoformat(timespec="seconds")
            cells = (row.id, asked, row.build, answered, row.confidence, row.reason or "", said, row.question)
            yield _line(cells)


def _line(cells: tuple[object, ...]) -> str:
    written = io.StringIO()
    plain = (str(cell) for cell in cells)
    csv.writer(written).writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in plain])
    return written.getvalue()


def _address(filters: Filters, path: str = "/queue", after: str = "", **changes: str) -> str:
    """The address of a page of the queue, with `changes` to its filters."""
    wanted = replace(filters, **changes).given | ({"after": after} if after else {})
    return path + (f"?{urlencode(wanted)}" if wanted else "")
