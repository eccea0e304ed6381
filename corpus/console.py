"""What the corpus commands share: what they work with, and how they show progress."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from corpus.refresh import Workshop


def shop(context: typer.Context) -> "Workshop":
    """What the corpus commands work with, made by the program that mounts them."""
    made: Workshop = context.obj()
    return made


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in columns for people; where standard output is no terminal, tabs between the cells."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        for row in (headings, *rows):
            typer.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    made = Table(*headings, box=None, header_style="bold")
    for row in rows:
        # As text, for a cell may hold what would be read as markup.
        made.add_row(*map(Text, row))
    console.print(made)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with its rate on standard error for people; where that is no terminal, a line when it is
    done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    last = (0, 0)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, rate="")

        def step(done: int, total: int) -> None:
            nonlocal last
            last = (done, total)
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

        yield step
    if last[1]:
        console.print(f"{what}: {last[1]}", highlight=False)
