"""Commands: what the corpus holds, exact words in it, and what is stored about a person."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.commands import ADMINISTRATOR_COMMANDS, COMMANDS, GROUP_COMMANDS
from tests.bot.conftest import ARTICLES, program_of_module
from tests.bot.conftest import api_of_module as api
from tests.bot.conftest import tidy as running
from tests.bot.pressing import answered, buttons, data, edited, labels, press
from tests.bot.program import Program, environment
from tests.botapi.server import BotApi

__all__ = ["api", "program_of_module", "running"]

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

TARIFF = "What did Bessent say about the threat of the 100% tariff?"
ARTICLE = (ARTICLES / "article.md").read_text()


@pytest.fixture(scope="module")
def corpus_home(corpus_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its live build holds eleven short notes more, one a day from 1 November 2025 on."""
    home = tmp_path_factory.mktemp("noted")
    shutil.copytree(corpus_home, home, ignore=shutil.ignore_patterns("models"), dirs_exist_ok=True)
    (home / "models").symlink_to(corpus_home / "models")
    notes = [home / f"note{n:02}.md" for n in range(1, 12)]
    for n, note in enumerate(notes, 1):
        note.write_text(
            f"---\ntitle: Note {n}\npublisher: Desk\npublished: 2025-11-{n:02}\n---\n\n"
            f"Note {n} says that soybeans were sold on day {n}. It says “no more’ than that” 😀.\n"
        )
    subprocess.run(
        [sys.executable, "-m", "bot", "corpus", "add", *map(str, notes)],
        check=True, cwd=home, capture_output=True,
        env=environment(TALKS_HOME=str(home), STARTER_CORPUS="false"),
    )  # fmt: skip
    return home


async def test_the_corpus_is_listed_newest_first_by_page_and_by_topic(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, "/sources")
    listed = await api.next_message(chat)
    assert "12 documents" in (listed.text or "")
    assert listed.cut("bold")[1:] == tuple(f"Note {n}" for n in range(11, 3, -1))
    older = data(api, chat, listed, "Older ▸")
    await press(api, chat, listed, "Older ▸")
    second = await edited(api, listed)
    await answered(api, await api.press(person, listed, older, stale=True))
    assert second.cut("bold")[1:] == ("Note 3", "Note 2", "Note 1")
    assert second.cut("text_link") == ("After two days in Kuala Lumpur, a tariff threat recedes",)
    assert labels(buttons(api, chat, listed)) == ["◂ Newer"]

    await api.say(chat, person, "/latest")
    newest = await api.next_message(chat)
    days = (11, 10, 9)
    assert newest.quotations == tuple(f"Note {n} says that soybeans were sold on day {n}." for n in days)
    await api.say(chat, person, "/latest Bessent and the 100% tariff threat")
    topic = await api.next_message(chat)
    assert any(quote in ARTICLE for quote in topic.quotations)
    await api.say(chat, person, "/latest soybean")
    assert (await api.next_message(chat)).quotations == newest.quotations
    await api.say(chat, person, "/latest unicorns")
    assert "Nothing on “unicorns”" in ((await api.next_message(chat)).text or "")
    await api.say(chat, person, "/ask " + TARIFF)
    assert "threat of the 100% has gone away" in "".join((await api.next_message(chat)).quotations)
    await api.say(chat, person, "/ask")
    assert "just send" in ((await api.next_message(chat)).text or "").lower()
    assert api.complaints == []


async def test_exact_words_are_found_whatever_their_marks_and_spaces(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    for words, found in (
        ('/quote "effectively off the table"', "effectively off the table"),
        ("/quote EFFECTIVELY  OFF the table", "effectively off the table"),
        ("/quote I'm not going to get ahead", "I’m not going to get ahead"),
    ):
        await api.say(chat, person, words)
        reply = await api.next_message(chat)
        assert len(reply.quotations) == 1
        assert reply.quotations[0] in ARTICLE
        assert reply.cut("bold")[1:2] == (found,)
    await api.say(chat, person, '/quote "soybeans were sold"')
    several = await api.next_message(chat)
    assert "11 documents hold these words" in (several.text or "")
    assert [quote[:7] for quote in several.quotations] == ["Note 11", "Note 10", "Note 9 "]
    await api.say(chat, person, "/quote off the tab")
    assert "No source holds" in ((await api.next_message(chat)).text or "")
    await api.say(chat, person, "/quote")
    assert "/quote" in ((await api.next_message(chat)).text or "")
    assert api.complaints == []


async def test_consent_is_off_until_it_is_given_and_can_be_taken_back(api: BotApi, running: Program) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, "/privacy")
    shown = await api.next_message(chat)
    assert "improve the bot: no" in (shown.text or "")
    yes = data(api, chat, shown, "Yes, use my questions")
    await press(api, chat, shown, "Yes, use my questions")
    assert "improve the bot: yes" in ((await edited(api, shown)).text or "")
    await answered(api, await api.press(person, shown, yes, stale=True))
    await running.settled()
    assert [row["given"] for row in running.rows("SELECT * FROM consents")] == [1]
    await press(api, chat, shown, "Switch off")
    await running.settled()
    assert [row["given"] for row in running.rows("SELECT * FROM consents")] == [0]
    assert api.unanswered == []
    assert api.complaints == []


