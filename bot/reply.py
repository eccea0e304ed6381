"""An answer as people read it: plain text and entities, never markup, so nothing can alter a quote.

Before a reply is handed out, the text under each quotation is read back from the message and compared with
the stored document.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from bot import keyboards
from bot.citation import ORIGINS_SHOWN, also_in, cited, origins, told_on
from bot.context import QUOTED, block
from bot.keyboards import Asked, web
from bot.message import LIMIT, REPEAT, Button, Draft, Message, fits, shorten
from bot.texts import Language, age, dated, day, spoken
from retrieval.answer import mismatches, verified
from retrieval.builds import Build
from retrieval.query import recalled
from retrieval.quotes import MOST, narrow, utf16
from retrieval.sentences import sentences
from retrieval.types import Answer, Quote

__all__ = ["LIMIT", "REPEAT", "Message", "further", "render", "several", "shorten", "terminal"]

log = logging.getLogger(__name__)

TITLE_LIMIT = 200
#: UTF-16 units of what a follow-up was completed with: enough to know it again.
SHOWN_LIMIT = 60
#: UTF-16 units of the nearest passage that a reply without an answer shows.
NEAREST = 240
#: Below this confidence one sentence in sixty is right (the reliability table of calibration.json).
RELATED = 0.1


def render(
    answer: Answer, build: Build, asked: Asked | None = None, today: date | None = None
) -> tuple[Message, ...]:
    """The messages that answer: one unless the quotes fill more, split between quotes, never inside one.

    `build` is the one that answered. A quote that fails its check is left out, logged and counted. Without
    `asked` there are no buttons and no links to the bot itself.
    """
    language: Language = asked.language if asked else "en"
    head = _carried(answer.carried, language)
    last = keyboards.judged(asked, bool(answer.quotes and further(answer))) if asked and asked.update else ()
    messages = several(verified(build, answer.quotes), 1, asked, head, last, today, build)
    if messages:
        return messages
    if answer.language is not None:
        # Nothing to wait for: the corpus may well cover it.
        away = Draft(language=spoken(answer.language) or language)
        away.say("foreign", "bold").add("\n").say("foreign-how")
        return (away.message((last,) if last else ()),)
    silent = head.append(_no_answer(answer, build, today or _today(), language))
    return (silent.message((last, keyboards.follow(asked)) if asked and asked.update else ()),)


def several(
    quotes: Iterable[Quote],
    first: int = 1,
    asked: Asked | None = None,
    head: Draft | None = None,
    last: Sequence[Button] = (),
    today: date | None = None,
    build: Build | None = None,
) -> tuple[Message, ...]:
    """Quotes below a `head`, numbered from `first`, with their buttons and a row of `last` below the end;
    nothing without any quote that reads back. The `build` tells who else published the same words."""
    language: Language = asked.language if asked else "en"
    drafts: list[Draft] = [head or Draft(language=language)]
    shown: list[list[Quote]] = [[]]
    number = first
    for quote in quotes:
        made = _quote(number, quote, asked, today or _today(), also_in(build, quote))
        if not _reads_back(made, quote):
            continue
        if not fits(drafts[-1].text + "\n\n" + made.text):
            drafts.append(Draft(language=language))
            shown.append([])
        drafts[-1].append(made)
        shown[-1].append(quote)
        number += 1
    if number == first:
        return ()
    messages: list[Message] = []
    alone = number == first + 1
    for draft, mine in zip(drafts, shown, strict=True):
        final = last if draft is drafts[-1] else ()
        buttons = keyboards.under(mine, first, alone, asked, final) if asked else ()
        messages.append(draft.message(buttons))
        first += len(mine)
    return tuple(messages)


def further(answer: Answer, shown: Sequence[Quote] = ()) -> tuple[Quote, ...]:
    """The next best sentences, best first: those considered that `shown` and the answer's own quotes do not
    hold already."""
    seen = [*answer.quotes, *shown]
    found: list[Quote] = []
    for quote in answer.considered:
        cut = Quote(quote.document, narrow(quote.document, quote.span), quote.passage, quote.score)
        if all(not same(cut, other) for other in (*seen, *found)):
            found.append(cut)
    return tuple(found)


def page_of(quotes: Sequence[Quote], page: int) -> tuple[Quote, ...]:
    """The quotes on further page `page`, which counts from 1."""
    return tuple(quotes[MOST * (page - 1) : MOST * page])


def terminal(messages: tuple[Message, ...]) -> str:
    """The same reply for a terminal: each line of a quote begins with "> ", and the addresses of a block's
    links stand below it, a line each."""
    return "\n\n".join(_terminal(message) for message in messages)


def same(one: Quote, other: Quote) -> bool:
    """Whether two quotes overlap, or read the same."""
    if one.document.version == other.document.version and one.span.overlaps(other.span):
        return True
    return one.text.casefold() == other.text.casefold()


def _quote(number: int, quote: Quote, asked: Asked | None, today: date, also: Sequence[str]) -> Draft:
    draft = block(quote.document, quote.span, quote.answer)
    draft.language = asked.language if asked else "en"
    draft.add("\n")
    if quote.speaker:
        draft.add(f"— {shorten(quote.speaker, TITLE_LIMIT)}")
        if quote.directness == "indirect":
            draft.add(" ").say("as-reported")
        draft.add("\n")
    draft.add(f"[{number}]", "text_link" if asked else None, asked.link(quote) if asked else None)
    _cite(draft.add(" "), quote, today, 1 if asked else ORIGINS_SHOWN)
    return draft.add(" · ").say("also-in", names=", ".join(also)) if also else draft


def _cite(draft: Draft, quote: Quote, today: date, most: int) -> Draft:
    """The line that names a quote's source: title, publisher, date, age; for a brief at most so many of the
    pages that it was compiled from."""
    source = quote.document.source
    link = web(source)
    draft.add(shorten(source.title.strip(), TITLE_LIMIT), "text_link" if link else None, link)
    if source.compiled_from:
        draft.add(" · ").say("brief").add(" ")
        shown = origins(source, quote.text)[:most]
        for i, page in enumerate(shown):
            draft.add(", " if i else "")
            name = shorten(page.publisher, TITLE_LIMIT)
            draft.add(name, "text_link" if page.url else None, page.url)
            draft.say("origin", publisher="", date=day(draft.language, page.published))
        if more := len(source.compiled_from) - len(shown):
            draft.add(" ").say("and-more", count=more)
    else:
        draft.add(shorten(f" · {cited(source, draft.language)}", TITLE_LIMIT))
    told = told_on(source, quote.text)
    old = age(draft.language, told, today) if told else ""
    return draft.add(" · ").add_age(old, told) if told and old else draft


def _reads_back(draft: Draft, quote: Quote) -> bool:
    """Whether the text under the quotation is the document's text, code unit for code unit."""
    message = draft.message()
    (quotation,) = (entity for entity in message.entities if entity.type in QUOTED)
    if message.under(quotation) == quote.document.slice(quote.span):
        return True
    mismatches.count += 1
    log.error("quote dropped: %s %s does not read back", quote.document.id, quote.span)
    return False


