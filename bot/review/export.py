"""Questions whose askers agreed, their judgements and ranked documents, in the layouts of BEIR and TREC.

Who asked is not in it: questions are numbered, and what would name someone is taken out of their words.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from bot.review.golden import Judged
from bot.review.replay import Asked
from bot.tables import consents, exchanges, hits
from corpus import archive
from migrations.database import reading
from retrieval.query import recalled
from retrieval.types import Document

LOT = 500
#: Characters of a version that name it beside its document.
VERSION = 12

# Each is looked for in `_folded` text. What is in Latin letters goes first and ends with them: Chinese is
# written without spaces, and the words around a name are no part of it.
_LATIN = re.I | re.A
_NAMES = (
    (re.compile(r"(?:mailto:)?[a-z0-9._%+'-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", _LATIN), "[e-mail]"),
    (re.compile(r"(?:https?://)?\b(?:\w+\.)?(?:t|wa|telegram)\.(?:me|dog)/[\w/+?=%.-]+", _LATIN), "[handle]"),
    (re.compile(r"\btg://[\w/?&=%.-]+", _LATIN), "[handle]"),
    (re.compile(r"(?<![a-z0-9])@\w{2,}", _LATIN), "[handle]"),
    (re.compile(r"[^\s@]+@[^\s@]+"), "[e-mail]"),
    (re.compile(r"(?<!\S)@\w{2,}"), "[handle]"),
)
_NUMBER = re.compile(r"(?<![\d$€£¥.,])(?:\+ ?)?\(?\d(?:[ ()./*·_\u200b-]{0,3}\d){6,17}(?!\d|[.,]\d)")
#: Groups of digits that make up a date, or a range of years.
_DATED = re.compile(r"(?:19|20)\d\d|\d{1,2}")
#: A line of a customs tariff, as 8541.40.60 or 8541.40.6025.
_CUSTOMS = re.compile(r"\d{4}\.\d\d(?:\.\d\d(?:\.?\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    questions: int
    judged: int
    documents: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document version in a run, by value."""

    document: str
    version: str
    score: float

    @property
    def id(self) -> str:
        return name(self.document, self.version)


def export(
    engine: Engine,
    folder: Path,
    judged: Sequence[Judged],
    live: Iterable[tuple[str, str]] = (),
) -> Exported:
    """Write `corpus.jsonl`, `queries.jsonl`, `qrels.tsv` and `run.trec` into `folder`, over what is there.

    The corpus is every document version that is in `live`, was found or is right. A question that was asked
    more than once is there once, with the run of the last time. Raises: OSError, Unavailable.
    """
    known = {one.asked: one for one in judged}
    folder.mkdir(parents=True, exist_ok=True)
    wanted = dict.fromkeys(live)
    with reading(engine) as connection:
        asked = _agreed(connection)
        with (
            (folder / "queries.jsonl").open("w", encoding="utf-8") as queries,
            (folder / "qrels.tsv").open("w", encoding="utf-8") as qrels,
            (folder / "run.trec").open("w", encoding="utf-8") as run,
        ):
            qrels.write("query-id\tcorpus-id\tscore\n")
            for number, (one, (exchange, build)) in enumerate(asked.items(), 1):
                id = f"q{number}"
                right = known.get(one)
                queries.write(_json(_query(id, one, right)))
                for place in (
                    dict.fromkeys((r.gold.document, r.gold.version) for r in right.right) if right else ()
                ):
                    wanted[place] = None
                    qrels.write(f"{id}\t{name(*place)}\t1\n")
                for rank, found in enumerate(_run(connection, exchange), 1):
                    wanted[found.document, found.version] = None
                    run.write(f"{id} Q0 {found.id} {rank} {found.score:.6f} {build}\n")
        documents = 0
        with (folder / "corpus.jsonl").open("w", encoding="utf-8") as corpus:
            for document in (archive.document(connection, *place) for place in wanted):
                if document is not None:
                    corpus.write(_json(_document(document)))
                    documents += 1
    return Exported(len(asked), sum(one in known for one in asked), documents)


def redacted(text: str) -> str:
    """`text` with e-mail addresses, handles and telephone numbers taken out. Years, dates, lines of a customs
    tariff and amounts with a currency or commas stay; any other long number may be somebody's, whatever
    country it is from: a library knows numbers by country, and finds none that is written without one."""
    for pattern, instead in _NAMES:
        text = _replaced(pattern, text, instead)
    return _replaced(_NUMBER, text, "[number]", unless=_harmless)


def _replaced(
    pattern: re.Pattern[str], text: str, instead: str, unless: Callable[[str], bool] = lambda found: False
) -> str:
    """`text` with `instead` of what `pattern` finds in it once folded."""
    made, end = [], 0
    for found in pattern.finditer(_folded(text)):
        if not unless(found[0]):
            made += [text[end : found.start()], instead]
            end = found.end()
    return "".join([*made, text[end:]])


def _folded(text: str) -> str:
    """As long as `text`, with an ASCII character for each digit, dash, space and full-width form in it."""
    return "".join(map(_fold, text))


def _fold(character: str) -> str:
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd":
            return "-"
        case "Zs":
            return " "
        case "Cf":
            return "\u200b"
        case _:
            plain = unicodedata.normalize("NFKC", character)
            return plain if len(plain) == 1 else character


def name(document: str, version: str) -> str:
    """The id of a document version in the export."""
    return f"{document}@{version[:VERSION]}".replace(" ", "_")


def _harmless(number: str) -> bool:
    if _CUSTOMS.fullmatch(number):
        return True
    groups = re.findall(r"\d+", number)
    dated = all(_DATED.fullmatch(group) for group in groups) and any(len(group) == 4 for group in groups)
    return dated and "+" not in number


def _agreed(connection: Connection) -> Mapping[Asked, tuple[UUID, str]]:
    """The questions of people who agreed, as first asked, each with its last exchange and its build."""
    agreed = select(consents.c.user).where(consents.c.given.is_(True))
    rows = connection.execute(
        select(exchanges.c.id, exchanges.c.question, exchanges.c.carried, exchanges.c.build)
        .where(exchanges.c.user.in_(agreed), exchanges.c.origin != "review")
        .order_by(exchanges.c.asked_at, exchanges.c.id)
    )
    return {Asked(row.question, row.carried): (row.id, row.build) for row in rows}


def _run(connection: Connection, exchange: UUID) -> list[Ranked]:
    """The document versions that an exchange found, each where its best passage stands."""
    best: dict[tuple[str, str], Ranked] = {}
    for row in connection.execute(select(hits).where(hits.c.exchange == exchange).order_by(hits.c.rank)):
        best.setdefault((row.document, row.version), Ranked(row.document, row.version, row.score))
    return list(best.values())


def _query(id: str, asked: Asked, right: Judged | None) -> dict[str, Any]:
    answerable = bool(right and right.right)
    return {
        "_id": id,
        "text": redacted(asked.question),
        "set": "unjudged" if right is None else "answerable" if answerable else "unanswerable",
        "split": "test",
        "unanswerable": right is not None and not answerable,
        "answers": [],
        "gold_sentences": [one.text for one in right.right] if right else [],
        "history": [redacted(turn.question) for turn in recalled(asked.carried)],
        "last_agent": "".join(turn.shown for turn in recalled(asked.carried)),
    }


def _document(document: Document) -> dict[str, Any]:
    source = document.source
    return {
        "_id": name(document.id, document.version),
        "title": source.title,
        "text": document.text,
        "metadata": {
            "publisher": source.publisher,
            "published": source.published.isoformat() if source.published else None,
            "url": source.url,
            "licence": source.licence,
        },
    }


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
