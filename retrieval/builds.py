"""Immutable index builds on disk, and which one is current.

A build is a folder that holds all that answering needs, the full text and source of each document
included. It is written aside, flushed and renamed into place, and never touched again; `CURRENT`
names the live one and is replaced in one step, so a reader sees the old build or the new, never half.
Vectors are carried over from an earlier build by the digest of exactly what was embedded.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from retrieval import expansions, holdings, manifest, reading, vectors
from retrieval.aliases import NONE, Aliases, from_json, to_json
from retrieval.appositions import learn
from retrieval.encoder import Encoder, Vectors
from retrieval.errors import DamagedBuild, NoBuild
from retrieval.expansions import Expansion, Expansions
from retrieval.index import Index
from retrieval.lexical import Lexicon, words
from retrieval.manifest import Manifest
from retrieval.models import file_digest
from retrieval.paraphrase import map_of
from retrieval.reading import Split, Way, embedded_text
from retrieval.spelling import Vocabulary
from retrieval.types import Document, Passage, Span, version_of
from retrieval.vectors import Half

CURRENT = "CURRENT"
Rows = npt.NDArray[np.int32]
Progress = Callable[[int, int], None]
#: Documents that tell one story in the same words: by the one that is cited, where it is also in.
Clusters = Mapping[str, Sequence[str]]
NO_CLUSTERS: Clusters = {}


@dataclass(frozen=True, slots=True)
class Second:
    """A second encoder's vectors, float16 and memory-mapped: (n, dim) of passages, (m, dim) of sentences."""

    passages: Half
    sentences: Half


