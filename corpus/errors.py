"""What can go wrong while the corpus is refreshed. Each error carries its key and chains its cause.

CorpusError
├── SourceError(source)
│   ├── Unreadable       no such file, no permission, or not the encoding it should be
│   ├── Unsupported      a format that nothing here extracts
│   ├── BadFrontMatter   front matter that is not YAML, or a field that is not what it says
│   └── NoText           nothing is left after extraction
└── Locked(holder)       another refresh is running
"""


class CorpusError(Exception):
    """Any failure of a refresh that a maintainer can act on."""


class SourceError(CorpusError):
    """A failure of one file or address, named `source`."""

    def __init__(self, source: str, message: str) -> None:
        super().__init__(f"{source}: {message}")
        self.source = source


class Unreadable(SourceError):
    """The file cannot be read, or its bytes are not text in a known encoding."""


class Unsupported(SourceError):
    """Nothing here extracts this format."""


class BadFrontMatter(SourceError):
    """The front matter is not YAML, or a field of it is not what it should be."""


class NoText(SourceError):
    """Nothing is left to quote after extraction."""


class Locked(CorpusError):
    """Another refresh holds the lock; `holder` says which."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"another refresh is running ({holder}): wait for it, or end it, and try again")
        self.holder = holder
