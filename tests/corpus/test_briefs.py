"""The starter corpus holds to `corpus/briefs/README.md`: its front matter, its sources and its sentences.

`seed_digests.txt` holds the sha256 digests of the eight-word runs of an article on the same subject that the
briefs must not repeat. A run is eight words in a row, joined by a space, outside quotation marks and within
one line; a word is a run of `\\w` after case-folding. Only the digests are kept, sorted, one a line.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import frontmatter
import pytest

from corpus.refresh import BRIEFS, starter_documents
from retrieval.sentences import sentences

KINDS = {"round", "statement", "measure", "decision", "background"}
KEYS = {"title", "kind", "event", "published", "tier", "licence", "compiled_from"}
RUN = 8
# Sites that gather, copy or generate the news of others, by the name in their address.
MIRRORS = frozenset(
    """barchart biztoc carboot devdiscourse feedzine flipboard heinonline inshorts ir-ia knowledia msn
    newsbreak newsnow particle smartnews truenorthnews upstract""".split()  # noqa: SIM905  a list would fill the page
)
# Newspapers that are read at an address without TLS.
PLAIN = {"en.people.cn"}
# Chinese officials whose family name is spelled like the pronoun.
NAMED_HE = ("He Lifeng", "He Yadong", "He Yongqian")
LEADING = re.compile(r"(He|She|It|Its|This|That|These|Those|They)\b")
QUOTED = re.compile(r"[“\"][^“”\"]*[”\"]")

PATHS = sorted(path for path in BRIEFS.glob("*.md") if path.name != "README.md")
DIGESTS = Path(__file__).with_name("seed_digests.txt").read_text("ascii").split()
DOCUMENTS = starter_documents(datetime(2026, 1, 1, tzinfo=UTC))

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def fields(path: Path) -> dict[str, Any]:
    return frontmatter.load(str(path)).metadata


def runs(text: str) -> Iterator[str]:
    """The eight-word runs of `text`, as the module says."""
    for line in text.splitlines():
        for stretch in QUOTED.split(line):
            words = re.findall(r"\w+", stretch.casefold())
            for at in range(len(words) - RUN + 1):
                yield " ".join(words[at : at + RUN])


def digest(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()


def test_there_are_enough_briefs() -> None:
    assert len(PATHS) >= 40
    assert list(DOCUMENTS) == [path.stem for path in PATHS]


@each
def test_front_matter(path: Path) -> None:
    brief = fields(path)
    assert set(brief) | {"event"} == KEYS
    assert isinstance(brief["title"], str)
    assert brief["title"].strip()
    assert brief["kind"] in KINDS
    assert brief["tier"] == "brief"
    assert brief["licence"] == "CC-BY-4.0"
    assert "event" in brief or brief["kind"] == "background"


@each
def test_dates(path: Path) -> None:
    brief = fields(path)
    newest = max(source["published"] for source in brief["compiled_from"])
    assert type(newest) is date
    assert brief["published"] == newest
    # A measure is announced before it begins or ends, none by more than a year.
    assert brief.get("event", newest) <= newest + timedelta(days=366)


@each
def test_sources(path: Path) -> None:
    sources = fields(path)["compiled_from"]
    assert sources
    for source in sources:
        assert {"publisher", "published"} <= set(source) <= {"publisher", "published", "url"}
        assert source["publisher"].strip()
        assert MIRRORS.isdisjoint(re.findall(r"\w+", source["publisher"].casefold()))
        if "url" in source:
            url = urlsplit(source["url"])
            host = url.hostname or ""
            assert url.scheme == "https" or host in PLAIN
            assert url.port is None
            assert MIRRORS.isdisjoint(host.split("."))


@each
def test_text_is_plain_paragraphs_of_the_length_agreed(path: Path) -> None:
    text = frontmatter.load(str(path)).content
    assert 120 <= len(text.split()) <= 500
    for paragraph in text.split("\n\n"):
        assert "\n" not in paragraph
        assert not re.match(r"#|[-*+>] |\d+\. ", paragraph)


@each
def test_quotation_marks_are_straight_and_balanced(path: Path) -> None:
    for paragraph in DOCUMENTS[path.stem].text.splitlines():
        assert paragraph.count('"') % 2 == 0, paragraph
        assert not re.search("[“”„«»]", paragraph), paragraph


@each
def test_sentences_stand_alone(path: Path) -> None:
    document = DOCUMENTS[path.stem]
    for span in sentences(document.text):
        sentence = document.slice(span)
        assert sentence.startswith(NAMED_HE) or not LEADING.match(sentence), sentence


@each
def test_remarks_are_dated_in_their_sentence(path: Path) -> None:
    document = DOCUMENTS[path.stem]
    for sentence in map(document.slice, sentences(document.text)):
        if any(len(remark.split()) > 2 for remark in QUOTED.findall(sentence)):
            assert re.search(r"\b20\d\d\b", sentence), sentence


def test_digests_are_digests() -> None:
    assert len(DIGESTS) > 100
    assert sorted(set(DIGESTS)) == DIGESTS
    assert all(re.fullmatch("[0-9a-f]{64}", line) for line in DIGESTS)


def test_runs_leave_quotations_out() -> None:
    nine = "One two THREE four five, six seven eight-nine."
    assert list(runs(nine)) == [
        "one two three four five six seven eight",
        "two three four five six seven eight nine",
    ]
    assert list(runs(nine.replace("four", '"four"'))) == []
    assert list(runs(nine.replace("four ", "four\n"))) == []


@each
def test_repeats_nothing_of_the_seed_article(path: Path) -> None:
    known = set(DIGESTS)
    document = DOCUMENTS[path.stem]
    text = f"{document.source.title}\n{document.text}"
    assert [run for run in runs(text) if digest(run) in known] == []
