"""The kind of a question and the type of what answers it, from its words alone.

Order matters: what X said before what X is, the latest before when, a reason before what it is called.
"""

import re
from typing import Literal

from retrieval.words import ASKING, AUXILIARY, STOP, is_content, listed, tokens

Kind = Literal[
    "who", "when", "where", "how_many", "how_much", "percentage", "how_long", "why", "how", "yes_no", "list",
    "definition", "words", "latest", "what", "terse", "other",
]  # fmt: skip
#: The kind of fact that answers; "" when any words may.
Wanted = Literal[
    "", "date", "time", "duration", "number", "money", "percentage", "ordinal", "person", "place",
    "organisation", "law", "name", "quotation", "reason", "description", "outcome",
]  # fmt: skip

_NOUNS: dict[Wanted, frozenset[str]] = {
    "place": listed("""
        city country nation place town village state province region continent location island river county
        venue capital area district territory site destination port ocean sea lake mountain street planet
        colony suburb hemisphere neighborhood neighbourhood stadium airport hotel palace airfield
        """),
    "person": listed("""
        person people man woman leader president minister secretary official actor actress king queen
        emperor author writer singer artist scientist inventor player quarterback coach director producer
        politician founder negotiator ambassador envoy senator representative spokesperson spokesman
        economist analyst general governor architect composer physicist historian engineer mathematician
        philosopher explorer pope premier chancellor ceo judge lawyer monarch ruler theologian professor
        mayor
        """),
    "organisation": listed("""
        company agency ministry organisation organization university team party firm bank department court
        committee school college network station institution bureau commission council brand corporation
        newspaper publisher church airline chipmaker manufacturer supplier regulator union league
        """),
    "date": listed("year date day month century decade weekday week"),
    "time": listed("hour o'clock"),
    "money": listed("price cost budget salary revenue income profit fee fine sum debt gdp"),
    "percentage": listed("percentage percent share proportion fraction rate pct"),
    "duration": listed("duration"),
    "number": listed("""
        number amount quantity population temperature distance height size speed length weight width depth
        age total count score ratio tonnage capacity altitude elevation
        """),
    "law": listed("law act section statute provision treaty amendment order legislation"),
    "reason": listed("reason cause purpose motive rationale justification"),
    "name": listed("name nickname"),
}
_TYPE_OF: dict[str, Wanted] = {noun: wanted for wanted, nouns in _NOUNS.items() for noun in nouns}
_PERIODS = listed("""
    year month week day hour minute second decade years months weeks days hours minutes seconds decades
    centuries
    """)
_CURRENCIES = listed("dollars yuan euros pounds renminbi yen dollar rmb")
_SPENT = listed("""
    cost costs pay paid pays spend spent spends money worth invest invested earn owe raise price charge
    fee fees fine fines salary budget refund refunds
    """)
_PAID = listed("cost pay spend")
#: What the word after "how" measures, by what kind of fact.
_MEASURES: dict[str, Wanted] = {
    **dict.fromkeys(("old", "tall", "far", "large", "big", "high", "deep", "wide", "heavy", "hot"), "number"),
    **dict.fromkeys(("fast", "cold"), "number"),
    **dict.fromkeys(("close", "small", "low", "strong"), "number"),
    **dict.fromkeys(("soon", "recently", "late", "early"), "date"),
    **{"expensive": "money", "steep": "percentage", "often": ""},
}  # fmt: skip

