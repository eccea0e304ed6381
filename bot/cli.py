"""The program `talks`: every command, with what it needs built here and imported only when it runs."""

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.database import database
from bot.review import cli as review_cli
from bot.settings import Settings
from corpus import cli as corpus_cli

if TYPE_CHECKING:
    from bot.live import Serving
    from corpus.refresh import Workshop
    from retrieval.types import Answer, Turn

app = typer.Typer(
    name="talks",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""
Ask about the US-China trade talks; get cited, verbatim quotes and nothing else.

**First steps:** `talks ask "What did Bessent say about the 100% tariff?"` answers one question;
`talks run` opens a chat here, or a Telegram bot when TELEGRAM_BOT_TOKEN is set;
`talks corpus add FILE…` adds documents; `talks doctor` says what is missing and how to mend it.

Settings come from the environment and `.env`; `.env.example` explains each.
""",
)
db = typer.Typer(no_args_is_help=True, help="The database: conversations and all document versions.")
app.add_typer(corpus_cli.app, name="corpus")
app.add_typer(db, name="db")
app.add_typer(review_cli.app, name="review")
app.command("verify")(review_cli.verify)
app.command("replay")(review_cli.replay)


def main() -> None:
    """The entry point: known failures become one line and exit code 1, never a traceback."""
    from pydantic import ValidationError

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    try:
        app(standalone_mode=True, obj=workshop)
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]).upper()
            said = problem["msg"].removeprefix("Value error, ")
            typer.echo(f"setting {name}: {said} (.env.example explains it)", err=True)
        sys.exit(1)
    except Exception as error:
        if not _expected(error):
            raise
        typer.echo(f"talks: {_said(error)}", err=True)
        sys.exit(1)


def workshop() -> "Workshop":
    """What the corpus commands work with, from the settings."""
    from dataclasses import replace
    from functools import partial

    from bot import encoders
    from corpus.refresh import Limits, Web, Workshop, gathered

    settings = Settings()
    web = Web(allowed=settings.allowed_hosts, contact=settings.operator_contact or "")
    if settings.corpus_sources is not None:
        web = replace(web, sources=settings.corpus_sources.expanduser().resolve())
    shop = Workshop(
        home=settings.home,
        engine=database(settings),
        encoder=lambda: encoders.prepare(settings, say),
        starter=settings.starter_corpus,
        threshold=settings.answer_threshold,
        limits=Limits(
            recall=settings.gate_min_recall,
            abstention=settings.gate_min_abstention,
            shrink=settings.gate_max_shrink,
            absences=settings.withdraw_after,
        ),
        web=web,
    )
    return replace(shop, sources=partial(gathered, shop))


def say(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    typer.echo(text, err=True)


def serving(settings: Settings) -> "Serving":
    """The live build; the first one is built when nothing is published yet. What the settings ask for and it
    was not made with is said."""
    from bot import encoders
    from bot.live import begin
    from retrieval.errors import NoBuild

    loader = encoders.loader(settings)
    try:
        served = begin(settings.index, settings.models, loader)
    except NoBuild:
        first_build()
        served = begin(settings.index, settings.models, loader)
    for difference in encoders.differences(settings, served.build):
        say(difference)
    return served


def first_build() -> None:
    """Build the corpus that ships with the program, unless a build serves already."""
    from corpus.refresh import rebuild

    with corpus_cli.progress("building the index") as step:
        rebuild(workshop(), step, force=False)


@app.command()
def run() -> None:
    """Start the program: a Telegram bot when TELEGRAM_BOT_TOKEN is set, else a chat in this terminal.

    The database is made or upgraded and the first index built when needed. With standard input not a
    terminal, each line is a question and each reply goes to standard output.

    Examples: `talks run` · `talks run < questions.txt`
    """
    settings = Settings()
    engine = database(settings)
    if settings.telegram_bot_token is None:
        from bot import shell

        say("TELEGRAM_BOT_TOKEN is not set: answering here instead of in Telegram.")
        shell.chat(settings, engine, serving(settings))
        return
    import asyncio

    from bot import lines
    from bot.app import serve

    lines.start(settings.log_level, settings.telegram_bot_token)
    serving(settings)
    asyncio.run(serve(settings, engine))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help='The question; "-" with --json: one a line from stdin.')],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a question. Nothing is logged.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each stage scored and why it was declined.")
    ] = False,
    conversation: Annotated[
        bool,
        typer.Option("--conversation", help="A question may lean on those before it and on what was quoted."),
    ] = False,
) -> None:
    """Answer one question with quotes from the corpus, or say that the corpus doesn't.

    Examples: `talks ask "What is the Affiliates Rule?"` · `talks ask --json - < questions.txt`
    """
    from bot import terminal
    from retrieval import confidence
    from retrieval.answer import answer
    from retrieval.query import turn_of

    if not question.strip():
        raise typer.BadParameter("ask something", param_hint="QUESTION")
    if question.strip() == "-" and not as_json:
        raise typer.BadParameter("questions from standard input go with --json", param_hint="QUESTION")
    settings = Settings()
    served = serving(settings)

    calibration = confidence.of(settings.home)

    def answered(text: str, history: Sequence["Turn"] = ()) -> "Answer":
        threshold = settings.answer_threshold
        return answer(
            served.build,
            served.encoder,
            text,
            history=history,
            threshold=threshold,
            calibration=calibration,
        )

    if as_json:
        asked: list[Turn] = []
        for text in _lines(question):
            found = answered(text, asked if conversation else ())
            asked.append(turn_of(text, found.quotes))
            typer.echo(json.dumps(terminal.as_json(found, explain), ensure_ascii=False))
        return
    found = answered(question.strip())
    terminal.log(database(settings), found, served.build)
    typer.echo(terminal.text(found, served.build))
    if explain:
        terminal.explain(found)


def _lines(question: str) -> Iterator[str]:
    if question != "-":
        yield question.strip()
        return
    for line in sys.stdin:
        if line.strip():
            yield line.strip()


@app.command("eval")
def evaluate(
    folder: Annotated[
        Path, typer.Argument(help="A folder in the BEIR layout, or golden questions.", exists=True)
    ],
    split: Annotated[str, typer.Option(help="dev or test; without it, all questions.")] = "",
    sets: Annotated[str, typer.Option(help="Names of sets, with commas; without it, all.")] = "",
    judged: Annotated[
        bool, typer.Option("--judged", help="Keep only the documents that answer a question of these sets.")
    ] = False,
    off_topic: Annotated[
        Path | None,
        typer.Option(help="A second collection, whose questions these documents cannot answer.", exists=True),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every measure and value as JSON.")] = False,
    against: Annotated[
        Path | None,
        typer.Option(help="The JSON of another run, compared in pairs.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Measure retrieval, quotes and confidence on judged questions, with the code that answers.

    Examples: `talks eval data/clapnq --split dev` · `talks eval data/clapnq --against before.json`
    """
    from functools import partial

    from bot import encoders, evaluation
    from corpus.names import names
    from corpus.questions import questions
    from corpus.refresh import starter_documents
    from corpus.split import split as cut

    before = _measured(against, "--against") if against else None
    settings = Settings()
    model = encoders.prepare(settings, say)
    found = evaluation.run(
        evaluation.Asked(folder, split, tuple(filter(None, sets.split(","))), off_topic, judged),
        lambda: starter_documents(datetime.now(UTC)).values(),
        settings.home / "eval",
        partial(cut, count=model.count, window=model.model.window),
        model,
        corpus_cli.progress,
        names(),
        questions(settings.home),
    )
    compared = evaluation.against(found, before) if before else {}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    evaluation.show(found, compared, typer.echo)


@app.command()
def calibrate(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="What `talks eval --json` printed, on dev questions.", exists=True, dir_okay=False
        ),
    ],
    hard: Annotated[str, typer.Option(help="Sets that have no say in the threshold, with commas.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the calibration, to keep as TALKS_HOME/calibration.json.")
    ] = False,
) -> None:
    """Fit the confidence to judged questions, and say how far it can be trusted.

    Example: `talks calibrate golden.json clapnq.json --json > var/calibration.json`
    """
    from bot import evaluation
    from bot.review.calibration import diagram

    made = "talks calibrate " + " ".join([*(run.name for run in runs), *(["--hard", hard] if hard else [])])
    read = [_measured(run, "RUNS") for run in runs]
    try:
        found = evaluation.calibration(read, made, tuple(filter(None, hard.split(","))))
    except ValueError as error:
        told = "every question is answered right, or every one wrong: give runs that have both"
        raise typer.BadParameter(told, param_hint="RUNS") from error
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    typer.echo(f"from a confidence of {found['threshold']} on, {found['precision']:.0%} of answers are right")
    typer.echo(f"\non questions held out\n{diagram(found['reliability'])}\n")
    for name, of in found["sets"].items():
        right = f", {of['precision']:.0%} of these right" if "precision" in of else ""
        typer.echo(f"{name}: {of['questions']:.0f} questions, {of['answered']:.0%} answered{right}")
    typer.echo("\n--json prints what calibration.json holds")


