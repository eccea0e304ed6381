"""Homes with a small corpus of our own, and the program as a process."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.bot.program import Program, environment
from tests.botapi.fixtures import api
from tests.botapi.server import BotApi

__all__ = ["api"]

ARTICLES = Path(__file__).parents[1] / "articles"


@pytest.fixture(scope="session")
def corpus_home(tmp_path_factory: pytest.TempPathFactory, prepared_models: Path) -> Path:
    """A home whose live build holds the article of the tests, made by the real program and model."""
    home = tmp_path_factory.mktemp("corpus")
    (home / "models").symlink_to(prepared_models)
    subprocess.run(
        [sys.executable, "-m", "bot", "corpus", "add", str(ARTICLES / "article.md")],
        check=True, cwd=home, capture_output=True,
        env=environment(TALKS_HOME=str(home), STARTER_CORPUS="false"),
    )  # fmt: skip
    return home


@pytest.fixture
def home(corpus_home: Path, tmp_path: Path) -> Path:
    """A copy of it for one test, the model shared."""
    made = tmp_path / "home"
    shutil.copytree(corpus_home, made, ignore=shutil.ignore_patterns("models"))
    (made / "models").symlink_to(corpus_home / "models")
    return made


@pytest_asyncio.fixture
async def program(api: BotApi, home: Path) -> AsyncIterator[Callable[..., Program]]:
    """Makes programs on the same home; all are killed when the test ends."""
    made: list[Program] = []

    def make(**settings: str) -> Program:
        made.append(Program(api, home, **settings))
        return made[-1]

    yield make
    for one in made:
        if one._process is not None and one._process.returncode is None:
            await one.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api_of_module() -> AsyncIterator[BotApi]:
    """A server for all tests of a module, which import it as `api`."""
    async with BotApi() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program_of_module(
    api: BotApi, corpus_home: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Program]:
    """A program for all tests of a module, with what it names as SETTINGS."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(corpus_home, home, ignore=shutil.ignore_patterns("models"))
    (home / "models").symlink_to(corpus_home / "models")
    made = Program(api, home, **getattr(request.module, "SETTINGS", {}))
    await made.start()
    yield made
    assert await made.stop() == 0


@pytest_asyncio.fixture(loop_scope="module")
async def tidy(api: BotApi, program_of_module: Program) -> Program:
    """The module's program with an empty log, on a server whose record says only how it was set up."""
    await program_of_module.settled()
    api.calls[:] = [call for call in api.calls if call.method.startswith("setMy")]
    api.complaints.clear()
    program_of_module.empty()
    return program_of_module