@dataclass(frozen=True, slots=True)
class Build:
    """A loaded build. `_passages` (n, 3) holds document, start, end; `_sentences` (m, 4) document,
    passage, start, end, in order of passage; `sentence_vectors` (m, dim) float16 is memory-mapped.
    `damaged` names documents whose text is not what their version says: nothing of them is quoted."""

    manifest: Manifest
    documents: tuple[Document, ...]
    index: Index
    lexicon: Lexicon
    vocabulary: Vocabulary
    aliases: Aliases
    sentence_vectors: Half
    expansions: Expansions
    second: Second | None
    damaged: frozenset[str]
    clusters: Clusters
    folder: Path
    _passages: Rows
    _sentences: Rows

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def newest(self) -> date | None:
        """The newest publication date among the documents: how far the corpus reaches."""
        return date.fromisoformat(self.manifest.newest) if self.manifest.newest else None

    def passage(self, row: int) -> Passage:
        document, start, end = (int(n) for n in self._passages[row])
        return Passage(row, self.documents[document], Span(start, end))

    def passage_of(self, row: int) -> int:
        """The row of the passage that the sentence in `row` stands in."""
        return int(self._sentences[row, 1])

    def carrying(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of the passages in `rows` have a sentence that carries questions."""
        held = self.expansions.rows
        firsts, lasts = (np.searchsorted(self._sentences[:, 1], rows, side) for side in ("left", "right"))
        return np.searchsorted(held, lasts) > np.searchsorted(held, firsts)

    def sentences_of(self, row: int) -> tuple[range, tuple[Span, ...]]:
        """The rows of the passage's sentences and their spans, in order."""
        first, last = np.searchsorted(self._sentences[:, 1], (row, row + 1))
        spans = tuple(Span(int(a), int(b)) for a, b in self._sentences[first:last, 2:])
        return range(int(first), int(last)), spans

    def sentence_before(self, row: int) -> Span | None:
        """The sentence before the one in `row`, of the same document; None for a document's first."""
        if row == 0 or self._sentences[row - 1, 0] != self._sentences[row, 0]:
            return None
        return Span(int(self._sentences[row - 1, 2]), int(self._sentences[row - 1, 3]))

    def best_sentences(
        self, rows: npt.NDArray[np.int64], vector: Vectors, among: Half | None = None
    ) -> Vectors:
        """The highest inner product of `vector` (dim,) with a sentence of each passage in `rows`, by the
        sentences' vectors `among`, the build's own unless given."""
        among = self.sentence_vectors if among is None else among
        firsts = np.searchsorted(self._sentences[:, 1], rows)
        counts = np.searchsorted(self._sentences[:, 1], rows, "right") - firsts
        starts = np.cumsum(counts) - counts
        inside = np.arange(counts.sum()) - np.repeat(starts, counts) + np.repeat(firsts, counts)
        cosines = np.asarray(among[inside], np.float32) @ vector
        return np.asarray(np.maximum.reduceat(cosines, starts), np.float32)

    def document(self, id: str) -> Document | None:
        """The document with this id in this build, or None."""
        return next((d for d in self.documents if d.id == id), None)

    def astray(self, questions: Iterable[Expansion]) -> tuple[Expansion, ...]:
        """Those of `questions` that lead to no sentence of this build."""
        rows = [(int(d), int(p), int(a), int(b)) for d, p, a, b in self._sentences]
        found = expansions.leading(questions, self.documents, rows, _cited(self.clusters))
        return tuple(one for one, held in found if not held)

    def also(self, document: Document, span: Span) -> tuple[Document, ...]:
        """The other documents of the story that `document` tells which say `span` too, word for word."""
        said = f" {' '.join(words(document.slice(span)))} "
        stories = [(cited, *also) for cited, also in self.clusters.items()]
        others = {id for story in stories if document.id in story for id in story} - {document.id}
        return tuple(d for d in self.documents if d.id in others and said in f" {' '.join(words(d.text))} ")


def write(
    root: Path,
    documents: Iterable[Document],
    split: Split,
    encoder: Encoder,
    previous: Build | None = None,
    progress: Progress = lambda done, total: None,
    aliases: Aliases = NONE,
    way: Way | None = None,
    clusters: Clusters = NO_CLUSTERS,
    questions: Iterable[Expansion] = (),
) -> str:
    """Write a build of `documents` (one version each, in the order given) under `root`; returns its id.

    Texts whose vectors `previous` holds are not embedded again; with a `way`, documents that it read in that
    way are not read again. `progress` gets (embedded, to embed). To `aliases` those are added that the
    documents teach. `clusters` are the documents that tell one story, by the one that is cited; `questions`
    lead to sentences.
    Nothing is published; a write that fails leaves nothing behind. Raises: OSError.
    """
    documents = tuple(documents)
    before = reading.kept(previous.folder) if way and _intact(previous, reading.FILE) else {}
    readings = tuple(reading.each(documents, split, way, before))
    passages = [(n, start, end) for n, read in enumerate(readings) for start, end in read.passages]
    firsts = np.cumsum([0, *(len(read.passages) for read in readings)])
    rows = [(n, int(firsts[n]) + i, a, b) for n, read in enumerate(readings) for i, a, b in read.sentences]
    passage_texts = [embedded_text(documents[d], Span(a, b)) for d, a, b in passages]
    sentence_texts = [documents[d].text[a:b] for d, _, a, b in rows]
    questions = tuple(questions)
    leading = expansions.placed(questions, documents, rows, _cited(clusters))

    embeddings = [
        vectors.begin(name, by, texts, previous.folder if _intact(previous, *vectors.files(name)) else None)
        for by, set in ((encoder, ""), (encoder.second, vectors.SECOND))
        if by is not None
        for name, texts in (
            (set + vectors.PASSAGES, passage_texts),
            (set + vectors.SENTENCES, sentence_texts),
            *([] if set else [(vectors.QUESTIONS, [question for _, question in leading])]),
        )
    ]
    total, done = sum(len(one.missing) for one in embeddings), 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(min(done, total), total)

    for one in embeddings:
        one.finish(count)

    now = datetime.now(UTC)
    content = hashlib.sha256("".join(d.version for d in documents).encode() + encoder.model.digest.encode())
    id = f"{now:%Y%m%dT%H%M%S%f}"[:18] + f"-{content.hexdigest()[:8]}"
    root.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".build-", dir=root))
    try:
        holdings.write(aside, documents)
        np.save(aside / "passages.npy", np.array(passages, np.int32).reshape(-1, 3))
        np.save(aside / "sentences.npy", np.array(rows, np.int32).reshape(-1, 4))
        for one in embeddings:
            one.write(aside)
        Index.of(embeddings[0].vectors).write(aside / "passages.faiss")
        expansions.write(aside, leading, embeddings[2].vectors, map_of(encoder.model))
        reading.write(aside, readings)
        Lexicon.of(terms for read in readings for terms in read.terms).write(aside)
        Vocabulary.plus((read.words for read in readings), encoder.words()).write(aside)
        (aside / "clusters.json").write_text(json.dumps(clusters))
        (aside / "aliases.json").write_text(json.dumps(to_json(aliases.plus(learn(documents)))))
        dates = [d.source.published.isoformat() for d in documents if d.source.published]
        made = Manifest(
            schema=manifest.SCHEMA,
            id=id,
            created=now.isoformat(timespec="seconds"),
            model=encoder.model.digest,
            model_name=encoder.model.name,
            dimension=encoder.model.dimension,
            passages=len(passages),
            sentences=len(rows),
            embedded=total,
            carried=sum(len(one.texts) for one in embeddings) - total,
            newest=max(dates, default=None),
            documents=tuple((d.id, d.version) for d in documents),
            files=tuple((p.name, p.stat().st_size, file_digest(p)) for p in sorted(aside.iterdir())),
            second=encoder.second.model.digest if encoder.second else "",
            questions=len(leading),
            asked=expansions.digest(questions, {d.id for d in documents}),
        )
        manifest.write(aside, made)
        for path in (*aside.iterdir(), aside):
            _flush(path)
        aside.chmod(0o755)
        aside.rename(root / id)
        _flush(root)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return id


