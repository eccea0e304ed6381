"""Text in, unit vectors out. The only file that imports onnxruntime, tokenizers and sentence-transformers.

A model is known by the digest of its files. It is exported once per digest to ONNX, checked against
sentence-transformers, and from then on served without torch; a model that cannot be exported is
served by sentence-transformers behind the same protocol. A text longer than the model's window is
never cut short: its vector is the mean of its windows' vectors, normalised, the prompt before each.
"""

import contextlib
import io
import json
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from retrieval.errors import ModelError, ModelMismatch, ModelMissing
from retrieval.models import BUNDLED, Kind, Model, digest, file_digest, locate
from retrieval.rerank import Reranker

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int], None]

#: Below this cosine to sentence-transformers an exported model is not used.
EXPORT_COSINE = 0.9999
#: An export takes seconds: what one left this many seconds ago, its process did not live to finish.
ABANDONED = 3600
#: Length-sorted batches of 8 were fastest on two cores (46 passages/s against 20 with torch).
BATCH = 8
WORKERS = 2
SAMPLE = (
    "tariffs",
    "Who leads the Chinese side?",
    "The two sides met in Geneva on 10 and 11 May 2025 and agreed to lower duties for 90 days.",
    "稀土 — “rare earths”, 24 percentage points; 10% stays.",
    "An export licence is needed for seven kinds of metal. " * 30,
)


class Embedder(Protocol):
    """Turns texts into vectors. Not safe to share between threads: keep one thread to it."""

    @property
    def model(self) -> Model: ...

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        """Shape (len(texts), dimension) float32, each row of length 1, in the order given; (0, dimension)
        for no texts. The model's prompt for `kind` goes before each text; `progress` gets counts."""
        ...


class Encoder(Embedder, Protocol):
    """The one that texts are cut for and searched with. Beside it may stand a second one, for questions that
    this one does not understand, and what puts the found in another order."""

    @property
    def second(self) -> Embedder | None: ...

    @property
    def reranker(self) -> Reranker | None: ...

    def count(self, text: str) -> int:
        """How many tokens `text` takes, special tokens and the document prompt included."""
        ...

    def words(self) -> frozenset[str]:
        """The whole words of the model's vocabulary in lower case: what it takes for one word."""
        ...


def prepare(name: str, models: Path, say: Callable[[str], None] = lambda _: None) -> Encoder:
    """The encoder for the model `name`, exported under `models` on first use, and again where what an
    earlier export left there is damaged.

    Raises: ModelMissing, ModelError.
    """
    folder = locate(name)
    key = digest(folder)
    try:
        encoder = load(key, models)
        check(encoder.model, models)
    except ModelError:
        say(f"preparing the embedding model {name} (once)")
        _export(name if name == BUNDLED else str(folder.resolve()), folder, key, models / key[:16])
        encoder = load(key, models)
    if encoder.model.reason:
        say(f"the embedding model is served by sentence-transformers: {encoder.model.reason}")
    return encoder


def load(key: str, models: Path) -> Encoder:
    """The encoder whose model has the digest `key`, as prepared under `models` before; imports no torch
    unless the model could not be exported.

    Raises: ModelMissing, ModelMismatch, ModelError.
    """
    home = models / key[:16]
    try:
        fields = json.loads((home / "encoder.json").read_text())
        files = tuple((n, b, h) for n, b, h in fields["files"])
        model = Model(**{**fields, "inputs": tuple(fields["inputs"]), "files": files})
    except (OSError, ValueError, TypeError, KeyError) as cause:
        raise ModelMissing(
            key, f"the model of this build is not prepared under {home}: run `talks corpus build`"
        ) from cause
    if model.digest != key:
        raise ModelMismatch(key, f"{home} holds model {model.digest[:12]}, not {key[:12]}")
    if model.backend == "onnx":
        return OnnxEncoder(model, home)
    folder = locate(model.name)
    if (found := digest(folder)) != key:
        raise ModelMismatch(key, f"{folder} holds model {found[:12]} by now, not {key[:12]}")
    return TorchEncoder(model, _transformer(folder))


def check(model: Model, models: Path) -> None:
    """Read every prepared file of `model` against its checksum. Raises: ModelError."""
    home = models / model.digest[:16]
    for name, size, checksum in model.files:
        path = home / name
        if not path.is_file() or path.stat().st_size != size or file_digest(path) != checksum:
            raise _damaged(model, path)