_SAY = (
    r"(?:say|says|said|saying|tell|told|state|stated|comment|commented|remark|remarked|respond|responded"
    r"|reply|replied"
    r"|react|reacted|argue|argued|insist|insisted|warn|warned|claim|claimed|promise|promised|tweet|tweeted"
    r"|vow|vowed"
    r"|think|write|wrote)"
)
_VIEW = r"(?:response|reaction|comments?|remarks?|statements?|views?|opinion|words|stance|take)"
_ON = r"(?: (?:on|about|to|regarding)\b|\?|$)"
#: Questions for somebody's words; `who` is whose.
SPEAKING = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\bwhat (?:else |exactly )?(?:did|does|do|has|have|had|is|was) (?P<who>.{{1,70}}?) {_SAY}\b(?!\W*$)"
        r"(?! \w+ mean)",
        rf"\bwhat (?:else |exactly )?(?:did|does|do|has|have|had) (?P<who>.{{1,70}}?) {_SAY}\W*$",
        r"\bhow (?:did|does|do|has|have|had) (?P<who>.{1,70}?) (?:respond|responded|react|reacted|comment"
        r"|reply|describe"
        r"|described|characterize|characterise)\b",
        rf"\bwhat (?:is|was|were|are) (?:the )?(?P<who>[A-Za-z][\w .-]{{1,50}}?)(?:'s|s') {_VIEW}\b(?! of)",
        rf"\bwhat (?:is|was|were|are) (?:the )?{_VIEW} (?:of|from|by) (?P<who>.{{2,50}}?){_ON}",
        r"^\W*(?:any )?(?:quotes?|statements?|remarks?|comments?|words) (?:from|by"
        rf"|of) (?P<who>.{{2,50}}?){_ON}",
        rf"^\W*(?P<who>[\w .-]{{2,40}}?)(?:'s|s')? {_VIEW} (?:on|about|to|regarding)\b",
        r"^\W*(?P<who>[\w .-]{2,40}?) (?:quote|quotes|statement|comments|remarks)\W*$",
    )
)
_NEWS = r"(?:news|updates?|developments?|status|information)"
_LATEST = re.compile(
    r"^\W*(?:the )?(?:latest|newest)\b(?! \w+ (?:is|was|did|to)\b)"
    rf"|\bthe latest(?: (?:on|about|with|in|from|for|{_NEWS}|talks)\b|\W*$)"
    r"|\bwhat(?:'s|s| is| has)? (?:the )?(?:new|latest|newest|most recent) (?:on|about|with|in|from"
    rf"|{_NEWS})\b"
    rf"|\bwhat(?:'s|s| is) new\b|\b(?:any|recent|latest) {_NEWS}\b|^\W*{_NEWS} (?:on|about|from)\b"
    r"|\bwhat(?:'s|s| is) (?:currently )?(?:happening|going on)\b"
    r"|\bwhat(?:'s|s| is) the (?:current )?(?:status|state of (?:play|the talks))\b"
    r"|\bwhere (?:do|are) (?:things|the (?:trade )?talks|talks|we)(?: stand)?(?: now)?\b",
    re.I,
)
_WHY = re.compile(
    r"\bwhy\b|\bhow come\b|\bfor what (?:reason|purpose)s?\b|\bon what (?:grounds?|basis)\b"
    r"|\bwhat (?:caused|causes|led|prompted|motivated"
    r"|triggered|made)\b"
    r"|\bwhat (?:was|is|were|are) (?:the|some|one) (?:\w+ )?(?:reasons?|causes?|motives?|rationale"
    r"|justification)\b(?! of death)",
    re.I,
)
_LIST = re.compile(r"^\W*(?:list|name|enumerate|give (?:me )?(?:a list|examples|some)|examples of)\b", re.I)
_DEFINE = re.compile(
    r"^\W*(?:define|definition of|meaning of|explain)\b|\bwhat (?:do|does|did) .{1,60} (?:mean|stand for"
    r"|refer to)\W*$"
    r"|\bwhat is meant by\b|\bwhat is the (?:definition|meaning) of\b",
    re.I,
)
_OUTCOME = re.compile(
    r"\bwhat (?:came out of|(?:was|were|is|did|have|has|had)\b.{0,40}?\b(?:agreed?|decided?|achieved?"
    r"|produced?|settled?)\b|(?:was|were|are|is) the (?:\w+ )?(?:outcomes?|results?)\b)"
    r"|\b(?:outcomes?|results?)\W*$|^\W*(?:outcomes?|results?) of\b",
    re.I,
)
_OF_KIND = listed("type kind sort types kinds sorts form")
_OF_AMOUNT = listed("percentage percent number amount share proportion fraction")


def kind_of(asked: str) -> tuple[Kind, Wanted, str]:
    """The kind, the type of fact that answers, and the noun asked for ("" for none) of a plain question."""
    kind, wants, noun = _kind_of(asked)
    return kind, "outcome" if not wants and _OUTCOME.search(asked) else wants, noun