def _carried(carried: str | None, language: Language) -> Draft:
    """What a follow-up was completed with, in small: what was asked before, and what was quoted then."""
    draft = Draft(language=language)
    for turn in recalled(carried):
        draft.say("carried", "italic", words=shorten(turn.question, TITLE_LIMIT))
        if turn.shown:
            draft.add("\n").say("carried-quote", "italic", words=shorten(turn.shown, SHOWN_LIMIT))
    return draft


def _no_answer(answer: Answer, build: Build, today: date, language: Language) -> Draft:
    draft = Draft(language=language).say("no-answer", "bold").add("\n")
    if not build.documents:
        return draft.say("corpus-empty")
    if build.newest is None:
        draft.say("corpus-undated")
    else:
        draft.say("corpus-newest", when=dated(language, build.newest, today))
    for quote in verified(build, _nearest(answer)):
        draft.add("\n\n").say("not-an-answer", "bold").add("\n")
        # In italics, not as a quotation: nobody should take it for one.
        draft.add(quote.text, "italic").add("\n")
        _cite(draft, quote, today, 1)
    return draft


def _nearest(answer: Answer) -> tuple[Quote, ...]:
    """The beginning of the nearest passage: its first sentence, and the next ones while they are short;
    nothing where even that has nothing to do with the question."""
    if not answer.hits or answer.confidence < RELATED:
        return ()
    passage = answer.hits[0].passage
    inside = [s for s in sentences(passage.document.text) if s in passage.span]
    span = inside[0] if inside else passage.span
    for sentence in inside[1:]:
        longer = type(span)(span.start, sentence.end)
        if utf16(passage.document.slice(longer)) > NEAREST:
            break
        span = longer
    return (Quote(passage.document, narrow(passage.document, span), passage, answer.hits[0].score),)


def _today() -> date:
    return datetime.now(UTC).date()


def _terminal(message: Message) -> str:
    units = message.text.encode("utf-16-le")
    pieces: list[str] = []
    links: list[str] = []
    position = 0
    for entity in sorted(message.entities, key=lambda e: (e.offset, -e.length)):
        start, end = 2 * entity.offset, 2 * entity.end
        if start < position:
            continue
        between = _under(units[position:start].decode("utf-16-le"), links)
        text = units[start:end].decode("utf-16-le")
        if entity.type in QUOTED:
            if pieces:
                between = between.rstrip("\n") + _below(links) + "\n\n"
            text = "> " + text.replace("\n", "\n> ")
        elif entity.url:
            links.append(entity.url)
        pieces += (between, text)
        position = end
    return "".join(pieces) + _under(units[position:].decode("utf-16-le"), links) + _below(links)


def _under(text: str, links: list[str]) -> str:
    """`text`, with the links so far where the block that they stand in ends."""
    block, gap, rest = text.partition("\n\n")
    return block + _below(links) + gap + rest if gap else text


def _below(links: list[str]) -> str:
    """A line for each of `links`, which are taken out of it."""
    lines = "".join(f"\n    {link}" for link in links)
    links.clear()
    return lines
