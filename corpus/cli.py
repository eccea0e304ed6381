"""The corpus commands of `talks`. What they work with comes from the program that mounts them."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus import cli_refresh, cli_sources, cli_versions
from corpus.console import progress, shop, table

if TYPE_CHECKING:
    from corpus.refresh import Report

__all__ = ["app", "progress"]

app = typer.Typer(
    no_args_is_help=True,
    help="The corpus: add documents, see what it holds, build the index that answers.",
)
app.add_typer(cli_refresh.app)
app.add_typer(cli_versions.app)
app.add_typer(cli_sources.app, name="sources")


@app.command()
def add(
    context: typer.Context,
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|URL…",
            help="Text, Markdown, HTML, PDF, DOCX or JSON Lines files, folders of them, or web addresses.",
        ),
    ],
    title: Annotated[str | None, typer.Option(help="Title, where a file names none.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Publisher, where a file names none.")] = None,
    published: Annotated[
        str | None, typer.Option(help="Date as YYYY-MM-DD, where a file carries none.", metavar="DATE")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Address of one document, where its file has none.")] = None,
    restore: Annotated[bool, typer.Option("--restore", help="Take back what was withdrawn before.")] = False,
) -> None:
    """Add documents from files or from the web, and publish an index that quotes them.

    A changed file makes a new version and keeps the old; the same file again changes nothing. Markdown may
    begin with front matter: title, publisher, published, url, licence.

    A page of the web is fetched once, if its site lets programs in; paywalls, consent and error pages are
    refused. JSON Lines hold an object a line: text, and any key of front matter.

    Examples: `talks corpus add statement.txt --publisher "Ministry of Commerce" --published 2025-10-30` ·
    `talks corpus add https://example.org/statement`
    """
    from corpus import refresh
    from corpus.extract import parse_date

    if url and (len(places) > 1 or cli_sources.is_address(places[0])):
        raise typer.BadParameter("--url names one document: give one file", param_hint="--url")
    wanted = [place if cli_sources.is_address(place) else Path(place) for place in places]
    given: dict[str, Any] = {"title": title, "publisher": publisher, "url": url}
    given["published"] = parse_date(published, "--published") if published else None
    with progress("embedding passages and sentences") as step:
        report = refresh.add(shop(context), wanted, given, step, restore)
    _tell(report)


@app.command("build")
def build(context: typer.Context) -> None:
    """Build the index of the live corpus again, with the briefs as they ship now, and publish it.

    Example: `talks corpus build`
    """
    from corpus import refresh
    from corpus.questions import astray
    from retrieval import builds

    at = shop(context)
    with progress("embedding passages and sentences") as step:
        report = refresh.rebuild(at, step)
    _tell(report)
    for document, why in astray(at.home, builds.load(at.index)):
        typer.echo(f"astray     {document}: {why}")


@app.command("list")
def list_documents(context: typer.Context) -> None:
    """List the documents that the live index quotes, newest first.

    Example: `talks corpus list | grep 2025-11`
    """
    from corpus.refresh import live_documents
    from retrieval import builds

    at = shop(context)
    builds.current(at.index)
    documents = live_documents(at).values()
    if not documents:
        typer.echo("The corpus is empty: add documents with `talks corpus add`.")
        return
    rows = []
    for document in sorted(documents, key=lambda d: d.source.published or date.min, reverse=True):
        source = document.source
        publisher = source.publisher or ("brief" if source.compiled_from else "—")
        when = source.published.isoformat() if source.published else "undated"
        rows.append((when, publisher, source.title, document.id, document.version[:12]))
    table(("Published", "Publisher", "Title", "Document", "Version"), rows)


@app.command()
def status(context: typer.Context) -> None:
    """Say what is live: the build, its size, how far it reaches, and whether it is whole.

    Example: `talks corpus status`
    """
    from retrieval import builds, manifest
    from retrieval.multilingual import MEMORY
    from retrieval.vectors import SECOND

    at = shop(context)
    id = builds.current(at.index)
    found = manifest.read(at.index, id)
    builds.check(at.index, id)
    size = sum(b for _, b, _ in found.files)
    kept = sum(1 for p in at.index.iterdir() if (p / "manifest.json").is_file())
    typer.echo(f"build      {id}, made {found.created}, every checksum holds ({size / 1e6:.1f} MB)")
    typer.echo(f"documents  {len(found.documents)}, newest dated {found.newest or 'never'}")
    typer.echo(f"passages   {found.passages}, sentences {found.sentences}")
    typer.echo(f"questions  {found.questions} that lead to these, or that nothing answers")
    typer.echo(f"embedded   {found.embedded} texts for this build, {found.carried} carried over")
    typer.echo(f"model      {found.model_name} ({found.model[:12]}, {found.dimension} dimensions)")
    if second := sum(size for name, size, _ in found.files if name.startswith(SECOND)):
        cost = f"{second / 1e6:.1f} MB of the build, and {MEMORY} MB of memory while it answers"
        typer.echo(f"languages  vectors for MULTILINGUAL take {cost}")
    typer.echo(f"kept       {kept} builds under {at.index}")


def _tell(report: "Report") -> None:
    for change in report.changes:
        same = f": the same text as {change.instead}" if change.instead else ""
        if change.outcome != "unchanged" or same or len(report.changes) == 1:
            typer.echo(f"{change.outcome:<10} {change.document.id}  {change.document.source.title}{same}")
    unchanged = sum(c.outcome == "unchanged" for c in report.changes)
    if unchanged and len(report.changes) > 1:
        typer.echo(f"unchanged  {unchanged} documents")
    for error in report.failed:
        typer.echo(f"failed     {error}", err=True)
    typer.echo(f"live build {report.build}" + ("" if report.published else " (nothing to publish)"))
    if report.failed:
        raise typer.Exit(1)