def _kind_of(asked: str) -> tuple[Kind, Wanted, str]:
    words = [word.casefold() for word, _, _ in tokens(asked)]
    if not words:
        return "other", "", ""
    if any(pattern.search(asked) for pattern in SPEAKING):
        return "words", "quotation", ""
    if words[0] not in ("who", "when") and _LATEST.search(asked):
        return "latest", "", ""
    if _WHY.search(asked):
        return "why", "reason", ""
    if _LIST.search(asked) and len(words) > 1 and words[1] != "of":
        noun = next((word for word in words[1:] if is_content(word) and not word.isdigit()), "")
        return "list", type_of(noun), noun
    if _DEFINE.search(asked):
        return "definition", "description", ""
    at = _asking(asked, words)
    if at and _relative(asked, words, at):
        noun = next((word for word in words[:at] if type_of(word)), "")
        return "terse", type_of(noun), noun
    if words[0] in AUXILIARY and at != 0:
        return "yes_no", "", ""
    if at is None:
        return _without(words)
    rest = words[at + 1 :]
    match words[at]:
        case "who" | "whom" | "whose":
            return ("who", "description", "") if _is_name(asked, rest) else ("who", "person", "")
        case "when":
            return "when", "date", ""
        case "where":
            return "where", "place", ""
        case "how":
            return _how(rest)
        case _:
            return _what(rest, words[:at])


def _relative(asked: str, words: list[str], at: int) -> bool:
    """Whether the question word at `at` asks nothing: "price of wheat when the talks began"."""
    if words[at] not in ("who", "when", "where", "while") or len(words) <= at + 2 or "," in asked:
        return False
    return is_content(words[at - 1]) and not set(words[:at]) & AUXILIARY


def _asking(asked: str, words: list[str]) -> int | None:
    """Where the question word stands: in "When it rains, what …" the second, in "the year when" none does."""
    found = [i for i, word in enumerate(words) if word in ASKING]
    if len(found) > 1 and found[0] == 0 and words[0] in ("when", "where", "while") and ", " in asked:
        comma = len(tokens(asked[: asked.index(", ")]))
        later = [i for i in found if i >= comma]
        return later[0] if later else found[0]
    return found[0] if found else None


def _is_name(asked: str, rest: list[str]) -> bool:
    """Whether "who is" is followed by a name and no more: then the person is known and to be described."""
    if not 2 <= len(rest) <= 5 or rest[0] not in ("is", "was", "are", "were") or rest[1] == "the":
        return False
    tail = asked.rstrip("?!. ").split()[1 - len(rest) :]
    plain = asked == asked.casefold() or asked == asked.upper()
    return (
        all(word[:1].isupper() for word in tail) if not plain else len(rest) <= 4 and not set(rest[1:]) & STOP
    )


def _how(rest: list[str]) -> tuple[Kind, Wanted, str]:
    first, second = [*rest, "", ""][:2]
    if first == "many":
        noun = next((word for word in rest[1:] if is_content(word)), second)
        if noun in ("percent", "percentage"):
            return "percentage", "percentage", noun
        if noun in _CURRENCIES:
            return "how_many", "money", noun
        return "how_many", "duration" if noun in _PERIODS else "number", noun
    if first == "much":
        if second == "time":
            return "how_long", "duration", ""
        if second == "of" or "percent" in rest:
            return "how_much", "percentage", second
        noun = second if is_content(second) else ""
        return "how_much", "money" if _SPENT & set(rest) else "number", noun
    if first == "long":
        return "how_long", "duration", ""
    if first in _MEASURES:
        if first in ("high", "large", "big", "low") and {
            "tariff",
            "tariffs",
            "rate",
            "rates",
            "duty",
            "duties",
        } & set(rest):
            return "percentage", "percentage", "rate"
        return "how", _MEASURES[first], first
    return "how", "", ""