def windows(tokenizer: Any, text: str, room: int) -> list[str]:
    """`text` in slices of at most `room` tokens, cut where a word begins if one does within a slice."""
    starts = [start for start, _ in tokenizer.encode(text, add_special_tokens=False).offsets]
    cuts, first = [0], 0
    while len(starts) - first > room:
        last = first + room
        between = (i for i in range(last, first, -1) if not text[starts[i] - 1 : starts[i] + 1].isalnum())
        first = next(between, last)
        cuts.append(starts[first])
    return [text[a:b] for a, b in pairwise((*cuts, len(text))) if a < b] or [text]


def _damaged(model: Model, path: Path) -> ModelError:
    return ModelError(model.digest, f"{path} is damaged or missing: run `talks corpus build`")


class OnnxEncoder:
    """Serves an exported model with onnxruntime and tokenizers."""

    second: Embedder | None = None
    reranker: Reranker | None = None

    def __init__(self, model: Model, home: Path) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime
        from tokenizers import Tokenizer

        self.model = model
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        for name, size, _ in model.files:
            if not (home / name).is_file() or (home / name).stat().st_size != size:
                raise _damaged(model, home / name)
        try:
            self._session = onnxruntime.InferenceSession(
                str(home / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(home / "tokenizer.json"))
        except Exception as cause:
            raise _damaged(model, home) from cause
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(self.model.document_prompt + text).ids)

    def words(self) -> frozenset[str]:
        return _words(self._tokenizer.get_vocab())

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        prompt = self.model.prompt(kind)
        room = max(self.model.window - len(self._tokenizer.encode(prompt).ids), 1)
        tokens: list[list[int]] = []
        owner: list[int] = []
        for row, encoding in enumerate(self._tokenizer.encode_batch([prompt + text for text in texts])):
            whole = [encoding.ids]
            if len(encoding.ids) > self.model.window:
                parts = [prompt + part for part in windows(self._tokenizer, texts[row], room)]
                whole = [part.ids for part in self._tokenizer.encode_batch(parts)]
            tokens += [ids[: self.model.window] for ids in whole]
            owner += [row] * len(whole)
        vectors = np.zeros((len(texts), self.model.dimension), np.float32)
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        for batch, out in self._run(batches, tokens):
            np.add.at(vectors, [owner[i] for i in batch], unit(out))
            if progress is not None:
                progress(len(batch))
        return unit(vectors)

    def _run(self, batches: list[list[int]], tokens: list[list[int]]) -> Iterator[tuple[list[int], Vectors]]:
        def run(batch: list[int]) -> Vectors:
            longest = max(len(tokens[i]) for i in batch)
            feed = {name: np.zeros((len(batch), longest), np.int64) for name in self.model.inputs}
            for row, i in enumerate(batch):
                feed["input_ids"][row, : len(tokens[i])] = tokens[i]
                feed["attention_mask"][row, : len(tokens[i])] = 1
            return np.asarray(self._session.run(None, feed)[0], np.float32)

        if len(batches) < WORKERS:
            yield from ((batch, run(batch)) for batch in batches)
            return
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from zip(batches, pool.map(run, batches), strict=True)


class TorchEncoder:
    """Serves a model with sentence-transformers itself, where it could not be exported."""

    second: Embedder | None = None
    reranker: Reranker | None = None

    def __init__(self, model: Model, transformer: Any) -> None:
        from tokenizers import Tokenizer

        self.model = model
        self._transformer = transformer
        tokenizer = getattr(transformer.tokenizer, "backend_tokenizer", transformer.tokenizer)
        if not isinstance(tokenizer, Tokenizer):
            raise ModelError(model.name, f"{model.name} has no fast tokenizer: take another model")
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(self.model.document_prompt + text).ids)

    def words(self) -> frozenset[str]:
        return _words(self._tokenizer.get_vocab())

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        prompt = self.model.prompt(kind)
        room = max(self.model.window - len(self._tokenizer.encode(prompt).ids), 1)
        parts: list[str] = []
        owner: list[int] = []
        for row, text in enumerate(texts):
            whole = windows(self._tokenizer, text, room)
            parts += whole
            owner += [row] * len(whole)
        vectors = np.zeros((len(texts), self.model.dimension), np.float32)
        for first in range(0, len(parts), BATCH):
            batch = parts[first : first + BATCH]
            out = self._transformer.encode(batch, prompt=prompt or None, show_progress_bar=False)
            np.add.at(vectors, owner[first : first + BATCH], unit(np.asarray(out, np.float32)))
            if progress is not None:
                progress(len(batch))
        return unit(vectors)


