"""The catalogues: the same keys and variables in every language, each used, said as people say it."""

import ast
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot import upkeep
from bot.commands import ADMINISTRATOR_COMMANDS, COMMANDS
from bot.message import Message
from bot.texts import LANGUAGES, NAMES, Language, age, dated, day, say, spoken
from tests.botapi.tdlib import judge

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 4, 30)
#: Variables that count something; all others are words.
COUNTS = {"count", "seconds", "questions", "feedback", "days"}


class Variables(Visitor):  # type: ignore[misc]
    """The variables of a text."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:
        self.found.add(node.id.name)


@cache
def catalogue(language: Language) -> dict[str, set[str]]:
    """Every key with its variables."""
    text = (ROOT / f"bot/locale/{language}.ftl").read_text("utf-8")
    found: list[tuple[str, set[str]]] = []
    for entry in FluentParser().parse(text).body:
        assert not isinstance(entry, ftl.Junk), entry.content
        if isinstance(entry, ftl.Message):
            variables = Variables()
            variables.visit(entry)
            found.append((entry.id.name, variables.found))
    twice = [key for key, count in Counter(key for key, _ in found).items() if count > 1]
    assert twice == []
    return dict(found)


def named() -> Iterator[str]:
    """Every string in the code of the bot; the beginning of those that are put together, with "…"."""
    for path in ROOT.glob("bot/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                yield f"{node.values[0].value}…"
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
                if node.value.endswith("-"):
                    yield f"{node.value}…"


def values(key: str, count: int = 3) -> dict[str, str | int]:
    return {name: count if name in COUNTS else f"«{name}»" for name in catalogue("en")[key]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_every_text_with_the_same_variables(language: Language) -> None:
    assert catalogue(language) == catalogue("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said_and_sent(language: Language) -> None:
    for key, count in product(catalogue("en"), (0, 1, 2, 1000)):
        text = say(language, key, **values(key, count))
        assert text.strip() == text != ""
        shown = [str(value) for value in values(key, count).values() if isinstance(value, str)]
        assert all(word in text for word in shown)
        assert judge(text).unchanged


def test_every_text_is_used_and_every_command_has_its_words() -> None:
    strings = set(named())
    beginnings = tuple(s.removesuffix("…") for s in strings if s.endswith("-…"))
    keys = catalogue("en")
    nested = {"no-answer"}
    unused = [key for key in keys if key not in strings | nested and not key.startswith(beginnings)]
    assert unused == []
    names = {*COMMANDS, *ADMINISTRATOR_COMMANDS, *upkeep.COMMANDS}
    assert {f"command-{name}" for name in names} == {key for key in keys if key.startswith("command-")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_telegram_bounds_is_within_its_bounds(language: Language) -> None:
    assert 1 <= len(say(language, "description")) <= 512
    assert 1 <= len(say(language, "short-description")) <= 120
    names = (*COMMANDS, *ADMINISTRATOR_COMMANDS, *upkeep.COMMANDS)
    assert all(1 <= len(say(language, f"command-{name}")) <= 256 for name in names)
    toasts = ("button-old", "text-gone", "question-gone", "try-later", "nothing-more", "follow-begun")
    assert all(len(say(language, key)) <= 200 for key in (*toasts, "settings-who"))


def test_a_text_that_does_not_exist_or_lacks_a_variable_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("en", "nothing-of-the-kind")
    with pytest.raises(ValueError, match="exact-none"):
        say("ms", "exact-none")


def test_what_is_counted_reads_well() -> None:
    assert say("en", "exact-head", count=1) == "1 document holds these words:"
    assert say("en", "exact-head", count=1200).startswith("1,200 documents hold these words")
    assert say("zh-hans", "exact-head", count=2).startswith("有2份文件")
    assert say("ms", "too-many", seconds=1).count("1 saat") == 1


@pytest.mark.parametrize(
    ("days", "says"),
    [
        *((-1, ""), (0, "today"), (1, "yesterday"), (13, "13 days ago"), (20, "2 weeks ago")),
        *((61, "2 months ago"), (729, "23 months ago"), (731, "2 years ago")),
    ],
)
def test_ages_are_told_in_words(days: int, says: str) -> None:
    assert age("en", TODAY - timedelta(days=days), TODAY) == says


def test_ages_grow_with_the_days_and_end_today() -> None:
    for language in LANGUAGES:
        told = [age(language, TODAY - timedelta(days=days), TODAY) for days in range(4000)]
        kept = [words for before, words in pairwise([None, *told]) if words != before]
        assert len(kept) == len(set(kept))
        assert "" not in kept


def test_dates_are_written_as_each_language_writes_them() -> None:
    when = date(2025, 10, 26)
    assert [day(language, when) for language in LANGUAGES] == [
        "26 October 2025", "2025年10月26日", "26 Oktober 2025",
    ]  # fmt: skip
    assert [dated(language, when, TODAY) for language in LANGUAGES] == [
        "26 October 2025, 6 months ago", "2025年10月26日（6个月前）", "26 Oktober 2025, 6 bulan lalu",
    ]  # fmt: skip
    assert day("ms", None) == "tidak bertarikh"
    assert dated("en", TODAY + timedelta(days=1), TODAY) == "1 May 2026"


@pytest.mark.parametrize(
    ("code", "language"),
    [
        *(("en-GB", "en"), ("zh-hans", "zh-hans"), ("zh-CN", "zh-hans"), ("zh", "zh-hans"), ("MS", "ms")),
        *(("zh-hant", "zh-hans"), ("msb", None), ("de", None), ("", None), (None, None)),
    ],
)
def test_a_persons_language_is_the_catalogue_nearest_to_it(code: str | None, language: str | None) -> None:
    assert spoken(code) == language


def test_a_message_keeps_the_language_that_its_repeat_is_marked_in() -> None:
    message = Message.say("ms", "ask-what")
    assert Message.of(message.plain()) == message
    assert message.repeated().text.endswith("↻ Dihantar semula: salinan pertama mungkin tidak sampai.")
    assert Message.of({"text": "Hi", "entities": []}).repeated().text.endswith("may not have arrived.")
    assert set(NAMES) == set(LANGUAGES)
