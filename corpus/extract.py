"""A file's bytes become a document: its text, normalised once, and its source.

From here on the text is a coordinate system. What a file does not say is left unsaid: a document
without a date is undated, one without a title is called by its first line.
"""

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast, get_args

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus import webpage
from corpus.errors import BadFrontMatter, NoText, Unreadable, Unsupported
from retrieval.types import Document, Origin, Source, Tier

TITLE_LENGTH = 120
_SPACES: dict[int, str | None] = {
    ord(c): " " for c in "\u00a0\u1680\u2000\u2001\u2002\u2003\u2007\u2009\u202f\u205f"
}
_BREAKS: dict[int, str | None] = {0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n\n"}
# With the surrogates, which no encoding can write: an argument that is not text brings them in.
_CONTROLS: dict[int, str | None] = dict.fromkeys(
    (*range(9), *range(0x0E, 0x20), 0x7F, 0xFEFF, *range(0xD800, 0xE000))
)


@dataclass(frozen=True, slots=True)
class Extract:
    """Text as it was found, and what its file says of itself."""

    text: str
    source: Source


def normalise(text: str) -> str:
    """`text` in NFC with "\\n" line ends, plain spaces for non-breaking ones, no control characters, no
    spaces at line ends and at most one blank line in a row; idempotent."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text.translate(_SPACES | _BREAKS | _CONTROLS))
    text = re.sub(r"[ \t]+(?=\n|$)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def document(path: Path, given: Mapping[str, Any], now: datetime, starter: bool = False) -> Document:
    """The document in the file at `path`. `given` (title, publisher, published, url) fills what the file
    does not say of itself. A starter brief is known by its file's name, any other by name and address.

    Raises: Unreadable, Unsupported, BadFrontMatter, NoText.
    """
    name = str(path)
    try:
        extractor = _FORMATS[path.suffix.lower()]
    except KeyError as cause:
        known = ", ".join(sorted(_FORMATS))
        raise Unsupported(
            name, f"cannot extract {path.suffix or 'a file without ending'}; known: {known}"
        ) from cause
    try:
        found = extractor(path.read_bytes(), name)
    except OSError as cause:
        raise Unreadable(name, cause.strerror or str(cause)) from cause
    text = normalise(found.text)
    if not any(c.isalnum() for c in text):
        raise NoText(name, "holds no text to quote")
    source = replace(
        found.source,
        title=_line(found.source.title) or _line(given.get("title") or "") or first_line(text),
        publisher=found.source.publisher or _line(given.get("publisher") or "") or None,
        published=found.source.published or given.get("published"),
        url=found.source.url or given.get("url"),
        fetched_at=now,
    )
    return Document.of(_id(path, source.url, starter), source, text)


def first_line(text: str) -> str:
    """The first line of a text, cut at a word to `TITLE_LENGTH` characters."""
    line = text.split("\n", 1)[0].strip()
    return line if len(line) <= TITLE_LENGTH else line[:TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


def _id(path: Path, url: str | None, starter: bool) -> str:
    slug = re.sub(r"[^\w]+", "-", path.stem.lower()).strip("-")[:60] or "document"
    address = url or path.resolve().as_uri()
    # 12 digits: two of ten thousand pages that are all called "index" meet once in millions of corpora.
    return slug if starter else f"{slug}-{hashlib.sha256(address.encode()).hexdigest()[:12]}"


def _line(text: str) -> str:
    return " ".join(normalise(text).split())


def _decode(raw: bytes, name: str) -> str:
    encoding = "UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "UTF-8"
    try:
        text = raw.decode("utf-8-sig" if encoding == "UTF-8" else encoding)
    except UnicodeDecodeError as cause:
        raise Unreadable(
            name, f"not {encoding} text (byte {cause.start}): convert it to UTF-8 first"
        ) from cause
    if "\0" in text:
        raise Unreadable(name, "holds NUL bytes: a binary file, not text")
    return text


def _plain(raw: bytes, name: str) -> Extract:
    return Extract(_decode(raw, name), Source(title=""))


def _markdown(raw: bytes, name: str) -> Extract:
    fields, content = _front_matter(_decode(raw, name), name)
    source = Source(
        title=_string(fields, "title", name) or "",
        publisher=_string(fields, "publisher", name),
        published=_date(fields, "published", name),
        url=_string(fields, "url", name),
        tier=_tier(fields, name),
        licence=_string(fields, "licence", name),
        kind=_string(fields, "kind", name),
        event=_date(fields, "event", name),
        compiled_from=_origins(fields, name),
    )
    return Extract(_markdown_text(content), source)


def _front_matter(text: str, name: str) -> tuple[Mapping[str, Any], str]:
    """The fields of the front matter and what follows it; no fields, and all of `text`, where what stands
    between two rules at its beginning is no list of fields."""
    try:
        post = frontmatter.loads(text, handler=YAMLHandler())
    except (yaml.YAMLError, ValueError) as cause:
        said = str(cause).replace("\n", " ")
        raise BadFrontMatter(name, f"front matter is not YAML: {said}") from cause
    return (post.metadata, post.content) if post.metadata else ({}, text)


def _html(raw: bytes, name: str) -> Extract:
    text, source, _ = webpage.article(raw, name)
    return Extract(text, source)


_FORMATS: dict[str, Callable[[bytes, str], Extract]] = {
    ".txt": _plain,
    ".text": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
}
SUFFIXES = frozenset(_FORMATS)


def _string(fields: Mapping[str, Any], key: str, name: str) -> str | None:
    value = fields.get(key)
    if value is None or isinstance(value, str):
        return _line(value or "") or None
    if isinstance(value, int | float | date) and not isinstance(value, bool):
        return str(value)
    raise BadFrontMatter(name, f"{key} should be text, not {type(value).__name__}")


def _date(fields: Mapping[str, Any], key: str, name: str) -> date | None:
    value = fields.get(key)
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    return parse_date(str(value), name, f"{key}: ")


def parse_date(text: str, name: str, field: str = "") -> date:
    """The date in "YYYY-MM-DD". Raises: BadFrontMatter, which says what was given."""
    try:
        return date.fromisoformat(text)
    except ValueError as cause:
        raise BadFrontMatter(name, f"{field}{text!r} is not a date: write it as YYYY-MM-DD") from cause


def _tier(fields: Mapping[str, Any], name: str) -> Tier:
    tier = fields.get("tier", "press")
    if tier not in get_args(Tier):
        raise BadFrontMatter(name, f"tier {tier!r} is none of {', '.join(get_args(Tier))}")
    return cast(Tier, tier)


def _origins(fields: Mapping[str, Any], name: str) -> tuple[Origin, ...]:
    origins = []
    entries = fields.get("compiled_from") or []
    if not isinstance(entries, list):
        raise BadFrontMatter(name, "compiled_from should be a list")
    for entry in entries:
        if not isinstance(entry, dict) or not (publisher := _string(entry, "publisher", name)):
            raise BadFrontMatter(name, "each entry of compiled_from names its publisher")
        origins.append(Origin(publisher, _date(entry, "published", name), _string(entry, "url", name)))
    return tuple(origins)


def _markdown_text(content: str) -> str:
    """The words of a Markdown text: a paragraph or heading a line, a list item a line with its mark, a row
    of a table a line with bars between its cells."""
    blocks: list[str] = []
    marks: list[str] = []
    row: list[str] | None = None
    pending = ""
    for token in MarkdownIt("commonmark").enable("table").parse(content):
        match token.type:
            case "bullet_list_open":
                marks.append("- ")
            case "ordered_list_open":
                marks.append("{}. ")
            case "bullet_list_close" | "ordered_list_close":
                marks.pop()
            case "list_item_open":
                pending = marks[-1].format(token.info)
            case "tr_open":
                row = []
            case "tr_close":
                blocks.append(" | ".join(row or ()))
                row = None
            case "inline" if row is not None:
                row.append(_inline(token))
            case "inline":
                blocks.append(pending + _inline(token))
                pending = ""
            case "html_block":
                blocks.append(_untagged(token.content))
            case "fence" | "code_block":
                blocks.append(token.content.rstrip("\n"))
    return "\n\n".join(block for block in blocks if block.strip())


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline":
                parts.append(child.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "image":
                parts.append(_inline(child))
            case "html_inline" if child.content.startswith("<br"):
                parts.append("\n")
    return "".join(parts)


def _untagged(block: str) -> str:
    return html.unescape(re.sub(r"(?s)<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", " ", block)).strip()
