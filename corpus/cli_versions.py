"""The commands that look at versions: the text of a document, and what differs between two builds."""

from collections.abc import Collection
from datetime import UTC
from typing import Annotated

import typer

from corpus.console import shop

app = typer.Typer()


@app.command()
def show(
    context: typer.Context,
    document: Annotated[
        str, typer.Argument(help="The document's id as `talks corpus list` shows it, or its beginning.")
    ],
    version: Annotated[
        str | None, typer.Option(help="A version, or its beginning; without it, the newest one.")
    ] = None,
) -> None:
    """Print a document as it was kept, with its source and its versions; the live version is marked.

    Example: `talks corpus show geneva --version 3f2a`
    """
    from corpus import archive, shelf
    from corpus.refresh import live_documents
    from migrations.database import reading

    at = shop(context)
    quoted = live_documents(at)
    with reading(at.engine) as connection:
        document = _named(document, {*quoted, *archive.ids(connection)})
        live = quoted.get(document)
        kept = archive.versions(connection, document)
        wanted = [v.version for v in kept if version and v.version.startswith(version)]
        found = archive.document(connection, document, wanted[0] if wanted else version)
    if version and len(wanted) != 1 and (live is None or not live.version.startswith(version)):
        begin = "more than one version begins" if wanted else "no version begins"
        raise typer.BadParameter(
            f"{begin} with {version}: `talks corpus show {document}` lists them", param_hint="--version"
        )
    found = found or (live if live and live.version.startswith(version or "") else None)
    if away := shelf.withdrawn(at.index).get(document):
        typer.echo(f"withdrawn  by {away.by} on {away.at[:10]}: {away.reason}")
    for one in kept:
        marks = [
            *(["live"] if live and live.version == one.version else []),
            *(["erased"] if one.erased else []),
        ]
        seen = f"{one.first_seen.astimezone(UTC):%Y-%m-%d %H:%M}"
        typer.echo(f"version    {one.version}  {seen}" + (f"  ({', '.join(marks)})" if marks else ""))
    if found is None:
        typer.echo("its text is erased")
        return
    source = found.source
    for name in ("title", "author", "publisher", "published", "url", "tier", "licence", "extractor"):
        if value := getattr(source, name):
            typer.echo(f"{name:<10} {value}")
    typer.echo(f"shown      {found.version}\n\n{found.text}")


@app.command()
def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help='A build, its beginning, or "current".')],
    after: Annotated[str, typer.Argument(metavar="B", help='Another build, or "current".')] = "current",
) -> None:
    """Show what build B has that A has not: documents that are new, gone or changed, and how they changed.

    Example: `talks corpus diff 20261101 current`
    """
    from corpus.archive import told
    from corpus.diff import pieces, plain
    from retrieval import builds

    index = shop(context).index
    old, new = (
        {d.id: d for d in builds.load(index, builds.named(index, name)).documents} for name in (before, after)
    )
    same = 0
    for id, document in new.items():
        if id not in old:
            typer.echo(f"new        {id}  {document.source.title}")
        elif old[id].version != document.version:
            typer.echo(f"changed    {id}  {document.source.title}")
            typer.echo(f"           {plain(pieces(old[id].text, document.text))}")
        elif told(old[id].source) != told(document.source):
            typer.echo(f"revised    {id}  {document.source.title}")
        else:
            same += 1
    for id in old.keys() - new.keys():
        typer.echo(f"gone       {id}  {old[id].source.title}")
    typer.echo(f"unchanged  {same} documents")


def _named(name: str, known: Collection[str]) -> str:
    """The document that `name` is, or begins. Raises: Unknown; BadParameter when it begins several."""
    from corpus.errors import Unknown

    match [id for id in known if id == name] or sorted(id for id in known if name and id.startswith(name)):
        case [id]:
            return id
        case []:
            raise Unknown(name)
        case several:
            raise typer.BadParameter(f"{name} begins {', '.join(several)}: say one", param_hint="DOCUMENT")
