"""The same replies without Telegram: as text, as JSON, or explained."""

from datetime import UTC, datetime
from typing import Any

import typer
from sqlalchemy import Engine

from bot import reply
from bot.exchange import Exchange
from bot.log import write
from migrations.database import DatabaseError
from retrieval.builds import Build
from retrieval.types import Answer, Document, Quote, Span

SCHEMA = 1


def log(engine: Engine, found: Answer, build: Build) -> None:
    """Keep the exchange before its reply is printed. A log that fails is said and eats no reply."""
    messages = [message.plain() for message in reply.render(found, build)]
    try:
        write(engine, Exchange.of(found, reply=messages, origin="terminal", asked_at=datetime.now(UTC)))
    except DatabaseError as error:
        typer.echo(f"not logged: {error}", err=True)


def text(found: Answer, build: Build) -> str:
    """The reply as the terminal shows it."""
    return reply.terminal(reply.render(found, build))


def as_json(found: Answer, explain: bool = False) -> dict[str, Any]:
    """The answer as the documented JSON object; fields are added over time, never renamed."""
    shown: dict[str, Any] = {
        "schema": SCHEMA,
        "question": found.question,
        "answered": found.answered,
        "confidence": found.confidence,
        "reason": found.reason,
        "language": found.language,
        "calibration": found.calibration,
        "build": found.build,
        "carried": found.carried,
        "milliseconds": round(found.milliseconds, 2),
        "quotes": [_quote(quote) for quote in found.quotes],
    }
    if explain:
        shown["explain"] = {
            "stages": {name: round(ms, 2) for name, ms in found.stages},
            "hits": [
                {
                    "rank": hit.rank,
                    "score": round(hit.score, 4),
                    "parts": _parts(hit.parts),
                    "passage": _span(hit.passage.document, hit.passage.span),
                    "document": hit.passage.document.id,
                }
                for hit in found.hits
            ],
            "considered": [_quote(quote) | {"parts": _parts(quote.parts)} for quote in found.considered],
        }
    return shown


def explain(found: Answer) -> None:
    """Show on standard output what each stage found and scored."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"\n[bold]{'answered' if found.answered else 'declined'}[/]: {found.reason}", markup=True)
    console.print("  ".join(f"{name} {ms:.1f} ms" for name, ms in found.stages))
    for heading, rows in (
        ("passages searched", [(h.score, h.parts, h.passage.text) for h in found.hits]),
        ("sentences considered", [(q.score, q.parts, q.text) for q in found.considered]),
    ):
        table = Table("score", "made of", heading, box=None, header_style="bold", padding=(0, 1))
        for score, parts, words in rows:
            made = " ".join(f"{name} {value:.2f}" for name, value in parts)
            table.add_row(f"{score:.3f}", made, reply.shorten(words.replace("\n", " "), 160))
        console.print(table, markup=False)


def _quote(quote: Quote) -> dict[str, Any]:
    source = quote.document.source
    return {
        "text": quote.text,
        "start": quote.span.start,
        "end": quote.span.end,
        "answer": _span(quote.document, quote.answer) if quote.answer else None,
        "score": round(quote.score, 4),
        "speaker": quote.speaker,
        "directness": quote.directness,
        "passage": _span(quote.passage.document, quote.passage.span),
        "document": {
            "id": quote.document.id,
            "version": quote.document.version,
            "title": source.title,
            "publisher": source.publisher,
            "published": source.published.isoformat() if source.published else None,
            "url": source.url,
        },
    }


def _span(document: Document, span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": document.slice(span)}


def _parts(parts: tuple[tuple[str, float], ...]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in parts}