def _what(rest: list[str], before: list[str]) -> tuple[Kind, Wanted, str]:
    if not rest:
        return "what", type_of(before[-1]) if before else "", ""
    if rest[0] in AUXILIARY or rest[0] == "'s":
        return _what_is(rest)
    noun = _head(rest)
    wants = type_of(noun)
    if noun in ("time", "times"):
        return "when", "time" if before[-1:] == ["at"] or not before else "date", noun
    if wants == "date":
        return "when", wants, noun
    if wants == "percentage" or (noun.startswith("tariff") and "rate" in rest):
        return "percentage", "percentage", noun
    if noun in ("number", "amount", "quantity"):
        counted = next((word for word in rest[rest.index(noun) + 1 :] if is_content(word)), noun)
        return "how_many", "number", counted
    return ("list" if _plural(noun) and rest[0] == noun else "what"), wants, noun


def _what_is(rest: list[str]) -> tuple[Kind, Wanted, str]:
    """ "What is the X of Y" asks for X; "what is X" asks what X is."""
    tail = rest[1:]
    if rest[0] in ("did", "does", "do", "will", "would") and _PAID & set(tail):
        return "how_much", "money", ""
    if rest[0] not in ("is", "are", "was", "were", "'s") or not tail:
        return "what", "", ""
    if tail[-1] == "for":
        return "what", "", ""
    article = tail[0] in ("a", "an", "the")
    bare = tail[1:] if article else tail
    bound = next(
        (i for i, word in enumerate(bare) if i and (word in STOP or word in _PARTICIPLES)), len(bare)
    )
    noun = next((word for word in reversed(bare[:bound]) if is_content(word)), "")
    wants = type_of(noun)
    if noun in ("example", "type", "kind", "form"):
        return "what", "", next((word for word in bare[bound:] if is_content(word)), noun)
    if wants and tail[0] not in ("a", "an"):
        kinds: dict[str, Kind] = {"date": "when", "percentage": "percentage", "reason": "why"}
        return kinds.get(wants, "what"), wants, noun
    if bound == len(bare) and len(bare) <= 4 and bare and bare[0] not in STOP:
        return "definition", "description", ""
    return ("list" if _plural(noun) and rest[0] in ("are", "were") else "what"), "", noun


_PARTICIPLES = listed(
    "called used known made located named based considered found given found responsible referred"
)


#: Ending in s: no plurals, and verbs that a question may put where a noun stands.
_SINGULAR = listed(
    "series news happens happened makes means causes remains comes goes follows changes gives lets does"
)


def _plural(noun: str) -> bool:
    return noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and noun not in _SINGULAR


def _head(rest: list[str]) -> str:
    """The noun that "which" or "what" stands before, "type of" and the like apart."""
    if len(rest) > 2 and rest[0] in _OF_KIND and rest[1] == "of":
        return rest[2]
    if rest[0] in _OF_AMOUNT:
        return rest[0]
    phrase: list[str] = []
    for word in rest[:5]:
        if word in STOP or word in AUXILIARY:
            break
        phrase.append(word)
    return next((word for word in phrase if type_of(word)), phrase[0] if phrase else "")


def type_of(noun: str) -> Wanted:
    """The kind of fact that a noun names, singular or plural; "" for any other noun."""
    single = noun.removesuffix("ies") + "y" if noun.endswith("ies") else noun.removesuffix("s")
    return _TYPE_OF.get(noun) or _TYPE_OF.get(single, "")


def _without(words: list[str]) -> tuple[Kind, Wanted, str]:
    """Keywords, or a statement. Keywords may still name what they want: "soybeans tonnes per year"."""
    if len(words) > 8 or set(words) & (AUXILIARY | {"i", "you", "we", "me", "my", "said", "says"}):
        return "other", "", ""
    noun = next((word for word in words if word in _TERSE), "")
    return "terse", _TERSE.get(noun, ""), noun


_TERSE: dict[str, Wanted] = {
    **dict.fromkeys(("percent", "percentage", "rate", "rates"), "percentage"),
    **dict.fromkeys(("tonnes", "tons", "number", "population", "amount", "volume"), "number"),
    **dict.fromkeys(("date", "deadline", "when", "expiry"), "date"),
    **dict.fromkeys(("price", "cost", "costs"), "money"),
    **dict.fromkeys(("venue", "location"), "place"),
}  # fmt: skip
