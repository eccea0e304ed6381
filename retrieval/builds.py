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
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.aliases import NONE, Aliases, from_json, to_json
from retrieval.appositions import learn
from retrieval.encoder import Encoder, Kind, Vectors
from retrieval.errors import DamagedBuild, NoBuild
from retrieval.index import Index
from retrieval.lexical import Lexicon, terms
from retrieval.models import file_digest
from retrieval.sentences import sentences
from retrieval.spelling import Vocabulary
from retrieval.types import Document, Origin, Passage, Source, Span, version_of

SCHEMA = 1
CURRENT = "CURRENT"
Rows = npt.NDArray[np.int32]
Keys = npt.NDArray[np.bytes_]
Split = Callable[[Document], Sequence[Span]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build is made of. `files` holds (name, bytes, sha256); `documents` (id, version)."""

    schema: int
    id: str
    created: str
    model: str
    model_name: str
    dimension: int
    passages: int
    sentences: int
    embedded: int
    carried: int
    newest: str | None
    documents: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, int, str], ...]


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
    sentence_vectors: npt.NDArray[np.float16]
    damaged: frozenset[str]
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

    def best_sentences(self, rows: npt.NDArray[np.int64], vector: Vectors) -> Vectors:
        """The highest inner product of `vector` (dim,) with a sentence of each passage in `rows`."""
        firsts = np.searchsorted(self._sentences[:, 1], rows)
        counts = np.searchsorted(self._sentences[:, 1], rows, "right") - firsts
        starts = np.cumsum(counts) - counts
        inside = np.arange(counts.sum()) - np.repeat(starts, counts) + np.repeat(firsts, counts)
        cosines = np.asarray(self.sentence_vectors[inside], np.float32) @ vector
        return np.asarray(np.maximum.reduceat(cosines, starts), np.float32)

    def document(self, id: str) -> Document | None:
        """The document with this id in this build, or None."""
        return next((d for d in self.documents if d.id == id), None)


def embedded_text(document: Document, span: Span) -> str:
    """What is embedded for a passage: its document's title, then its text. A title names what a
    passage's own words leave out (+.017 nDCG@10 on naturally asked questions)."""
    return f"{document.source.title}\n{document.slice(span)}"


def searched_text(document: Document, span: Span) -> str:
    """What is searched by word for a passage: with its text the title, publisher and date of its document,
    none of which ever becomes part of a quote."""
    source = document.source
    day = f"{source.published:%B %Y}" if source.published else ""
    return "\n".join((source.title, source.publisher or "", day, document.slice(span)))


def write(
    root: Path,
    documents: Iterable[Document],
    split: Split,
    encoder: Encoder,
    previous: Build | None = None,
    progress: Progress = lambda done, total: None,
    aliases: Aliases = NONE,
) -> str:
    """Write a build of `documents` (one version each, in the order given) under `root`; returns its id.

    Texts whose vectors `previous` holds are not embedded again. `progress` gets (embedded, to embed). To
    `aliases` those are added that the documents teach.
    Nothing is published; a write that fails leaves nothing behind. Raises: OSError.
    """
    documents = tuple(documents)
    passages: list[tuple[int, int, int]] = []
    rows: list[tuple[int, int, int, int]] = []
    for number, document in enumerate(documents):
        cuts = sentences(document.text)
        for span in split(document):
            inside = cuts[bisect_left(cuts, span.start, key=_start) : bisect_left(cuts, span.end, key=_start)]
            rows.extend((number, len(passages), s.start, s.end) for s in inside or [span])
            passages.append((number, span.start, span.end))
    passage_texts = [embedded_text(documents[d], Span(a, b)) for d, a, b in passages]
    sentence_texts = [documents[d].text[a:b] for d, _, a, b in rows]

    keys = [_keys(encoder, texts) for texts in (passage_texts, sentence_texts)]
    known = _known(previous, encoder)
    missing = [[i for i, key in enumerate(ks) if key not in kn] for ks, kn in zip(keys, known, strict=True)]
    total, done = sum(map(len, missing)), 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(min(done, total), total)

    vectors = []
    for texts, ks, kn, miss in zip((passage_texts, sentence_texts), keys, known, missing, strict=True):
        out = np.zeros((len(texts), encoder.model.dimension), np.float32)
        if carried := [i for i in range(len(texts)) if ks[i] in kn]:
            out[carried] = [kn[ks[i]] for i in carried]
        if miss:
            out[miss] = encoder.encode([texts[i] for i in miss], _KIND, count)
        vectors.append(out)

    now = datetime.now(UTC)
    content = hashlib.sha256("".join(d.version for d in documents).encode() + encoder.model.digest.encode())
    id = f"{now:%Y%m%dT%H%M%S%f}"[:18] + f"-{content.hexdigest()[:8]}"
    root.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".build-", dir=root))
    try:
        with (aside / "documents.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(_to_json(d), ensure_ascii=False) + "\n" for d in documents)
        np.save(aside / "passages.npy", np.array(passages, np.int32).reshape(-1, 3))
        np.save(aside / "sentences.npy", np.array(rows, np.int32).reshape(-1, 4))
        np.save(aside / "vectors.npy", vectors[0])
        np.save(aside / "sentence_vectors.npy", vectors[1].astype(np.float16))
        np.save(aside / "keys.npy", np.array(keys[0], "S32"))
        np.save(aside / "sentence_keys.npy", np.array(keys[1], "S32"))
        Index.of(vectors[0]).write(aside / "passages.faiss")
        searched = [searched_text(documents[d], Span(a, b)) for d, a, b in passages]
        Lexicon.of(map(terms, searched)).write(aside)
        Vocabulary.of(searched, encoder.words()).write(aside)
        (aside / "aliases.json").write_text(json.dumps(to_json(aliases.plus(learn(documents)))))
        dates = [d.source.published.isoformat() for d in documents if d.source.published]
        manifest = Manifest(
            schema=SCHEMA,
            id=id,
            created=now.isoformat(timespec="seconds"),
            model=encoder.model.digest,
            model_name=encoder.model.name,
            dimension=encoder.model.dimension,
            passages=len(passages),
            sentences=len(rows),
            embedded=total,
            carried=len(passages) + len(rows) - total,
            newest=max(dates, default=None),
            documents=tuple((d.id, d.version) for d in documents),
            files=tuple((p.name, p.stat().st_size, file_digest(p)) for p in sorted(aside.iterdir())),
        )
        (aside / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1))
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


