"""Files of every kind become text once and for all, or a reason why not."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import extract
from corpus.errors import BadFrontMatter, NoText, SourceError, Unreadable, Unsupported
from corpus.extract import normalise
from retrieval.types import Document, Origin, version_of
from tests.conftest import ARTICLES

NOW = datetime(2026, 11, 1, tzinfo=UTC)
Read = Callable[..., Document]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes a file and reads it as a document."""

    def made(name: str, content: str | bytes, **given: Any) -> Document:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return extract.document(path, given, NOW)

    return made


# Normalised once


@given(st.text(st.characters(codec=None)))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
    assert not set(once) & set("\r\u00a0\u202f\u2028\0\ufeff\x0b\x0c\x85")
    assert "\n\n\n" not in once
    assert version_of(once)


@given(st.text(st.sampled_from("aé\u0301 \t\n\r\u00a0\u2028\u2029\x85\x0b\0\ufeff\ud800"), max_size=40))
def test_the_marks_that_matter_are_normalised_together(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert normalise(text).replace("\n", "").isprintable() or "\t" in normalise(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("24\u00a0percent \u2009of\u202fall", "24 percent  of all"),
        ("Cafe\u0301", "Café"),
        ("a  \n\n\n\n \t\nb\n", "a\n\nb"),
        ("\ufefftext\0 with\x07 controls", "text with controls"),
        ("first\u2028second\u2029third", "first\nsecond\n\nthird"),
        (" \n\t ", ""),
    ],
)
def test_what_normalising_does(text: str, normal: str) -> None:
    assert normalise(text) == normal


# Formats


def test_the_article_is_the_same_text_in_every_format() -> None:
    text, markdown, page = (
        extract.document(ARTICLES / f"article.{ending}", {}, NOW) for ending in ("txt", "md", "html")
    )
    assert text.version == markdown.version == version_of(text.text)
    assert markdown.source.title == "After two days in Kuala Lumpur, a tariff threat recedes"
    assert (markdown.source.publisher, markdown.source.published) == ("Talks Test Desk", date(2025, 10, 27))
    assert (markdown.source.licence, markdown.source.fetched_at) == ("CC-BY-4.0", NOW)
    assert text.source.title.startswith("Negotiators from Washington and Beijing left")
    assert (text.source.published, text.source.publisher, text.source.url) == (None, None, None)
    assert page.source.url == markdown.source.url == "https://example.org/kuala-lumpur-tariff-threat"
    assert (page.source.title, page.source.published) == (markdown.source.title, markdown.source.published)


def test_of_a_page_only_the_article_is_left() -> None:
    page = extract.document(ARTICLES / "article.html", {}, NOW)
    paragraphs = (ARTICLES / "article.txt").read_text("utf-8").strip().split("\n\n")
    assert len(paragraphs) > 12
    assert [line for line in page.text.split("\n") if line][-len(paragraphs) :] == paragraphs
    for furniture in (
        "cookies",
        "Newsletter",
        "newsletter",
        "Most read",
        "container ships",
        "rights reserved",
        "furniture",
    ):
        assert furniture not in page.text


def test_an_address_makes_the_same_document_of_two_files(tmp_path: Path) -> None:
    for ending in ("md", "html"):
        (tmp_path / f"article.{ending}").write_bytes((ARTICLES / f"article.{ending}").read_bytes())
    ids = {extract.document(tmp_path / f"article.{ending}", {}, NOW).id for ending in ("md", "html")}
    assert ids == {extract.document(ARTICLES / "article.md", {}, NOW).id}


def test_files_of_one_name_in_two_folders_are_two_documents(tmp_path: Path) -> None:
    ids = set()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "index.txt").write_text("Words.")
        ids.add(extract.document(tmp_path / folder / "index.txt", {}, NOW).id)
    assert len(ids) == 2
    assert all(id.startswith("index-") for id in ids)


def test_markdown_keeps_every_word_and_no_mark(read: Read) -> None:
    made = read(
        "notes.md",
        """# Outcome of the *fourth* round

A paragraph that somebody
wrapped at a column, with `code`, a [link](https://example.org)
and ![a chart of exports](chart.png).

- first point
- second point,
  wrapped
  1. nested one
  2. nested two

| Good | Duty |
|------|------|
| Corn | 15%  |

```
kept = as_it_stands
```

> A remark,
> set apart.

<div>Words in a <b>block</b> &amp; more</div>

Inline <b>bold</b> and &amp; an entity,<br>broken.\\
Hard break.
""",
    )
    assert made.text.split("\n\n") == [
        "Outcome of the fourth round",
        "A paragraph that somebody wrapped at a column, with code, a link and a chart of exports.",
        "- first point",
        "- second point, wrapped",
        "1. nested one",
        "2. nested two",
        "Good | Duty",
        "Corn | 15%",
        "kept = as_it_stands",
        "A remark, set apart.",
        made.text.split("\n\n")[10],
        "Inline bold and & an entity,\nbroken.\nHard break.",
    ]
    assert made.text.split("\n\n")[10].split() == ["Words", "in", "a", "block", "&", "more"]
    assert made.source.title == "Outcome of the fourth round"


def test_line_ends_and_spaces_do_not_make_another_version(read: Read) -> None:
    plain = "First line of a statement.\n\nIt has 24 percent in it.\n"
    version = read("a.txt", plain).version
    assert read("b.txt", plain.replace("\n", "\r\n")).version == version
    assert read("c.txt", plain.replace("24 p", "24\u00a0p")).version == version
    assert read("d.txt", b"\xef\xbb\xbf" + plain.encode()).version == version
    assert read("e.txt", plain.encode("utf-16")).version == version
    assert read("f.txt", plain.encode("utf-16-be").join((b"\xfe\xff", b""))).version == version
    assert read("g.txt", plain + "x").version != version


