"""The commands that change what is live, or show what would: plan, refresh, rollback, withdraw, history."""

import json
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.console import progress, shop

if TYPE_CHECKING:
    from corpus.plan import Plan
    from corpus.refresh import Workshop
    from corpus.report import Report

app = typer.Typer()


class Exit(IntEnum):
    """What the exit code of `talks corpus refresh` says; 2, wrong usage, comes from the options."""

    DONE = 0
    FAILED = 1
    REJECTED = 3
    PARTLY = 4


@app.command()
def plan(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as one JSON object.")] = False,
    no_answers: Annotated[
        bool, typer.Option("--no-answers", help="Embed nothing and ask nothing: only compare documents.")
    ] = False,
) -> None:
    """Show what a refresh would change, and change nothing.

    Gathers every source, writes a candidate beside the live index and asks both the golden questions. The
    report to look at is an HTML file, whose path is printed. `talks corpus refresh --plan ID` publishes
    exactly this plan.

    Example: `talks corpus plan`, or `talks corpus plan --no-answers` for a quick look
    """
    from corpus import plan
    from corpus.refresh import lock

    at = shop(context)
    with lock(at.home):
        made = plan.make(at, progress, answers=not no_answers)
    _present(at, made, as_json)


@app.command("re-extract")
def re_extract(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as one JSON object.")] = False,
) -> None:
    """Plan what extracting the kept pages again would change, after an upgrade of what extracts them.

    Asks no network: takes each live document that was fetched and whose page is still kept (90 days), and
    changes nothing. `talks corpus refresh --plan ID` publishes the plan; a changed text is a new version.

    Example: `talks corpus re-extract`
    """
    from corpus import plan
    from corpus.refresh import lock

    at = shop(context)
    with lock(at.home):
        made = plan.again(at, progress)
    _present(at, made, as_json)