def unit(vectors: Vectors) -> Vectors:
    """Each row scaled to length 1; a row of zeros stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)


def _transformer(folder: Path) -> Any:
    if folder.is_dir():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with contextlib.redirect_stdout(io.StringIO()):
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        torch.set_num_threads(1)
        try:
            return SentenceTransformer(str(folder), device="cpu").eval()
        except Exception as cause:
            raise ModelError(str(folder), f"sentence-transformers cannot load {folder}: {cause}") from cause


def _export(name: str, folder: Path, key: str, home: Path) -> None:
    """Export the model to `home`, whole or not at all."""
    transformer = _transformer(folder)
    prompts = transformer.prompts or {}
    model = Model(
        digest=key,
        name=name,
        backend="torch",
        dimension=int(transformer.get_embedding_dimension()),
        window=_window(transformer.max_seq_length),
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or prompts.get("passage") or "",
    )
    home.parent.mkdir(parents=True, exist_ok=True)
    for left in home.parent.glob(".model-*"):
        if time.time() - left.stat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=".model-", dir=home.parent))
    try:
        model = _write_onnx(transformer, model, aside)
        files = tuple((p.name, p.stat().st_size, file_digest(p)) for p in sorted(aside.iterdir()))
        (aside / "encoder.json").write_text(json.dumps(asdict(replace(model, files=files)), indent=1))
        aside.chmod(0o755)
        shutil.rmtree(home, ignore_errors=True)
        aside.rename(home)
    except OSError as cause:
        raise ModelError(name, f"the exported model could not be written to {home}: {cause}") from cause
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _window(length: float | None) -> int:
    """The model's limit in tokens; for a model that names none, a passage's worth and to spare."""
    return int(length) if length and length < 1_000_000 else 512


def _write_onnx(transformer: Any, model: Model, folder: Path) -> Model:
    """Write `model.onnx` and `tokenizer.json` into `folder`; the model as it will be served."""
    import torch

    class Exported(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            return self.transformer(dict(zip(inputs, tensors, strict=True)))["sentence_embedding"]  # type: ignore[no-any-return]

    try:
        features = transformer.preprocess(["a sample", "a longer sample of text"])
        inputs = tuple(n for n in ("input_ids", "attention_mask", "token_type_ids") if n in features)
        transformer.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Exported(),
                tuple(features[n] for n in inputs),
                str(folder / "model.onnx"),
                input_names=list(inputs),
                output_names=["embedding"],
                dynamic_axes={n: {0: "batch", 1: "length"} for n in inputs} | {"embedding": {0: "batch"}},
                opset_version=17,
                dynamo=False,
            )
        onnx = replace(model, backend="onnx", inputs=inputs)
        cosine = float(np.min([_agreement(transformer, onnx, folder, k) for k in ("query", "document")]))
        # Not the other way round: no comparison with a NaN is true.
        reason = "" if cosine >= EXPORT_COSINE else f"the exported model differs (cosine {cosine:.5f})"
    except OSError:
        raise
    except Exception as cause:  # noqa: BLE001  any failure to export has the same remedy: serve with torch
        what = str(cause).strip().split("\n", 1)[0][:200]
        cosine, reason = 1.0, f"it cannot be exported ({type(cause).__name__}: {what})"
    if not reason:
        return replace(onnx, cosine=cosine)
    for path in folder.iterdir():
        path.unlink()
    return replace(model, cosine=cosine, reason=reason)


def _agreement(transformer: Any, model: Model, folder: Path, kind: Kind) -> float:
    """The least cosine between the exported model and sentence-transformers over `SAMPLE`."""
    ours = OnnxEncoder(model, folder).encode(SAMPLE, kind)
    theirs = TorchEncoder(model, transformer).encode(SAMPLE, kind)
    return float((ours * theirs).sum(axis=1).min())


def _words(vocabulary: Iterable[str]) -> frozenset[str]:
    """The entries that stand for whole words; a word's later pieces carry a sign of their own, or its first
    piece does, and then the sign is taken off."""
    entries = {entry.lstrip("\u0120\u2581").casefold() for entry in vocabulary}
    return frozenset(entry for entry in entries if entry.isalpha())
