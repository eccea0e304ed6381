"""Extraction from web pages of our own: text, title and date of articles, and the refusal of what is none."""

from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import mean

import pytest

from corpus import charset, dates, extract, webpage
from corpus.errors import NotAnArticle, NoText, SourceError, Unreadable
from tests.corpus.pages import HELD_OUT, REFUSED, Made, f1, held_out, made, page

PAGES = list(made())
ARTICLE = next(p for p in PAGES if p.name == "opengraph-truce")


def read(html: str) -> tuple[str, date | None]:
    text, source, _ = webpage.article(html.encode(), "page")
    return text, source.published


def test_there_are_pages_enough() -> None:
    assert len(PAGES) + len(REFUSED) >= 40
    assert len({p.name.partition("-")[0] for p in PAGES}) >= 10


@pytest.mark.parametrize("made", PAGES, ids=lambda made: made.name)
def test_an_article_is_found_whole_and_without_furniture(made: Made) -> None:
    text, source, language = webpage.article(made.html.encode(), made.name)
    assert f1(text, made.text) >= 0.95
    assert (source.title, source.published) == (made.title, made.date)
    assert language in ("en", "en-us", "en-gb", "")
    for furniture in ("Read more", "Related", "newsletter", "Advertisement", "reserved", "Share"):
        assert furniture not in text


def test_articles_are_found_as_well_as_they_were() -> None:
    found = [webpage.article(made.html.encode(), made.name) for made in PAGES]
    assert mean(f1(text, made.text) for (text, _, _), made in zip(found, PAGES, strict=True)) >= 0.99
    assert all(source.published == made.date for (_, source, _), made in zip(found, PAGES, strict=True))


def test_pages_that_nothing_was_tuned_on() -> None:
    """First scored at F1 .983 on average, .887 at least, every title and date right. Of the four that stand
    in for an article two were accepted, a block by region and a check of the browser: their phrases are known
    since, so those two are held out no longer."""
    whole = list(held_out())
    found = [webpage.article(made.html.encode(), made.name) for made in whole]
    scores = [f1(text, made.text) for (text, _, _), made in zip(found, whole, strict=True)]
    assert mean(scores) >= 0.98
    assert min(scores) >= 0.88
    assert [(s.title, s.published) for _, s, _ in found] == [(made.title, made.date) for made in whole]
    stand_ins = sorted(HELD_OUT.glob("refused-*.html"))
    for path in stand_ins:
        with pytest.raises(NotAnArticle):
            webpage.article(path.read_bytes(), path.stem)
    assert (len(whole), len(stand_ins)) == (8, 4)


@pytest.mark.parametrize("made", [p for p in PAGES if "briefing" in p.name], ids=lambda made: made.name)
def test_a_transcript_keeps_its_labels_at_the_head_of_their_paragraphs(made: Made) -> None:
    text, _, _ = webpage.article(made.html.encode(), made.name)
    lines = [line for line in extract.normalise(text).split("\n") if line]
    assert lines == made.text.split("\n")


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_what_stands_in_for_an_article_is_refused_with_its_reason(path: Path) -> None:
    kind = path.stem.partition("-")[0]
    with pytest.raises(NoText if kind == "nothing" else NotAnArticle) as refusal:
        webpage.article(path.read_bytes(), "page")
    said = {"error": "error page", "robot": "robots", "consent": "consent", "cookie": "cookie"}
    said |= {"paywall": "paywall", "login": "log in", "nothing": "no article", "redirecting": "robots"}
    assert said[kind] in str(refusal.value)