def manifest(root: Path, id: str) -> Manifest:
    """The manifest of the build `id`. Raises: DamagedBuild."""
    try:
        fields: dict[str, Any] = json.loads((root / id / "manifest.json").read_text())
        if (schema := fields["schema"]) != SCHEMA:
            raise DamagedBuild(id, f"build {id} has format {schema}, this program reads {SCHEMA}")
        documents = tuple((d, v) for d, v in fields.pop("documents"))
        files = tuple((n, b, h) for n, b, h in fields.pop("files"))
        return Manifest(documents=documents, files=files, **fields)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as cause:
        raise DamagedBuild(id, f"build {id} has no readable manifest") from cause


def check(root: Path, id: str) -> None:
    """Read every file of the build against its manifest. Raises: DamagedBuild."""
    for name, size, digest in manifest(root, id).files:
        path = root / id / name
        if not path.is_file() or path.stat().st_size != size or file_digest(path) != digest:
            raise DamagedBuild(id, f"{name} of build {id} is missing or not what was written")


def load(root: Path, id: str | None = None) -> Build:
    """Load a build, the current one by default. Checked are every file's size, all counts, the checksums of
    what is read whole, and each document's text against its version; those of the vectors are `check`'s.

    Raises: NoBuild, DamagedBuild.
    """
    id = current(root) if id is None else id
    found = manifest(root, id)
    folder = root / id
    try:
        for name, size, _ in found.files:
            if (folder / name).stat().st_size != size:
                raise DamagedBuild(id, f"{name} of build {id} is not {size} bytes long")
        with (folder / "documents.jsonl").open(encoding="utf-8") as file:
            documents = tuple(_from_json(json.loads(line)) for line in file)
        build = Build(
            manifest=found,
            documents=documents,
            index=Index.read(folder / "passages.faiss"),
            lexicon=Lexicon.read(folder),
            vocabulary=Vocabulary.read(folder),
            aliases=from_json(json.loads((folder / "aliases.json").read_text())),
            sentence_vectors=np.load(folder / "sentence_vectors.npy", mmap_mode="r"),
            damaged=frozenset(d.id for d in documents if version_of(d.text) != d.version),
            folder=folder,
            _passages=np.load(folder / "passages.npy"),
            _sentences=np.load(folder / "sentences.npy"),
        )
    except DamagedBuild:
        raise
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as cause:
        raise DamagedBuild(id, f"build {id} cannot be read: {cause}") from cause
    counts = (len(build.index), len(build._passages), len(build._sentences), len(build.sentence_vectors))
    if counts != (found.passages, found.passages, found.sentences, found.sentences):
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
        for n in ("documents.jsonl", "passages.npy", "sentences.npy")
        if file_digest(build.folder / n) != checksums.get(n)
    }
    if build.damaged:
        altered.discard("documents.jsonl")
    lengths = np.array([len(d.text) for d in build.documents], np.int64)
    if altered or np.any(build._passages[:, 2] > lengths[build._passages[:, 0]]):
        what = ", ".join(sorted(altered)) or "a text"
        raise DamagedBuild(build.id, f"{what} of build {build.id} is not what was written")