# What a file says of itself


def test_what_the_file_says_goes_before_what_is_given(read: Read) -> None:
    given = {
        "title": "Given",
        "publisher": "Giver",
        "published": date(2020, 1, 1),
        "url": "https://example.org/g",
    }
    said = (
        "---\ntitle: Said\npublisher: Sayer\npublished: 2025-10-30\nurl: https://example.org/s\n---\nWords."
    )
    source = read("a.md", said, **given).source
    assert (source.title, source.publisher) == ("Said", "Sayer")
    assert (source.published, source.url) == (date(2025, 10, 30), "https://example.org/s")
    source = read("b.txt", "Words.", **given).source
    assert (source.title, source.publisher) == ("Given", "Giver")
    assert (source.published, source.url) == (date(2020, 1, 1), "https://example.org/g")


def test_front_matter_is_read_whatever_ends_its_lines(read: Read) -> None:
    made = read("a.md", "---\r\ntitle: Busan\r\npublished: 2025-10-30\r\n---\r\nWords.\r\n")
    assert (made.source.title, made.source.published, made.text) == ("Busan", date(2025, 10, 30), "Words.")


def test_a_title_is_one_line_of_printable_text(read: Read) -> None:
    assert (
        read("a.md", '---\ntitle: "Two\\n lines\\0 and\\ta tab"\n---\nWords.').source.title
        == "Two lines and a tab"
    )
    assert read("b.md", "---\ntitle: 2025\n---\nWords.").source.title == "2025"
    assert read("c.md", "---\ntitle:\n---\nWords.").source.title == "Words."
    long = read("d.txt", "word " * 100).source.title
    assert long.endswith(" word…")
    assert len(long) <= extract.TITLE_LENGTH + 1


def test_origins_of_a_brief_are_read(read: Read) -> None:
    made = read(
        "a.md", "---\ncompiled_from:\n- publisher: AP\n  published: 2025-07-30\n- publisher: BBC\n---\nWords."
    )
    assert made.source.compiled_from == (Origin("AP", date(2025, 7, 30)), Origin("BBC"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rules.md", "---\nWords between two rules.\n\n---\nWords after."),
        ("list.md", "---\n- one of\n- several\n---\nWords after."),
        ("braces.md", '{\n"Words": 1\n}\nWords after.'),
        ("pluses.md", "+++\nWords = 1\n+++\nWords after."),
        ("rule.md", "Words before.\n\n---\n\nWords after."),
        ("open.md", "---\nWords: never closed\n\nWords after."),
    ],
)
def test_what_only_looks_like_front_matter_is_text(read: Read, name: str, text: str) -> None:
    words = [w for w in text.replace("-", " ").split() if w.isalpha()]
    made = read(name, text)
    assert made.source.published is None
    assert all(word in made.text for word in words)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("published: yesterday", "'yesterday' is not a date"),
        ("published: 2025-02-30", "day is out of range"),
        ("published: 2025", "'2025' is not a date"),
        ("published: [2025-10-30]", "is not a date"),
        ("title: [a", "front matter is not YAML"),
        ("title: [a]", "title should be text, not list"),
        ("title: No", "title should be text, not bool"),
        ("tier: gossip", "tier 'gossip' is none of official"),
        ("compiled_from: 5", "compiled_from should be a list"),
        ("compiled_from: [AP]", "names its publisher"),
        ("compiled_from: [{url: x}]", "names its publisher"),
        ("title: !!python/object/apply:os.getcwd []", "front matter is not YAML"),
    ],
)
def test_a_bad_field_is_named_in_one_line(read: Read, field: str, said: str) -> None:
    with pytest.raises(BadFrontMatter) as bad:
        read("bad.md", f"---\n{field}\n---\nWords.")
    assert said in str(bad.value)
    assert "\n" not in str(bad.value)
    assert bad.value.source.endswith("bad.md")


# What cannot be read


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("latin.txt", "café".encode("latin-1"), Unreadable, "not UTF-8 text (byte 3)"),
        ("cut.txt", "text".encode("utf-16")[:-1], Unreadable, "not UTF-16 text"),
        ("binary.txt", b"%PDF\0\0", Unreadable, "NUL bytes"),
        ("binary.md", b"\0", Unreadable, "NUL bytes"),
        ("wide.txt", "text".encode("utf-32"), Unreadable, "NUL bytes"),
        ("empty.txt", b"", NoText, "no text"),
        ("blank.txt", b" \n\t\n", NoText, "no text"),
        ("marks.txt", b"--- *** ---", NoText, "no text"),
        ("front.md", b"---\ntitle: Only this\n---\n", NoText, "no text"),
        ("empty.html", b"", NoText, "no article"),
        ("bare.html", b"<html><body></body></html>", NoText, "no article"),
        ("script.html", b"<html><body><script>var words = 1</script></body></html>", NoText, "no article"),
        ("noise.html", bytes(range(256)) * 8, SourceError, "noise.html"),
        ("paper.odt", b"PK", Unsupported, "cannot extract .odt; known: .docx, .htm, .html"),
        ("Makefile", b"all:", Unsupported, "a file without ending"),
    ],
)
def test_a_file_without_text_says_what_it_is(
    read: Read, name: str, content: bytes, error: type[SourceError], said: str
) -> None:
    with pytest.raises(error) as bad:
        read(name, content)
    assert said in str(bad.value)
    assert bad.value.source.endswith(name)


def test_a_path_that_is_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    for name, said in (("gone.txt", "No such file"), ("folder.txt", "directory")):
        with pytest.raises(Unreadable, match=said):
            extract.document(tmp_path / name, {}, NOW)
