"""Words of a question spelt right again, against the words of the corpus.

A word is touched when neither the corpus nor the model's vocabulary knows it and one step (a letter dropped,
added, changed or swapped with its neighbour), other letters doubled or the same letters in another order make
a word of the corpus: names that are merely unknown stay as they are. So do short words with a capital.
Question words are spelt right, and what is cut short ("10 Nov", "govt") is written out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from retrieval.words import listed, repaired, tokens

FILE = "spelling.json"
#: Shorter words have too many neighbours for one of them to be what was meant.
SHORTEST = 4
#: And shorter ones with a capital have too many that are other names.
SHORTEST_NAME = 6
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# An inflection of a right word is right.
_TAILS = ("s", "es", "ed", "ing", "ly", "er", "est")
_PLAIN = re.compile(r"[a-z]+")
_DOUBLE = re.compile(r"(.)\1+")
#: What people cut short when they type, "mar" and "may" left out as other words, and slips of three letters.
MONTHS = {
    "jan": "january", "feb": "february", "apr": "april", "jun": "june", "jul": "july", "aug": "august",
    "sep": "september", "sept": "september", "oct": "october", "nov": "november", "dec": "december",
}  # fmt: skip
CUT = {"gov": "government", "govt": "government", "pct": "percent", "teh": "the", "hte": "the", "adn": "and"}
#: What leads to a month.
_LEADS = listed("in since until till by before after from last next early mid late of")


@dataclass(frozen=True)
class Vocabulary:
    """The words of a corpus in lower case, with how many passages hold each, numbers left out; and the words
    that are right wherever they come from."""

    counts: dict[str, int]
    right: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str], right: frozenset[str]) -> "Vocabulary":
        """The words of `texts`, counted once a text."""
        return cls(dict(counted(texts)), right)

    @classmethod
    def plus(cls, counts: Iterable[Mapping[str, int]], right: frozenset[str]) -> "Vocabulary":
        """The words that were counted in parts."""
        total: dict[str, int] = {}
        for part in counts:
            for word, count in part.items():
                total[word] = total.get(word, 0) + count
        return cls(total, right)

    @classmethod
    def read(cls, folder: Path) -> "Vocabulary":
        """The vocabulary in `folder`. Raises: OSError, ValueError, KeyError."""
        written = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(written["counts"], frozenset(written["right"]))

    def write(self, folder: Path) -> None:
        """Write it into `folder`."""
        written = {"counts": self.counts, "right": sorted(self.right)}
        (folder / FILE).write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")

    def repair(self, text: str) -> str:
        """`text` with each misspelt word replaced by the word that is meant; capitals are lost in those words
        only, the rest is as it was."""
        done, at = [], 0
        found = tokens(text)
        mixed = text not in (text.lower(), text.upper())
        for number, (word, start, end) in enumerate(found):
            beside = [found[at][0] for at in (number - 1, number + 1) if 0 <= at < len(found)]
            # In a question with capitals and small letters a capital makes a name, its first word aside.
            first = number == 0 and not any(other[0].isupper() for other in beside)
            named = mixed and word[0].isupper() and not first
            meant = self._written_out(word.casefold(), beside, named) or self._meant(word, named)
            if meant is not None:
                done += [text[at:start], meant]
                at = end
        return "".join((*done, text[at:]))

    def _written_out(self, folded: str, beside: Sequence[str], named: bool) -> str | None:
        """What is cut short or a slip, in full: a month only beside a figure or a word that leads to it."""
        if month := MONTHS.get(folded):
            return month if any(other.isdigit() or other.casefold() in _LEADS for other in beside) else None
        if named or folded in self.counts:
            return None
        right = CUT.get(folded) or repaired(folded)
        return right if right != folded else None

    def _meant(self, word: str, named: bool) -> str | None:
        folded = word.casefold()
        if self._is_right(folded) or not _PLAIN.fullmatch(folded):
            return None
        if len(folded) < (SHORTEST_NAME if named else SHORTEST) or (named and word.isupper()):
            return None
        stems = [folded.removesuffix(tail) for tail in _TAILS if folded.endswith(tail)]
        stems += [folded.removesuffix("d")] if folded.endswith("ed") else []
        if len(folded) > SHORTEST and any(map(self._is_right, stems)):
            return None
        known = [(self.counts[near], near) for near in steps(folded) if near in self.counts]
        if known:
            return max(known)[1]
        return self._by_letters.get(_single(folded)) or self._shuffled.get(_letters(folded))

    @cached_property
    def _common(self) -> list[str]:
        """The words of the corpus, the commonest last."""
        return sorted(self.counts, key=lambda word: (self.counts[word], word))

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        """The commonest word of each with its doubled letters made single."""
        return {_single(word): word for word in self._common if len(word) >= SHORTEST}

    @cached_property
    def _shuffled(self) -> dict[str, str]:
        """The commonest long word of each with the same letters, the first in its place."""
        return {_letters(word): word for word in self._common if len(word) > SHORTEST_NAME}

    def _is_right(self, word: str) -> bool:
        return word in self.counts or word in self.right


def counted(texts: Iterable[str]) -> Counter[str]:
    """In how many of `texts` each word stands, in lower case, numbers left out."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word.casefold() for word, _, _ in tokens(text) if word.isalpha()})
    return counts


def _single(word: str) -> str:
    return _DOUBLE.sub(r"\1", word)


def _letters(word: str) -> str:
    return word[0] + "".join(sorted(word))


def steps(word: str) -> set[str]:
    """Every string that one step makes of `word`, which is in a to z."""
    halves = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in halves if right),
        *(left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1),
        *(left + letter + right[1:] for left, right in halves if right for letter in _LETTERS),
        *(left + letter + right for left, right in halves for letter in _LETTERS),
    }
