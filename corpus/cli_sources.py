"""`talks corpus sources`: which sources there are, and what each would give now."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus.console import shop, table

if TYPE_CHECKING:
    from corpus.refresh import Workshop
    from corpus.sources import Supplier

app = typer.Typer(no_args_is_help=True, help="Where documents come from: list the sources, or try them.")


@app.command("list")
def list_sources(context: typer.Context) -> None:
    """List the sources of CORPUS_SOURCES, or of the file that ships with the program.

    Example: `talks corpus sources list`
    """
    from corpus import sources

    at = shop(context)
    rows = []
    for s in sources.load(at.web.sources):
        state = "enabled" if s.enabled else f"disabled: {s.reason}"
        rows.append((s.name, s.kind, s.tier, s.interval, s.publisher, state))
    table(("Source", "Kind", "Tier", "Every", "Publisher", "State"), rows)
    typer.echo(f"from {at.web.sources}")


@app.command()
def check(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Names of sources; without any, all.")] = None,
    sample: Annotated[int, typer.Option(min=0, help="How many pages of each to read.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a source.")] = False,
) -> None:
    """Fetch what sources list now and a few of their pages, and say what is wrong. Nothing is published.

    Disabled sources are tried too, as far as they have an address. Exit code 1 when something is wrong with
    one that is enabled, or that was named.

    Example: `talks corpus sources check ustr --sample 5`
    """
    from corpus import sources

    at = shop(context)
    known = {s.name: s for s in sources.load(at.web.sources)}
    if unknown := [name for name in names or () if name not in known]:
        missing = f"no source is called {', '.join(unknown)}: talks corpus sources list names them"
        raise typer.BadParameter(missing, param_hint="NAMES")
    wrong = False
    for supplier in (known[name] for name in names) if names else known.values():
        found = _tried(at, supplier, sample)
        wrong |= bool(found["wrong"]) and (supplier.enabled or bool(names))
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            _show(found)
    raise typer.Exit(1 if wrong else 0)


def _tried(at: "Workshop", supplier: "Supplier", sample: int) -> dict[str, Any]:
    """What one source would give: `listed` pages, a `sample` of documents, and what is `wrong`."""
    from dataclasses import replace

    from corpus import collect

    found: dict[str, Any] = {
        "source": supplier.name,
        "enabled": supplier.enabled,
        "reason": supplier.reason,
        "listed": 0,
        "notes": [],
        "sample": [],
        "off_topic": [],
        "wrong": [],
    }
    if supplier.kind != "folder" and not supplier.url:
        return found | {"wrong": ["it has no url: find its feed or sitemap, and write it into the file"]}
    fetcher, beside = at.fetcher(), at.web.sources.parent
    listed = collect.list_pages(supplier, beside, fetcher)
    tried = replace(listed, pages=listed.pages[:sample])
    given, off_topic = collect.documents(supplier, beside, tried, fetcher, at.encoder, datetime.now(UTC))
    wrong = [str(error) for error in (*given.failed, *given.refused)]
    wrong += [f"{address}: listed, but gone" for address in given.gone]
    if not listed.pages and not wrong:
        wrong = ["it lists nothing" + (f": {', '.join(listed.notes)}" if listed.notes else "")]
    return found | {
        "listed": len(listed.pages),
        "notes": list(listed.notes),
        "sample": [_entry(address, document) for address, document in given.found],
        "off_topic": list(off_topic),
        "wrong": wrong,
    }


def _entry(address: str, document: Any) -> dict[str, Any]:
    source = document.source
    return {
        "address": address,
        "title": source.title,
        "published": source.published.isoformat() if source.published else None,
        "words": len(document.text.split()),
        "begins": " ".join(document.text[:160].split()),
    }


def _show(found: dict[str, Any]) -> None:
    state = "" if found["enabled"] else f" (disabled: {found['reason']})"
    mark = "✗" if found["wrong"] else "✓"
    notes = f", {', '.join(found['notes'])}" if found["notes"] else ""
    pages = f"{found['listed']} page{'s' * (found['listed'] != 1)}"
    typer.echo(f"{mark} {found['source']}{state}: lists {pages}{notes}")
    for entry in found["sample"]:
        typer.echo(f"    {entry['published'] or 'undated':<10}  {entry['title']}  ({entry['words']} words)")
        typer.echo(f"                {entry['begins']}")
    for address in found["off_topic"]:
        typer.echo(f"    off topic   {address}")
    for problem in found["wrong"]:
        typer.echo(f"    wrong       {problem}")


def is_address(text: str) -> bool:
    """Whether an argument is a web address and no file."""
    return text.lower().startswith(("http://", "https://")) and not Path(text).exists()
