"""Context: what is around a quote is shown in its place, verbatim, whatever the text is made of."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.callbacks import Mark, View
from bot.context import QUOTED, block, opened
from bot.keyboards import Asked, looked
from bot.message import LIMIT, Message
from bot.reply import render
from retrieval.quotes import narrow, utf16
from retrieval.sentences import sentences
from retrieval.types import Document, Passage, Quote, Source, Span
from tests.bot.test_reply import answer_of, build_of, quotations, under
from tests.botapi.tdlib import judge

ASKED = Asked("talks_test_bot", 7, 6)
ODD = (
    *("tariffs", "fell", "😀", "👩\u200d👩\u200d👧", "e\u0301te\u0301", "שלום", "مرحبا", "税率降低", "#tag"),
    *("@name", "t.me/x", "$USD", "24%", "“so", "it”", "\u200fRTL\u200e", "🇲🇾", "a\u200db"),
)
WORDS = st.lists(
    st.sampled_from(ODD),
    min_size=1,
    max_size=12,
).map(" ".join)
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(
    lambda s: "".join(f"{w}.{'  ' if i % 3 else chr(10) * 2}" for i, w in enumerate(s)).strip()
)
TODAY = date(2026, 1, 1)


@st.composite
def quoted(draw: st.DrawFn) -> Quote:
    """A sentence of an odd text, with words of it that answer."""
    document = Document.of("d", Source("Title", "P", date(2025, 5, 1), "https://example.org/a"), draw(TEXTS))
    span = narrow(document, draw(st.sampled_from(sentences(document.text))))
    words = document.slice(span).split(" ")
    first = draw(st.integers(0, len(words) - 1))
    last = draw(st.integers(first, len(words) - 1))
    start = span.start + len(" ".join([*words[:first], ""]))
    end = start + len(" ".join(words[first : last + 1]))
    answer = Span(start, end) if start < end and draw(st.booleans()) else None
    return Quote(document, span, Passage(0, document, span), 0.8, answer=answer)


def passes(message: Message) -> None:
    plain = message.plain()
    assert judge(plain["text"], plain["entities"]).changes == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(quoted(), min_size=1, max_size=3))
def test_a_reply_with_its_answers_in_bold_passes_telegrams_parser(quotes: list[Quote]) -> None:
    for message in render(answer_of(*quotes), build_of(*(q.document for q in quotes)), ASKED, TODAY):
        passes(message)
        answers = [q.document.slice(q.answer).strip() for q in quotes if q.answer]
        assert under(message, "bold") == [answer for answer in answers if answer]


@settings(max_examples=60, deadline=None)
@given(st.lists(quoted(), min_size=1, max_size=3), st.data())
def test_context_opens_in_place_verbatim_with_the_quote_marked(
    quotes: list[Quote], data: st.DataObject
) -> None:
    (message,) = render(answer_of(*quotes), build_of(*(q.document for q in quotes)), ASKED, TODAY)
    place = data.draw(st.integers(1, len(quotes)))
    quote = quotes[place - 1]
    before, after = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 8))
    view = View(Mark.of(quote), before, after, place)
    found = opened(message, quote.document, view, 6)
    assert found is not None
    shown = quotations(found.message)
    assert shown[place - 1] in quote.document.text
    assert quote.text in shown[place - 1]
    others = [q for n, q in enumerate(shown, 1) if n != place]
    assert others == [q.text for n, q in enumerate(quotes, 1) if n != place]
    assert utf16(found.message.text) <= LIMIT
    passes(found.message)
    # The same press again changes nothing, and "quote only" is the reply as it was.
    again = opened(found.message, quote.document, view, 6)
    assert again is not None
    assert again.message == found.message
    back = opened(found.message, quote.document, View(Mark.of(quote), 0, 0, place), 6)
    assert back is not None
    assert (back.message.text, set(back.message.entities)) == (message.text, set(message.entities))


def document_of(text: str) -> Document:
    return Document.of("d", Source("t"), text)


def quote_in(document: Document, words: str) -> Quote:
    start = document.text.index(words)
    span = Span(start, start + len(words))
    return Quote(document, span, Passage(0, document, span), 0.8)


def test_the_quote_stays_upright_between_its_context_in_italics() -> None:
    document = document_of("One is here. Two is here. Three is here. Four is here. Five is here.")
    quote = quote_in(document, "Three is here.")
    (message,) = render(answer_of(quote), build_of(document), ASKED, TODAY)
    found = opened(message, document, View(Mark.of(quote), 2, 1, 1), 6)
    assert found is not None
    assert quotations(found.message) == ["One is here. Two is here. Three is here. Four is here."]
    assert under(found.message, "italic") == ["One is here. Two is here.", "Four is here."]
    assert (found.up, found.down) == (False, True)


def test_context_goes_no_further_than_the_setting() -> None:
    document = document_of(" ".join(f"Sentence {n} is here." for n in range(30)))
    quote = quote_in(document, "Sentence 15 is here.")
    (message,) = render(answer_of(quote), build_of(document), ASKED, TODAY)
    found = opened(message, document, View(Mark.of(quote), 50, 50, 1), 3)
    assert found is not None
    assert found.message.text.startswith("Sentence 12 is here.")
    assert "Sentence 18 is here." in found.message.text
    assert "Sentence 19" not in found.message.text
    assert not found.up
    assert not found.down


def test_context_leaves_room_for_the_rest_of_the_message() -> None:
    document = document_of(" ".join(f"Sentence {n} {'word ' * 100}ends." for n in range(30)))
    quote = quote_in(document, document.text[: document.text.index("Sentence 1")].strip())
    (message,) = render(answer_of(quote), build_of(document), ASKED, TODAY)
    found = opened(message, document, View(Mark.of(quote), 0, 20, 1), 50)
    assert found is not None
    assert LIMIT - 900 < utf16(found.message.text) <= LIMIT
    assert not found.down


def test_a_button_of_another_message_opens_nothing() -> None:
    document, other = document_of("One is here. Two is here."), document_of("Something else. Entirely.")
    (message,) = render(answer_of(quote_in(document, "One is here.")), build_of(document), ASKED, TODAY)
    mark = Mark.of(quote_in(other, "Something else."))
    assert opened(message, other, View(mark, 2, 0, 1), 6) is None
    assert opened(message, document, View(mark, 2, 0, 2), 6) is None
    far = Mark(mark.version, Span(90, 99))
    assert opened(message, document, View(far, 2, 0, 1), 6) is None


def test_a_row_leads_on_from_what_is_shown_and_keeps_its_number() -> None:
    document = document_of("One is here. Two is here. Three is here.")
    quotes = [quote_in(document, "One is here."), quote_in(document, "Three is here.")]
    (message,) = render(answer_of(*quotes), build_of(document), ASKED, TODAY)
    keyboard = looked(message.keyboard, View(Mark.of(quotes[1]), 2, 0, 2), up=False, down=False)
    assert keyboard[0] == message.keyboard[0]
    assert [button.text for button in keyboard[1]] == ["2 ✕", "2 📋"]
    shut = looked(keyboard, View(Mark.of(quotes[1]), 0, 0, 2), up=True, down=True)
    assert shut == message.keyboard


def test_a_quotation_folds_unless_that_hides_its_answer() -> None:
    document = document_of("A long one " * 20 + "ends.")
    whole, first, last = Span(0, len(document.text)), Span(0, 6), Span(200, 220)
    kinds = [block(document, whole, answer).entities[0].type for answer in (None, first, last)]
    assert kinds == ["expandable_blockquote", "expandable_blockquote", "blockquote"]
    longer = document_of("A long one " * 40 + "ends.")
    assert block(longer, Span(0, 445), Span(200, 220)).entities[0].type == "expandable_blockquote"


def test_a_long_quotation_folds_and_a_short_one_does_not() -> None:
    short, long = document_of("A short one."), document_of("A long one " * 20 + "ends.")
    for document, kind in ((short, "blockquote"), (long, "expandable_blockquote")):
        whole = Span(0, len(document.text))
        assert [e.type for e in block(document, whole, None).entities if e.type in QUOTED] == [kind]
