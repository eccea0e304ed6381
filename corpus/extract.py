"""A file's bytes become a document: its text, normalised once, and its source.

From here on the text is a coordinate system. What a file does not say is left unsaid: a document
without a date is undated, one without a title is called by its first line.
"""

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, cast, get_args
from urllib.parse import unquote, urlsplit

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus import charset, formats, webpage
from corpus.errors import BadFrontMatter, NotAnArticle, NoText, SourceError, Unreadable, Unsupported
from corpus.raw import Record
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
    """The document in the file at `path`. `given` (title, publisher, published, url, tier, licence) fills
    what the file does not say of itself. A starter brief is known by its file's name, any other by name and
    address.

    Raises: Unreadable, Unsupported, BadFrontMatter, NoText, NotAnArticle.
    """
    name = str(path)
    suffix = path.suffix.lower()
    found = _extractor(suffix, name)(_bytes(path), name)
    return _document(found, name, path.stem, path.resolve().as_uri(), given, now, suffix, starter)


def documents(path: Path, given: Mapping[str, Any], now: datetime) -> Iterator[Document | SourceError]:
    """The documents in the file at `path`: one, or one a line of JSON Lines. A line that is none keeps no
    other out. Raises: what `document` does, where the file as a whole is at fault.
    """
    if path.suffix.lower() not in LINES:
        yield document(path, given, now)
        return
    for number, line in enumerate(_decode(_bytes(path), str(path)).split("\n"), 1):
        if line.strip():
            name = f"{path}:{number}"
            try:
                found = _json_line(line, name)
                address = f"{path.resolve().as_uri()}#{_key(line, number)}"
                stem = found.source.title or path.stem
                yield _document(found, name, stem, address, given, now, path.suffix.lower())
            except SourceError as error:
                yield error


def fetched(body: bytes, record: Record, given: Mapping[str, Any]) -> Document:
    """The document in what was fetched, its address where the page was found in the end. What is `given`
    fills what the page does not say; its publisher wins, for pages call themselves many names. A page in
    another than the given `language` is refused.

    Raises: what `document` does.
    """
    name = record.final_url
    suffix = _suffix(body, record)
    if suffix in (".html", ".htm"):
        text, source, language = webpage.article(body, name, record.charset, name)
        if language and given.get("language") and not language.startswith(given["language"].lower()[:2]):
            raise NotAnArticle(name, f"in the language {language!r}, not {given['language']!r}")
        found = Extract(text, source)
    elif suffix == ".txt":
        found = Extract(charset.decode(body, name, record.charset), Source(title=""))
    else:
        found = _extractor(suffix, name)(body, name)
    source = replace(found.source, publisher=given.get("publisher") or found.source.publisher, url=name)
    stem = PurePosixPath(unquote(urlsplit(name).path)).stem or urlsplit(name).netloc
    return _document(replace(found, source=source), name, stem, name, given, record.at, suffix)


def extractor(suffix: str) -> str:
    """The library that extracts a format, and its version: what changes a text without its page changing."""
    library = {".pdf": "pypdf", ".docx": "lxml", ".md": "markdown-it-py", ".markdown": "markdown-it-py"}
    if suffix in (".html", ".htm"):
        return f"trafilatura {version('trafilatura')}"
    return f"{library[suffix]} {version(library[suffix])}" if suffix in library else "plain"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise Unreadable(str(path), cause.strerror or str(cause)) from cause


def _extractor(suffix: str, name: str) -> Callable[[bytes, str], Extract]:
    try:
        return _FORMATS[suffix]
    except KeyError as cause:
        known = ", ".join(sorted(SUFFIXES))
        raise Unsupported(
            name, f"cannot extract {suffix or 'a file without ending'}; known: {known}"
        ) from cause


def _document(
    found: Extract,
    name: str,
    stem: str,
    address: str,
    given: Mapping[str, Any],
    now: datetime,
    suffix: str,
    starter: bool = False,
) -> Document:
    text = normalise(found.text)
    if not any(c.isalnum() for c in text):
        raise NoText(name, "holds no text to quote")
    source = replace(
        found.source,
        title=_line(found.source.title) or _line(given.get("title") or "") or first_line(text),
        publisher=found.source.publisher or _line(given.get("publisher") or "") or None,
        published=found.source.published or given.get("published"),
        url=found.source.url or given.get("url"),
        tier=given.get("tier") or found.source.tier,
        licence=found.source.licence or given.get("licence"),
        author=_line(found.source.author or "") or None,
        fetched_at=now,
        extractor=extractor(suffix),
    )
    return Document.of(_id(stem, source.url or address, starter), source, text)


def _suffix(body: bytes, record: Record) -> str:
    """The format of what was fetched, by the server's word, by its first bytes, or by its address."""
    if body[:5] == b"%PDF-":
        return ".pdf"
    ending = PurePosixPath(urlsplit(record.final_url).path).suffix.lower()
    media = _MEDIA.get(record.media_type)
    if media == ".txt" and ending in (".md", ".markdown"):
        return ending
    if media:
        return media
    if body[:256].lstrip()[:1] == b"<":
        return ".html"
    return ending if ending in _FORMATS else record.media_type or ending


def first_line(text: str) -> str:
    """The first line of a text, cut at a word to `TITLE_LENGTH` characters."""
    line = text.split("\n", 1)[0].strip()
    return line if len(line) <= TITLE_LENGTH else line[:TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


def _id(stem: str, address: str, starter: bool) -> str:
    slug = re.sub(r"[^\w]+", "-", stem.lower()).strip("-")[:60] or "document"
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
    return Extract(_markdown_text(content), _source(fields, name))


def _source(fields: Mapping[str, Any], name: str) -> Source:
    return Source(
        title=_string(fields, "title", name) or "",
        publisher=_string(fields, "publisher", name),
        published=_date(fields, "published", name),
        url=_string(fields, "url", name),
        tier=_tier(fields, name),
        licence=_string(fields, "licence", name),
        author=_string(fields, "author", name),
        kind=_string(fields, "kind", name),
        event=_date(fields, "event", name),
        compiled_from=_origins(fields, name),
    )


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


def _pdf(raw: bytes, name: str) -> Extract:
    return Extract(*formats.pdf(raw, name))


def _docx(raw: bytes, name: str) -> Extract:
    return Extract(*formats.docx(raw, name))


def _json_line(line: str, name: str) -> Extract:
    """A line of JSON Lines: an object with "text" and, like front matter, what is known of it."""
    try:
        fields = json.loads(line)
    except ValueError as cause:
        raise BadFrontMatter(name, f"no JSON: {cause}") from cause
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
        raise BadFrontMatter(name, 'each line is an object with its text under "text"')
    return Extract(fields["text"], _source(fields, name))


def _key(line: str, number: int) -> str:
    """What names a line without an address: its own id, its title, or where it stands."""
    fields = json.loads(line)
    return str(fields.get("id") or fields.get("title") or number)


_FORMATS: dict[str, Callable[[bytes, str], Extract]] = {
    ".txt": _plain,
    ".text": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".docx": _docx,
}
LINES = frozenset({".jsonl", ".ndjson"})
SUFFIXES = frozenset(_FORMATS) | LINES
_MEDIA = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}


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
