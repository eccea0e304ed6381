"""Words: what a text is made of for exact matching, and BM25 over passages. The only file that imports
bm25s and Stemmer.

An index is one folder of flat files that are read memory-mapped; searching it is thread-safe.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer

from retrieval.irregular import BASE

#: Lucene's BM25 with its usual constants: what the published baselines of this corpus were made with.
K1, B = 1.2, 0.75

_ACRONYM = re.compile(r"\b(?:[A-Za-z]\.){2,}")
CHARACTER = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")
_LETTER = r"[^\W\d_\u2e80-\u9fff\uac00-\ud7af]"
_TOKEN = re.compile(
    rf"{CHARACTER.pattern}|\d+(?:[.,:]\d+)*|{_LETTER}+(?:['’]{_LETTER}+)?|[^\W_\u2e80-\u9fff\uac00-\ud7af]+"
)
_FILES = {
    "data_name": "lexical.data.npy",
    "indices_name": "lexical.indices.npy",
    "indptr_name": "lexical.indptr.npy",
    "vocab_name": "lexical.terms.json",
    "params_name": "lexical.params.json",
}
_local = threading.local()


def words(text: str) -> list[str]:
    """The words of `text` in order, folded: lower case, no accents, no possessive, "U.S." as "us",
    "1,000" as "1000"; a Chinese, Japanese or Korean character is a word of its own."""
    text = _ACRONYM.sub(lambda found: found[0].replace(".", "") + " ", text)
    return [_fold(found) for found in _TOKEN.findall(text)]


def terms(text: str) -> list[str]:
    """The stems of the words of `text`, in order."""
    return [stem(word) for word in words(text)]


@lru_cache(maxsize=200_000)
def _fold(word: str) -> str:
    if word[0].isdigit():
        return word.replace(",", "") if "." not in word else word
    word = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    word = "".join(c for c in word if not unicodedata.combining(c)) if not word.isascii() else word
    return word.removesuffix("'s").replace("'", "") or word


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What a folded word and its inflections share."""
    try:
        stemmer = _local.stemmer
    except AttributeError:
        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    return str(stemmer.stemWord(BASE.get(word, word)))


class Lexicon:
    """BM25 over passages; row numbers are the passages' ids."""

    def __init__(self, scores: bm25s.BM25) -> None:
        self._bm25 = scores
        self._ids: dict[str, int] = scores.vocab_dict
        self._starts: npt.NDArray[np.int32] = np.asarray(scores.scores["indptr"])
        self.size = int(scores.scores["num_docs"])
        self._most = float(np.log1p((self.size + 0.5) / 0.5))

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "Lexicon":
        """An index over passages given as terms; there may be none."""
        known: dict[str, int] = {}
        rows = [[known.setdefault(term, len(known)) for term in text] for text in texts]
        scores = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        if not known:
            rows, known = [[0]], {"": 0}
        scores.index(bm25s.tokenization.Tokenized(rows, known), create_empty_token=False, show_progress=False)
        return cls(scores)

    @classmethod
    def read(cls, folder: Path) -> "Lexicon":
        """The index in `folder`. Raises: OSError, ValueError."""
        return cls(bm25s.BM25.load(folder, mmap=True, show_progress=False, **_FILES))

    def write(self, folder: Path) -> None:
        """Write the index into `folder`, beside whatever else is there."""
        self._bm25.save(folder, show_progress=False, **_FILES)

    def scores(self, query: Iterable[str]) -> npt.NDArray[np.float32]:
        """The BM25 score of every passage, (size,), for a query given as terms; zeros where none occurs."""
        ids = [self._ids[term] for term in dict.fromkeys(query) if term in self._ids]
        if not ids:
            return np.zeros(self.size, np.float32)
        return np.asarray(self._bm25.get_scores_from_ids(ids), np.float32)

    def idf(self, term: str) -> float:
        """How telling `term` is: ln(1 + (n - df + .5) / (df + .5)); greatest when it does not occur."""
        id = self._ids.get(term)
        if id is None:
            return self._most
        df = int(self._starts[id + 1] - self._starts[id])
        return float(np.log1p((self.size - df + 0.5) / (df + 0.5)))

    def __contains__(self, term: object) -> bool:
        return term in self._ids
