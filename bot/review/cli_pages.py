"""The commands that serve the review pages and say who may sign in to them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated

import typer

from bot.database import database
from bot.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Who may sign in to the review pages.")
Name = Annotated[str, typer.Argument(help="The name to sign in with; labels carry it.")]


def serve(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.")] = 8088,
    name: Annotated[
        list[str] | None,
        typer.Option(help="A host name that leads here, such as that of the web server in front."),
    ] = None,
) -> None:
    """Serve the review pages: the queue, each exchange, trying out, trends.

    Only this machine reaches them unless --host says otherwise, which needs someone who may sign in. To open
    them to others put a web server with TLS in front, and say with --name what they call it.

    Example: `talks review serve --name review.example.org`
    """
    import uvicorn

    from bot.review import users
    from bot.review.web import application

    settings = Settings()
    engine = database(settings)
    if not users.anyone(engine):
        if not _loopback(host):
            raise typer.BadParameter(
                "nobody may sign in yet: first `talks review user add NAME`", param_hint="--host"
            )
        typer.echo("Nobody may sign in yet: `talks review user add NAME` lets someone.", err=True)
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"review pages at http://{shown}:{port}/ (Ctrl-C ends)", err=True)
    uvicorn.run(
        application(settings, engine, [host, *(name or ())]),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


@app.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="reviewer, or maintainer, who may also export.")] = "reviewer",
) -> None:
    """Let someone sign in. The password is asked for, or read from standard input.

    Example: `talks review user add ann --role maintainer`
    """
    from bot.review import users

    if role not in ("reviewer", "maintainer"):
        raise typer.BadParameter("say reviewer or maintainer", param_hint="--role")
    given: users.Role = "maintainer" if role == "maintainer" else "reviewer"
    engine = database(Settings())
    with _told():
        users.add(engine, name, _password(), given, datetime.now(UTC))
    typer.echo(f"{name} may sign in as a {role}")


@app.command("list")
def listed() -> None:
    """Show who may sign in.

    Example: `talks review user list`
    """
    from bot.review import users

    for user in users.users(database(Settings())):
        typer.echo(f"{user.role:<11} {user.name}")


@app.command()
def passwd(name: Name) -> None:
    """Give someone another password and sign them out everywhere.

    Example: `talks review user passwd ann`
    """
    from bot.review import users

    engine = database(Settings())
    with _told():
        users.change(engine, name, _password())
    typer.echo(f"{name} has another password")


@app.command()
def remove(name: Name) -> None:
    """Let someone sign in no longer, from now on. What they labelled stays.

    Example: `talks review user remove ann`
    """
    from bot.review import users

    engine = database(Settings())
    with _told():
        users.remove(engine, name)
    typer.echo(f"{name} may sign in no longer")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _told() -> Iterator[None]:
    """What a person got wrong becomes one line that says so."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