@app.command()
def refresh(
    context: typer.Context,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: for cron and other programs.")
    ] = False,
    named: Annotated[
        str | None, typer.Option("--plan", metavar="ID", help="Publish exactly this plan.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Publish although a check fails; needs --reason.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why a failing check is overruled; is kept.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Bring the live corpus up to date: plan, check, publish. Running bots swap within seconds.

    A build goes live only if every check holds; a rejected one stays on disk with its report. Exit codes: 0
    published or nothing to do, 1 failed, 2 wrong usage, 3 rejected by a check, 4 some sources failed and the
    rest is published.

    Example: `talks corpus refresh --yes`, from cron as `17 * * * * cd /srv/talks && .venv/bin/talks corpus
    refresh --yes`
    """
    from corpus import page, publish
    from corpus import plan as plans
    from corpus.refresh import lock

    if force != bool(reason and reason.strip()):
        raise typer.BadParameter("--force and --reason go together", param_hint="--force")
    ask = not yes and named is None
    if ask and not sys.stdin.isatty():
        raise typer.BadParameter("without a terminal to ask in, say --yes", param_hint="--yes")
    at = shop(context)
    with lock(at.home):
        made = plans.read(at.home, named) if named else None
        if ask:
            made = plans.make(at, progress)
            page.write(at.home, made)
            _show(made)
            if made.needed and not typer.confirm("Publish this?"):
                raise typer.Exit(Exit.FAILED)
        report = publish.refresh(at, progress, made, reason)
        if report.plan and not ask and not named:
            page.write(at.home, plans.read(at.home, report.plan))
    if as_json:
        from corpus.report import to_json

        typer.echo(json.dumps(to_json(report), ensure_ascii=False))
    else:
        tell(report)
    raise typer.Exit(_code(report))


@app.command()
def watch(context: typer.Context) -> None:
    """Refresh each source whenever its interval is over, until the process is told to end.

    For those who want one process in place of cron. Logs lines to standard error; SIGTERM and Ctrl-C end it
    at the next step of whatever it does. A source that fails is tried again at its next turn. A change of
    sources.toml needs a new start.

    Example: `talks corpus watch 2>> watch.log`
    """
    import logging
    import signal
    from threading import Event

    from corpus import watch

    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s")
    for name in ("apscheduler", "bm25s"):
        logging.getLogger(name).setLevel(logging.WARNING)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watch.watch(shop(context), stop)


@app.command()
def rollback(
    context: typer.Context,
    build: Annotated[
        str | None, typer.Argument(help="A build, or the beginning of its id; without it, the one before.")
    ] = None,
) -> None:
    """Make an earlier build live again.

    Where it holds a document that was withdrawn since, a new build without it is made. The next refresh
    brings back what the sources hold: withdraw what should stay away.

    Examples: `talks corpus rollback` · `talks corpus rollback 20261101`
    """
    from corpus import publish

    tell(publish.rollback(shop(context), build, progress))


@app.command()
def withdraw(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="The document's id, as `talks corpus list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why; is kept with who did it.")],
    erase: Annotated[
        bool,
        typer.Option("--erase", help="Erase its texts for good, with every older build that holds them."),
    ] = False,
) -> None:
    """Take a document out of the live corpus and keep it away, whatever its source brings.

    Its texts stay in the archive, so that earlier answers can be traced, unless --erase is given. To take it
    back, add it again with `talks corpus add --restore`; what was erased stays away for good.

    Example: `talks corpus withdraw geneva-statement-2f1c --reason "its publisher took it back"`
    """
    from corpus import publish

    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    tell(publish.withdraw(shop(context), document, reason.strip(), erase, progress))


@app.command()
def prune(
    context: typer.Context,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest builds and plans are kept.")],
) -> None:
    """Delete old builds and plans. The live build always stays, and so does every text in the archive.

    Example: `talks corpus prune --keep 3`
    """
    from corpus import publish

    gone = publish.prune(shop(context), keep)
    for name in gone:
        typer.echo(f"deleted    {name}")
    typer.echo(f"{len(gone)} deleted" if gone else "nothing to delete")


@app.command()
def history(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the reports, one JSON object a line.")
    ] = False,
) -> None:
    """List what changed the live corpus, newest first: when, who, what came of it, and what was live then.

    Example: `talks corpus history --json`
    """
    from rich.console import Console
    from rich.table import Table

    from corpus import report, shelf
    from corpus.publish import current

    at = shop(context)
    told = report.kept(at.home)
    if as_json:
        for one in reversed(told):
            typer.echo(json.dumps(report.to_json(one), ensure_ascii=False))
        return
    there = {found.id: found for found in shelf.kept(at.index)}
    live = current(at)
    table = Table("When (UTC)", "What", "Who", "Outcome", "Build", "Documents", "Note", box=None)
    rows: list[tuple[str, ...]] = [
        (
            one.at[:19].replace("T", " "),
            one.command,
            one.by,
            one.outcome,
            one.build,
            one.reason or one.error or "",
        )
        for one in told
        if one.outcome != "nothing"
    ]
    named = {row[4] for row in rows if row[3] == "published"}
    rows += [
        (m.created[:19].replace("T", " "), "build", "", "", m.id, "")
        for m in there.values()
        if m.id not in named
    ]
    for when, what, who, outcome, build, note in sorted(rows, reverse=True):
        kept = there.get(build)
        mark = build if kept or not build else f"{build} (deleted)"
        mark += " (live)" if build and build == live else ""
        table.add_row(when, what, who, outcome, mark, str(len(kept.documents)) if kept else "", note)
    Console(width=None if sys.stdout.isatty() else 200).print(table if rows else "Nothing is published yet.")


def tell(report: "Report") -> None:
    """Say what came of a change, the checks that failed on standard error."""
    for check in report.checks:
        if not check.holds:
            typer.echo(f"check {check.name}: {check.found}", err=True)
    for failure in report.failed:
        typer.echo(f"failed     {failure['address']}: {failure['reason']}", err=True)
    for refusal in report.refused:
        typer.echo(f"refused    {refusal['address']}: {refusal['reason']}", err=True)
    for document in report.withdrawn:
        typer.echo(f"withdrawn  {document}")
    if report.counts:
        typer.echo("  ".join(f"{name.replace('_', ' ')} {count}" for name, count in report.counts.items()))
    said = {
        "published": f"live build {report.build}, before {report.before or 'none'}",
        "nothing": f"live build {report.build} (nothing to publish)",
        "rejected": f"rejected with plan {report.plan}: live build {report.build or 'none'} stays",
        "failed": f"failed: live build {report.build or 'none'} stays",
    }
    typer.echo(said[report.outcome])


def _present(at: "Workshop", made: "Plan", as_json: bool) -> None:
    from corpus import page

    looked_at = page.write(at.home, made)
    if as_json:
        typer.echo(json.dumps(made.shown(), ensure_ascii=False))
        return
    _show(made)
    typer.echo(f"report     {looked_at}")
    if made.needed and made.build:
        typer.echo(f"publish it with: talks corpus refresh --plan {made.id}")


def _show(made: "Plan") -> None:
    """The plan for people, changed passages as [-removed-] {+added+}."""
    from corpus.diff import Piece, plain

    for entry in made.new:
        typer.echo(f"new        {entry['document']}  {entry['title']}")
    for entry in made.changed:
        also = f"  ({', '.join(entry['source'])})" if entry["source"] else ""
        typer.echo(f"changed    {entry['document']}  {entry['title']}{also}")
        if entry["diff"]:
            typer.echo(f"           {plain([Piece(kind, text) for kind, text in entry['diff']])}")
    for entry in made.vanished:
        fate = "withdrawn" if entry["withdrawn"] else f"absent {entry['absent']} of {entry['of']} times"
        typer.echo(f"vanished   {entry['document']}  {entry['title']} ({fate})")
    for name, entries in (("failed", made.failed), ("refused", made.refused)):
        for entry in entries:
            typer.echo(f"{name:<10} {entry['address']}: {entry['reason']}")
    for entry in made.duplicates:
        typer.echo(f"duplicate  {entry['cited']}, also in {', '.join(entry['also'])}")
    for entry in made.answers_changed:
        # A plan of an earlier release has no rank: it tells of the first quote.
        rank = entry.get("rank", 1)
        which = f" (quote {rank})" if rank > 1 else ""
        typer.echo(f"answer     {entry['question']}{which}")
        for when in ("before", "after"):
            said = entry[when]
            nothing = "no further quote" if said["answered"] else "no answer"
            typer.echo(f"  {when:<8} {said['quote'] or nothing}")
    for entry in made.questions_astray:
        typer.echo(f"astray     {entry['document']}: {entry['reason']}")
    if made.questions_changed:
        typer.echo("questions  those that lead to sentences are not what they were")
    same, fresh = len(made.unchanged), made.passages_to_embed
    typer.echo(f"unchanged  {same} document{'s' * (same != 1)} of the sources")
    typer.echo(f"to embed   {fresh} passage{'s' * (fresh != 1)}, without their sentences")
    typer.echo(f"plan       {made.id}" + ("" if made.needed else " (nothing to publish)"))


def _code(report: "Report") -> Exit:
    if report.outcome == "rejected":
        return Exit.REJECTED
    if not report.failed:
        return Exit.DONE
    nothing_came = not any(report.counts.get(name) for name in ("new", "changed", "unchanged"))
    return Exit.FAILED if nothing_came else Exit.PARTLY
