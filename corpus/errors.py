"""What can go wrong while the corpus is refreshed. Each error carries its key and chains its cause.

CorpusError
├── SourceError(source)
│   ├── Unreadable       no such file, no permission, or not the encoding it should be
│   ├── Unsupported      a format that nothing here extracts
│   ├── BadFrontMatter   front matter that is not YAML, or a field that is not what it says
│   ├── NoText           nothing is left after extraction
│   ├── NotAnArticle     a paywall, a cookie wall, a consent or an error page
│   ├── BadEntry         an entry of sources.toml, a feed or a sitemap that is not what it should be
│   ├── FetchFailed      the network, the server or a limit stood in the way
│   ├── FetchRefused     it may not be fetched: robots.txt, a private address, a server that says no
│   ├── Gone             the server says that there is nothing there
│   └── Withdrawn        someone took it out, and it stays away
├── Locked(holder)       another refresh is running
├── NoSpace(place)       the disk is too full for a build
├── BadPlan(plan)        no such plan, or one that cannot be published any more
└── Unknown(document)    no such document
"""


class CorpusError(Exception):
    """Any failure of a refresh that a maintainer can act on."""


class SourceError(CorpusError):
    """A failure of one file or address, named `source`."""

    def __init__(self, source: str, message: str) -> None:
        super().__init__(f"{source}: {message}")
        self.source = source
        self.reason = message


class Unreadable(SourceError):
    """The file cannot be read, or its bytes are not text in a known encoding."""


class Unsupported(SourceError):
    """Nothing here extracts this format."""


class BadFrontMatter(SourceError):
    """The front matter is not YAML, or a field of it is not what it should be."""


class NoText(SourceError):
    """Nothing is left to quote after extraction."""


class NotAnArticle(SourceError):
    """The page stands in for an article, or for an error, and is none."""


class BadEntry(SourceError):
    """An entry of `sources.toml`, or a feed or sitemap, is not what it should be."""


class FetchFailed(SourceError):
    """The network, the server or a limit stood in the way; trying again is of use if `transient`.

    `retry_after` is the number of seconds that the server asks to wait.
    """

    def __init__(
        self, source: str, message: str, transient: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(source, message)
        self.transient = transient
        self.retry_after = retry_after


class FetchRefused(SourceError):
    """The address may not be fetched, now or later."""


class Gone(SourceError):
    """The server says that there is nothing at this address."""


class Withdrawn(SourceError):
    """The document was taken out: only to be asked for by name does it return; `erased` ones never do."""

    def __init__(self, source: str, message: str, erased: bool) -> None:
        super().__init__(source, message if erased else f"{message} (--restore takes it back)")


class Locked(CorpusError):
    """Another refresh holds the lock; `holder` says which."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"another refresh is running ({holder}): wait for it, or end it, and try again")
        self.holder = holder


class NoSpace(CorpusError):
    """The disk at `place` has too few bytes free for a build."""

    def __init__(self, place: str, needed: int, free: int) -> None:
        super().__init__(
            f"a build needs {needed / 1e6:,.0f} MB, {place} has {free / 1e6:,.0f} MB free: make room, "
            "for example with `talks corpus prune --keep 3`"
        )
        self.place = place


class BadPlan(CorpusError):
    """There is no plan of this id, or it cannot be published any more."""

    def __init__(self, plan: str, message: str) -> None:
        super().__init__(f"plan {plan}: {message}")
        self.plan = plan


class Unknown(CorpusError):
    """Neither the live build nor the archive has this document."""

    def __init__(self, document: str) -> None:
        super().__init__(f"no document {document}: `talks corpus list` shows those that are live")
        self.document = document
