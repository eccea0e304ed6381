"""Near-duplicates: a syndicated story is one cluster, of which one document is cited.

What the cited document already says is not indexed a second time; what another of its cluster says on top
still is, so nothing is lost. The only file that imports datasketch.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from retrieval.sentences import sentences
from retrieval.types import Document, Span

if TYPE_CHECKING:
    from datasketch import MinHash

#: Words in a shingle: five in a row are rarely the same by chance.
SHINGLE = 5
#: The share of shingles that two documents have in common (Jaccard) from which they are one story. A copy
#: with another headline, byline and closing line has .85 to .95; two reports of one event have under .2.
SAME = 0.8
PERMUTATIONS = 128
KEPT = "signatures.npz"
_TIERS = ("official", "wire", "press", "opinion", "brief")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Documents that tell one story in the same words: the one that is cited, and where it is also in."""

    cited: str
    also: tuple[str, ...]


def clusters(documents: Iterable[Document], home: Path | None = None) -> tuple[Cluster, ...]:
    """The clusters of two and more among `documents`, in their order. Cited is the best tier, then the
    earliest, then the longest. With a `home`, signatures are kept there for the next time.

    Raises: OSError.
    """
    from datasketch import MinHashLSH

    known = {d.id: d for d in documents}
    hashes = _signatures(known.values(), home)
    alike = MinHashLSH(threshold=SAME - 0.05, num_perm=PERMUTATIONS)
    story: dict[str, set[str]] = {}
    for id, document in known.items():
        hash = hashes[document.version]
        story[id] = {id}
        for other in alike.query(hash):
            if _jaccard(document.text, known[other].text) >= SAME and story[id] is not story[other]:
                story[other] |= story[id]
                for member in story[id]:
                    story[member] = story[other]
        alike.insert(id, hash)
    found = []
    stories = {frozenset(members): None for members in story.values() if len(members) > 1}
    for members in stories:
        cited, *also = sorted((known[id] for id in members), key=_preference)
        found.append(Cluster(cited.id, tuple(d.id for d in also)))
    return tuple(found)


def once(
    split: Callable[[Document], Sequence[Span]], documents: Mapping[str, Document], found: Iterable[Cluster]
) -> Callable[[Document], Sequence[Span]]:
    """`split`, but of a document that is only "also in": just the sentences that the cited one lacks."""
    cited = {id: documents[cluster.cited] for cluster in found for id in cluster.also}

    def cut(document: Document) -> Sequence[Span]:
        spans = split(document)
        if document.id not in cited:
            return spans
        said = {_words(cited[document.id].slice(s)) for s in sentences(cited[document.id].text)}
        inside = sentences(document.text)
        kept: list[Span] = []
        for span in spans:
            own = [s for s in inside if s in span]
            new = [s for s in own if _words(document.slice(s)) not in said]
            kept += _runs(own, new)
        return kept

    return cut


def _runs(own: Sequence[Span], new: Sequence[Span]) -> list[Span]:
    """Neighbours of `own` that are all in `new`, joined."""
    runs = [[s] for s in new[:1]]
    place = {s: n for n, s in enumerate(own)}
    for before, s in pairwise(new):
        if place[s] == place[before] + 1:
            runs[-1].append(s)
        else:
            runs.append([s])
    return [Span(run[0].start, run[-1].end) for run in runs]


def _signatures(documents: Iterable[Document], home: Path | None) -> "dict[str, MinHash]":
    """The MinHash of each text by its version, taken from `home` where it was kept there."""
    from datasketch import MinHash

    texts = {d.version: d.text for d in documents}
    made: dict[str, MinHash] = {}
    like = MinHash(PERMUTATIONS)
    for known, values in _kept(home).items():
        if known in texts:
            made[known] = MinHash(
                hashvalues=values, permutations=like.permutations, scheme=like.scheme, seed=like.seed
            )
    fresh = [text for text in texts if text not in made]
    shingles = ([s.encode() for s in _shingles(texts[text])] for text in fresh)
    made |= zip(fresh, MinHash.generator(shingles, num_perm=PERMUTATIONS), strict=True)
    if home is not None and fresh:
        aside = home / f".{KEPT}.{os.getpid()}"
        try:
            with aside.open("wb") as file:
                values = np.array([hash.hashvalues for hash in made.values()])
                np.savez(file, made=_maker(), versions=np.array(list(made)), values=values)
            aside.replace(home / KEPT)
        finally:
            aside.unlink(missing_ok=True)
    return made


def _kept(home: Path | None) -> "dict[str, npt.NDArray[Any]]":
    """The signatures under `home` by version; none where they are damaged, or were made in another way."""
    try:
        with np.load((home or Path()) / KEPT) as file:
            if str(file["made"]) == _maker():
                return dict(zip(map(str, file["versions"]), file["values"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        pass  # They only save time, and are made again.
    return {}


def _maker() -> str:
    return f"datasketch {version('datasketch')}, {PERMUTATIONS} of {SHINGLE} words"


@lru_cache(maxsize=256)
def _shingles(text: str) -> frozenset[str]:
    words = _WORD.findall(text.casefold())
    return frozenset(" ".join(words[n : n + SHINGLE]) for n in range(max(len(words) - SHINGLE, 0) + 1))


def _jaccard(text: str, other: str) -> float:
    one, two = _shingles(text), _shingles(other)
    return len(one & two) / len(one | two)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _preference(document: Document) -> tuple[int, date, int, str]:
    source = document.source
    return _TIERS.index(source.tier), source.published or date.max, -len(document.text), document.id
