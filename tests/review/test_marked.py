"""A document is shown whole and unaltered, whatever is marked in it; so is a message."""

import pytest

from bot.message import Entity, Message
from bot.review.marked import Mark, Sentence, marked
from bot.review.sent import blocks
from retrieval.types import Document, Source, Span

TEXT = """Talks in Busan

The two sides agreed. 🤝 "Tariffs stay," said He. Nothing else was settled.
A line of its own.

最后，双方同意继续谈判。下一轮在马德里。"""
SPANS = [Span(0, 5), Span(16, 37), Span(20, 60), Span(0, len(TEXT)), Span(len(TEXT) - 3, len(TEXT))]


def document(text: str) -> Document:
    return Document.of("busan", Source("Busan"), text)


def read(paragraphs: tuple[tuple[Sentence, ...], ...]) -> str:
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
    return "".join("".join(p.text for p in s.pieces) + s.gap for s in sentences)


@pytest.mark.parametrize("text", [TEXT, "\n\n  One.  \n", "One", "   ", "a\n\n\nb\n", TEXT * 3])
@pytest.mark.parametrize("gold", [None, *SPANS])
def test_the_pieces_are_the_text(text: str, gold: Span | None) -> None:
    marks = [Mark(n, span, Span(span.start, span.start + 2)) for n, span in enumerate(SPANS, 1)]
    marks = [mark for mark in marks if mark.span.end <= len(text)]
    shown = marked(document(text), marks, gold)
    assert read(shown) == text
    pieces = [piece for paragraph in shown for sentence in paragraph for piece in sentence.pieces]
    assert all(text.startswith(piece.text, piece.start) for piece in pieces)
    # White space between sentences is in no piece.
    for mark in marks[:1]:
        quoted = "".join(piece.text for piece in pieces if piece.quote == mark.number)
        assert "".join(quoted.split()) == "".join(text[: mark.span.end].split())
    if gold and gold.end <= len(text):
        held = "".join(piece.text for piece in pieces if piece.gold)
        assert "".join(held.split()) == "".join(text[gold.start : gold.end].split())


def test_paragraphs_and_what_a_click_chooses() -> None:
    shown = marked(document(TEXT), [], Span(16, 37))
    assert [len(paragraph) for paragraph in shown] == [1, 3, 1, 2]
    chosen, following = shown[1][0], shown[1][1]
    assert TEXT[chosen.span.start : chosen.span.end] == "The two sides agreed. 🤝"
    assert chosen.gold
    assert chosen.reach == chosen.span
    assert not following.gold
    assert following.reach == Span(16, following.span.end)


def test_a_message_is_shown_as_it_was_sent() -> None:
    text = "🤝 “They agreed.”\n[1] A paper, 1 May"
    entities = (
        Entity("blockquote", 3, 14),
        Entity("bold", 4, 4),
        Entity("text_link", 22, 7, "https://a.example/x"),
        Entity("text_link", 18, 3, "javascript:alert(1)"),
    )
    [shown] = blocks([Message(text, entities)])
    assert "".join(run.text for block in shown for run in block.runs) == text
    assert ["".join(run.text for run in block.runs) for block in shown if block.quoted] == ["“They agreed.”"]
    assert [run.text for block in shown for run in block.runs if run.bold] == ["They"]
    assert {run.url: run.text for block in shown for run in block.runs if run.url} == {
        "https://a.example/x": "A paper"
    }
