"""Whether a sentence says the opposite of what a question supposes: a "not" on one side only, or an antonym.

A question that denies ("Which fees were not suspended?") is not answered by a sentence that affirms, however
near the two are: similarity hardly sees the difference.
"""

from collections.abc import Collection
from functools import lru_cache

from retrieval.words import is_content, listed, stem, tokens

_DENYING = listed("""
    not no never none neither nor without cannot nobody nothing nowhere hardly rarely seldom unable
    except lack lacks lacked lacking fail fails failed failing refuse refuses refused refusing unlike
    exclude excludes excluded excluding
    """)
#: A sentence with one of these may answer a question that denies: "Why did they not buy?" "They stopped."
_STOPPING = listed("""
    stop stops stopped halt halts halted end ended suspend suspends suspended suspending ban bans banned
    block blocks blocked decline declines declined reject rejects rejected avoid avoids avoided prevent
    prevents prevented prohibit prohibits prohibited forbid forbids forbidden withhold withheld zero
    barred exempt exempts exempted exemption
    """)
#: Pairs of opposites, one inflection of each; stems make the others.
_OPPOSITES = (
    "able unable", "above below", "absence presence", "accept refuse", "accept reject", "active passive",
    "active inactive", "adult child", "advantage disadvantage", "agree disagree", "agree refuse",
    "allow ban", "allow forbid", "allow prohibit", "ally enemy", "always never", "ancient modern",
    "appear disappear", "appoint dismiss", "approve reject", "arrive depart", "arrival departure",
    "asset liability", "attack defend", "before after", "begin end", "beginning end", "begin finish",
    "best worst", "better worse", "big small", "bigger smaller", "biggest smallest", "birth death",
    "borrow lend", "bottom top", "build demolish", "buy sell", "buyer seller", "cheap expensive",
    "civilian military", "cold hot", "common rare", "common uncommon", "complex simple", "confirm deny",
    "cooler warmer", "create destroy", "creditor debtor", "dark light", "deep shallow", "deficit surplus",
    "demand supply", "die survive", "difficult easy", "direct indirect", "domestic foreign", "dry wet",
    "earlier later", "earliest latest", "early late", "east west", "eastern western", "empty full",
    "encourage discourage", "enter leave", "expand shrink", "expand contract", "export import",
    "exporter importer", "external internal", "fail succeed", "failure success", "fall rise", "fast slow",
    "fastest slowest", "female male", "few many", "fewer more", "fewest most", "first last",
    "friendly hostile", "future past", "gain lose", "gain loss", "grow shrink", "guilty innocent",
    "hard soft", "heavy light", "high low", "higher lower", "highest lowest", "import export",
    "impose lift", "impose suspend", "impose remove", "include exclude", "income expense",
    "increase decrease", "increase reduce", "increase decline", "inner outer", "inside outside",
    "join leave", "junior senior", "large small", "larger smaller", "largest smallest", "least most",
    "left right", "legal illegal", "less more", "long short", "longer shorter", "longest shortest",
    "loose tight", "loosen tighten", "lose win", "loser winner", "lower raise", "lower upper",
    "major minor", "majority minority", "married single", "maximum minimum", "men women", "narrow wide",
    "narrow widen", "near far", "nearest farthest", "negative positive", "new old", "newest oldest",
    "north south", "northern southern", "northeast southwest", "northwest southeast", "offer withdraw",
    "offensive defensive", "oldest youngest", "older younger", "open close", "open closed",
    "opening closing", "oppose support", "opponent supporter", "ordinary special", "peace war", "poor rich",
    "poorest richest", "private public", "profit loss", "quick slow", "raise cut", "raise reduce",
    "relax tighten", "ratify reject", "remember forget", "reveal conceal", "rise drop", "rough smooth",
    "rural urban", "seldom often", "start end", "start finish", "start stop", "strength weakness",
    "strengthen weaken", "strong weak", "stronger weaker", "strongest weakest", "suspend resume",
    "tall short", "tallest shortest", "thick thin", "upgrade downgrade", "useful useless", "victory defeat",
    "voluntary mandatory", "wealthy poor", "winter summer", "young old",
)  # fmt: skip
#: Opposites that are stop words elsewhere.
_FUNCTION = listed("above below before after inside outside same more most few no over under")
#: How many content words beside each other two must stand to belong together.
BESIDE = 3
#: What turns a word into its opposite, and the fewest letters of such a word: "un" makes an opposite of
#: "able", "in" none of "form".
_TURNING = (("un", 4), ("non", 4), ("in", 6), ("im", 6), ("ir", 6), ("il", 5), ("dis", 6))


def _paired() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _OPPOSITES:
        one, other = (stem(word) for word in pair.split(" "))
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


_OPPOSITE = _paired()


@lru_cache(maxsize=16384)
def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold().replace("’", "'") for word, _, _ in tokens(text))


def denies(question: str, sentence: str) -> bool:
    """Whether `question` denies something, and `sentence` neither denies nor stops anything."""
    asked, said = _words(question), _words(sentence)
    return _denying(asked) and not _denying(said) and not (said - asked) & _STOPPING


def _denying(words: frozenset[str]) -> bool:
    return bool(words & _DENYING) or any(word.endswith("n't") for word in words)


def opposes(question: str, sentence: str) -> bool:
    """Whether `sentence` has the opposite of a word of `question` in its place: beside a word that both have,
    and without having the word itself."""
    asked, said = _neighbours(question), _neighbours(sentence)
    for word, beside in asked.items():
        if word in said:
            continue
        for other in _opposites(word, said):
            if other not in asked and beside & said[other]:
                return True
    return False


@lru_cache(maxsize=16384)
def _neighbours(text: str) -> dict[str, frozenset[str]]:
    """The stems of `text`, each with those of the content words up to BESIDE places from it."""
    words = [stem(word) for word, _, _ in tokens(text) if is_content(word) or word.casefold() in _FUNCTION]
    found: dict[str, frozenset[str]] = {}
    for i, word in enumerate(words):
        around = frozenset(words[max(0, i - BESIDE) : i + BESIDE + 1]) - {word}
        found[word] = found.get(word, frozenset()) | around
    return found


def _opposites(word: str, said: Collection[str]) -> list[str]:
    paired = [other for other in _OPPOSITE.get(word, ()) if other in said]
    return paired + [other for other in said if _turned(word, other) or _turned(other, word)]


def _turned(word: str, other: str) -> bool:
    """Whether `word` is `other` turned round: "unable" of "able"."""
    return word.endswith(other) and any(
        word[: -len(other)] == turn and len(other) >= fewest for turn, fewest in _TURNING
    )
