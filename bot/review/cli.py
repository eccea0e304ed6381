"""The commands of reviewers."""

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.database import database
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.review.replay import Replay

SCHEMA = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def verify(as_json: AsJson = False) -> None:
    """Read every quote ever logged again from its stored version and compare it with the reply as sent.

    Quotes of documents that were erased for legal reasons are counted apart. Exit code 1 if any fails.
    """
    from bot.review.verify import MEANING, checked

    counts: Counter[str] = Counter()
    failed = []
    for one in checked(database(Settings())):
        counts[one.verdict] += 1
        if one.verdict in MEANING:
            failed.append(one)
    compared = counts.total() - counts["erased"]
    if as_json:
        shown = {"schema": SCHEMA, "quotes": compared, "hold": counts["holds"], "erased": counts["erased"]}
        faults = [asdict(one) | {"exchange": str(one.exchange)} for one in failed]
        typer.echo(json.dumps(shown | {"failed": faults}, ensure_ascii=False))
    else:
        for one in failed:
            where = f" {one.document} {one.version} [{one.start}, {one.end})" if one.document else ""
            typer.echo(f"{one.exchange} [{one.number}]{where}: {MEANING[one.verdict]}", err=True)
        share = f" ({counts['holds'] / compared:.2%})" if compared else ""
        erased = f"; {counts['erased']} more are of erased documents" if counts["erased"] else ""
        typer.echo(f"{counts['holds']} of {compared} quotes hold{share}{erased}")
    raise typer.Exit(1 if failed else 0)


def replay(
    before: Annotated[str, typer.Option("--from", help="The kept build to compare with.", metavar="BUILD")],
    after: Annotated[str, typer.Option("--to", help="The kept build that is compared.", metavar="BUILD")],
    as_json: AsJson = False,
) -> None:
    """Ask two kept builds every logged question: which answers change, and whether labels call them better.

    Builds are folders under index/ of TALKS_HOME. The p is that of a two-sided paired randomisation test.
    """
    from rich.console import Console
    from rich.progress import Progress

    from bot.review import replay as replaying

    settings = Settings()
    asked = replaying.questions(database(settings))
    old = replaying.serving(settings.index, settings.models, before)
    new = replaying.serving(settings.index, settings.models, after, old)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("asking", total=len(asked))
        found = replaying.replay(asked, old, new, settings.answer_threshold, {}, lambda: bar.advance(task))
    if as_json:
        typer.echo(json.dumps(_replayed(found), ensure_ascii=False))
        return
    typer.echo(f"{len(found.changes)} of {found.asked} questions are answered otherwise")
    for change in found.changes:
        typer.echo(f"\n{_MARK[change.was, change.now]} {change.asked.question}")
        for sign, quoted in (("-", change.before), ("+", change.after)):
            for text in quoted or ("(no answer)",):
                typer.echo(f"  {sign} {' '.join(text.split())}")
    if found.p is None:
        typer.echo("\nno label tells which answers are right")
        return
    typer.echo(
        f"\nlabels tell the right answer of {found.judged}: {found.right_before} right before,"
        f" {found.right_after} after; {found.better} better, {found.worse} worse, p {found.p:.3f}"
    )


_MARK = {
    (was, now): "?" if was is None or now is None else "=><"[(now > was) - (now < was)]
    for was in (None, False, True)
    for now in (None, False, True)
}


def _replayed(found: "Replay") -> dict[str, Any]:
    """The documented JSON object of `talks replay`."""
    return {
        "schema": SCHEMA,
        "from": found.before,
        "to": found.after,
        "questions": found.asked,
        "changes": [
            {
                "question": change.asked.question,
                "carried": change.asked.carried,
                "from": list(change.before),
                "to": list(change.after),
                "right": {"from": change.was, "to": change.now},
            }
            for change in found.changes
        ],
        "judged": found.judged,
        "right": {"from": found.right_before, "to": found.right_after},
        "better": found.better,
        "worse": found.worse,
        "p": found.p,
    }
