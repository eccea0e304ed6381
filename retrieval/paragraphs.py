"""The paragraphs of a text, as its line breaks make them.

A blank line always parts, a single line break too unless the text is evidently wrapped at a column, or a
line is nothing but a list marker or a speaker's label.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

# Lines of plain text are wrapped at 72 to 80 columns, seldom at fewer than 40 or more than 120.
_WIDTHS = range(40, 121)
# How much sooner than need be a line may break: lines wrapped by hand are ragged.
_SLACK = 8

_ORDINAL = r"(?:\d{1,3}|[A-Za-z]|[ivx]{2,5}|[IVX]{2,5})"
_SIGN = r"[-*•‣◦▪●○–—·]"
# What stands before a list item: a sign, a number or a letter.
MARKER = re.compile(rf"{_SIGN}|{_ORDINAL}[.)]|[(（](?:{_ORDINAL}|[一二三四五六七八九十]+)[)）]")
_BULLET = re.compile(
    rf"(?:{MARKER.pattern})(?!\S)|[(（]{_ORDINAL}[)）]|[•‣◦▪●]|[一二三四五六七八九十]{{1,3}}、"
)
_LABEL = re.compile(r"(?:[QA][.:]|(?:[A-Z\u00c0-\u00de]|[.'’ ,-]){2,60}(?:\([^()]{1,40}\))?:)(?!\S)")


def paragraphs(text: str) -> list[tuple[int, int]]:
    """The (start, end) of each paragraph, trimmed, in order; none for a text of white space."""
    return [paragraph for block in _blocks(text) for paragraph in _joined(text, block)]


def _blocks(text: str) -> Iterator[list[tuple[int, int]]]:
    """The lines of `text`, trimmed, in the groups that blank lines make."""
    block: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        bare = line.strip()
        if bare:
            start = at + len(line) - len(line.lstrip())
            block.append((start, start + len(bare)))
        elif block:
            yield block
            block = []
        at += len(line) + 1
    if block:
        yield block


def _joined(text: str, block: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The lines of `block`, those joined that only wrapping or a lone label parts."""
    width = _width(text, block)
    found = block[:1]
    for (start, end), (after, last) in pairwise(block):
        if _opens(text, end, after, last):
            joined = False
        elif _alone(text, start, end):
            joined = True
        else:
            joined = _runs_on(text, start, end, after) or not _fits(text, start, end, after, width)
        if joined:
            found[-1] = (found[-1][0], last)
        else:
            found.append((after, last))
    return found


def _opens(text: str, before: int, start: int, end: int) -> bool:
    """Whether the line opens a list item or a turn, whatever the line that ends at `before` lacks."""
    line = text[start : min(start + 120, end)]
    bullet = _BULLET.match(line)
    if bullet and bullet[0][-1] == "." and bullet[0][0].isalpha():
        return bool(_LABEL.match(line)) or not (text[before - 1].isalnum() or text[before - 1] in ",.")
    return bool(bullet or _LABEL.match(line))


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the line is nothing but a marker or a label."""
    line = text[start:end] if end - start <= 120 else ""
    return bool(MARKER.fullmatch(line) or _LABEL.fullmatch(line))


def _runs_on(text: str, start: int, end: int, after: int) -> bool:
    """Whether a long line stops in mid-sentence and the next one goes on in lower case."""
    last = text[end - 1]
    return end - start >= _WIDTHS.start and (last.isalnum() or last in ",-–—") and text[after].islower()


def _fits(text: str, start: int, end: int, after: int, width: int) -> bool:
    """Whether the first word of the next line had room in this one; true of text that is not wrapped."""
    if not width:
        return True
    word = text[after : after + width].split(None, 1)[0]
    return end - start + 1 + len(word) <= width - _SLACK


def _width(text: str, block: list[tuple[int, int]]) -> int:
    """The column that `block` is wrapped at, 0 when its lines are paragraphs of their own."""
    width = max(end - start for start, end in block)
    if width not in _WIDTHS:
        return 0
    joints = [
        (_runs_on(text, start, end, after), _fits(text, start, end, after, width))
        for (start, end), (after, last) in pairwise(block)
        if not _opens(text, end, after, last)
    ]
    wrapped = any(runs and not fits for runs, fits in joints)
    return width if wrapped and 3 * sum(fits for _, fits in joints) <= len(joints) else 0
