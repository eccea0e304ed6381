"""What tests of several packages share."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import BagOfWords

ROOT = Path(__file__).parents[1]
ARTICLES = Path(__file__).parent / "articles"


@pytest.fixture
def article() -> Path:
    """An article of our own, with front matter."""
    return ARTICLES / "article.md"


@pytest.fixture
def bag() -> BagOfWords:
    """An encoder that works without a model, and remembers what it embedded."""
    return BagOfWords()


@pytest.fixture(scope="session")
def prepared_models(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder with the bundled model, prepared once a session for all workers: link it as a home's `models`.

    Read only: a test that damages a model copies it.
    """
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    models = shared / "prepared-models"
    with (shared / "prepared-models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prepare = f"from retrieval import encoder; encoder.prepare('all-MiniLM-L6-v2', Path({str(models)!r}))"
        subprocess.run([sys.executable, "-c", f"from pathlib import Path; {prepare}"], cwd=ROOT, check=True)
    return models
