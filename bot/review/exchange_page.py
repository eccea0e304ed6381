"""One exchange with all that is behind it, and what a reviewer says of it."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import Row, func, select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.review import labels, queue
from bot.review.case import Case, case
from bot.review.labels import SILENT, VERDICTS, Gold, Verdict
from bot.review.marked import Mark, marked
from bot.review.queue_page import CALLED, WHY, following
from bot.review.sent import blocks
from bot.review.visit import Visit, away
from bot.tables import exchanges, leases, samples, seconds
from bot.tables import labels as said
from migrations.database import reading, writing
from retrieval.types import Document, Span

LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class Standing:
    """Why an exchange waits, how likely it was to be in the sample, whether another opinion is wanted, and
    who else is at it."""

    reasons: tuple[queue.Reason, ...]
    probability: float | None
    second: bool
    holder: str | None


def show(visit: Visit) -> Response:
    """The page of one exchange; the document on it, and the chosen span, are in its address."""
    id = _id(visit)
    try:
        found = case(visit.engine, id)
    except ValueError as error:
        raise HTTPException(404, "There is no such exchange.") from error
    document = _document(found, visit.query.get("document", ""), visit.query.get("version", ""))
    gold = _span(visit.query.get("gold", ""))
    marks = [
        Mark(quote.number, Span(quote.start, quote.end), quote.answer)
        for quote in found.quotes
        if document and (quote.document, quote.version) == (document.id, document.version)
    ]
    if document and gold and gold.end > len(document.text):
        gold = None
    return visit.render(
        "exchange.html",
        case=found,
        reply=blocks(found.reply),
        document=document,
        gold=gold,
        paragraphs=marked(document, marks, gold) if document else (),
        near=_near(found, document),
        places=_places(found),
        standing=_standing(visit, id),
        last=_last(visit),
        verdicts=_verdicts(found.answered),
        called=CALLED,
        why=WHY,
        within=visit.query.get("in", ""),
        here=lambda **more: _here(visit, id, **more),
    )


def label(visit: Visit) -> Response:
    """Take in a label and go on to what waits next."""
    id, form = _id(visit), visit.form
    verdict = next((known for known in VERDICTS if known == form.get("verdict")), None)
    if verdict is None:
        raise HTTPException(400, "Say how good the answer is.")
    span = _span(f"{form.get('gold_start', '')}-{form.get('gold_end', '')}")
    gold = Gold(form.get("gold_document", ""), form.get("gold_version", ""), span) if span else None
    note = form.get("note", "").strip()[:LONGEST_NOTE]
    try:
        labels.add(visit.engine, id, visit.user.name, verdict, visit.now, gold, note or None)
    except ValueError as error:
        raise HTTPException(400, f"{error}.") from error
    return away(following(visit))


def undo(visit: Visit) -> Response:
    """Take the visitor's label back and show the exchange again."""
    id = _id(visit)
    try:
        labels.undo(visit.engine, id, visit.user.name, visit.now)
    except ValueError as error:
        raise HTTPException(400, f"{error}.") from error
    return away(_here(visit, id))


def second(visit: Visit) -> Response:
    """Have the exchange wait for another opinion."""
    id = _id(visit)
    with reading(visit.engine) as connection:
        if connection.scalar(select(exchanges.c.id).where(exchanges.c.id == id)) is None:
            raise HTTPException(404, "There is no such exchange.")
    queue.want_second(visit.engine, id, visit.user.name, visit.now)
    return away(_here(visit, id))


def _id(visit: Visit) -> UUID:
    id: UUID = visit.request.path_params["id"]
    return id


def _verdicts(answered: bool) -> list[tuple[Verdict, str, str]]:
    """What can be said of an answer, or of its absence: the verdict, its key and what it is called."""
    if answered:
        return [(verdict, *CALLED[verdict]) for verdict in VERDICTS if verdict != "should_have_answered"]
    return [(v, CALLED[v][0], "Right to decline" if v == "right" else CALLED[v][1]) for v in SILENT]


def _places(found: Case) -> tuple[tuple[Document, str], ...]:
    """The documents of quotes, then of hits, each once, with what they are there for."""
    named: dict[tuple[str, str], str] = {}
    for place in found.quotes:
        named.setdefault((place.document, place.version), f"[{place.number}]")
    for place in found.hits:
        named.setdefault((place.document, place.version), f"#{place.number}")
    return tuple((found.documents[at], name) for at, name in named.items() if at in found.documents)


def _document(found: Case, id: str, version: str) -> Document | None:
    """The document that is asked for, else the one of the first quote or hit that is still there."""
    documents = [document for document, _ in _places(found)]
    asked = (d for d in documents if d.id == id and version in ("", d.version))
    return next(asked, documents[0] if documents else None)


def _near(found: Case, document: Document | None) -> Span | None:
    """The best passage of the document on the page; None where something is quoted from it."""
    if document is None or any(quote.version == document.version for quote in found.quotes):
        return None
    hits = (hit for hit in found.hits if (hit.document, hit.version) == (document.id, document.version))
    return next((Span(hit.start, hit.end) for hit in hits), None)


def _span(written: str) -> Span | None:
    """The span that "start-end" is; None for anything else."""
    start, _, end = written.partition("-")
    if not (start.isdecimal() and end.isdecimal() and len(written) < 20) or int(start) >= int(end):
        return None
    return Span(int(start), int(end))


def _standing(visit: Visit, id: UUID) -> Standing:
    """Why it waits; whoever looks at one that nobody is at is at it from now on."""
    flags = queue.flags(visit.settings.answer_threshold)
    wanted = (
        select(
            *(func.coalesce(where, False).label(reason) for reason, where in flags.items()),
            samples.c.probability,
            seconds.c.exchange.is_not(None).label("wanted"),
            leases.c.reviewer,
            leases.c.until,
        )
        .select_from(exchanges)
        .join(samples, samples.c.exchange == exchanges.c.id, isouter=True)
        .join(seconds, seconds.c.exchange == exchanges.c.id, isouter=True)
        .join(leases, leases.c.exchange == exchanges.c.id, isouter=True)
        .where(exchanges.c.id == id)
    )
    with reading(visit.engine) as connection:
        row = connection.execute(wanted).one()
    held = row.reviewer is not None and row.until > visit.now
    if not held:
        with writing(visit.engine) as connection:
            queue.lease(connection, id, visit.user.name, visit.now)
    reasons = tuple(reason for reason in flags if getattr(row, reason))
    holder = row.reviewer if held and row.reviewer != visit.user.name else None
    return Standing(reasons, row.probability, bool(row.wanted), holder)


def _last(visit: Visit) -> Row[*tuple[UUID, str | None, str]] | None:
    """What the visitor labelled last: the exchange, the verdict and the question; None if that is undone."""
    wanted = (
        select(said.c.exchange, said.c.verdict, exchanges.c.question)
        .join_from(said, exchanges, said.c.exchange == exchanges.c.id)
        .where(said.c.reviewer == visit.user.name)
        .order_by(said.c.id.desc())
        .limit(1)
    )
    with reading(visit.engine) as connection:
        row = connection.execute(wanted).one_or_none()
    return row if row is not None and row.verdict is not None else None


def _here(visit: Visit, id: UUID, **more: str) -> str:
    """The address of this page, in the same reason's queue, with `more` in it."""
    within = visit.form.get("in") or visit.query.get("in", "")
    wanted = {name: value for name, value in {"in": within, **more}.items() if value}
    return f"/exchange/{id}" + (f"?{urlencode(wanted)}" if wanted else "")
