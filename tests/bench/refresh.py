"""What a refresh costs when 1% of the documents changed, as a share of building everything.

Embedding 20,000 passages and their sentences takes most of an hour here, so vectors come from a stand-in that
takes no time; for each text that was embedded, the time is added that the real model takes for one, measured
in the same run. All else is what runs in earnest: the real tokenizer, splitting, near-duplicates, indexes,
the golden questions, the checks, the archive. `python -m tests.bench.refresh --passages 20000`
"""

import argparse
import hashlib
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

import numpy as np

from bot.settings import Settings
from corpus import publish
from corpus.gather import Gathered
from corpus.refresh import Workshop, lock, starter_files
from migrations import database
from retrieval import builds, encoder, manifest
from retrieval.encoder import Encoder, Progress, Vectors, unit
from retrieval.models import Kind
from retrieval.types import Document, Source

#: Passages in a document, and words in a passage: what is cut of ordinary text.
PASSAGES = 5
WORDS = 70
CHANGED = 0.01
#: The share of a full build that a refresh may take.
MOST = 0.03
SAMPLE = 256


class Instant:
    """The real model's tokenizer, with vectors drawn from each text's digest; `embedded` counts the texts."""

    def __init__(self, real: Encoder) -> None:
        self.real = real
        self.model = replace(real.model, digest=hashlib.sha256(b"instant").hexdigest())
        self.embedded = 0

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        self.embedded += len(texts) if kind == "document" else 0
        drawn = np.empty((len(texts), self.model.dimension), np.float32)
        for row, text in enumerate(texts):
            seed = np.frombuffer(hashlib.blake2b(text.encode(), digest_size=64).digest(), np.int8)
            drawn[row] = np.resize(seed, self.model.dimension)
        return unit(drawn)

    def count(self, text: str) -> int:
        return self.real.count(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


def documents(passages: int, words: Sequence[str], chance: Random) -> list[Document]:
    """Made-up documents of five paragraphs of 70 words, drawn from `words`."""
    made = []
    for number in range(passages // PASSAGES):
        paragraphs = [" ".join(_sentences(words, chance)) for _ in range(PASSAGES)]
        made.append(Document.of(f"d{number}", Source(f"Document {number}"), "\n\n".join(paragraphs)))
    return made


def _sentences(words: Sequence[str], chance: Random) -> Iterator[str]:
    left = WORDS
    while left > 0:
        length = min(left, chance.randint(12, 22))
        yield " ".join(chance.choices(words, k=length)).capitalize() + "."
        left -= length


def changed(made: Sequence[Document], words: Sequence[str], chance: Random) -> list[Document]:
    """The same with one new sentence in 1% of them."""
    chosen = set(chance.sample(range(len(made)), max(1, round(CHANGED * len(made)))))
    return [
        Document.of(d.id, d.source, f"{next(_sentences(words, chance))} {d.text}") if n in chosen else d
        for n, d in enumerate(made)
    ]


@contextmanager
def said(what: str) -> Iterator[Callable[[int, int], None]]:
    print(f"{what} …", file=sys.stderr, flush=True)
    yield lambda done, total: None


def measured(shop: Workshop, instant: Instant) -> tuple[float, int, int]:
    """One refresh: its seconds, the texts it embedded, and the passages of the build that it left."""
    before, start = instant.embedded, time.perf_counter()
    with lock(shop.home):
        told = publish.refresh(shop, said, forced="a benchmark")
    spent = time.perf_counter() - start
    assert told.outcome == "published", told
    assert told.embedded == instant.embedded - before
    return spent, told.embedded, manifest.read(shop.index, told.build).passages


def main() -> int:
    """Exit code 1 when a refresh takes more than its share."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.refresh", description=__doc__)
    parser.add_argument("--passages", type=int, default=20_000, help="in the corpus (%(default)s)")
    options = parser.parse_args()
    chosen = Settings(_env_file=None)
    real = encoder.prepare(chosen.embedding_model, chosen.models, lambda text: None)
    instant = Instant(real)
    chance = Random(7)
    words = [w for path in starter_files() for w in re.findall(r"[a-z]+", path.read_text("utf-8"))]
    made = documents(options.passages, words, chance)
    sample = [text for d in made for text in d.text.split("\n\n")][: SAMPLE // 4]
    sample += [line for text in sample for line in text.split(". ")][: 3 * SAMPLE // 4]
    start = time.perf_counter()
    real.encode(sample, "document")
    each = (time.perf_counter() - start) / len(sample)
    with tempfile.TemporaryDirectory(prefix="talks-refresh-") as name:
        engine = database.engine(f"sqlite:///{Path(name) / 'talks.db'}")
        database.upgrade(engine)
        held = made

        def source(now: datetime, progress: builds.Progress) -> list[Gathered]:
            return [Gathered("made up", tuple((d.id, d) for d in held))]

        shop = Workshop(Path(name), engine, lambda: instant, starter=False, sources=source)
        full, all_texts, passages = measured(shop, instant)
        held = changed(made, words, chance)
        some, few_texts, _ = measured(shop, instant)
    whole, share = full + all_texts * each, some + few_texts * each
    print(f"{passages} passages, {all_texts} texts; {1000 * each:.1f} ms to embed one with {real.model.name}")
    print(f"full build      {full:8.1f} s without embedding, {all_texts:7d} texts embedded: {whole:8.0f} s")
    print(f"1% changed      {some:8.1f} s without embedding, {few_texts:7d} texts embedded: {share:8.1f} s")
    print(f"share           {share / whole:8.2%} of the full build; at most {MOST:.0%}")
    return 0 if share <= MOST * whole else 1


if __name__ == "__main__":
    sys.exit(main())
