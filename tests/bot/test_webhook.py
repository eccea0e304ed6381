"""The program with a webhook: stored before the 200, once each, and nothing without the secret."""

import asyncio
import socket
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy

from bot.server import SECRET_HEADER
from migrations.database import engine
from tests.bot.program import Program
from tests.botapi.server import BotApi
from tests.database.conftest import postgresql

__all__ = ["postgresql"]

pytestmark = pytest.mark.model

Make = Callable[..., Program]
TARIFF = "What did Bessent say about the threat of the 100% tariff?"


def addresses(count: int = 1) -> list[str]:
    """Free places to listen at, as host:port."""
    bound = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [f"127.0.0.1:{one.getsockname()[1]}" for one in bound]
    for one in bound:
        one.close()
    return found


def hook(address: str) -> dict[str, str]:
    return {"WEBHOOK_URL": f"http://{address}/telegram", "LISTEN": address}


async def test_a_webhook_takes_updates_once_and_tells_how_it_is(api: BotApi, program: Make) -> None:
    person = api.user(7)
    chat = api.private_chat(person)
    await api.say(chat, person, "Who is He Lifeng?")
    (address,) = addresses()
    running = program(**hook(address))
    await running.start()
    await api.next_message(chat)
    asked = await api.say(chat, person, TARIFF)
    reply = await api.next_message(chat)
    assert reply.quotations
    assert api.webhook is not None
    assert api.webhook.secret not in ("", api.token)
    assert {"message", "callback_query", "edited_message"} <= api.updates.allowed
    assert [delivery.status for delivery in api.webhook.attempts] == [200, 200]

    update = api.updates.ever[asked.update_id or 0]
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        header = {SECRET_HEADER: api.webhook.secret}
        assert (await client.post("/telegram", json=update, headers=header)).status_code == 200
        assert (await client.post("/telegram", json=update)).status_code == 403
        assert (await client.post("/telegram", json=update, headers={SECRET_HEADER: "x"})).status_code == 403
        assert (await client.post("/telegram", content=b"{", headers=header)).status_code == 400
        assert (await client.post("/telegram", json=[1], headers=header)).status_code == 400
        large = b" " * 1_100_000
        assert (await client.post("/telegram", content=large, headers=header)).status_code == 413
        assert (await client.get("/telegram")).status_code == 405
        assert (await client.get("/healthz")).text == "ok\n"
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        await running.settled()
        metrics = (await client.get("/metrics")).text
    for line in ("talks_questions_total 2.0", "talks_open_updates 0.0", "talks_documents 1.0"):
        assert line in metrics
    assert 'talks_requests_total{method="sendMessage"} 2.0' in metrics
    assert f'id="{ready.json()["build"]}"' in metrics
    assert "Bessent" not in metrics
    assert "Lifeng" not in metrics
    await api.say(chat, person, "/help")
    await api.next_message(chat)
    assert [row["n"] for row in running.rows("SELECT count(*) AS n FROM exchanges")] == [2]

    # What was asked while it is away comes by polling, which takes the webhook away.
    assert await running.stop() == 0
    await api.say(chat, person, TARIFF)
    polling = program()
    await polling.start()
    assert (await api.next_message(chat)).quotations
    assert api.webhook is None
    assert await polling.stop() == 0
    assert api.complaints == []


async def test_two_replicas_on_one_postgresql_answer_each_update_once(
    api: BotApi, program: Make, postgresql: Callable[[], str]
) -> None:
    url = postgresql()
    person = api.user(7)
    chat = api.private_chat(person)
    one, two = addresses(2)
    first, second = (program(DATABASE_URL=url, **hook(place)) for place in (one, two))
    await first.start()
    assert api.webhook is not None
    header = {SECRET_HEADER: api.webhook.secret}
    await second.start()
    # Only what this test posts arrives: the server's own deliveries end here.
    api._set_webhook(None)
    asked = [await api.say(chat, person, TARIFF) for _ in range(6)]
    async with httpx.AsyncClient(timeout=30) as client:
        for message in asked:
            update = api.updates.ever[message.update_id or 0]
            posts = (
                client.post(f"http://{place}/telegram", json=update, headers=header) for place in (one, two)
            )
            assert [answer.status_code for answer in await asyncio.gather(*posts)] == [200, 200]
    for _ in asked:
        assert (await api.next_message(chat, timeout=20)).quotations
    await first.stop()
    await second.stop()
    sent = [call.params["reply_parameters"] for call in api.calls if call.method == "sendMessage"]
    assert len(sent) == len(set(sent)) == len(asked)
    made = engine(url)
    with made.connect() as connection:
        counted = sqlalchemy.text("SELECT count(*), count(replied_at) FROM exchanges")
        logged = connection.execute(counted).one()
        states = connection.execute(sqlalchemy.text("SELECT DISTINCT state FROM updates")).all()
    made.dispose()
    assert tuple(logged) == (6, 6)
    assert states == [("done",)]


async def test_an_address_that_is_taken_and_a_webhook_that_telegram_refuses_are_said_in_a_line(
    api: BotApi, program: Make
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        running = program(LISTEN=f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(AssertionError, match="ended with 1"):
            await running.start()
    assert "in use" in running.lines()
    assert "Traceback" not in running.lines()
    refused = program(WEBHOOK_URL="https://bot.example.org:9999/telegram", LISTEN=addresses()[0])
    with pytest.raises(AssertionError, match="ended with 1"):
        await refused.start()
    assert "Telegram refuses WEBHOOK_URL" in refused.lines()
