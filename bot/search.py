"""Full-text search in the log: each exchange as words, the question's apart from the reply's.

Words are cut and folded here, alike for what is kept and what is looked for, so that SQLite's FTS5 and
PostgreSQL's tsvector find the same. The reply holds the quotes, and of each document its title and publisher.
"""

import re
import unicodedata
from typing import Any, Literal

from sqlalchemy import ColumnElement, Dialect, Select, select, text

from bot.exchange import Exchange
from bot.tables import words

Field = Literal["question", "reply"]
# Chinese and Japanese put no space between words: there, each character is one.
_SIGN = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_SIGN}]|[^\W_{_SIGN}]+\*?")
_PART = re.compile(r'"([^"]*)"|(\S+)')
#: Characters that are looked at, and words and phrases in them that are looked for: more is no search.
LONGEST, MOST = 400, 20


def row(exchange: Exchange) -> dict[str, Any]:
    """What is kept of an exchange to be found by."""
    asked = f"{exchange.question} {exchange.carried or ''}"
    said = " ".join(message["text"] for message in exchange.reply)
    return {"exchange": exchange.id, "question": folded(asked), "reply": folded(said)}


def folded(written: str) -> str:
    """The words of a text, small and without accents, a space between each two."""
    return " ".join(token.rstrip("*") for token in _tokens(written))


def found(typed: str, dialect: Dialect, field: Field | None = None) -> ColumnElement[bool] | None:
    """The condition that an exchange's words hold all that is typed, anywhere or in `field`; None without a
    word. Those in quotation marks stand side by side, `tari*` is every word that begins so."""
    parts = (part[1] or part[2] or "" for part in _PART.finditer(typed[:LONGEST]))
    phrases = [tokens for part in parts if (tokens := _tokens(part))][:MOST]
    if not phrases:
        return None
    return (_fts5 if dialect.name == "sqlite" else _tsquery)(phrases, field)


def exchanges_with(condition: ColumnElement[bool]) -> Select[Any]:
    """The ids of the exchanges that `found` describes."""
    return select(words.c.exchange).where(condition)


def _tokens(written: str) -> list[str]:
    plain = written.casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _TOKEN.findall(plain)


def _fts5(phrases: list[list[str]], field: Field | None) -> ColumnElement[bool]:
    # A token holds letters and digits only, so none can end its quotation marks.
    def sequence(phrase: list[str]) -> str:
        tokens = " + ".join(f'"{token.rstrip("*")}"' for token in phrase)
        return f"({tokens}{'*' * phrase[-1].endswith('*')})"

    query = " AND ".join(map(sequence, phrases))
    matching = text("SELECT rowid FROM fts_words WHERE fts_words MATCH :sought").bindparams(
        sought=f"{field} : ({query})" if field else query
    )
    return words.c.id.in_(matching.columns(words.c.id))


def _tsquery(phrases: list[list[str]], field: Field | None) -> ColumnElement[bool]:
    weight = {"question": "A", "reply": "B", None: ""}[field]

    def operand(token: str) -> str:
        marks = "*" * token.endswith("*") + weight
        return f"'{token.rstrip('*')}'" + (f":{marks}" if marks else "")

    query = " & ".join("(" + " <-> ".join(map(operand, phrase)) + ")" for phrase in phrases)
    matching = text(
        "SELECT id FROM words WHERE setweight(to_tsvector('simple', question), 'A')"
        " || setweight(to_tsvector('simple', reply), 'B') @@ to_tsquery('simple', :sought)"
    ).bindparams(sought=query)
    return words.c.id.in_(matching.columns(words.c.id))
