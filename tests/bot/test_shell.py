"""The chat in a terminal, typed into a real one."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.shell import wrapped
from tests.bot.program import environment


def test_lines_are_wrapped_and_quotes_stay_marked() -> None:
    text = "> one two three four five six\n[1] A title · here\n    https://example.org/a-very-long-address"
    assert wrapped(text, 20).splitlines() == [
        "> one two three four",
        "> five six",
        "[1] A title · here",
        "    https://example.org/a-very-long-address",
    ]
    assert wrapped("one\n\ntwo", 80) == "one\n\ntwo"
    assert max(map(len, wrapped("word " * 100, 500).splitlines())) <= 100


@pytest.mark.model
def test_a_person_types_commands_and_questions_and_they_are_remembered(home: Path) -> None:
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, start_new_session=True,
        env=environment(TALKS_HOME=str(home), STARTER_CORPUS="false", COLUMNS="60", TERM="dumb"),
    )  # fmt: skip
    os.close(theirs)
    shown = ""
    waiting = iter(
        ["/help", "/quote off the table", "/sources", "/latest", "/nonsense", "Who is He Lifeng?", "/quit"]
    )
    while program.poll() is None:
        try:
            shown += os.read(ours, 4096).decode(errors="ignore").replace("\r", "")
        except OSError:
            break
        if shown.endswith("? "):
            shown += "\n"
            os.write(ours, f"{next(waiting)}\n".encode())
    assert program.wait(20) == 0
    os.close(ours)
    assert "/sources [PAGE]" in shown
    assert "1 document holds these words" in shown
    assert "There is no /nonsense here; /help lists what there is." in shown
    assert shown.count("/sources [PAGE]") == 1
    assert re.search(r"^> .*off the table", shown, re.MULTILINE)
    assert max(len(line) for line in shown.splitlines() if line.startswith("> ")) <= 60
    assert (home / "typed.txt").stat().st_mode & 0o077 == 0
    assert "Who is He Lifeng?" in (home / "typed.txt").read_text()
