"""Logs as the program writes them: real answers of real builds, kept and recorded."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from bot.exchange import Exchange
from bot.log import write
from bot.reply import render
from corpus import archive
from corpus.split import split
from migrations.database import writing
from retrieval import builds
from retrieval.answer import answer
from retrieval.builds import Build
from retrieval.encoder import Encoder
from retrieval.types import Document, Source
from tests.fakes import BagOfWords

NOON = datetime(2025, 11, 10, 12, tzinfo=UTC)
BOT = 4_000_000_001


def document(id: str, text: str, published: date | None = None) -> Document:
    return Document.of(id, Source(id.title(), published=published), text)


SPEECH = document(
    "speech", "🤝 Bessent said that the extra tariff was off the table. Nobody at the meeting asked him why."
)
HARVEST = document(
    "harvest", "Soybeans will be shipped again from January.\n\n中国 farmers welcomed the purchases. 🌾"
)
MAGNETS = document("magnets", "Licences for magnets stay in force. Customs officers check each container.")
CORPUS = (SPEECH, HARVEST, MAGNETS)
QUESTIONS = (
    "What did Bessent say about the extra tariff?",
    "When will soybeans be shipped again?",
    "Which licences for magnets stay in force?",
)


def keep(engine: Engine, *documents: Document) -> None:
    with writing(engine) as connection:
        archive.keep(connection, documents, NOON)


def build_of(root: Path, *documents: Document, encoder: Encoder | None = None) -> Build:
    """A published build of `documents` under `root`."""
    encoder = encoder or BagOfWords()
    cut = partial(split, count=encoder.count, window=encoder.model.window)
    id = builds.write(root, documents, cut, encoder)
    builds.publish(root, id)
    return builds.load(root, id)


def asked(
    build: Build,
    question: str,
    number: int = 1,
    *,
    encoder: Encoder | None = None,
    threshold: float = 0.1,
    user: str = "u",
) -> Exchange:
    """What the program makes of a question, with the update of that `number`."""
    found = answer(build, encoder or BagOfWords(), question, threshold=threshold)
    when = NOON + timedelta(minutes=number)
    reply = [message.plain() for message in render(found, build)]
    made = Exchange.of(found, origin="telegram", asked_at=when, reply=reply, chat="c" * 32, user=user)
    return replace(made, bot=BOT, update_id=number)


def log(engine: Engine, build: Build, *questions: str, encoder: Encoder | None = None) -> list[Exchange]:
    """Ask each question once and write it all down, in order."""
    made = [asked(build, question, number, encoder=encoder) for number, question in enumerate(questions, 1)]
    write(engine, *made)
    return made