def test_words_of_walls_and_errors_do_not_keep_an_article_out() -> None:
    """An article about paywalls, with a banner about cookies and a link for subscribers."""
    wall = (
        "Already a subscriber? Log in. Subscribe for unlimited access. We use cookies. Accept all. Captcha."
    )
    html = ARTICLE.html.replace('<div class="masthead">', f'<div class="masthead"><p>{wall}</p>')
    html = html.replace(
        "A year is a long time", "The page was not found, said error 404. A year is a long time"
    )
    long = html.replace("</h1>", "</h1>" + "".join(f"<p>{line}</p>" for line in ARTICLE.text.split("\n")))
    text, _ = read(long)
    assert "error 404" in text
    days = "The charges are suspended for one year. Those due before are to be paid within thirty days."
    notice = {"name": "x", "title": "Notice", "author": "", "published": "2025-11-08", "text": [days]}
    short = page("ministry", notice)
    assert "thirty days" in read(short.html)[0]


TEASER = (
    "<p>The ministry said on Monday that the controls of 9 October are suspended for a year. Applications "
    "that are pending will be handled under the rules that were in force before; no new form is needed.</p>"
)


@pytest.mark.parametrize(
    ("inside", "beside", "refused"),
    [
        ("", "<p>Already a subscriber? Log in for unlimited access.</p>", False),
        ("", "<nav>Subscribe to continue reading</nav>", False),
        ("", "<header><form><input type='password'></form></header>", False),
        ("", "<form><input type='password'></form>", True),
        ("<p>Already a subscriber? Log in</p>", "", True),
        ("", "<div>Subscribe now to continue with this story.</div>", True),
        ("", "<div>You have reached your limit of free articles.</div>", True),
        ("", "<div class='regwall'>Welcome</div>", True),
    ],
)
def test_a_wall_is_told_from_what_a_site_says_everywhere(inside: str, beside: str, refused: bool) -> None:
    html = f"<html><head><title>Controls</title></head><body><article><h1>Controls</h1>{TEASER}{inside}"
    html += f"</article>{beside}</body></html>"
    if refused:
        with pytest.raises(NotAnArticle):
            read(html)
    else:
        assert read(html)[0].startswith("The ministry said")
        assert "subscriber" not in read(html)[0]


def test_a_file_of_a_page_is_extracted_with_the_same_care(tmp_path: Path) -> None:
    path = tmp_path / "wall.html"
    path.write_bytes(REFUSED[0].read_bytes())
    with pytest.raises(SourceError):
        extract.document(path, {}, datetime.now(UTC))


