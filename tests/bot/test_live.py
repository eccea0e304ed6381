"""Builds are swapped while people ask, and an earlier one serves where the current one is damaged."""

import asyncio
import logging
import os
from pathlib import Path

import pytest

from bot import live
from bot.live import Live
from corpus import publish
from retrieval import builds
from retrieval.errors import DamagedBuild
from retrieval.types import Answer
from tests.corpus.changing import Desk, text

#: How often a build goes live while people ask; `make faults` takes fifty.
PUBLISHES = int(os.environ.get("PUBLISHES", "20"))
ASKERS = 6


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "home")
    made.fill(8)
    assert made.refresh().outcome == "published"
    return made


async def test_questions_during_many_publishes_all_come_from_one_build(desk: Desk) -> None:
    said = {desk.current(): "agreed on nothing yet"}
    answers: list[tuple[Answer, builds.Build]] = []
    done = asyncio.Event()

    async def ask(serving: Live) -> None:
        while not done.is_set():
            answers.append(await serving.answer("What did the delegations agree on in Lima?"))

    def change(number: int) -> None:
        desk.put(d1=text(1, f"agreed on truce {number}"), **{f"extra{number % 5}": text(number + 20)})
        made = desk.plan()
        said[str(made.build)] = f"agreed on truce {number}"
        assert desk.refresh(made).outcome == "published"

    serving = Live(desk.shop.index, desk.home, 0.0, look=0.001, encoders=lambda digest, models: desk.bag)
    async with serving, asyncio.TaskGroup() as group:
        for _ in range(ASKERS):
            group.create_task(ask(serving))
        for number in range(PUBLISHES):
            await asyncio.to_thread(change, number)
        async with asyncio.timeout(10):
            while serving.serving.build.id != desk.current():  # noqa: ASYNC110  a file is waited for
                await asyncio.sleep(0.01)
        answers.append(await serving.answer("What did the delegations agree on in Lima?"))
        done.set()
    assert len(said) == PUBLISHES + 1
    assert len({build.id for _, build in answers}) > PUBLISHES / 3, "builds were swapped while people asked"
    assert answers[-1][1].id == desk.current()
    for answer, build in answers:
        assert answer.answered
        assert answer.build == build.id
        held = {(d.id, d.version) for d in build.documents}
        parts = [hit.passage.document for hit in answer.hits] + [quote.document for quote in answer.quotes]
        assert {(d.id, d.version) for d in parts} <= held
        told = next(d.text for d in build.documents if d.id.startswith("d1-"))
        assert said[build.id] in told
        assert all(quote.text in quote.document.text for quote in answer.quotes)


@pytest.mark.parametrize("file", ["documents.jsonl", "passages.faiss", "manifest.json", "vectors.npy"])
def test_an_earlier_build_serves_where_the_current_one_is_damaged(
    desk: Desk, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = desk.current()
    desk.put(d1=text(1, "agreed on a truce"))
    desk.refresh()
    desk.withdraw("d2")
    current = desk.current()
    for path in desk.shop.index.glob("2*"):
        if path.name not in (first, current):
            (path / "documents.jsonl").write_text("{}\n")
    broken = desk.shop.index / current / file
    broken.write_bytes(broken.read_bytes()[:-9])
    with caplog.at_level(logging.ERROR):
        serving = live.begin(desk.shop.index, desk.home, lambda digest, models: desk.bag)
    assert serving.build.id == first
    assert f"the earlier build {first} serves" in caplog.text
    assert current in caplog.text
    assert {id[:2] for id in serving.build.damaged} == {"d2"}, "what was withdrawn since is not quoted"


async def test_it_swaps_once_another_build_is_published(desk: Desk) -> None:
    first = desk.current()
    desk.put(d1=text(1, "agreed on a truce"))
    desk.refresh()
    (desk.shop.index / desk.current() / "manifest.json").write_text("{")
    async with Live(desk.shop.index, desk.home, 0.0, 0.01, lambda digest, models: desk.bag) as serving:
        assert serving.serving.build.id == first
        await asyncio.sleep(0.1)
        assert serving.serving.build.id == first
        publish.rollback(desk.shop, first, lambda what: None)  # type: ignore[arg-type,return-value]
        desk.put(d1=text(1, "agreed on a pause"))
        desk.refresh()
        async with asyncio.timeout(10):
            while serving.serving.build.id != desk.current():  # noqa: ASYNC110  a file is waited for
                await asyncio.sleep(0.01)


def test_without_any_whole_build_it_says_so(desk: Desk) -> None:
    (desk.shop.index / desk.current() / "documents.jsonl").write_text("{}\n")
    with pytest.raises(DamagedBuild):
        live.begin(desk.shop.index, desk.home, lambda digest, models: desk.bag)
