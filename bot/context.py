"""The sentences around a quote, shown in its place: still a slice of the document, the quote still marked.

The message on the screen is the state: one of its quotes is replaced, all else in it stays.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

from bot.callbacks import View
from bot.message import Draft, Entity, Message, fits
from retrieval.quotes import utf16
from retrieval.sentences import sentences
from retrieval.types import Document, Span

QUOTED = ("blockquote", "expandable_blockquote")
#: UTF-16 units that a phone shows of a quotation before it folds it: three lines.
FOLDED = 110
#: Quotations up to this many units are not folded where that would hide the answering words.
WHOLE = 320


@dataclass(frozen=True, slots=True)
class Opened:
    """A message with one of its quotes opened; `up` and `down`: whether there is more on that side."""

    message: Message
    up: bool
    down: bool


def block(document: Document, quote: Span, answer: Span | None, shown: Span | None = None) -> Draft:
    """A quotation with its answering words in bold; in `shown`, which holds the quote, what is not the quote
    is in italics. A quotation without context folds when it is long."""
    shown = shown or quote
    folds = shown == quote and _folds(document, quote, answer)
    draft = Draft().add(document.slice(shown), "expandable_blockquote" if folds else "blockquote")
    for kind, start, end in (
        ("italic", shown.start, quote.start),
        ("bold", answer.start if answer else 0, answer.end if answer else 0),
        ("italic", quote.end, shown.end),
    ):
        if stretch := document.text[start:end].strip():
            offset = document.text.index(stretch, start)
            before = utf16(document.text[shown.start : offset])
            draft.entities.append(Entity(kind, before, utf16(stretch)))
    return draft


def opened(message: Message, document: Document, view: View, reach: int) -> Opened | None:
    """`message` showing `view` of `document`, with at most `reach` sentences on a side and as many as the
    message has room for; None when its quote is not of this document and place."""
    quotations = sorted((e for e in message.entities if e.type in QUOTED), key=lambda e: e.offset)
    if not 0 < view.place <= len(quotations) or view.mark.span.end > len(document.text):
        return None
    old = quotations[view.place - 1]
    if document.slice(view.mark.span) not in message.under(old):
        return None
    spans = sentences(document.text)
    before, after, room = min(view.before, reach), min(view.after, reach), True
    while True:
        shown, up, down = _around(document, spans, view.mark.span, before, after)
        made = _replaced(message, old, block(document, view.mark.span, view.mark.answer, shown))
        if fits(made.text) or not before + after:
            return Opened(made, up and room and before < reach, down and room and after < reach)
        before, after, room = max(before - 1, 0), max(after - 1, 0), False


def _folds(document: Document, quote: Span, answer: Span | None) -> bool:
    text = document.slice(quote)
    if utf16(text) <= FOLDED and "\n" not in text:
        return False
    hidden = answer is not None and utf16(document.text[quote.start : answer.end]) > FOLDED
    return not hidden or utf16(text) > WHOLE


def _around(
    document: Document, spans: tuple[Span, ...], quote: Span, before: int, after: int
) -> tuple[Span, bool, bool]:
    """The quote with sentences around it, and whether there are more on either side."""
    first = bisect_right(spans, quote.start, key=lambda s: s.end)
    last = bisect_left(spans, quote.end, key=lambda s: s.start)
    low, high = max(first - before, 0), min(last + after, len(spans))
    start = min(spans[low].start, quote.start) if before and low < len(spans) else quote.start
    end = max(spans[high - 1].end, quote.end) if after and high else quote.end
    return Span(start, end), low > 0, high < len(spans)


def _replaced(message: Message, old: Entity, new: Draft) -> Message:
    """`message` with the quotation under `old` replaced; what stands behind it moves."""
    units = message.text.encode("utf-16-le")
    text = units[: 2 * old.offset].decode("utf-16-le") + new.text + units[2 * old.end :].decode("utf-16-le")
    shift = utf16(new.text) - old.length
    kept = [e for e in message.entities if e.end <= old.offset]
    kept += [replace(e, offset=e.offset + old.offset) for e in new.entities]
    kept += [replace(e, offset=e.offset + shift) for e in message.entities if e.offset >= old.end]
    return replace(message, text=text, entities=tuple(kept))
