"""What can go wrong in retrieval. Each error carries its key and chains its cause.

RetrievalError
├── BuildError(build)
│   ├── NoBuild            nothing is published yet
│   └── DamagedBuild       a file is missing, truncated or not what the manifest says
├── ModelError(model)
│   ├── ModelMissing       no such model on disk
│   └── ModelMismatch      a build was made with another model
├── BadCalibration(path)   a file that is no calibration, or weighs what is not measured
└── BadCollection(place)   judged questions that are not in a layout that is read here
"""


class RetrievalError(Exception):
    """Any failure of retrieval that a caller can act on."""


class BuildError(RetrievalError):
    """A failure of the index build named `build`."""

    def __init__(self, build: str, message: str) -> None:
        super().__init__(message)
        self.build = build


class NoBuild(BuildError):
    """Nothing is published under this index directory."""


class DamagedBuild(BuildError):
    """A file of the build is missing, truncated or not what its manifest says."""


class ModelError(RetrievalError):
    """A failure of the embedding model named `model`."""

    def __init__(self, model: str, message: str) -> None:
        super().__init__(message)
        self.model = model


class ModelMissing(ModelError):
    """No model is to be found at this name or path."""


class ModelMismatch(ModelError):
    """The build's vectors were made with another model."""


class BadCalibration(RetrievalError):
    """The file at `path` is not a calibration that this program can use."""

    def __init__(self, path: str, message: str) -> None:
        mend = "`talks calibrate --json` prints one; delete the file to use the one that ships"
        super().__init__(f"{path} {message}: {mend}")
        self.path = path


class BadCollection(RetrievalError):
    """What is at `place` holds no judged questions in a layout that is read here."""

    def __init__(self, place: str) -> None:
        layouts = "a folder with corpus.jsonl, queries.jsonl and qrels.tsv, or a file of golden questions"
        super().__init__(f"{place} is not {layouts}")
        self.place = place
