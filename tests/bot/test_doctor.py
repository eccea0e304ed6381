"""Each thing that is examined says what is wrong, and how to mend it, and is not changed by it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from bot.doctor import Finding, examine
from bot.settings import Settings
from retrieval import builds
from tests.botapi.bot import a_bot
from tests.botapi.server import BotApi

#: A port of the loopback that nothing listens on.
NOWHERE = "http://127.0.0.1:9"
SECRET = "123:" + "SECRET_" * 5


def settings(home: Path, **values: object) -> Settings:
    return Settings(_env_file=None, talks_home=home, **values)  # type: ignore[arg-type]


async def found(made: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in await asyncio.to_thread(examine, made)}


def states(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.state for name, finding in findings.items()}


@pytest_asyncio.fixture
async def odd() -> AsyncIterator[tuple[str, web.Response]]:
    """A server that answers everything with one response, and what it answers, to be changed."""
    response = web.json_response({})

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=response.status, body=response.body, headers=response.headers)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", response
    await runner.cleanup()


async def test_with_nothing_set_up_it_says_what_to_do(tmp_path: Path) -> None:
    home = tmp_path / "none"
    findings = await found(settings(home, telegram_api_base_url=NOWHERE))
    assert states(findings) == {
        "token": "note", "Bot API": "note", "model": "ok", "database": "note", "index": "note", "disk": "ok",
    }  # fmt: skip
    assert "TELEGRAM_BOT_TOKEN" in findings["token"].mend
    assert "talks corpus build" in findings["index"].mend
    assert "talks db upgrade" in findings["database"].mend
    assert not home.exists(), "looking makes nothing"


@pytest.mark.model
async def test_with_everything_set_up_all_is_well(api: BotApi, home: Path) -> None:
    made = settings(home, telegram_api_base_url=api.base_url, telegram_bot_token=api.token)
    findings = await found(made)
    assert not {name: f for name, f in findings.items() if f.state == "wrong"}
    for name in ("token", "Bot API", "clock", "model", "database", "index", "disk"):
        assert findings[name].state == "ok", findings[name]
    assert findings["token"].text == f"@{api.username}"
    assert "privacy mode" in findings
    assert "inline mode" in findings
    assert "1 documents, newest dated 2025-10-27" in findings["index"].text
    assert api.token not in f"{findings}"


async def test_a_token_that_telegram_does_not_know(api: BotApi, tmp_path: Path) -> None:
    made = settings(tmp_path, telegram_api_base_url=api.base_url, telegram_bot_token="999:WRONG")
    findings = await found(made)
    assert (findings["token"].state, findings["Bot API"].state) == ("wrong", "ok")
    assert "@BotFather" in findings["token"].mend
    assert "999:WRONG" not in f"{findings}"


async def test_a_server_that_cannot_be_reached(tmp_path: Path) -> None:
    made = settings(tmp_path, telegram_api_base_url=NOWHERE, telegram_bot_token=SECRET)
    findings = await found(made)
    assert (findings["token"].state, findings["Bot API"].state) == ("note", "wrong")
    assert SECRET not in f"{findings}"


async def test_a_token_that_cannot_be_one_is_said_without_a_network(tmp_path: Path) -> None:
    made = settings(tmp_path, telegram_api_base_url=NOWHERE, telegram_bot_token="garbage")
    token = (await found(made))["token"]
    assert (token.state, "35 characters" in token.text, "garbage" in f"{token}") == ("wrong", True, False)


async def test_a_misspelt_setting_is_named_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("ANSWER_TRESHOLD=0.5\nLOG_LEVEL=INFO\n")
    finding = (await found(settings(tmp_path, telegram_api_base_url=NOWHERE)))[".env"]
    assert finding == Finding(
        ".env", "note", "ANSWER_TRESHOLD is no setting, and does nothing", "write ANSWER_THRESHOLD"
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Welcome</html>"), (200, b"[]"), (200, b"null"), (200, b'{"ok": true}'), (200, b"{}"),
        (502, b"Bad gateway"), (200, b'{"ok": true, "result": 7}'),
        (500, b'{"ok": false, "error_code": 500, "description": "Internal Server Error"}'),
        (429, b'{"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 5"}'),
    ],
)  # fmt: skip
async def test_a_server_that_is_ill_is_not_taken_for_a_bad_token(
    odd: tuple[str, web.Response], tmp_path: Path, status: int, body: bytes
) -> None:
    root, response = odd
    response.set_status(status)
    response.body = body
    made = settings(tmp_path, telegram_api_base_url=root, telegram_bot_token=SECRET)
    findings = await found(made)
    assert (findings["token"].state, findings["Bot API"].state) == ("note", "wrong")


@pytest.mark.parametrize(
    ("date", "state"),
    [
        ("Wed, 01 Jan 2020 00:00:00 GMT", "wrong"),
        ("yesterday", "note"),
        ("Wed, 01 Jan 2020 00:00:00 -0000", "note"),
    ],
)
async def test_a_clock_that_is_off_is_said(
    odd: tuple[str, web.Response], tmp_path: Path, date: str, state: str
) -> None:
    root, response = odd
    response.headers["Date"] = date
    findings = await found(settings(tmp_path, telegram_api_base_url=root))
    assert findings["clock"].state == state


@pytest.mark.model
@pytest.mark.parametrize("harm", ["altered", "missing", "model"])
async def test_what_is_damaged_is_said(home: Path, harm: str) -> None:
    build = builds.load(home / "index")
    path = build.folder / ("vectors.npy" if harm == "altered" else "passages.faiss")
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    if harm == "altered":
        path.write_bytes(raw)
    elif harm == "missing":
        path.unlink()
    else:
        (home / "models").unlink()
    findings = await found(settings(home, telegram_api_base_url=NOWHERE))
    assert findings["index"].state == "wrong"
    assert "talks corpus build" in findings["index"].mend


@pytest.mark.model
async def test_a_damaged_model_is_said(home: Path) -> None:
    models = (home / "models").resolve()
    (home / "models").unlink()
    shutil.copytree(models, home / "models")
    [path] = (home / "models").rglob("model.onnx")
    with path.open("r+b") as file:
        file.seek(40_000_000)
        file.write(b"another weight")
    finding = (await found(settings(home, telegram_api_base_url=NOWHERE)))["model"]
    assert (finding.state, "model.onnx is damaged" in finding.text) == ("wrong", True)
    assert "talks corpus build" in finding.mend


async def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    made = settings(tmp_path, telegram_api_base_url=NOWHERE, embedding_model="/nowhere/at/all")
    finding = (await found(made))["model"]
    assert (finding.state, "EMBEDDING_MODEL" in finding.mend) == ("wrong", True)


async def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "talks.db").write_bytes(b"this is no database, it is a page of text " * 50)
    finding = (await found(settings(tmp_path, telegram_api_base_url=NOWHERE)))["database"]
    assert finding.state == "wrong"


async def test_a_home_that_is_a_file_is_said_and_nothing_in_it_examined(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        findings = await found(settings(home, telegram_api_base_url=NOWHERE))
        assert findings["home"].state == "wrong"
        assert str(tmp_path / "file") in findings["home"].text
        assert "TALKS_HOME" in findings["home"].mend
        assert not {"database", "index", "disk"} & findings.keys()


async def test_a_webhook_that_telegram_does_not_have_or_cannot_reach(api: BotApi, tmp_path: Path) -> None:
    reached = {"telegram_api_base_url": api.base_url, "telegram_bot_token": api.token}
    url = "http://127.0.0.1:9/telegram"
    assert "webhook" not in await found(settings(tmp_path, **reached))
    hooked = settings(tmp_path, webhook_url=url, **reached)
    assert "not post there yet" in (await found(hooked))["webhook"].text
    async with a_bot(api) as bot:
        await bot.set_webhook(url)
        assert (await found(hooked))["webhook"].state == "ok"
        stray = (await found(settings(tmp_path, **reached)))["webhook"]
        assert (stray.state, "WEBHOOK_URL is empty" in stray.text) == ("note", True)
        person = api.user(7)
        await api.say(api.private_chat(person), person, "Hello?")
        while not api.webhook or not api.webhook.last_error:  # noqa: ASYNC110  the server's own attempts
            await asyncio.sleep(0.01)
        failing = (await found(hooked))["webhook"]
        assert "waiting updates: 1; the last delivery that failed" in failing.text
        assert "127.0.0.1:8080" in failing.mend


async def test_maintainers_whom_the_bot_cannot_write_to_are_named(api: BotApi, tmp_path: Path) -> None:
    api.private_chat(api.user(7))
    reached = {"telegram_api_base_url": api.base_url, "telegram_bot_token": api.token}
    assert (await found(settings(tmp_path, maintainers="7", **reached)))["maintainers"].state == "ok"
    some = (await found(settings(tmp_path, maintainers="7, 12", **reached)))["maintainers"]
    assert (some.state, some.text) == ("note", "the bot cannot write to 12")
