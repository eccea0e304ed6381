"""The commands of reviewers."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.database import database
from bot.review import cli_pages
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.review.replay import Replay

app = typer.Typer(no_args_is_help=True, help="Review answers: what needs a person, and what people said.")
app.add_typer(cli_pages.app, name="user")
app.command()(cli_pages.serve)
SCHEMA = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def verify(as_json: AsJson = False) -> None:
    """Read every quote ever logged again from its stored version and compare it with the reply as sent.

    Quotes of documents that were erased for legal reasons are counted apart. Exit code 1 if any fails.

    Example: `talks verify --json` for a nightly check
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

    `talks corpus history` lists the builds; those not marked as deleted are kept. A build is named by its id,
    the beginning of it, or "current". The p is that of a two-sided
    paired randomisation test.

    Example: `talks replay --from 20261101 --to current`
    """
    from rich.console import Console
    from rich.progress import Progress

    from bot import encoders
    from bot.review import golden
    from bot.review import replay as replaying
    from retrieval import builds, confidence

    settings = Settings()
    before, after = (builds.named(settings.index, name) for name in (before, after))
    engine = database(settings)
    asked = replaying.questions(engine)
    judged = {one.asked: one.question for one in golden.judged(engine)}
    old = replaying.serving(settings.index, settings.models, before, encoders=encoders.loader(settings))
    new = replaying.serving(settings.index, settings.models, after, old, encoders.loader(settings))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("asking", total=len(asked))
        found = replaying.replay(
            asked,
            old,
            new,
            settings.answer_threshold,
            judged,
            lambda: bar.advance(task),
            confidence.of(settings.home),
        )
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


Id = Annotated[str, typer.Argument(help="The exchange, or the first digits of its id.", metavar="EXCHANGE")]
Reviewer = Annotated[str, typer.Option(envvar="TALKS_REVIEWER", help="Whose label it is; else yours.")]


@app.command("next")
def next_exchange(
    second: Annotated[
        bool, typer.Option("--second", help="Give a second opinion on what others have labelled.")
    ] = False,
    rate: Annotated[
        float | None, typer.Option(min=0.0001, max=1, help="The share of exchanges in the sample, else 0.1.")
    ] = None,
    reviewer: Reviewer = "",
    as_json: AsJson = False,
) -> None:
    """Show the exchange that most needs a person, and why.

    First what askers disliked, then answers that were labelled wrong before, questions left unanswered though
    a passage was near, and answers by a narrow margin; every third comes from a random sample of all, which
    `talks review stats` estimates from.

    Example: `talks review next --second`
    """
    from bot.review import case, queue, view

    settings = Settings()
    engine = database(settings)
    now = datetime.now(UTC)
    queue.draw(engine, queue.RATE if rate is None else rate, now)
    due = queue.take(engine, settings.answer_threshold, reviewer or getuser(), now, others=second)
    if due is None:
        typer.echo(
            json.dumps({"schema": SCHEMA, "exchange": None}) if as_json else "nothing waits for a label"
        )
        return
    found = case.case(engine, due.exchange)
    if as_json:
        why = {"why": due.reason, "probability": due.probability}
        typer.echo(json.dumps({"schema": SCHEMA} | why | view.as_json(found), ensure_ascii=False))
        return
    typer.echo(f"Why this one: {view.why(due)}\n")
    typer.echo(view.text(found))


@app.command()
def show(exchange: Id, as_json: AsJson = False) -> None:
    """Show one exchange: the question, the reply as sent, each quote in its document, what was found.

    Example: `talks review show 3f2a`
    """
    from bot.review import case, view

    engine = database(Settings())
    with _told("EXCHANGE"):
        found = case.case(engine, case.find(engine, exchange))
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA} | view.as_json(found), ensure_ascii=False))
    else:
        typer.echo(view.text(found))


@app.command()
def label(
    exchange: Id,
    verdict: Annotated[
        str,
        typer.Argument(
            help="right, partly, wrong_quote, wrong_speaker, out_of_date, should_have_answered,"
            " should_have_abstained, or undo."
        ),
    ],
    gold: Annotated[str, typer.Option(help="The words that answer best, copied from a document.")] = "",
    document: Annotated[str | None, typer.Option(help="The document of --gold, if not shown.")] = None,
    note: Annotated[str, typer.Option(help="Anything else.")] = "",
    reviewer: Reviewer = "",
) -> None:
    """Say how good an answer is. A second label replaces your first; `undo` takes it back; all are kept.

    Example: `talks review label 3f2a wrong_quote --gold "The two sides agreed to talk again."`
    """
    from bot.review import case, labels

    engine = database(Settings())
    who, now = reviewer or getuser(), datetime.now(UTC)
    with _told("EXCHANGE"):
        id = case.find(engine, exchange)
    if verdict == "undo":
        with _told("VERDICT"):
            labels.undo(engine, id, who, now)
        typer.echo(f"{id}: label of {who} taken back")
        return
    given = next((known for known in labels.VERDICTS if known == verdict), None)
    if given is None:
        raise typer.BadParameter(f"say one of {', '.join(labels.VERDICTS)} or undo", param_hint="VERDICT")
    with _told("--gold"):
        span = labels.located(engine, id, gold, document) if gold else None
    with _told("VERDICT"):
        labels.add(engine, id, who, given, now, span, note or None)
    typer.echo(f"{id}: {verdict} by {who}")


@app.command()
def stats(as_json: AsJson = False) -> None:
    """Say how good the answers are: precision with its interval from the labels, answer rate, latency, kappa.

    Precision is estimated from labels of the random sample alone, each weighted by how likely it was to be
    drawn and labelled: reading every disliked answer does not make the estimate worse than the truth.

    Example: `talks review stats --json`
    """
    from bot.review import stats as statistics
    from bot.review import view

    settings = Settings()
    found = statistics.stats(database(settings), settings.answer_threshold)
    typer.echo(json.dumps({"schema": SCHEMA} | asdict(found)) if as_json else view.figures(found))


@app.command("golden")
def write_golden() -> None:
    """Make golden questions of the labels: every refresh is gated by them from now on.

    They stand in golden/reviewed.jsonl of TALKS_HOME and are written anew each time, so a label that is taken
    back takes its question along.

    Example: `talks review golden`, then `talks corpus plan` shows whether all of them hold
    """
    from bot.review import golden

    settings = Settings()
    questions = golden.judged(database(settings))
    path = golden.write(settings.home, questions)
    silent = sum(not one.right for one in questions)
    typer.echo(f"{len(questions)} golden questions, {silent} of them without an answer, in {path}")


@app.command()
def calibrate(
    keep: Annotated[bool, typer.Option("--keep", help="Use the refit from the next start on.")] = False,
) -> None:
    """Hold the confidence against labels and refit it: how often an answer as sure as that was right.

    Each line is a tenth of the confidence; its bar should end at the stroke. The refit stands in
    calibration.json of TALKS_HOME once it is kept. It never changes the threshold: that is ANSWER_THRESHOLD.

    Example: `talks review calibrate`, and with `--keep` once the bars look better
    """
    from bot.live import begin
    from bot.review import calibration, golden

    settings = Settings()
    judged = golden.judged(database(settings))
    found = calibration.refit(begin(settings.index, settings.models), judged, lambda done, total: None)
    typer.echo(f"{found.questions} questions that labels tell the answer of, {found.right} answered right")
    if found.now:
        typer.echo(f"\nas it ships\n{calibration.diagram(found.now)}")
    if found.fields is None:
        typer.echo(f"\na refit needs {calibration.LEAST} questions answered right, and as many that were not")
        raise typer.Exit(1 if keep else 0)
    typer.echo(f"\nrefitted, on questions held out\n{calibration.diagram(found.then)}")
    typer.echo(
        f"\n{found.fields['precision']:.0%} of answers were right from {found.fields['threshold']} on;"
        f" ANSWER_THRESHOLD is {settings.answer_threshold}"
    )
    if keep:
        typer.echo(f"kept in {calibration.write(settings.home, found.fields)}")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; files of an earlier export are replaced.")],
) -> None:
    """Write questions, judgements, documents and runs in the layouts of BEIR and TREC; `talks eval` reads it.

    Only questions of people who agreed that theirs may improve the bot, without e-mail addresses, handles and
    telephone numbers, and without saying who asked.

    Example: `talks review export judged`, then `talks eval judged`
    """
    from bot.review import export as exporting
    from bot.review import golden
    from retrieval import builds, manifest
    from retrieval.errors import NoBuild

    settings = Settings()
    engine = database(settings)
    try:
        live = manifest.read(settings.index, builds.current(settings.index)).documents
    except NoBuild:
        live = ()
    made = exporting.export(engine, folder, golden.judged(engine), live)
    typer.echo(
        f"{made.questions} questions, {made.judged} judged, and {made.documents} documents in {folder}"
    )


@contextmanager
def _told(parameter: str) -> Iterator[None]:
    """What a person got wrong becomes one line that says so."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=parameter) from error
