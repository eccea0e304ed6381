"""Vectors as they are made, kept until a build that holds them is live: what a killed refresh had embedded is
not embedded again, nor what a plan had.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import cast
from zipfile import BadZipFile

import numpy as np

from retrieval.encoder import Embedder, Encoder, Progress, Vectors
from retrieval.models import Kind, Model

FOLDER = "embedded"
#: Texts that are embedded and kept at a time: two or three seconds of work, which is what a kill may lose.
LOT = 256


def keeping(encoder: Encoder, home: Path) -> Encoder:
    """`encoder`, but what it and its second embed of documents is kept under `home` as it comes."""
    return cast(Encoder, _Keeping(encoder, home))


class _Keeping:
    """Stands for an encoder in all but `encode` and `second`."""

    def __init__(self, encoder: Encoder, home: Path) -> None:
        self._encoder = encoder
        self.encode = _Kept(encoder, home).encode
        self.second = _Kept(encoder.second, home) if encoder.second else None

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)


class _Kept:
    def __init__(self, encoder: Embedder, home: Path) -> None:
        self._encoder = encoder
        self._folder = home / FOLDER / encoder.model.digest[:16]

    @property
    def model(self) -> Model:
        return self._encoder.model

    def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
        """As the encoder does. Raises: OSError when the disk does not take what was embedded."""
        vectors = np.zeros((len(texts), self.model.dimension), np.float32)
        known = self._read()
        prompt = self.model.prompt(kind)
        keys = [hashlib.sha256(f"{prompt}\0{text}".encode()).hexdigest() for text in texts]
        missing = []
        for row, key in enumerate(keys):
            if key in known:
                vectors[row] = known[key]
            else:
                missing.append(row)
        if progress is not None and len(missing) < len(texts):
            progress(len(texts) - len(missing))
        # Texts of one length are embedded fastest together.
        missing.sort(key=lambda row: len(texts[row]))
        for start in range(0, len(missing), LOT):
            rows = missing[start : start + LOT]
            vectors[rows] = self._encoder.encode([texts[row] for row in rows], kind, progress)
            self._write([keys[row] for row in rows], vectors[rows])
        return vectors

    def _read(self) -> dict[str, Vectors]:
        known: dict[str, Vectors] = {}
        for path in self._folder.glob("*.npz"):
            try:
                with np.load(path) as file:
                    known |= zip(map(str, file["keys"]), file["vectors"], strict=True)
            except (OSError, ValueError, KeyError, EOFError, BadZipFile):
                continue
        return known

    def _write(self, keys: list[str], vectors: Vectors) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
        aside = self._folder / f".{name}.{os.getpid()}"
        try:
            with aside.open("wb") as file:
                np.savez(file, keys=np.array(keys), vectors=vectors)
            aside.replace(self._folder / f"{name}.npz")
        finally:
            aside.unlink(missing_ok=True)


def forget_vectors(home: Path) -> None:
    """Delete what was kept: a build that holds it is live."""
    shutil.rmtree(home / FOLDER, ignore_errors=True)
