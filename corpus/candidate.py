"""One way to write a build: near-duplicates indexed once, names and questions known, vectors carried over.

Nothing is live for having been written.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from corpus import checks, duplicates, split
from corpus.duplicates import Cluster
from corpus.embedded import keeping
from corpus.errors import CorpusError
from corpus.names import names
from corpus.questions import questions
from retrieval import builds
from retrieval.builds import Build, Progress
from retrieval.encoder import Encoder
from retrieval.models import file_digest
from retrieval.reading import Split, Way
from retrieval.types import Document


def write(
    home: Path,
    root: Path,
    documents: Mapping[str, Document],
    model: Encoder,
    previous: Build | None,
    progress: Progress,
) -> tuple[str, tuple[Cluster, ...]]:
    """Write a build of `documents` under `root`; its id, and what was found to be one story. `home` is where
    what outlives a build is kept.

    Raises: NoSpace, CorpusError; nothing is left behind then.
    """
    asked = questions(home)
    texts = [document.text for document in documents.values()]
    checks.space(home, sum(map(len, texts)) + sum(len(text) for one in asked for text in one.questions))
    try:
        found = duplicates.clusters(documents.values(), home)
        id = builds.write(
            root,
            documents.values(),
            cutter(documents, model, found),
            keeping(model, home),
            previous,
            progress,
            names(),
            way(documents, model, found),
            {cluster.cited: cluster.also for cluster in found},
            asked,
        )
    except OSError as cause:
        raise CorpusError(f"the build could not be written, the live one stays: {cause}") from cause
    return id, found


def cutter(documents: Mapping[str, Document], model: Encoder, found: tuple[Cluster, ...]) -> Split:
    """How each document is cut for `model`: of one that is only "also in", what the cited one lacks."""
    cut = partial(split.split, count=model.count, window=model.model.window)
    return duplicates.once(cut, documents, found)


def way(documents: Mapping[str, Document], model: Encoder, found: tuple[Cluster, ...]) -> Way:
    """What `cutter` goes by, beside a document itself: the code, the model, and what is cited instead."""
    cited = {id: documents[cluster.cited].version for cluster in found for id in cluster.also}
    code = "".join(file_digest(Path(module.__file__ or "")) for module in (split, duplicates))
    return lambda document: f"{code} {model.model.digest} {cited.get(document.id, '')}"
