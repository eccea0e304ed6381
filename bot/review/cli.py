"""The commands of reviewers."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from bot.database import database
from bot.settings import Settings

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
