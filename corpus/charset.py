"""Bytes of unknown encoding become text: by what they are, what the server says, and what they say."""

import codecs
import re

from corpus.errors import Unreadable

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARED = re.compile(
    rb"""(?:<meta[^>]+charset|<\?xml[^>]+encoding)\s*=\s*["']?\s*([\w:.-]+)""", re.IGNORECASE
)
# How far into a page its own word on its encoding is looked for.
_HEAD = 4096
# Labels that browsers take to mean more than they say (WHATWG Encoding, 4.2).
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


def decode(raw: bytes, name: str, said: str = "") -> str:
    """The text in `raw`. A byte order mark wins, then UTF-8 where the bytes are valid UTF-8 beyond ASCII
    (no other text is by chance), then what the server `said`, then what the page says, then detection.

    Raises: Unreadable.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _strictly(raw, encoding) or _detected(raw, name)
    declared = _DECLARED.search(raw[:_HEAD])
    labels = [said, declared[1].decode("ascii") if declared else ""]
    if not raw.isascii():
        labels.insert(0, "utf-8")
    for label in labels:
        if (text := _strictly(raw, label)) is not None:
            return text
    return _strictly(raw, "utf-8") if raw.isascii() else _detected(raw, name)  # type: ignore[return-value]


def _strictly(raw: bytes, label: str) -> str | None:
    try:
        known = codecs.lookup(label).name
        text = raw.decode(_WIDER.get(known, known))
    except (LookupError, ValueError, AssertionError):
        return None
    return text if isinstance(text, str) else None


def _detected(raw: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(raw).best()
    if best is None:
        raise Unreadable(name, "in no encoding that is known here")
    return str(best)
