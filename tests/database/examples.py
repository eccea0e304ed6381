"""Values that the tests of the database share."""

from datetime import UTC, date, datetime
from typing import Any

from bot.exchange import Exchange
from retrieval.types import Answer, Document, Hit, Passage, Quote, Source, Span

BOT = 4_000_000_001
CHAT = -1_001_234_567_890
NOON = datetime(2025, 11, 10, 12, 0, 0, 123456, tzinfo=UTC)

TEXT = "The two sides agreed to talk again. Tariffs of 10 % stay, said 何立峰. 🤝 Nothing else was settled."
DOCUMENT = Document.of("busan", Source("After Busan", "A paper", date(2025, 10, 30)), TEXT)


def answer(question: str) -> Answer:
    passage = Passage(0, DOCUMENT, Span(0, 68))
    other = Passage(1, DOCUMENT, Span(36, len(TEXT)))
    return Answer(
        question=question,
        quotes=(
            Quote(DOCUMENT, Span(0, 35), passage, 0.9, answer=Span(4, 20), speaker="He", directness="direct"),
            Quote(DOCUMENT, Span(20, 60), passage, 0.8, directness="indirect"),
            Quote(DOCUMENT, Span(30, len(TEXT)), other, 1 / 3),
        ),
        hits=(Hit(passage, 0.71, 1, (("dense", 0.7), ("lexical", 0.01))), Hit(other, 0.5, 2)),
        confidence=0.7,
        answered=True,
        reason="answered",
        build="20251110-1",
        vector=bytes(range(256)) * 3,
        stages=(("encode", 5.25), ("search", 1 / 7)),
    )


def exchange_of(question: str) -> Exchange:
    return Exchange.of(
        answer(question),
        origin="telegram",
        asked_at=NOON,
        reply=[
            {
                "text": "“The two sides agreed” 🤝",
                "entities": [{"type": "blockquote", "offset": 0, "length": 26}],
            },
            {
                "text": "[1]",
                "entities": [{"type": "text_link", "offset": 0, "length": 3, "url": "https://a.example"}],
            },
        ],
        chat="c" * 32,
        user="u" * 32,
        thread=3,
        question_id=9,
    )


def raw(update_id: int, text: str = "What was agreed in Busan?") -> dict[str, Any]:
    """An update as Telegram sends it."""
    return {"update_id": update_id, "message": {"message_id": 9, "chat": {"id": CHAT}, "text": text}}