async def test_people_see_and_delete_all_that_is_stored_about_them(api: BotApi, running: Program) -> None:
    one, two = api.user(7), api.user(8)
    chat, other = api.private_chat(one), api.private_chat(two)
    for person, place in ((one, chat), (two, other)):
        await api.say(place, person, TARIFF)
        await press(api, place, await api.next_message(place), "👍")
    await running.settled()
    await api.say(chat, one, "/mydata")
    sent = await api.next_message(chat)
    (content,) = sent.files.values()
    mine = json.loads(content)
    (made,) = mine["exchanges"]
    assert made["question"] == TARIFF
    assert made["quotes"]
    assert made["hits"]
    assert [row["good"] for row in mine["feedback"]] == [True]
    assert "/mydata" in json.dumps(mine["updates"])
    theirs = running.rows("SELECT id FROM exchanges WHERE id <> ?", made["id"].replace("-", ""))
    assert len(theirs) == 1
    assert theirs[0]["id"] not in content.decode().replace("-", "")

    await api.say(chat, one, "/forget")
    asked = await api.next_message(chat)
    await press(api, chat, asked, "Keep it")
    assert "Nothing was deleted" in ((await edited(api, asked)).text or "")
    assert len(running.rows("SELECT id FROM exchanges")) == 2
    await api.say(chat, one, "/forget")
    asked = await api.next_message(chat)
    sure = data(api, chat, asked, "Delete everything")
    await press(api, chat, asked, "Delete everything")
    assert "Deleted: 1 question " in ((await edited(api, asked)).text or "")
    await answered(api, await api.press(one, asked, sure, stale=True))
    await running.settled()
    assert running.rows("SELECT id FROM exchanges") == theirs
    for table in ("quotes", "hits"):
        left = running.rows(f"SELECT DISTINCT exchange FROM {table}")
        assert [row["exchange"] for row in left] == [row["id"] for row in theirs]
    assert len(running.rows("SELECT * FROM feedback")) == 1
    await api.say(chat, one, "/mydata")
    (content,) = (await api.next_message(chat)).files.values()
    assert json.loads(content)["exchanges"] == []
    assert api.complaints == []


async def test_the_menus_name_the_commands_that_work_there(api: BotApi, running: Program) -> None:
    of_scope: dict[str, dict[str | None, Any]] = {}
    for call in (call for call in api.calls if call.method == "setMyCommands"):
        scope = json.loads(call.params["scope"])["type"]
        of_scope.setdefault(scope, {})[call.params.get("language_code")] = call.params
    for scope, commands in (
        ("all_private_chats", COMMANDS),
        ("all_group_chats", GROUP_COMMANDS),
        ("all_chat_administrators", ADMINISTRATOR_COMMANDS),
    ):
        assert set(of_scope[scope]) == {None, "zh", "ms"}
        for menu in of_scope[scope].values():
            assert [c["command"] for c in json.loads(menu["commands"])] == list(commands)
    menus = of_scope["all_private_chats"]
    assert "提问" in menus["zh"]["commands"].encode().decode("unicode_escape")
    for method in ("setMyDescription", "setMyShortDescription"):
        assert {c.params.get("language_code") for c in api.calls if c.method == method} == set(menus)
    for id, name in enumerate(COMMANDS, 7):
        # Each in a chat of its own, for one chat gets one message a second.
        person = api.user(id)
        chat = api.private_chat(person)
        await api.say(chat, person, f"/{name}")
        assert "text only" not in ((await api.next_message(chat)).text or "")
    assert api.complaints == []
