"""Near-duplicates: a syndicated story is one cluster, of which one document is cited.

What the cited document already says is not indexed a second time; what another of its cluster says on top
still is, so nothing is lost. The only file that imports datasketch.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from retrieval.sentences import sentences
from retrieval.types import Document, Span

#: Words in a shingle: five in a row are rarely the same by chance.
SHINGLE = 5
#: The share of shingles that two documents have in common (Jaccard) from which they are one story. A copy
#: with another headline, byline and closing line has .85 to .95; two reports of one event have under .2.
SAME = 0.8
PERMUTATIONS = 128
_TIERS = ("official", "wire", "press", "opinion", "brief")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Documents that tell one story in the same words: the one that is cited, and where it is also in."""

    cited: str
    also: tuple[str, ...]


def clusters(documents: Iterable[Document]) -> tuple[Cluster, ...]:
    """The clusters of two and more among `documents`, in their order. Cited is the best tier, then the
    earliest, then the longest."""
    from datasketch import MinHash, MinHashLSH

    known = {d.id: d for d in documents}
    shingles = {id: _shingles(d.text) for id, d in known.items()}
    hashes = MinHash.generator(([s.encode() for s in of] for of in shingles.values()), num_perm=PERMUTATIONS)
    alike = MinHashLSH(threshold=SAME - 0.05, num_perm=PERMUTATIONS)
    story: dict[str, set[str]] = {}
    for id, hash in zip(known, hashes, strict=True):
        story[id] = {id}
        for other in alike.query(hash):
            if _jaccard(shingles[id], shingles[other]) >= SAME and story[id] is not story[other]:
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


def _shingles(text: str) -> frozenset[str]:
    words = _WORD.findall(text.casefold())
    return frozenset(" ".join(words[n : n + SHINGLE]) for n in range(max(len(words) - SHINGLE, 0) + 1))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _preference(document: Document) -> tuple[int, date, int, str]:
    source = document.source
    return _TIERS.index(source.tier), source.published or date.max, -len(document.text), document.id
