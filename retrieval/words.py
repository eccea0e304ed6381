"""Words as questions and sentences are compared by: tokens with their offsets, light stems, stop words.

A token never holds white space, and its offsets are into the very string that was given.
"""

import re
from functools import lru_cache

import Stemmer

_TOKEN = re.compile(r"[^\W_]\.(?:[^\W_]\.)+|[^\W_]+(?:['’][^\W\d_]+|[.,](?=\d)\d+|&[^\W_]+)*|%")

STOP = frozenset(
    """
    a an the this that these those some any each every all both either neither no not nor only own same such
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
    who whom whose what which when where why how whether there here
    am is are was were be been being do does did doing done have has had having will would shall should can could
    may might must ought cannot
    and or but if because as until while of at by for with about against between into through during before after
    above below to from up down in out on off over under again further then once than so too very just also
    upon within without along among across around onto toward towards per via since ever yet still even
    's s t re ve ll d m don doesn didn isn aren wasn weren won't can't don't doesn't didn't isn't aren't
    what's who's where's when's how's it's that's there's let's i'm
    please tell know explain thanks thank ok okay hi hello hey
    """.split()
)

_SNOWBALL = Stemmer.Stemmer("english")


def tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words and numbers of `text` as (word as written, start, end), in order."""
    return tuple((found[0], found.start(), found.end()) for found in _TOKEN.finditer(text))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What `word` and its commonest inflections share; the same for any spelling in capitals."""
    if word[:1].isdigit():
        return word.replace(",", "")
    return str(_SNOWBALL.stemWord(word.casefold().replace("’", "'").replace(".", "")))


@lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    """The stems of the content words of `text`."""
    return frozenset(stem(word) for word, _, _ in tokens(text) if word.casefold() not in STOP)
