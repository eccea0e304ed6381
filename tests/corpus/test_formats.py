"""PDF, DOCX and JSON Lines files of our own, written by hand."""

import json
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from corpus import extract, formats
from corpus.errors import BadFrontMatter, NoText, SourceError, Unreadable
from corpus.raw import Record
from retrieval.types import Document

NOW = datetime(2025, 11, 20, tzinfo=UTC)
LINES = [
    "The charges on vessels are suspended for one year from",
    "10 November 2025. They had been collected since October.",
    "Operators need not apply.",
]


def pdf(*pages: list[str], title: str = "") -> bytes:
    """A PDF of these lines, with no more in it than a PDF needs."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = " ".join(f"({line}) Tj T*" for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 72 720 Td {shown} ET".encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
        objects.append(f"{page}/Resources << /Font << /F1 3 0 R >> >> >>".encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    objects.append(f"<< /Title ({title}) /CreationDate (D:20240102030405Z) >>".encode())
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, held in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, held)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(body)
    body += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}".encode()
    body += f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R /Info {len(places)} 0 R >>\n".encode()
    return bytes(body + b"startxref\n%d\n%%%%EOF\n" % start)


def docx(body: str, title: str = "", head: str = "") -> bytes:
    """A DOCX file whose body is this WordprocessingML."""
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "word/document.xml", f'{head}<w:document xmlns:w="{w}"><w:body>{body}</w:body></w:document>'
        )
        about = f'<c:coreProperties xmlns:c="{core}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        file.writestr("docProps/core.xml", f"{about}<dc:title>{escape(title)}</dc:title></c:coreProperties>")
    return out.getvalue()


def paragraph(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{escape(run)}</w:t></w:r>" for run in runs) + "</w:p>"


def test_a_pdf_gives_its_text_and_title_and_no_date(tmp_path: Path) -> None:
    path = tmp_path / "notice.pdf"
    path.write_bytes(pdf(LINES, title="Notice on port charges"))
    found = extract.document(path, {"publisher": "Test Authority"}, NOW)
    assert found.text.split() == " ".join(LINES).split()
    assert (found.source.title, found.source.published) == ("Notice on port charges", None)
    assert found.source.publisher == "Test Authority"


@pytest.mark.parametrize("title", ["Microsoft Word - draft3.docx", "Untitled", "notice_final.pdf"])
def test_a_title_that_a_program_gave_is_none(title: str) -> None:
    assert formats.pdf(pdf(LINES, title=title), "x")[1].title == ""


def test_running_heads_and_page_numbers_stay_out() -> None:
    words = ["vessels", "owners", "flags", "berths", "tides", "cranes", "locks"]
    pages = [
        ["Test Authority, notice 7", *(f"What is said of {a} and {b}." for b in words[:5]), f"Page {number}"]
        for number, a in enumerate(words, 1)
    ]
    text, _ = formats.pdf(pdf(*pages), "x")
    assert "Test Authority" not in text
    assert "Page" not in text
    assert len(text.split("\n")) == 35
    text, _ = formats.pdf(pdf(*pages[:2]), "x")
    assert text.count("Test Authority") == 2


def test_a_scan_says_what_it_is() -> None:
    with pytest.raises(NoText, match="scan"):
        formats.pdf(pdf([], []), "x")


WHOLE = pdf(LINES)


@pytest.mark.parametrize(
    "raw", [b"%PDF-1.7", b"%PDF-1.4\nnothing", WHOLE[:200], WHOLE.replace(b"/Kids", b"/Kode"), WHOLE[50:]]
)
def test_a_damaged_pdf_is_named_and_raises_nothing_else(raw: bytes) -> None:
    try:
        text, _ = formats.pdf(raw, "x")
    except (Unreadable, NoText):
        return
    assert text.split() == " ".join(LINES).split()


def test_a_docx_gives_its_paragraphs_tables_and_accepted_changes(tmp_path: Path) -> None:
    row = "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in ("MODERATOR:", "Next question."))
    inserted = (
        "<w:ins><w:r><w:t>were </w:t></w:r></w:ins><w:del><w:r><w:delText>are </w:delText></w:r></w:del>"
    )
    changed = (
        f'<w:p><w:r><w:t xml:space="preserve">They </w:t></w:r>{inserted}<w:r><w:t>kept.</w:t></w:r></w:p>'
    )
    control = f"<w:sdt><w:sdtContent>{paragraph('Inside a control.')}</w:sdtContent></w:sdt>"
    path = tmp_path / "minutes.docx"
    body = paragraph("First ", "paragraph.") + f"<w:tbl><w:tr>{row}</w:tr></w:tbl>" + changed + control
    path.write_bytes(docx(body, title="Minutes"))
    found = extract.document(path, {}, NOW)
    wanted = ["First paragraph.", "MODERATOR: | Next question.", "They were kept.", "Inside a control."]
    assert found.text.split("\n") == wanted
    assert (found.source.title, found.source.published) == ("Minutes", None)


def test_bombs_in_a_docx_do_not_go_off() -> None:
    with pytest.raises(Unreadable, match="unpacks to more"):
        formats.docx(docx(paragraph("a" * 70_000_000)), "x")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'
    raw = docx("<w:p><w:r><w:t>before &l11; after</w:t></w:r></w:p>", head=head)
    with pytest.raises(Unreadable, match="amplification"):
        formats.docx(raw, "x")


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"not a zip", docx("")[:-30], docx("<w:p>")])
def test_what_is_no_docx_is_named(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        formats.docx(raw, "x")


def test_json_lines_hold_a_document_a_line(tmp_path: Path) -> None:
    path = tmp_path / "archive.jsonl"
    lines = [
        json.dumps({"text": "One.", "title": "First", "published": "2025-10-30", "publisher": "Desk"}),
        "",
        json.dumps({"text": "Two.", "url": "https://example.org/two", "tier": "official"}),
        "{broken",
        json.dumps({"title": "no text"}),
        json.dumps({"text": "x.", "published": "soon"}),
        json.dumps(["a list"]),
        json.dumps({"text": "  "}),
        json.dumps({"text": "Three.\u2028Still three.", "id": 7}),
    ]
    path.write_text("\n".join(lines), "utf-8")
    given = {"publisher": "Archive", "tier": None}
    found = list(extract.documents(path, given, NOW))
    good = [d for d in found if isinstance(d, Document)]
    bad = [e for e in found if isinstance(e, SourceError)]
    assert [d.text for d in good] == ["One.", "Two.", "Three.\nStill three."]
    assert [(d.source.title, d.source.publisher) for d in good][:2] == [
        ("First", "Desk"),
        ("Two.", "Archive"),
    ]
    assert (good[0].source.published, good[1].source.url) == (date(2025, 10, 30), "https://example.org/two")
    assert good[1].source.tier == "official"
    assert [type(e) for e in bad] == [BadFrontMatter] * 4 + [NoText]
    assert [e.source.rpartition(":")[2] for e in bad] == ["4", "5", "6", "7", "8"]
    # A line that moves is the same document.
    path.write_text("\n".join(reversed(lines)), "utf-8")
    again = [d for d in extract.documents(path, given, NOW) if isinstance(d, Document)]
    assert {d.id for d in again} == {d.id for d in good}


def test_any_other_file_holds_one_document(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("One.")
    assert list(extract.documents(path, {}, NOW)) == [extract.document(path, {}, NOW)]


@pytest.mark.parametrize(
    ("body", "media", "path", "wanted"),
    [
        (pdf(LINES), "application/octet-stream", "/download?id=7", "The charges"),
        (docx(paragraph("Minutes of it.")), "application/octet-stream", "/minutes.docx", "Minutes of it."),
        ("Plain — text.".encode(), "text/plain", "/statement", "Plain — text."),
        (b"# Head\n\nMarked text.", "text/plain", "/statement.md", "Head"),
        (
            b"<html><body><p>" + b"A page of words that goes on. " * 20 + b"</p></body></html>",
            "",
            "/",
            "A page",
        ),
    ],
    ids=["pdf", "docx", "text", "markdown", "html"],
)
def test_what_was_fetched_is_read_as_what_it_is(body: bytes, media: str, path: str, wanted: str) -> None:
    url = f"https://example.org{path}"
    record = Record(url, url, 200, NOW, len(body), "0" * 64, media)
    found = extract.fetched(body, record, {"publisher": "Office", "tier": "official"})
    assert found.text.startswith(wanted)
    source = found.source
    assert (source.url, source.publisher, source.tier, source.fetched_at) == (url, "Office", "official", NOW)


def test_what_nothing_here_reads_is_named() -> None:
    url = "https://example.org/clip"
    with pytest.raises(SourceError, match="video/mp4"):
        extract.fetched(b"\0\0\0\x18ftyp", Record(url, url, 200, NOW, 9, "0" * 64, "video/mp4"), {})


def test_a_page_in_another_language_is_refused() -> None:
    body = b'<html lang="zh-CN"><body><p>' + b"A page of words that goes on. " * 20 + b"</p></body></html>"
    url = "https://example.org/"
    record = Record(url, url, 200, NOW, len(body), "0" * 64, "text/html")
    with pytest.raises(SourceError, match="zh-cn"):
        extract.fetched(body, record, {"language": "en"})
    assert extract.fetched(body, record, {"language": "zh"}).text


@pytest.mark.parametrize("suffix", sorted(extract.SUFFIXES))
def test_the_extractor_of_a_format_is_named_with_its_version(suffix: str) -> None:
    assert extract.extractor(suffix) == "plain" or any(c.isdigit() for c in extract.extractor(suffix))
