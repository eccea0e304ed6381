"""Where documents come from: the tables of `sources.toml`, checked before anything is fetched."""

import re
import tomllib
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from corpus.errors import BadEntry
from retrieval.types import Tier

SHIPPED = Path(__file__).parent / "sources.toml"
_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _interval(text: str) -> str:
    if not (match := re.fullmatch(r"([1-9]\d*)([mhdw])", text)):
        raise ValueError("write it as 30m, 6h, 1d or 2w")
    timedelta(**{_UNITS[match[2]]: int(match[1])})
    return text


def _address(text: str) -> str:
    if text and not re.match(r"https?://[^\s/]", text):
        raise ValueError("write it as https://host/path")
    return text


# With the bundled model, 19 of 20 shipped briefs reach this against a line on trade talks between the United
# States and China, and texts on other subjects stay below .2. Trade with other countries reaches .5: only
# keywords tell that apart.
_LEAST = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Topic:
    """What a general source is filtered by: one of `keywords` ("tariff*" matches "tariffs"), or at least
    `least` cosine to `about`, the description of a topic. Either will do."""

    keywords: tuple[str, ...] = ()
    about: str = ""
    least: Annotated[float, Field(gt=0, lt=1)] = _LEAST

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.keywords and not self.about:
            raise ValueError("a topic has keywords, or says what it is about")
        return self

    def named(self, text: str) -> bool:
        """Whether a keyword stands in `text`, case ignored."""
        words = ("".join(r"\w*" if c == "*" else re.escape(c) for c in word) for word in self.keywords)
        found = "|".join(words)
        return bool(found) and re.search(rf"(?<!\w)(?:{found})(?!\w)", text, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Supplier:
    """One `[[source]]`. `include` and `exclude` are patterns ("*/press/*") of addresses, or of paths within
    a folder; `limit` is the most that is taken from it at a time, the first listed."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    kind: Literal["rss", "sitemap", "page", "folder"]
    publisher: Annotated[str, Field(min_length=1)]
    tier: Tier
    licence: str
    url: Annotated[str, AfterValidator(_address)] = ""
    path: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    language: Annotated[str, Field(pattern=r"^([a-z]{2}(-[A-Za-z]{2,4})?)?$")] = ""
    interval: Annotated[str, AfterValidator(_interval)] = "1d"
    limit: Annotated[int, Field(ge=1, le=50_000)] = 500
    topic: Topic | None = None
    enabled: bool = True
    reason: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "folder" and (self.url or not self.path):
            raise ValueError("a folder has a path and no url")
        if self.kind != "folder" and (self.path or (self.enabled and not self.url)):
            raise ValueError(f"an enabled {self.kind} has a url and no path")
        if not self.enabled and not self.reason:
            raise ValueError("a source that is not enabled says why: give a reason")
        return self

    @property
    def every(self) -> timedelta:
        """The interval as a duration."""
        return timedelta(**{_UNITS[self.interval[-1]]: int(self.interval[:-1])})

    def takes(self, address: str) -> bool:
        """Whether the patterns let `address` in."""
        wanted = not self.include or any(fnmatchcase(address, p) for p in self.include)
        return wanted and not any(fnmatchcase(address, p) for p in self.exclude)


def load(path: Path = SHIPPED) -> tuple[Supplier, ...]:
    """The sources in the file at `path`, paths of folders relative to it made whole.

    Raises: BadEntry, which names the source and the key.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as cause:
        raise BadEntry(str(path), f"cannot be read: {cause}") from cause
    if unknown := content.keys() - {"source"}:
        raise BadEntry(str(path), f"knows only [[source]] tables, not {', '.join(sorted(unknown))}")
    tables = content.get("source", [])
    if not isinstance(tables, list):
        raise BadEntry(str(path), "write each source as [[source]], with two brackets")
    found: list[Supplier] = []
    for number, table in enumerate(tables, 1):
        name = table.get("name") or f"number {number}"
        try:
            supplier = TypeAdapter(Supplier).validate_python(table)
        except ValidationError as cause:
            problem = cause.errors()[0]
            key = ".".join(map(str, problem["loc"]))
            said = f"{key}: {problem['msg']}" if key else problem["msg"]
            raise BadEntry(f"{path}, source {name!r}", said) from cause
        if any(supplier.name == other.name for other in found):
            raise BadEntry(f"{path}, source {name!r}", "name: two sources have this name")
        found.append(supplier)
    return tuple(found)
