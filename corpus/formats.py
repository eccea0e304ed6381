"""PDF and DOCX files become text, and what they say of themselves. Neither says when it was published: the
day that a file was made is another one.
"""

import re
import zipfile
from collections import Counter
from io import BytesIO

from lxml import etree

from corpus.errors import NoText, Unreadable
from retrieval.types import Source

# Titles that programs give to what nobody has named.
_UNNAMED = re.compile(
    r"(?i)untitled.*|microsoft (?:word|powerpoint|excel).*|.*\.(?:docx?|pdf|indd|tmp|rtf)|document\d*"
)
# How many lines at the top and the bottom of a page can be its running head and foot.
_EDGE = 2
# A page more than this is a book, not a statement: what follows would keep a refresh for minutes.
_PAGES = 2000
# What a DOCX file may unpack to: its text is a small part of it.
_UNPACKED = 64_000_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def pdf(raw: bytes, name: str) -> tuple[str, Source]:
    """The text layer of a PDF, page by page, without running heads and feet.

    Raises: Unreadable, NoText where it is a scan.
    """
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(name, "a PDF that asks for a password")
        if len(reader.pages) > _PAGES:
            raise Unreadable(name, f"a PDF of {len(reader.pages)} pages: split it first")
        pages = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
    except Unreadable:
        raise
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OSError,
            AssertionError, NotImplementedError, MemoryError) as cause:  # fmt: skip
        raise Unreadable(name, f"a damaged PDF ({type(cause).__name__}: {cause})") from cause
    if not any(c.isalnum() for page in pages for c in page):
        raise NoText(name, "a PDF without text, which is a scan: recognise its text first")
    return "\n".join(_without_edges(pages)), Source(title="" if _UNNAMED.fullmatch(title) else title)


def _without_edges(pages: list[str]) -> list[str]:
    """The pages without the lines at their edges that most pages have, page numbers apart."""
    cut = [[line.strip() for line in page.strip().split("\n")] for page in pages]

    def known(line: str) -> str:
        return re.sub(r"\d+", "#", line)

    edges = Counter(known(line) for lines in cut for line in {*lines[:_EDGE], *lines[-_EDGE:]})
    often = {line for line, count in edges.items() if count >= max(3, 0.6 * len(pages))}
    kept = []
    for number, lines in enumerate(cut, 1):
        numbered = {str(number), f"- {number} -", f"– {number} –", f"Page {number}"}
        ends = {*range(_EDGE), *range(len(lines) - _EDGE, len(lines))}
        kept.append(
            "\n".join(
                line
                for at, line in enumerate(lines)
                if at not in ends or (known(line) not in often and line not in numbered)
            )
        )
    return kept


def docx(raw: bytes, name: str) -> tuple[str, Source]:
    """The text of a DOCX file, a paragraph a line, a table's row a line with bars between its cells, as it
    reads when every change in it is accepted. Raises: Unreadable.
    """
    try:
        with zipfile.ZipFile(BytesIO(raw)) as file:
            if sum(part.file_size for part in file.infolist()) > _UNPACKED:
                raise Unreadable(name, f"unpacks to more than {_UNPACKED // 1_000_000} MB")
            body = _xml(file.read("word/document.xml"))
            about = _xml(file.read("docProps/core.xml")) if "docProps/core.xml" in file.namelist() else None
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError,
            etree.XMLSyntaxError) as cause:  # fmt: skip
        raise Unreadable(name, f"no DOCX file ({type(cause).__name__}: {cause})") from cause
    title = "" if about is None else about.findtext(f"{_DC}title") or ""
    lines = [_paragraph(p) for p in body.iter(f"{_W}p", f"{_W}tr") if not _inside_row(p)]
    return "\n".join(lines), Source(title="" if _UNNAMED.fullmatch(title) else title)


def _xml(raw: bytes) -> etree._Element:
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _inside_row(element: etree._Element) -> bool:
    return next(element.iterancestors(f"{_W}tr"), None) is not None


def _paragraph(element: etree._Element) -> str:
    if element.tag == f"{_W}tr":
        cells = (" ".join(map(_paragraph, cell.iter(f"{_W}p"))) for cell in element.iter(f"{_W}tc"))
        return " | ".join(cells)
    parts = []
    for run in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if run.tag == f"{_W}t":
            parts.append(run.text or "")
        else:
            parts.append({"tab": "\t", "noBreakHyphen": "\u2011"}.get(run.tag.removeprefix(_W), "\n"))
    return "".join(parts)
