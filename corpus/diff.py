"""What changed between two texts, or two builds, in a form that a person can read."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from retrieval.sentences import sentences

#: Sentences shown before and after a change.
AROUND = 1
#: Words against words above which a change is shown whole: comparing takes their product, here a second.
MOST = 4_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words that both texts have, or one; "skipped" stands for as many sentences, unchanged."""

    kind: Literal["same", "removed", "added", "skipped"]
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """`after` against `before`: changed sentences word by word, one unchanged sentence around them; empty
    where no sentence differs."""
    old = [before[s.start : s.end] for s in sentences(before)]
    new = [after[s.start : s.end] for s in sentences(after)]
    found: list[Piece] = []
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    if all(step == "equal" for step, *_ in steps):
        return ()
    for number, (step, a, b, c, d) in enumerate(steps):
        if step == "equal":
            found += _around(new[c:d], first=number == 0, last=number == len(steps) - 1)
        else:
            found += _words(" ".join(old[a:b]).split(), " ".join(new[c:d]).split())
    return tuple(found)


def plain(found: Sequence[Piece]) -> str:
    """The pieces as text: [-removed-] {+added+}."""
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}", "skipped": "[… {} …]"}
    return " ".join(marks[piece.kind].format(piece.text) for piece in found)


def _around(same: Sequence[str], first: bool, last: bool) -> list[Piece]:
    """The sentences next to a change, and how many were left out between."""
    head = 0 if first else AROUND
    tail = 0 if last else AROUND
    if len(same) <= head + tail + 1:
        return [Piece("same", " ".join(same))] if same else []
    left = len(same) - head - tail
    shown = [Piece("same", " ".join(same[:head]))] if head else []
    shown.append(Piece("skipped", f"{left} sentences unchanged"))
    return shown + ([Piece("same", " ".join(same[-tail:]))] if tail else [])


def _words(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    found: list[Piece] = []
    if len(old) * len(new) > MOST:
        return [Piece("removed", " ".join(old)), Piece("added", " ".join(new))]
    for step, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step == "equal":
            found.append(Piece("same", " ".join(new[c:d])))
            continue
        if b > a:
            found.append(Piece("removed", " ".join(old[a:b])))
        if d > c:
            found.append(Piece("added", " ".join(new[c:d])))
    return found