_KIND: Kind = "document"
_VECTORS = ("keys.npy", "vectors.npy", "sentence_keys.npy", "sentence_vectors.npy")


def _start(span: Span) -> int:
    return span.start


def _keys(encoder: Encoder, texts: Sequence[str]) -> list[bytes]:
    prefix = f"{encoder.model.digest}\0{encoder.model.document_prompt}\0".encode()
    return [hashlib.sha256(prefix + text.encode()).hexdigest()[:32].encode() for text in texts]


def _known(previous: Build | None, encoder: Encoder) -> tuple[dict[bytes, Vectors], dict[bytes, Vectors]]:
    """The vectors of `previous` by key, for passages and for sentences; empty when it does not serve, or
    when a bit of them is not as it was written: an error would be carried on for ever."""
    if previous is None or previous.manifest.model != encoder.model.digest:
        return {}, {}
    folder = previous.folder
    if any(file_digest(folder / n) != h for n, _, h in previous.manifest.files if n in _VECTORS):
        return {}, {}
    return (
        dict(zip(np.load(folder / "keys.npy"), np.load(folder / "vectors.npy"), strict=True)),
        dict(zip(np.load(folder / "sentence_keys.npy"), previous.sentence_vectors, strict=True)),
    )


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _to_json(document: Document) -> dict[str, Any]:
    source: dict[str, Any] = {k: v for k, v in asdict(document.source).items() if v not in (None, ())}
    return {"id": document.id, "version": document.version, "source": _plain(source), "text": document.text}


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case tuple() | list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _from_json(fields: dict[str, Any]) -> Document:
    source: dict[str, Any] = dict(fields["source"])
    for name in ("published", "event"):
        if source.get(name):
            source[name] = date.fromisoformat(source[name])
    if source.get("fetched_at"):
        source["fetched_at"] = datetime.fromisoformat(source["fetched_at"])
    source["compiled_from"] = tuple(
        Origin(o["publisher"], o["published"] and date.fromisoformat(o["published"]), o["url"])
        for o in source.get("compiled_from", ())
    )
    return Document(fields["id"], fields["version"], Source(**source), fields["text"])
