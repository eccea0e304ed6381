"""A document's passages: slices of its text, whole sentences, together covering every sentence.

Paragraphs are kept together where they fit; no passage exceeds the model's window, its title included,
unless it is a single sentence that does.
"""

from collections.abc import Callable

from retrieval.sentences import sentences
from retrieval.types import Document, Span

#: Tokens a passage aims at, its title included: about 83 words, long enough for a "he" to have its
#: name beside it, short enough that one vector still means one thing.
TARGET = 128


def split(document: Document, count: Callable[[str], int], window: int) -> tuple[Span, ...]:
    """The passages of `document` in order; none for a text without sentences.

    `count` gives a text's tokens, special tokens included; `window` is the model's limit.
    """
    title = count(document.source.title)
    room = max(min(TARGET, window) - title, min(TARGET // 4, window - title))
    passages: list[Span] = []
    start = end = used = 0
    for paragraph in _paragraphs(document.text):
        sizes = [count(document.text[s.start : s.end]) for s in paragraph]
        whole = sum(sizes)
        if used and used + whole > room:
            passages.append(Span(start, end))
            used = 0
        for span, size in zip(paragraph, sizes, strict=True):
            if used and used + size > room:
                passages.append(Span(start, end))
                used = 0
            if not used:
                start = span.start
            end = span.end
            used += size
    if used:
        passages.append(Span(start, end))
    return tuple(passages)


def _paragraphs(text: str) -> list[list[Span]]:
    """The sentences of `text`, grouped by the line breaks between them."""
    groups: list[list[Span]] = []
    for span in sentences(text):
        if groups and "\n" not in text[groups[-1][-1].end : span.start]:
            groups[-1].append(span)
        else:
            groups.append([span])
    return groups
