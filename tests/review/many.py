"""A long log, written as fast as the database takes it: rows such as the program writes, answers of no build.

Every document, question and number comes from the seed, so two logs of one size are alike.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Integer, text

from bot import search, tables
from corpus import archive
from migrations.database import writing
from retrieval.sentences import sentences
from retrieval.types import Document, Source

END = datetime(2026, 1, 31, 18, tzinfo=UTC)
DAYS = 120
BASE = 2000
FEEDBACK = 0.03
TABLES = ("exchanges", "hits", "quotes", "words", "feedback")
WHO = ("Bessent", "Greer", "He Lifeng", "Li Chenggang", "Trump", "Wang Wentao")
WHAT = ("tariffs", "soybeans", "rare earths", "port fees", "chip licences", "fentanyl", "magnets", "TikTok")
WHERE = ("Geneva", "London", "Stockholm", "Madrid", "Kuala Lumpur", "Busan")
ASKED = (
    "What did {who} say about {what}?",
    "When were {what} settled in {where}?",
    "Why did {who} leave {where}?",
)


def documents(random: Random, count: int = 40) -> list[Document]:
    """Made-up documents of some twenty sentences."""
    made = []
    for number in range(count):
        where, text = random.choice(WHERE), ""
        for _ in range(20):
            who, what, days = random.choice(WHO), random.choice(WHAT), random.randint(2, 90)
            text += f"{who} said in {where} that the {what} would wait for {days} days. "
            text += "\n\n" if random.random() < 0.25 else ""
        title = f"Day {number} of the talks in {where}"
        made.append(Document.of(f"made-{number:03}", Source(title, "A made-up paper"), text.strip()))
    return made


def fill(engine: Engine, count: int, seed: int = 7, threshold: float = 0.5) -> None:
    """Put `count` exchanges into an empty log, in one transaction. Above BASE, which SQLite alone does, the
    rest are copies: their ids differ, and what is asked and when does not."""
    random = Random(seed)
    kept = documents(random)
    cuts = {document.id: sentences(document.text) for document in kept}
    base = min(count, BASE)
    with writing(engine) as connection:
        archive.keep(connection, kept, END)
        rows: dict[str, list[dict[str, Any]]] = {}
        for number in range(base):
            for table, row in _exchange(random, number, base, kept, cuts, threshold):
                rows.setdefault(table, []).append(row)
        for name in TABLES:
            connection.execute(tables.metadata.tables[name].insert(), rows[name])
        if count > base:
            # Ids are random, so their indices grow everywhere at once: that should happen in memory.
            connection.exec_driver_sql("PRAGMA cache_size = -500000")
            for name in TABLES:
                _copy(connection, name, count // base, base)


def _copy(connection: Connection, name: str, copies: int, base: int) -> None:
    """Copy number n of a row, of up to 255, has n where its id has two zeros, and an update of its own."""
    table = tables.metadata.tables[name]
    other = {
        "id": "substr(id, 1, 30) || printf('%02x', n)",
        "exchange": "substr(exchange, 1, 30) || printf('%02x', n)",
        "update_id": "update_id + n * :base",
    }
    columns = [c.name for c in table.columns if not (c.name == "id" and isinstance(c.type, Integer))]
    named = ", ".join(f'"{column}"' for column in columns)
    copied = ", ".join(other.get(column, f'"{column}"') for column in columns)
    connection.execute(
        text(
            "WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < :copies - 1)"
            f" INSERT INTO {name} ({named}) SELECT {copied} FROM {name}, copy ORDER BY 1"
        ),
        {"copies": copies, "base": base} if "update_id" in columns else {"copies": copies},
    )


def _exchange(
    random: Random,
    number: int,
    count: int,
    kept: list[Document],
    cuts: dict[str, Any],
    threshold: float,
) -> Iterator[tuple[str, dict[str, Any]]]:
    id = UUID(int=random.getrandbits(128) & ~0xFF, version=4)
    question = random.choice(ASKED).format(
        who=random.choice(WHO), what=random.choice(WHAT), where=random.choice(WHERE)
    )
    confidence = round(random.random(), 4)
    answered = confidence >= threshold
    when = END - timedelta(days=DAYS * (1 - number / count))
    build = f"2025{10 + number * 3 // count:02}01T000000000-0000000{number * 3 // count}"
    found = random.sample(kept, 2)
    at = [(document, random.choice(cuts[document.id])) for document in found]
    text = "The corpus doesn't say."
    entities: list[dict[str, Any]] = []
    if answered:
        quote = at[0][0].slice(at[0][1])
        text = f"{quote}\n[1] {at[0][0].source.title}, {at[0][0].source.publisher}"
        entities = [{"type": "blockquote", "offset": 0, "length": len(quote)}]
    took = [["encode", round(random.expovariate(1 / 6), 2)], ["search", round(random.expovariate(1 / 4), 2)]]
    yield (
        "exchanges",
        {
            "id": id,
            "bot": 1,
            "update_id": number,
            "origin": "telegram",
            "chat": f"{number % 997:032x}",
            "user": f"{number % 991:032x}",
            "question": question,
            "answered": answered,
            "confidence": confidence,
            "reason": "answered" if answered else "the best sentence is not close enough",
            "build": build,
            "reply": [{"text": text, "entities": entities}],
            "message_ids": [number],
            "question_vector": b"\0" * 8,
            "stages": took,
            "milliseconds": took[0][1] + took[1][1],
            "digest": hashlib.sha256(json.dumps([question, build, answered]).encode()).hexdigest(),
            "repeated": False,
            "asked_at": when,
            "replied_at": when + timedelta(milliseconds=40),
        },
    )
    places = [
        {
            "exchange": id,
            "document": document.id,
            "version": document.version,
            "start": span.start,
            "end": span.end,
            "score": 1 - rank / 10,
        }
        for rank, (document, span) in enumerate(at)
    ]
    for rank, place in enumerate(places, 1):
        yield "hits", place | {"rank": rank}
    if answered:
        told = {"speaker": None, "directness": "indirect" if random.random() < 0.05 else None}
        yield "quotes", places[0] | {"number": 1} | told
    yield "words", {"exchange": id, "question": search.folded(question), "reply": search.folded(text)}
    if random.random() < FEEDBACK:
        good = random.random() < 0.4
        yield (
            "feedback",
            {
                "bot": 1,
                "update_id": number,
                "user": f"{number % 991:032x}",
                "chat": f"{number % 997:032x}",
                "good": good,
                "reason": None if good else "wrong_quote",
                "given_at": when + timedelta(minutes=1),
            },
        )