def publish(root: Path, id: str) -> None:
    """Make the build `id` the current one, in one step. Raises: DamagedBuild when it does not check."""
    check(root, id)
    aside = root / f".{CURRENT}.{os.getpid()}"
    try:
        aside.write_text(id + "\n")
        _flush(aside)
        aside.replace(root / CURRENT)
    finally:
        aside.unlink(missing_ok=True)
    _flush(root)


def sweep(root: Path) -> None:
    """Delete what a killed process left half written. For whoever holds the refresh lock."""
    for path in root.glob(".build-*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in root.glob(f".{CURRENT}.*"):
        path.unlink(missing_ok=True)


def current(root: Path) -> str:
    """The id of the current build. Raises: NoBuild."""
    try:
        return (root / CURRENT).read_text().strip()
    except FileNotFoundError as cause:
        raise NoBuild("", f"no index build is published under {root}: run `talks corpus build`") from cause
    except (OSError, ValueError) as cause:
        raise DamagedBuild("", f"{root / CURRENT} cannot be read: {cause}") from cause


def named(root: Path, name: str) -> str:
    """The id of the build that `name` begins, or of the live one for "current". Raises: NoBuild."""
    if name == "current":
        return current(root)
    ids = [path.parent.name for path in root.glob("[0-9]*/manifest.json")]
    match [id for id in ids if id == name] or [id for id in ids if name and id.startswith(name)]:
        case [id]:
            return id
        case []:
            raise NoBuild(name, f"no build {name}: `talks corpus history` lists them")
        case several:
            raise NoBuild(name, f"{name} begins {len(several)} builds: {', '.join(sorted(several))}")


def check(root: Path, id: str) -> None:
    """Read every file of the build against its manifest. Raises: DamagedBuild."""
    for name, size, digest in manifest.read(root, id).files:
        path = root / id / name
        if not path.is_file() or path.stat().st_size != size or file_digest(path) != digest:
            raise DamagedBuild(id, f"{name} of build {id} is missing or not what was written")


def load(root: Path, id: str | None = None) -> Build:
    """Load a build, the current one by default. Checked are every file's size, all counts, the checksums of
    what is read whole, and each document's text against its version; those of the vectors are `check`'s.

    Raises: NoBuild, DamagedBuild.
    """
    id = current(root) if id is None else id
    found = manifest.read(root, id)
    folder = root / id
    try:
        for name, size, _ in found.files:
            if (folder / name).stat().st_size != size:
                raise DamagedBuild(id, f"{name} of build {id} is not {size} bytes long")
        documents = holdings.read(folder)
        build = Build(
            manifest=found,
            documents=documents,
            index=Index.read(folder / "passages.faiss"),
            lexicon=Lexicon.read(folder),
            vocabulary=Vocabulary.read(folder),
            aliases=from_json(json.loads((folder / "aliases.json").read_text())),
            sentence_vectors=vectors.read(folder, vectors.SENTENCES),
            expansions=expansions.read(folder, found.dimension),
            second=_second(folder) if found.second else None,
            damaged=frozenset(d.id for d in documents if version_of(d.text) != d.version),
            clusters=_clusters(folder),
            folder=folder,
            _passages=np.load(folder / "passages.npy"),
            _sentences=np.load(folder / "sentences.npy"),
        )
    except DamagedBuild:
        raise
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as cause:
        why = f"no {Path(cause.filename).name}" if isinstance(cause, FileNotFoundError) else cause
        raise DamagedBuild(id, f"build {id} cannot be read, or is of another release: {why}") from cause
    counts = [len(build.index), len(build._passages), len(build._sentences), len(build.sentence_vectors)]
    told = [found.passages, found.passages, found.sentences, found.sentences]
    counts += [len(build.expansions), len(build.expansions.index)]
    told += [found.questions] * 2
    if build.second is not None:
        counts += [len(build.second.passages), len(build.second.sentences)]
        told += [found.passages, found.sentences]
    if counts != told:
        raise DamagedBuild(id, f"build {id} holds {counts}, its manifest says otherwise")
    if tuple((d.id, d.version) for d in documents) != found.documents:
        raise DamagedBuild(id, f"build {id} holds other documents than its manifest says")
    _check_read(build)
    return build


def _check_read(build: Build) -> None:
    """What sizes do not show of the small files. A text that was altered is known by its version and is not
    quoted; a source that was altered would be cited. Raises: DamagedBuild."""
    checksums = {name: digest for name, _, digest in build.manifest.files}
    altered = {
        n
        for n in ("documents.jsonl", "passages.npy", "sentences.npy", *expansions.read_whole(build.folder))
        if file_digest(build.folder / n) != checksums.get(n)
    }
    if build.damaged:
        altered.discard("documents.jsonl")
    lengths = np.array([len(d.text) for d in build.documents], np.int64)
    if altered or np.any(build._passages[:, 2] > lengths[build._passages[:, 0]]):
        what = ", ".join(sorted(altered)) or "a text"
        raise DamagedBuild(build.id, f"{what} of build {build.id} is not what was written")


def _intact(build: Build | None, *names: str) -> TypeGuard[Build]:
    """Whether there is a build whose files of these `names` are as they were written."""
    digests = {name: digest for name, _, digest in build.manifest.files} if build else {}
    return build is not None and all(
        name in digests and file_digest(build.folder / name) == digests[name] for name in names
    )


def _cited(clusters: Clusters) -> dict[str, str]:
    """The document that is cited in the place of each that is only "also in"."""
    return {id: cited for cited, also in clusters.items() for id in also}


def _second(folder: Path) -> Second:
    return Second(
        vectors.read(folder, vectors.SECOND), vectors.read(folder, vectors.SECOND + vectors.SENTENCES)
    )


def _clusters(folder: Path) -> Clusters:
    """The clusters of the build in `folder`; none in one that was made before builds knew of them."""
    try:
        found: Clusters = json.loads((folder / "clusters.json").read_text())
    except FileNotFoundError:
        return NO_CLUSTERS
    return found


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
