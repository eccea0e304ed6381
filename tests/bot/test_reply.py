"""Replies: every quote verbatim under its entity, every message within Telegram's limits."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import keyboards
from bot.citation import cited, origins, told_on
from bot.keyboards import Asked
from bot.message import LIMIT, REPEAT, Draft, Message, shorten
from bot.reply import render, terminal
from bot.texts import Language
from retrieval.answer import mismatches
from retrieval.builds import Build
from retrieval.quotes import LONGEST, narrow, utf16
from retrieval.types import Answer, Document, Hit, Origin, Passage, Quote, Source, Span
from tests.bot.transcript import marked_up
from tests.botapi.tdlib import judge

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)
ODD = st.sampled_from(
    ["😀", "👩‍👩‍👧", "e\u0301", "ש\u05c1לום", "#tag $USD @name", "t.me/x", "中文。", "\u200d", "🇲🇾"]
)
TEXTS = (
    st.lists(st.one_of(WORDS, ODD), min_size=1, max_size=8)
    .map("".join)
    .filter(lambda t: t.strip() == t != "")
)
SOURCES = st.builds(
    Source,
    title=TEXTS,
    publisher=st.none() | TEXTS,
    published=st.none() | st.dates(),
    url=st.none() | st.just("https://example.org/a"),
    compiled_from=st.lists(
        st.builds(Origin, TEXTS, st.none() | st.dates(), st.none() | st.just("https://example.org/b")),
        max_size=5,
    ).map(tuple),
)


def build_of(
    *documents: Document,
    damaged: frozenset[str] = frozenset(),
    newest: date | None = None,
    also: tuple[Document, ...] = (),
) -> Build:
    """The part of a build that replies look at; `also` say whatever is quoted too."""
    return cast(
        Build,
        SimpleNamespace(
            documents=documents,
            damaged=damaged,
            newest=newest,
            id="b",
            folder=Path(),
            also=lambda document, span: also,
        ),
    )


def answer_of(*quotes: Quote) -> Answer:
    return Answer("q?", quotes, (), 0.9, bool(quotes), "", "b")


def quote_of(document: Document, span: Span | None = None) -> Quote:
    span = narrow(document, span or Span(0, len(document.text)))
    return Quote(document, span, Passage(0, document, span), 0.8)


def under(message: Message, *kinds: str) -> list[str]:
    return [message.under(e) for e in message.entities if e.type in kinds]


def quotations(message: Message) -> list[str]:
    return under(message, "blockquote", "expandable_blockquote")


@given(st.lists(st.tuples(TEXTS, SOURCES), min_size=1, max_size=3))
def test_a_reply_quotes_verbatim_within_telegrams_limits(made: list[tuple[str, Source]]) -> None:
    documents = [Document.of(f"d{i}", source, text) for i, (text, source) in enumerate(made)]
    quotes = [quote_of(document) for document in documents]
    messages = render(answer_of(*quotes), build_of(*documents))
    assert [q for m in messages for q in quotations(m)] == [q.text for q in quotes]
    for message in messages:
        assert 0 < utf16(message.text + REPEAT) <= LIMIT
        assert len(message.entities) <= 100
        for entity in message.entities:
            assert 0 <= entity.offset < entity.offset + entity.length <= utf16(message.text)
        assert Message.of(message.plain()) == message


def test_telegrams_own_parser_takes_a_reply_as_it_is() -> None:
    text = "“The threat has gone away,” he said 😀 to @someone #talks t.me/x; 税率 24%."
    source = Source("Tariffs 😀", "Ministry", date(2025, 10, 30), "https://example.org/a")
    document = Document.of("d", source, text)
    (message,) = render(answer_of(quote_of(document)), build_of(document))
    assert judge(message.text, message.plain()["entities"]).unchanged


def test_three_long_quotes_are_split_between_messages_and_never_inside() -> None:
    documents = [
        Document.of(f"d{i}", Source("T" * 190, "P" * 150), f"{i}" + "word " * 178 + "end") for i in range(3)
    ]
    brief = Source("T " * 95, compiled_from=tuple(Origin("P" * 190, date(2025, 5, 1)) for _ in range(4)))
    documents.append(Document.of("d3", brief, "x" * LONGEST))
    quotes = [quote_of(document) for document in documents]
    messages = render(answer_of(*quotes), build_of(*documents))
    assert len(messages) == 2
    assert [q for m in messages for q in quotations(m)] == [d.text for d in documents]


def test_a_story_that_others_published_too_names_them() -> None:
    document, again, nameless, *others = (
        Document.of(f"d{n}", Source("Talks go on", publisher), "Talks began.")
        for n, publisher in enumerate(("Wire", "Wire", None, "Paper", "Radio", "Paper", "Gazette", "Herald"))
    )
    (message,) = render(
        answer_of(quote_of(document)), build_of(document, also=(again, nameless, *others))
    )
    assert message.text.endswith("Talks go on · Wire, undated · also in Paper, Radio, Gazette")
    (message,) = render(answer_of(quote_of(document)), build_of(document, also=(again, nameless)))
    assert "also" not in message.text


def test_a_changed_text_shows_no_quote_logs_its_ids_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    sound = Document.of("sound", Source("t"), "Duties fall by 24 points.")
    flipped = Document("flipped", sound.version, Source("t"), "Duties fall by 25 points.")
    before = mismatches.count
    with caplog.at_level(logging.ERROR):
        (message,) = render(answer_of(quote_of(flipped)), build_of(flipped))
    assert quotations(message) == []
    assert "25" not in message.text
    assert mismatches.count == before + 1
    assert "flipped" in caplog.text
    assert sound.version in caplog.text


def test_a_damaged_document_shows_no_quote_and_the_others_do() -> None:
    good = Document.of("good", Source("t"), "Talks began.")
    bad = Document.of("bad", Source("t"), "Talks ended.")
    build = build_of(good, bad, damaged=frozenset({"bad"}))
    (message,) = render(answer_of(quote_of(bad), quote_of(good)), build)
    assert quotations(message) == ["Talks began."]
    assert "\n[1] " in message.text


@pytest.mark.parametrize(
    ("documents", "newest", "says"),
    [
        ((), None, "empty"),
        ((Document.of("d", Source("t"), "x"),), None, "is dated"),
        ((Document.of("d", Source("t"), "x"),), date(2026, 6, 12), "12 June 2026"),
    ],
)
def test_no_answer_says_how_far_the_corpus_reaches(
    documents: tuple[Document, ...], newest: date | None, says: str
) -> None:
    (message,) = render(answer_of(), build_of(*documents, newest=newest))
    assert message.text.startswith("The corpus doesn't say.")
    assert says in message.text


def test_citations_name_publisher_and_date_or_say_that_there_is_none() -> None:
    assert cited(Source("t", "MOFCOM", date(2025, 10, 30))) == "MOFCOM, 30 October 2025"
    assert cited(Source("t")) == "no publisher named, undated"
    origins = tuple(Origin(name, date(2025, 5, 12)) for name in ("A", "B", "C", "D"))
    brief = cited(Source("t", compiled_from=origins))
    assert brief == "brief, compiled from A (12 May 2025), B (12 May 2025) and 2 more"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("The truce holds, CNBC reported on 24 September 2026.", "CNBC (24 September 2026)"),
        ("It was agreed, the White House said on 25 September 2026.", "White House (25 September 2026)"),
        ("It was agreed, the White House said on 1 November 2025.", "White House (1 November 2025)"),
        ("It would end, China's Ministry of Commerce said.", "Ministry of Commerce of China (2 May 2025)"),
        ("Bloomberg wrote of soybeans on 3 May 2025.", "Japan Times (Bloomberg) (3 May 2025)"),
        ("Patel said at the White House on 24 September 2026 what he saw.", "CNBC (24 September 2026)"),
        ("Bloomberg is a place here.", "A News (1 May 2025)"),
        ("All of this was decided on 3 May 2025.", "Japan Times (Bloomberg) (3 May 2025)"),
        ("Good news for everybody, cnbc said.", "A News (1 May 2025)"),
    ],
)  # fmt: skip
def test_a_quote_of_a_brief_names_first_what_its_words_are_from(words: str, first: str) -> None:
    pages = (
        Origin("A News", date(2025, 5, 1)),
        Origin("Ministry of Commerce of China", date(2025, 5, 2)),
        Origin("Japan Times (Bloomberg)", date(2025, 5, 3)),
        Origin("White House", date(2025, 11, 1)),
        Origin("CNBC", date(2026, 9, 24)),
        Origin("White House", date(2026, 9, 25)),
    )
    source = Source("t", compiled_from=pages)
    assert cited(source, words=words).startswith(f"brief, compiled from {first}, ")
    assert set(origins(source, words)) == set(pages)


def test_a_terminal_shows_quotes_marked_and_links_on_lines_of_their_own() -> None:
    document = Document.of("d", Source("Title", "P", date(2025, 5, 1), "https://example.org/a"), "One.\nTwo.")
    other = Document.of("e", Source("Other"), "Three.")
    shown = terminal(
        render(
            answer_of(quote_of(document), quote_of(other)),
            build_of(document, other),
            today=date(2025, 11, 3),
        )
    )
    assert shown.splitlines() == [
        "> One.",
        "> Two.",
        "[1] Title · P, 1 May 2025 · 6 months ago",
        "    https://example.org/a",
        "",
        "> Three.",
        "[2] Other · no publisher named, undated",
    ]


@given(TEXTS, st.integers(10, 50))
def test_shortened_text_keeps_its_bound(text: str, most: int) -> None:
    short = shorten(text, most)
    assert utf16(short) <= most
    assert short == text or short.endswith("…")


@given(
    st.lists(
        st.sampled_from(["tariff", "😀😀", "rare-earth,", "x" * 400, "\n", "and", "—"]),
        min_size=1,
        max_size=80,
    )
)
def test_a_narrowed_quote_is_a_slice_within_the_limit(words: list[str]) -> None:
    text = " ".join(words).strip()
    if not text:
        return
    document = Document.of("d", Source("t"), text)
    span = narrow(document, Span(0, len(text)))
    assert utf16(document.slice(span)) <= LONGEST
    assert span in Span(0, len(text))
    assert document.slice(span).strip() == document.slice(span) != ""


def test_messages_keep_plain_data(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"text": "a", "entities": [{"type": "bold", "offset": 0, "length": 1}]}
    assert Message.of(plain).plain() == plain


TODAY = date(2026, 4, 30)
ASKED = Asked("talks_test_bot", 7, 6)


def test_a_quote_names_its_speaker_source_and_age() -> None:
    source = Source("A threat recedes", "Desk", date(2025, 10, 27), "https://example.org/a")
    document = Document.of("d", source, "It is off the table.")
    span = Span(0, len(document.text))
    quote = Quote(document, span, Passage(0, document, span), 0.8, Span(6, 19), "Scott Bessent", "direct")
    (message,) = render(answer_of(quote), build_of(document), ASKED, TODAY)
    assert message.text == (
        "It is off the table.\n— Scott Bessent\n[1] A threat recedes · Desk, 27 October 2025 · 6 months ago"
    )
    assert under(message, "bold") == ["off the table"]
    assert [e.url for e in message.entities if e.url][1] == "https://example.org/a"
    assert [[button.text for button in row] for row in message.keyboard] == [
        ["▲ Before", "▼ After"],
        ["📋 Copy", "🔗 Source", "📤 Share"],
        ["👍", "👎"],
    ]
    (reported,) = render(answer_of(replace(quote, directness="indirect")), build_of(document), ASKED, TODAY)
    assert "\n— Scott Bessent (as reported)\n" in reported.text


def test_a_brief_names_one_origin_in_a_chat_and_two_in_a_terminal() -> None:
    origins = tuple(Origin(name, date(2025, 5, day)) for day, name in enumerate(("A", "B", "C"), 12))
    document = Document.of("d", Source("Geneva", compiled_from=origins), "Tariffs fell.")
    (chat,) = render(answer_of(quote_of(document)), build_of(document), ASKED, TODAY)
    assert chat.text.endswith(" · brief, compiled from A (12 May 2025) and 2 more · 11 months ago")
    (shown,) = render(answer_of(quote_of(document)), build_of(document), today=TODAY)
    assert "compiled from A (12 May 2025), B (13 May 2025) and 1 more" in shown.text


def test_without_an_answer_the_nearest_passage_is_no_quotation_and_says_so() -> None:
    document = Document.of(
        "d", Source("Geneva", "P", date(2025, 5, 12)), "Tariffs fell. They rose. " + "x" * 300
    )
    passage = Passage(0, document, Span(0, len(document.text)))
    carried = "Who met in Geneva?\nGeneva: They met."
    silent = replace(answer_of(), hits=(Hit(passage, 0.3, 1),), carried=carried)
    (message,) = render(silent, build_of(document, newest=date(2025, 5, 12)), ASKED, TODAY)
    assert quotations(message) == []
    assert under(message, "italic") == [
        "↳ with: Who met in Geneva?", "↳ and what was quoted: Geneva: They met.", "Tariffs fell. They rose.",
    ]  # fmt: skip
    assert "Not an answer, only the nearest passage:" in under(message, "bold")
    assert "12 May 2025, 11 months ago" in message.text
    assert judge(message.text, message.plain()["entities"]).unchanged


@pytest.mark.parametrize(
    ("code", "own", "says"),
    [
        ("zh", "en", "请用英文再问一次"),
        ("ms", "zh-hans", "sila tanya soalan ini dalam bahasa Inggeris"),
        ("es", "en", "please ask it in English"),
        ("und", "ms", "sila tanya"),
    ],
)
def test_a_question_in_another_language_is_declined_in_it_where_there_is_a_catalogue(
    code: str, own: Language, says: str
) -> None:
    silent = replace(answer_of(), language=code)
    (message,) = render(silent, build_of(), replace(ASKED, language=own), TODAY)
    assert says in message.text
    assert [button.text for row in message.keyboard for button in row] == ["👍", "👎"]
    assert judge(message.text, message.plain()["entities"]).unchanged


def test_an_age_is_told_by_the_day_that_a_source_is_from_and_apps_keep_it_true() -> None:
    day, old = date(2025, 10, 27), date(2022, 1, 5)
    brief = Source("Brief", published=old, fetched_at=datetime(2026, 4, 1, tzinfo=UTC))
    for source in (
        replace(brief, compiled_from=(Origin("A", date(2025, 11, 1)), Origin("B")), event=day),
        replace(brief, compiled_from=(Origin("A", old), Origin("B", day), Origin("C"))),
        replace(brief, compiled_from=(Origin("A"),), published=day),
        Source("Page", "P", day, event=old),
    ):
        document = Document.of("d", source, "Tariffs fell.")
        (message,) = render(answer_of(quote_of(document)), build_of(document), ASKED, TODAY)
        assert message.text.endswith(" · 6 months ago")
        (told,) = [entity for entity in message.entities if entity.type == "date_time"]
        assert message.under(told) == "6 months ago"
        assert told.unix_time is not None
        assert datetime.fromtimestamp(told.unix_time, UTC).date() == day
        assert judge(message.text, message.plain()["entities"]).unchanged
        assert Message.of(message.plain()) == message


def test_a_question_about_something_else_is_shown_no_passage() -> None:
    document = Document.of("d", Source("Geneva"), "Tariffs fell.")
    passage = Passage(0, document, Span(0, 13))
    silent = replace(answer_of(), hits=(Hit(passage, 0.1, 1),), confidence=0.02)
    (message,) = render(silent, build_of(document), ASKED, TODAY)
    assert message.text == "The corpus doesn't say.\nNothing in it is dated."


def test_a_copied_citation_fits_its_button_whatever_its_length() -> None:
    urls = ("https://x.example/" + "a" * 300, "https://x.example/a", None)
    for title, publisher, url in product(("T", "T" * 400), ("P", "😀" * 300), urls):
        document = Document.of("d", Source(title, publisher, date(2025, 5, 1), url), "Words.")
        copied = keyboards.copied(replace(quote_of(document), speaker="S" * 100))
        assert 1 <= utf16(copied) <= 256
        assert "May 2025" in copied or publisher != "P"


def test_a_page_of_a_chat_nests_what_the_app_nests() -> None:
    text = "😀 a <b> c\nd"
    entities = [
        {"type": "bold", "offset": 5, "length": 3},
        {"type": "blockquote", "offset": 0, "length": 10},
        {"type": "text_link", "offset": 11, "length": 1, "url": "https://example.org/?a=1&b=2"},
    ]
    assert marked_up(text, entities) == (
        '<blockquote>😀 a <b>&lt;b&gt;</b> c</blockquote><a href="https://example.org/?a=1&amp;b=2">d</a>'
    )


def test_an_address_stands_below_the_entry_that_it_is_of() -> None:
    draft = Draft("Sources")
    for name in ("one", "two"):
        draft.add("\n\n• ").add(name, "text_link", f"https://example.org/{name}").add("\n  Desk")
    assert terminal((draft.message(),)).split("\n\n")[1:] == [
        "• one\n  Desk\n    https://example.org/one",
        "• two\n  Desk\n    https://example.org/two",
    ]


def test_a_brief_is_as_old_as_its_event_or_as_its_newest_page_before_it() -> None:
    pages = (Origin("A", date(2026, 5, 1)), Origin("B", date(2026, 5, 20)))
    past = Source("A brief", event=date(2026, 4, 1), compiled_from=pages)
    to_come = Source("A brief", event=date(2026, 11, 10), compiled_from=pages)
    assert [told_on(past), told_on(to_come)] == [date(2026, 4, 1), date(2026, 5, 20)]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("It was signed on 15 January 2020.", date(2026, 4, 1)),
        ("It ended on 3 May 2026, the Desk said on 4 May 2026.", date(2026, 5, 4)),
        ("It is to end on 10 November 2026.", date(2026, 4, 1)),
    ],
)
def test_a_quote_is_no_older_than_what_it_tells(words: str, day: date) -> None:
    pages = (Origin("A", date(2026, 5, 20)),)
    assert told_on(Source("A brief", event=date(2026, 4, 1), compiled_from=pages), words) == day
