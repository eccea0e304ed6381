"""Whether a question needs the turns before it: a pronoun with nothing to stand for, or half a sentence.

Complete questions must not be taken for half ones: a wrong "no" loses a follow-up's context, a wrong "yes"
mixes another subject into a good question.
"""

import re
from itertools import pairwise

from retrieval.words import ASKING, AUXILIARY, is_content, listed, tokens

_THEN = r"^\W*(?:(?:and|but|so|ok|okay|then|yes|no|also)[\s,]+)*"
_WHOLE = re.compile(
    rf"{_THEN}(?:(?:what|how) about|why(?: not| is that| was that| so)?|how so|how come|when(?: exactly"
    r"| was that| is that)?"
    r"|where(?: exactly)?|who(?: exactly| else)?|which(?: ones?| of (?:them|these|those))?|what(?: else"
    r"| exactly| then)?"
    r"|really|any(?:thing| thing)? (?:else|more)|more|go on|tell me more|since when|until when|like what"
    r"|such as|for example"
    r"|by whom|by when|by how much|how much|how many|how long|how often|says who|is that (?:so|true"
    r"|right)|are you sure"
    r"|the other (?:one|side)|on what grounds|to whom|with whom|in what way|what for|what happened(?: next"
    r"| then)?)\W*$",
    re.I,
)
_OPENING = re.compile(rf"{_THEN}(?:what|how) about\b|^\W*(?:and|but)\b[\s,]+(?=\S)(?!.{{70}})|^\W*or\b", re.I)
#: "For China?", "how much for China": a piece of a sentence.
_PIECE = re.compile(
    rf"{_THEN}(?:how (?:much|many|long|high) )?(?:for|from|with|by|in|on|at|to|of|about)\b"
    r"(?! (?:wh|how)\w*)(?:\s[\w'’.%$-]+){1,3}\W*$",
    re.I,
)
_MEANT = re.compile(r"^\W*(?:(?:no|yes|sorry|ok|okay)\W+)?i meant?\b", re.I)
_WITHIN = re.compile(
    r"\b(?:more|elaborate|details?)(?: (?:about|on) (?:it|that|this|them))?\W*$"
    r"|\bthe (?:first|second|third|last|latter|former|other) one\b"
    r"|\bthe (?:first|second|third|last|latter|former|other) ones\W*$"
    r"|\bth(?:at|is) one\b|\bth(?:ose|ese) ones\b"
    r"|\b(?:what|who|anything|anyone|where|how) else\b(?!.{50})|\bthe latter\b|\bthe former\W*$",
    re.I,
)
_ENDING = re.compile(
    r"\b(?:that|this|these|those|the same|in return|in exchange|instead|since then|so far|back then|by then"
    r"|(?:at|after|before|until) that(?: time)?"
    r"|^\D*\bthat (?:day|week|month|year|evening|night))\W*$",
    re.I,
)
#: "What did Bessent call him?": who acts is not who is meant.
_OBJECT = re.compile(
    r"^\W*(?:what|when|where|why|how)\s(?:did|does|has|had|will|would)\s(?:(?!\S*['’]s\b)\S+\s){2,5}"
    r"(?:him|her|them)\W*$",
    re.I,
)
#: "What did Bessent say about it?", "Canada too?": little else is said that could be meant.
_TO_IT = re.compile(
    rf"{_THEN}(?:wh\w+|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"
    r"(?!.*(?:\band\b|\bor\b|\bis it\W*$|[,:;?.!]\s)).*\bit\W*$|.*\btoo\W*$",
    re.I,
)
#: How many words may be said beside.
_LITTLE = {"it": 2, "too": 1}
_PATTERNS = (_WHOLE, _OPENING, _PIECE, _MEANT, _WITHIN, _ENDING, _OBJECT)
_PRONOUNS = listed("he she him her his hers they them their theirs it its itself himself")
_POINTING = listed("that this these those")
_TIMES = listed("""
    year month week day century decade morning time quarter season summer weekend spring autumn winter
    """)
_BEFORE_THAT = AUXILIARY | listed("of about for by in to with after before like on from")
_EMPTY = listed(
    "take takes took mean cost true possible necessary legal likely important called hard difficult"
)


def is_elliptical(plain: str) -> bool:
    """Whether a reader of `plain` alone would have to ask back. An empty question needs nothing."""
    words = [word.casefold() for word, _, _ in tokens(plain)]
    if not words:
        return False
    if any(pattern.search(plain) for pattern in _PATTERNS):
        return True
    if _TO_IT.match(plain) and sum(map(is_content, words)) <= _LITTLE[words[-1]]:
        return True
    if _points_at_a_noun(words) or _is_of_several_outside(words):
        return True
    nouns = 0
    for i, word in enumerate(words):
        before, after = (words[i - 1] if i else ""), (words[i + 1] if i + 1 < len(words) else "")
        if nouns == 0 and _points_back(word, before, after, words[i:]):
            return True
        if before not in ASKING and is_content(word) and word not in _ADVERBS:
            nouns += 1
    return False


def _points_at_a_noun(words: list[str]) -> bool:
    """"This app", "these accounts": pointed at from outside, unless it is the time ("this year's")."""
    return any(
        one in ("this", "these", "those")
        and is_content(following)
        and re.split("['’]", following)[0] not in _TIMES
        for one, following in pairwise(words)
    )


def _is_of_several_outside(words: list[str]) -> bool:
    """"Do they …", and "them" where nothing before it is several."""
    if words[0] in AUXILIARY and words[1:2] == ["they"]:
        return True
    several = False
    for word in words:
        if word in ("them", "their", "theirs") and not several:
            return True
        plural = is_content(word) and word.endswith("s")
        several = several or plural or word in _SEVERAL or word[0].isdigit()
    return False


_SEVERAL = listed("and people men women children")
_ADVERBS = listed("actually really exactly first finally originally later now currently still again today")


def _points_back(word: str, before: str, after: str, tail: list[str]) -> bool:
    """Whether `word`, with no noun before it in the question, stands for one outside it."""
    if word == "it":
        return not (
            (_EMPTY & set(tail[1:3]) and len(tail) > 2) or {"that", "to", "when", "if"} & set(tail[1:6])
        )
    if word in ("they", "them", "their") and before in ("do", "did", "does", "can", "are", "were"):
        # "Where did they film …": people in general, unless little else is asked.
        return sum(is_content(other) for other in tail) < 3
    if word in _PRONOUNS:
        return before not in ASKING
    if word in _POINTING:
        if after in _TIMES or (word == "this" and after in ("the",)):
            return False
        return not after or before in _BEFORE_THAT or not before
    return word in ("there", "then") and not after
