"""Words as questions and sentences are compared by: tokens with their offsets, stems, stop words.

A token never holds white space, and its offsets are into the very string that was given.
"""

import re
from functools import lru_cache

import Stemmer

from retrieval.irregular import BASE

_TOKEN = re.compile(r"[^\W_]\.(?:[^\W_]\.)+|[^\W_]+(?:['’][^\W\d_]+|[.,](?=\d)\d+|&[^\W_]+)*|%")
_SNOWBALL = Stemmer.Stemmer("english")


def whole(text: str) -> str:
    """`text` with U+FFFD in place of halves of surrogate pairs, which no encoding can write."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def listed(words: str) -> frozenset[str]:
    """The words of a list written as running text, parted by white space."""
    return frozenset(words.split())


STOP = listed("""
    a an the this that these those some any each every all both either neither no not nor only own same such
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
    who whom whose what which when where why how whether there here
    am is are was were be been being do does did doing done have has had having will would shall should can
    could may might must ought cannot
    and or but if because as until while of at by for with about against between into through during before
    after above below to from up down in out on off over under again further then once than so too very just
    also upon within without along among across around onto toward towards per via since ever yet still even
    's s t re ve ll d m don doesn didn isn aren wasn weren won't can't don't doesn't didn't isn't aren't
    what's who's where's when's how's it's that's there's let's i'm
    nobody none nothing everyone someone anyone everything something
    please tell know explain thanks thank ok okay hi hello hey
    """)

#: Question words, and how they are often misspelt.
ASKING = ("who", "whom", "whose", "what", "which", "when", "where", "why", "how")
MISSPELT = {
    word[:i] + word[i + 1 :]: word
    for word in ("what", "which", "when", "where", "whose")
    for i in range(1, len(word))
    if word[:i] + word[i + 1 :] not in STOP | {"wee"}
} | {"hwo": "how", "hiw": "how", "y": "why", "whay": "why", "wut": "what", "wjat": "what", "waht": "what"}
_SHORT = {
    short: f"{word} is"
    for word in ("what", "who", "when", "where", "why", "how")
    for short in (f"{word}s", f"{word}'s")
} | {"whois": "who is", "whatis": "what is"}

#: Verbs that begin a yes-or-no question.
AUXILIARY = listed("""
    is are was were am do does did has have had will would can could shall should may might must isn't
    aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't
    isnt arent wasnt werent dont doesnt didnt hasnt havent hadnt wont wouldnt couldnt shouldnt
    """)


def tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words and numbers of `text` as (word as written, start, end), in order."""
    return tuple((found[0], found.start(), found.end()) for found in _TOKEN.finditer(text))


def is_content(word: str) -> bool:
    """Whether `word` carries meaning of its own: no stop word and no question word, however spelt."""
    folded = word.casefold()
    return folded not in STOP and folded not in MISSPELT and folded not in _SHORT


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What `word` and its inflections share, in small letters; a unit's spellings share one."""
    if word[:1].isdigit():
        return word.replace(",", "")
    folded = word.casefold().replace("’", "'").replace(".", "")
    found = str(_SNOWBALL.stemWord(BASE.get(folded, folded)))
    return _ONE_UNIT.get(found, found)


_ONE_UNIT = {
    "ton": "tonn",
    "tonnag": "tonn",
    "kilomet": "km",
    "kilometr": "km",
    "per cent": "percent",
    "%": "percent",
}


#: Stems of words that say little of what is asked ("Where was the round held?"): a sentence without them
#: lacks little, however rare they are in its corpus.
LIGHT = frozenset(
    map(
        stem,
        listed("""
            say said tell told hold held take taken took place happen occur come came go went gone get got
            make made give gave given become became begin began call name type kind many much use find found
            know known mean meant thing way exactly actually currently now today look see want include work
            put run keep kept outcome result latest newest news update recent happening status stand define
            definition meaning
            """),
    )
)


@lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    """The stems of the content words of `text`."""
    return frozenset(stem(word) for word, _, _ in tokens(text) if is_content(word))


def repaired(word: str) -> str:
    """A question word spelt out and right again, its punctuation kept; any other word as it is."""
    bare = word.casefold().strip("?!.,:;\"'()")
    if not bare or bare in ASKING or (bare in STOP and bare not in _SHORT):
        return word
    if right := _SHORT.get(bare) or MISSPELT.get(bare):
        return word.casefold().replace(bare, right)
    if bare[0] in "wh" and len(bare) in (4, 5):
        for right in ASKING:
            if sorted(bare) == sorted(right):
                return word.casefold().replace(bare, right)
    return word
