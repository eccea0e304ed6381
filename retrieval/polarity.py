"""Whether a sentence says other than what a question supposes: no "not", the opposite, another number.

A question that denies ("Which fees were not suspended?") is not answered by a sentence that affirms, however
near the two are: similarity hardly sees the difference.
"""

from collections.abc import Collection
from functools import lru_cache

from retrieval.facts import facts_of
from retrieval.figures import ORDINALS, amount
from retrieval.words import is_content, listed, stem, tokens

_DENYING = listed("""
    not no never none neither nor without cannot nobody nothing nowhere hardly rarely seldom unable
    except unlike
    """)
#: A sentence with one of these may answer a question that denies: "Why did they not buy?" "They stopped."
_STOPPING = listed("""
    lack lacks lacked lacking fail fails failed failing refuse refuses refused refusing exclude excludes
    excluded excluding stop stops stopped halt halts halted end ended suspend suspends suspended
    suspending ban bans banned block blocks blocked decline declines declined reject rejects rejected
    avoid avoids avoided prevent prevents prevented prohibit prohibits prohibited forbid forbids
    forbidden withhold withheld zero barred exempt exempts exempted exemption
    """)
#: Pairs of opposites, one inflection of each; stems make the others.
_OPPOSITES = (
    "able unable", "above below", "absence presence", "absolute relative", "accept refuse", "accept reject",
    "active inactive", "active passive", "add remove", "added removed", "adult child",
    "advantage disadvantage", "agree disagree", "agree refuse", "allow ban", "allow forbid",
    "allow prohibit", "ally enemy", "always never", "ancestor descendant", "ancient modern",
    "appear disappear", "appoint dismiss", "approve reject", "arrival departure", "arrive depart",
    "ascend descend", "assemble dismantle", "asset liability", "attack defend", "attacker defender",
    "attract repel", "avoid encounter", "avoid seek", "backward forward", "before after", "begin end",
    "begin finish", "beginning end", "best worst", "better worse", "big small", "bigger smaller",
    "biggest smallest", "birth death", "borrow lend", "borrower lender", "bottom top", "brave cowardly",
    "bright dim", "brother sister", "build demolish", "buy sell", "buyer seller", "captive free",
    "cheap expensive", "civilian military", "clockwise counterclockwise", "cold hot", "comedy tragedy",
    "common rare", "common uncommon", "complex simple", "confirm deny", "conquer surrender",
    "constant variable", "cooler warmer", "counteract promote", "create destroy", "creditor borrower",
    "creditor debtor", "cruel kind", "dark light", "dawn dusk", "day night", "decelerate accelerate",
    "deep shallow", "deficit surplus", "deflation inflation", "demand supply", "demote promote",
    "detain release", "detained released", "die survive", "difficult easy", "direct indirect",
    "divorce marry", "domestic foreign", "dry wet", "earlier later", "earliest latest", "early late",
    "east west", "eastern western", "emigrate immigrate", "emigration immigration", "employer employee",
    "empty full", "encourage discourage", "enhance diminish", "enter exit", "enter leave", "escalate ease",
    "escalation easing", "expand contract", "expand shrink", "export import", "exporter importer",
    "external internal", "fail succeed", "failure success", "fall rise", "fast slow", "fastest slowest",
    "female male", "fertile barren", "few many", "fewer more", "fewest most", "first last",
    "friendly hostile", "future past", "gain lose", "gain loss", "gave took", "give receive", "give take",
    "grow shrink", "guilty innocent", "hard soft", "hawk dove", "heavy light", "high low", "higher lower",
    "highest lowest", "hire fire", "horizontal vertical", "husband wife", "import export", "impose lift",
    "impose remove", "impose suspend", "include exclude", "income expense", "increase decline",
    "increase decrease", "increase reduce", "inhibit enhance", "inhibit promote", "inner outer",
    "inside outside", "join leave", "junior senior", "king queen", "knowledge ignorance", "land sea",
    "landlord tenant", "large small", "larger smaller", "largest smallest", "least most", "left right",
    "legal illegal", "less more", "liberal conservative", "local global", "long short", "longer shorter",
    "longest shortest", "loose tight", "loosen tighten", "lose win", "loser winner", "love hate",
    "lower raise", "lower upper", "major minor", "majority minority", "married single", "maximum minimum",
    "men women", "minimise maximise", "minimize maximize", "mother father", "narrow wide", "narrow widen",
    "natural artificial", "near far", "nearest farthest", "negative positive", "new old", "newest oldest",
    "noisy quiet", "north south", "northeast southwest", "northern southern", "northwest southeast",
    "offensive defensive", "offer withdraw", "older younger", "oldest youngest", "open close",
    "open closed", "opening closing", "opponent supporter", "oppose support", "optimist pessimist",
    "ordinary special", "peace war", "penultimate ultimate", "plaintiff defendant", "poor rich",
    "poorest richest", "predecessor successor", "prefix suffix", "private public", "profit loss",
    "promote prevent", "pull push", "question answer", "quick slow", "raise cut", "raise reduce",
    "ratify reject", "relax tighten", "remember forget", "retain lose",
    "reveal conceal", "reward punish", "rise drop", "rough smooth", "rural urban", "safe dangerous",
    "seldom often", "send receive", "sent received", "sharp blunt", "short-term long-term",
    "similar different", "slowdown upturn", "solid liquid", "son daughter", "specific general",
    "specific generic", "start end", "start finish", "start stop", "strength weakness", "strengthen weaken",
    "strong weak", "stronger weaker", "strongest weakest", "sunrise sunset", "suspend resume", "tall short",
    "tallest shortest", "tame wild", "teacher student", "temporary permanent", "theory practice",
    "thick thin", "tough lenient", "uncle aunt", "underweight overweight", "unilateral bilateral",
    "upgrade downgrade", "useful useless", "vacant occupied", "vague clear", "victory defeat",
    "visible invisible", "voluntary mandatory", "wealthy poor", "weekday weekend", "winter summer",
    "young old",
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


def recounts(question: str, sentence: str) -> bool:
    """Whether `sentence` has another number where `question` has one: beside a word that both have, and
    without having the number itself ("Stage 2" asked, "Stage 3" said)."""
    asked, said = _numbered(question), _numbered(sentence)
    for number, beside in asked.items():
        if number in said:
            continue
        for other, around in said.items():
            if other not in asked and number[0] == other[0] and beside & around:
                return True
    return False


@lru_cache(maxsize=16384)
def _numbered(text: str) -> dict[tuple[str, str], frozenset[tuple[int, str]]]:
    """The numbers of `text` but one and those of its dates, as (kind, value), each with the stems of the
    words just before (-1) and after (1)."""
    found: dict[tuple[str, str], frozenset[tuple[int, str]]] = {}
    dates = [fact.span for fact in facts_of(("date", "time"), text)]
    words = [
        (word, None if any(date.start <= start < date.end for date in dates) else _number(word, at))
        for at, (word, start, _) in enumerate(tokens(text))
    ]
    words = [(word, number) for word, number in words if number or (is_content(word) and word != "%")]
    for i, (_, number) in enumerate(words):
        if number:
            sides = ((-1, words[i - 1 : i] if i else []), (1, words[i + 1 : i + 2]))
            beside = frozenset(
                (side, stem(word)) for side, next in sides for word, other in next if not other
            )
            found[number] = found.get(number, frozenset()) | beside
    return found


def _number(word: str, at: int) -> tuple[str, str] | None:
    """The kind and value of a number in digits, words or, but for a first word, Roman figures."""
    folded = word.casefold()
    if folded in ORDINALS or (folded[0].isdigit() and folded[-2:] in ("st", "nd", "rd", "th")):
        return "ordinal", str(ORDINALS.index(folded) + 1) if folded in ORDINALS else folded[:-2]
    if at and word in _ROMAN:
        return "roman", word
    value = _TIMES.get(folded) or amount(folded)
    return ("number", value) if value and value != "1" else None


_TIMES = {"twice": "2", "thrice": "3"}
_ROMAN = frozenset(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"))


def _opposites(word: str, said: Collection[str]) -> list[str]:
    """Those of `said` that are paired with `word`, or are it with a "not" before, or without."""
    found = [other for other in _OPPOSITE.get(word, ()) if other in said]
    for turn, fewest in _TURNING:
        if len(word) >= fewest and turn + word in said:
            found.append(turn + word)
        if word.startswith(turn) and len(word) - len(turn) >= fewest and word[len(turn) :] in said:
            found.append(word[len(turn) :])
    return found
