"""What a library says of its own work stays out of the log."""

import subprocess
import sys

SAID = """
import logging
from bot import app, lines
lines.start({level!r}, None)
logging.getLogger("bm25s").debug("building an index")
"""


def said(level: str) -> str:
    """Standard error of a program that logs at `level`."""
    program = [sys.executable, "-c", SAID.format(level=level)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stderr


def test_the_details_of_an_index_are_told_only_on_request() -> None:
    assert said("INFO") == ""
    assert "bm25s: building an index" in said("DEBUG")
