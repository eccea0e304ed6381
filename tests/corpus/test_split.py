"""Passages are slices that cover every sentence, cut none, and stay in the window."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from corpus.extract import normalise
from corpus.split import TARGET, split
from retrieval.reading import embedded_text
from retrieval.sentences import sentences
from retrieval.types import Document, Source, Span
from tests.fakes import BagOfWords

BAG = BagOfWords()
WORDS = st.sampled_from(
    ["tariffs", "He", "said", "Mr.", "U.S.", "“yes”", "no.", "Why?", "稀土。", "10%", "and", "go!"]
)
PARAGRAPHS = st.lists(st.lists(WORDS, max_size=60).map(" ".join), max_size=8).map("\n\n".join)
#: Text of a Unicode character set at large, and text that resembles what is really split.
TEXTS = st.one_of(st.text(st.characters(codec="utf-8"), max_size=400), PARAGRAPHS).map(normalise)
TITLES = st.lists(WORDS, max_size=80).map(" ".join)


def cut(text: str, title: str = "A title", window: int = 256) -> tuple[Document, tuple[Span, ...]]:
    document = Document.of("d", Source(title), text)
    return document, split(document, BAG.count, window)


@given(TEXTS, TITLES, st.integers(8, 300))
def test_passages_cover_each_sentence_and_cut_none(text: str, title: str, window: int) -> None:
    document, passages = cut(text, title, window)
    all_sentences = sentences(text)
    for sentence in all_sentences:
        assert sum(sentence in passage for passage in passages) == 1
        assert not any(sentence.overlaps(p) and sentence not in p for p in passages)
    for passage in passages:
        assert document.slice(passage) == text[passage.start : passage.end]
        assert document.slice(passage).strip() == document.slice(passage)
    assert list(passages) == sorted(passages)
    assert all(not a.overlaps(b) for a, b in pairwise(passages))
    covered = "".join(document.slice(p) for p in passages)
    assert "".join(covered.split()) == "".join(text.split())


@given(TEXTS, TITLES, st.integers(8, 300))
def test_a_passage_fits_the_window_or_is_one_sentence(text: str, title: str, window: int) -> None:
    document, passages = cut(text, title, window)
    for passage in passages:
        inside = [s for s in sentences(text) if s in passage]
        assert len(inside) == 1 or BAG.count(embedded_text(document, passage)) <= window


def test_a_sentence_longer_than_the_window_is_its_own_passage() -> None:
    long = "The list names " + ", ".join(f"good number {n}" for n in range(200)) + "."
    text = f"A short one first. {long} A short one after."
    document, passages = cut(text)
    assert [document.slice(p) for p in passages] == ["A short one first.", long, "A short one after."]
    assert BAG.count(long) > 256


def test_paragraphs_that_fit_are_kept_together() -> None:
    paragraph = "Ministers met in the morning. They spoke of farm goods and of ships that wait in ports."
    document, passages = cut("\n\n".join([paragraph] * 12))
    assert len(passages) < 12
    for passage in passages:
        assert set(document.slice(passage).split("\n\n")) == {paragraph}
        assert BAG.count(embedded_text(document, passage)) <= TARGET


def test_a_text_without_sentences_has_no_passages() -> None:
    assert cut("")[1] == ()