@pytest.mark.parametrize(
    ("head", "body", "wanted"),
    [
        ('<meta name="date" content="20251030">', "", "2025-10-30"),
        ('<meta name="date" content="2025-10-30T23:59:00-12:00">', "", "2025-10-30"),
        ('<meta name="dc.date" content="October 30, 2025">', "", "2025-10-30"),
        ('<meta name="date" content="2025年10月30日">', "", "2025-10-30"),
        ("", '<span class="pub-date">Oct. 30, 2025, 5:00 p.m. EDT</span>', "2025-10-30"),
        ("", '<p class="date">30/10/2025</p>', "2025-10-30"),
        ("", "<p>Published: 30th October 2025</p>", "2025-10-30"),
        ("", "<p>Posted on 30 Oct 2025 by the desk</p>", "2025-10-30"),
        ("", "<div>Thursday, October 30, 2025 at 5:00 p.m. EDT</div>", "2025-10-30"),
        ("", "<p>10/30/2025</p>", "2025-10-30"),
        ("", "<div>Busan, October 30, 2025</div>", None),
        ("", '<p class="date">10/11/2025</p>', None),
        ("", '<p class="date">October 2025</p>', None),
        ("", "<p>Last updated: October 30, 2025</p>", None),
        ("", '<p class="updated"><time datetime="2025-10-30">30 October</time></p>', None),
        ("", '<p class="dates">From October 30, 2025 to November 1, 2025</p>', None),
        ("", "<p>On October 30, 2025 the two presidents met.</p>", None),
        ('<meta name="date" content="2199-01-01">', "", None),
        ('<meta name="date" content="0001-01-01">', "", None),
        ('<meta name="date" content="2025-02-30">', "", None),
        ('<meta name="date" content="soon">', "", None),
        ('<meta property="article:modified_time" content="2025-10-30">', "", None),
        ('<script type="application/ld+json">{"datePublished": "2025-10-30", broken</script>', "", None),
        ('<script type="application/ld+json">[{"@type":"Article","datePublished":"2025-10-30"}]</script>', "",
         "2025-10-30"),
        ("", '<aside><time datetime="2025-10-30">x</time></aside>', None),
        ("", '<div class="related-stories"><time datetime="2025-10-30">x</time></div>', None),
        ("", '<a href="/x"><time datetime="2025-10-30">x</time></a>', None),
    ],
)  # fmt: skip
def test_a_date_is_read_where_it_is_declared_and_never_invented(
    head: str, body: str, wanted: str | None
) -> None:
    text = "".join(f"<p>{line}</p>" for line in ARTICLE.text.split("\n"))
    later = "<p>Published: January 2, 2003</p><p class='date'>January 2, 2003</p><time>January 2, 2003</time>"
    html = f"<html><head><title>T</title>{head}</head><body><h1>T</h1>{body}{text}{later}</body></html>"
    assert read(html)[1] == (date.fromisoformat(wanted) if wanted else None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Thu, 30 Oct 2025 23:30:00 -0400", "2025-10-30"),
        ("2025-10-30T01:00:00+08:00", "2025-10-30"),
        ("30 Oct 2025", "2025-10-30"),
        ("Thu, 99 Oct 2025 23:30:00 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_dates_of_feeds_are_read_or_left(text: str, wanted: str | None) -> None:
    assert dates.of_feed(text) == (date.fromisoformat(wanted) if wanted else None)


TEXT = "Exporteurs — “naïve” façade, 关税暂停"
WESTERN = "The façade of the naïve exporters cost €5 — “cheap”"


@pytest.mark.parametrize(
    ("raw", "said", "wanted"),
    [
        (TEXT.encode(), "", TEXT),
        (TEXT.encode(), "iso-8859-1", TEXT),
        (TEXT.encode("utf-8-sig"), "", TEXT),
        (TEXT.encode("utf-16"), "utf-8", TEXT),
        ("关税暂停".encode("gb18030"), "gb2312", "关税暂停"),
        (b'<meta charset="gbk">' + "关税暂停".encode("gbk"), "", '<meta charset="gbk">关税暂停'),
        (WESTERN.encode("cp1252"), "iso-8859-1", WESTERN),
        (WESTERN.encode("cp1252"), "utf-8", None),
        ("关税".encode("iso-2022-jp", "ignore") + b"x", "no-such-charset", None),
        (b"plain", "rot13", "plain"),
        (b"plain", "", "plain"),
    ],
)
def test_the_encoding_is_found_whatever_was_said(raw: bytes, said: str, wanted: str | None) -> None:
    found = charset.decode(raw, "page", said)
    assert found == wanted if wanted else "\ufffd" not in found


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Unreadable):
        charset.decode(bytes(range(128, 256)) * 20 + b"\x00\xff\x81\x8d" * 50, "page")


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"<html>", b"\x00\x00", b"<!-- -->", b"<?xml version='1.0' encoding='x'?>"]
)
def test_what_is_no_page_is_refused(raw: bytes) -> None:
    with pytest.raises((NoText, NotAnArticle)):
        webpage.article(raw, "page")


def test_entities_of_a_page_are_never_expanded_into_more() -> None:
    """Billion laughs, in a page."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    html = f'<!DOCTYPE html [<!ENTITY l0 "ha">{laughs}]><html><body>{ARTICLE.html}<p>&l9;</p></body></html>'
    assert len(read(html)[0]) < 10 * len(html)


def test_a_page_longer_than_any_article_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"6\.0 MB"):
        webpage.article(b"<p>x</p>" * 750_000, "page")


def test_a_page_nested_without_end_does_no_harm() -> None:
    html = "<div>" * 100_000 + ARTICLE.text + "</div>" * 100_000
    with suppress(SourceError):
        webpage.article(html.encode(), "page")