def _measured(run: Path, parameter: str) -> dict[str, Any]:
    """What `talks eval --json` wrote to a file. Raises: BadParameter when it is something else."""
    try:
        read = json.loads(run.read_text("utf-8"))
    except ValueError:
        read = None
    if not isinstance(read, dict) or not {"features", "questions"} <= read.keys():
        raise typer.BadParameter(f"{run} is not what `talks eval --json` prints", param_hint=parameter)
    return read


@app.command()
def doctor() -> None:
    """Check everything the program needs; each line says what is wrong and how to mend it.

    Exit code 1 when something keeps the program from answering.

    Example: `talks doctor`
    """
    from bot.doctor import examine

    marks = {"ok": "✓", "note": "·", "wrong": "✗"}
    found = examine(Settings())
    for finding in found:
        typer.echo(f"{marks[finding.state]} {finding.name:<14} {finding.text}")
        if finding.mend:
            typer.echo(f"  {'':<14} → {finding.mend}")
    raise typer.Exit(1 if any(f.state == "wrong" for f in found) else 0)


@db.command("upgrade")
def upgrade() -> None:
    """Make the database, or bring it to this program's schema. Nothing is lost; safe to repeat.

    Example: `talks db upgrade`
    """
    from migrations.database import current, engine, upgrade

    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    made = engine(settings.database)
    before = current(made)
    after = upgrade(made)
    typer.echo(f"database at revision {after}" + (" already" if before == after else ""))


def _said(error: Exception) -> str:
    """What is wrong, and what to do where that is not in the message."""
    from retrieval.errors import DamagedBuild

    if isinstance(error, DamagedBuild):
        return f"{error}; `talks corpus build` writes the same documents anew, and nothing kept is lost"
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _expected(error: Exception) -> bool:
    """Whether `error` is one of ours or the system's, whose message says what is wrong."""
    from corpus.errors import CorpusError
    from migrations.database import DatabaseError
    from retrieval.errors import RetrievalError

    return isinstance(error, CorpusError | RetrievalError | DatabaseError | OSError)
