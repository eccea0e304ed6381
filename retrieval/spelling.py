"""Words of a question spelt right again, against the words of the corpus.

A word is touched only when neither the corpus nor the model's vocabulary knows it and one step (a letter
dropped, added, changed or swapped with its neighbour), or other letters doubled, make a word of the corpus:
names that are merely unknown stay as they are. What is cut short ("Nov", "govt") is written out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from retrieval.words import STOP, repaired, tokens

FILE = "spelling.json"
#: Shorter words have too many neighbours for one of them to be what was meant.
SHORTEST = 4
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# An inflection of a right word is right.
_TAILS = ("s", "es", "ed", "ing", "ly", "er", "est")
_PLAIN = re.compile(r"[a-z]+")
_DOUBLE = re.compile(r"(.)\1+")
#: What people cut short when they type; "mar" and "may" are other words too.
CUT = {
    "jan": "january", "feb": "february", "apr": "april", "jun": "june", "jul": "july", "aug": "august",
    "sep": "september", "sept": "september", "oct": "october", "nov": "november", "dec": "december",
    "gov": "government", "govt": "government", "pct": "percent",
}  # fmt: skip


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
        """`text` with each misspelt word replaced by the commonest word one step away; capitals are lost in
        those words only, the rest is as it was."""
        done, at = [], 0
        for word, start, end in tokens(text):
            right = self._right(word)
            if right is not None:
                done += [text[at:start], right]
                at = end
        return "".join((*done, text[at:]))

    def _right(self, word: str) -> str | None:
        folded = word.casefold()
        if folded in self.counts or not _PLAIN.fullmatch(folded):
            return None
        if folded in CUT:
            return CUT[folded]
        if (right := repaired(folded)) != folded:
            return right
        if folded in self.right:
            return None
        if len(folded) < SHORTEST:
            return next((near for near in sorted(swaps(folded)) if near in STOP), None)
        stems = [folded.removesuffix(tail) for tail in _TAILS if folded.endswith(tail)]
        stems += [folded.removesuffix("d")] if folded.endswith("ed") else []
        if any(len(stem) >= SHORTEST - 1 and self._is_right(stem) for stem in stems):
            return None
        known = [(self.counts[near], near) for near in steps(folded) if near in self.counts]
        return max(known)[1] if known else self._by_letters.get(_single(folded))

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        """The commonest word of each with its doubled letters made single."""
        common = sorted(self.counts, key=lambda word: (self.counts[word], word))
        return {_single(word): word for word in common if len(word) >= SHORTEST}

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


def swaps(word: str) -> set[str]:
    """Every string that swapping two neighbours makes of `word`."""
    return {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}


def steps(word: str) -> set[str]:
    """Every string that one step makes of `word`, which is in a to z."""
    halves = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    return swaps(word) | {
        *(left + right[1:] for left, right in halves if right),
        *(left + letter + right[1:] for left, right in halves if right for letter in _LETTERS),
        *(left + letter + right for left, right in halves for letter in _LETTERS),
    }
