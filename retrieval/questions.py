"""What a question asks for, read from its words: the kind, the type of the answer, names and details.

Spelling is forgiven: capitals, punctuation and the letters of a question word may be missing or wrong.
Spans are into the question as it was sent.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from retrieval.aliases import NONE, Aliases, Mention
from retrieval.facts import Fact, facts
from retrieval.types import Span
from retrieval.words import STOP, stem, tokens

Kind = Literal[
    "who", "when", "where", "how_many", "how_much", "percentage", "how_long", "why", "how", "yes_no", "list",
    "definition", "words", "latest", "what", "terse", "other",
]  # fmt: skip
#: What kind of fact answers: "" when any words may.
Wanted = Literal[
    "", "date", "time", "duration", "number", "money", "percentage", "ordinal", "person", "place", "organisation",
    "law", "name", "quotation", "reason", "description",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entity:
    """A name that the question asks about. `forms` are the ways to write it, (form, weight), the asked one first."""

    text: str
    span: Span
    kind: str
    forms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as read. `wants` is the type of fact that answers and `noun` the noun asked for ("city",
    "tonnes"), both empty when nothing says. `details` are the dates and amounts that an answer must agree with.
    `content` holds the stems of the content words, in order, each once. `phrase` is the text of a query in
    quotation marks. `speaker` is whose words are asked for. `elliptical` questions need the turns before.
    """

    text: str
    kind: Kind
    wants: Wanted = ""
    noun: str = ""
    phrase: str | None = None
    entities: tuple[Entity, ...] = ()
    details: tuple[Fact, ...] = ()
    content: tuple[str, ...] = ()
    speaker: Entity | None = None
    elliptical: bool = False


_WH = ("who", "whom", "whose", "what", "which", "when", "where", "why", "how")
_WH_FORMS = {
    "whos": "who", "whats": "what", "whens": "when", "wheres": "where", "whys": "why", "hows": "how", "wat": "what",
    "wut": "what", "wich": "which", "wen": "when", "wher": "where", "y": "why", "whois": "who", "whatis": "what",
    "hwo": "how", "wht": "what", "whay": "why",
}  # fmt: skip
_AUX = frozenset(
    "is are was were am do does did has have had will would can could should shall may might must isn't aren't wasn't"
    " weren't don't doesn't didn't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't isnt arent didnt doesnt"
    " dont hasnt havent wont".split()
)
_LEADING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|ok|okay|so|well|please|pls|um|uh|and|but|also|then|now|sorry|thanks|quick question|question)\b[\s,:.!-]*"
    r"|(?:(?:can|could|would|will) (?:you|someone|anyone|anybody|u) (?:please )?(?:tell|explain to|remind|show|give) ?(?:me|us)?\b[\s,:]*(?:about )?)"
    r"|(?:(?:please )?(?:tell|remind) (?:me|us)\b[\s,:]*(?:about )?)"
    r"|(?:do|does|did) (?:you|anyone|anybody|u) (?:know|remember|happen to know)\b[\s,:]*(?:about )?"
    r"|(?:i (?:want|would like|'d like|need|wanted) to know|i(?:'m| am)? (?:wonder(?:ing)?|curious)|wondering|any idea|i was wondering)\b[\s,:]*(?:about )?)+",
    re.I,
)

_NOUNS: dict[Wanted, frozenset[str]] = {
    "place": frozenset(
        "city country countries nation place town village state province region continent location island river county"
        " venue capital area district territory site destination port ocean sea lake mountain street planet colony"
        " hemisphere neighborhood suburb stadium airport hotel palace location building".split()
    ),
    "person": frozenset(
        "person people man woman leader president minister secretary official actor actress king queen emperor author"
        " writer singer artist scientist inventor player quarterback coach director producer politician founder"
        " negotiator ambassador envoy senator representative spokesperson spokesman economist analyst general"
        " architect composer physicist historian engineer mathematician philosopher explorer pope premier chancellor"
        " governor ceo chief judge lawyer character individual monarch ruler theologian professor mayor".split()
    ),
    "organisation": frozenset(
        "company agency ministry organisation organization university team party group firm bank department court"
        " committee school college band network station institution body bureau commission council brand corporation"
        " newspaper publisher church airline chipmaker manufacturer supplier regulator union league".split()
    ),
    "date": frozenset("year date day month century decade weekday week season era period".split()),
    "time": frozenset("hour o'clock".split()),
    "money": frozenset("price cost budget salary revenue income profit fee fine value sum debt gdp".split()),
    "percentage": frozenset("percentage percent percents share proportion fraction rate pct".split()),
    "duration": frozenset("duration".split()),
    "number": frozenset(
        "number amount quantity population temperature distance height size speed length weight width depth age total"
        " count figure volume score ratio tonnage capacity altitude elevation".split()
    ),
    "law": frozenset(
        "law act section statute provision treaty amendment order legislation bill measure rule".split()
    ),
    "reason": frozenset("reason cause purpose motive rationale justification".split()),
    "name": frozenset("name title nickname".split()),
}
_TYPE_OF: dict[str, Wanted] = {noun: wanted for wanted, nouns in _NOUNS.items() for noun in nouns}
_UNITS = frozenset(
    "year month week day hour minute second decade century years months weeks days hours minutes seconds decades"
    " centuries".split()
)
_MEASURES: dict[str, Wanted] = {
    "old": "number", "tall": "number", "far": "number", "large": "number", "big": "number", "high": "number",
    "deep": "number", "wide": "number", "heavy": "number", "fast": "number", "hot": "number", "cold": "number",
    "often": "", "many": "number", "much": "money", "long": "duration", "soon": "date", "recently": "date",
    "expensive": "money", "late": "date", "early": "date", "close": "number", "steep": "percentage", "small": "number",
}  # fmt: skip
_SAY = (
    r"say|says|said|saying|tell|told|state|stated|comment|commented|remark|respond|responded|reply|replied|react|reacted"
    r"|argue|argued|insist|insisted|warn|warned|claim|claimed|mention|mentioned|promise|promised|tweet|tweeted|post|posted"
    r"|vow|vowed|think|describe|described|write|wrote"
)
_WORDS = (
    re.compile(
        rf"\bwhat (?:\w+ )?(?:did|does|do|has|have|had) (?P<who>.{{1,70}}?) (?:{_SAY})\b(?!.*\bis called)",
        re.I,
    ),
    re.compile(
        rf"\bhow (?:did|does|do|has|have|had) (?P<who>.{{1,70}}?) (?:respond|responded|react|reacted|comment|reply|describe|described)\b",
        re.I,
    ),
    re.compile(
        r"\bwhat (?:is|was|were|are) (?P<who>[\w .-]{2,50}?)(?:'s|s'|’s)? (?:response|reaction|comments?|remarks?|statements?|view|views|opinion|words|stance|take)\b(?! of)",
        re.I,
    ),
    re.compile(
        rf"\bwhat (?:is|was|were|are) (?:the )?(?:response|reaction|comments?|remarks?|view|views|opinion|words|stance|position) (?:of|from|by) (?P<who>.{{2,50}}?)(?: (?:on|about|to|regarding)\b|\?|$)",
        re.I,
    ),
    re.compile(
        r"\b(?:quotes?|statements?|remarks?|comments?|words) (?:from|by|of) (?P<who>.{2,50}?)(?: (?:on|about|to|regarding)\b|\?|$)",
        re.I,
    ),
    re.compile(
        rf"^\W*(?P<who>[\w .'-]{{2,40}}?)(?:'s|s'|’s) (?:comments?|remarks?|statements?|response|reaction|words|view|views|opinion) (?:on|about|to|regarding)\b",
        re.I,
    ),
)
_LATEST = re.compile(
    r"^\W*(?:the )?(?:latest|newest)\b|\b(?:the )?latest (?:on|about|with|in|from|for|news|updates?|developments?|status|information|talks)\b|\bthe latest\W*$"
    r"|\bwhat(?:'s|s| is| has) (?:the )?(?:new|latest|newest)\b(?! \w+ (?:of|version|album|song|movie|model))|\b(?:any|recent|latest) (?:news|updates?|developments?)\b|^\W*(?:news|updates?) (?:on|about|from)\b"
    r"|\bwhat(?:'s|s| is) (?:happening|going on|the (?:current )?(?:status|state of (?:play|the talks)))\b|\bwhere (?:do|are) (?:things|the talks|talks|we) (?:stand|now)\b",
    re.I,
)
_WHY = re.compile(
    r"\bwhy\b|\bhow come\b|\bwhat (?:was|is|were|are) the (?:main |primary |stated |official )?(?:reasons?|causes?|motives?|rationale|justification)\b"
    r"|\bfor what (?:reason|purpose)\b|\bwhat (?:caused|causes|led|prompted|motivated|triggered|made)\b|\bwhat was the purpose\b",
    re.I,
)
_LIST = re.compile(r"^\W*(?:list|name|enumerate|give (?:me )?(?:a list|examples|some))\b", re.I)
_DEFINE = re.compile(
    r"^\W*(?:define|definition of|meaning of|explain what)\b|\bwhat (?:do|does|did) .{1,60} (?:mean|stand for|refer to)\W*$|\bwhat is meant by\b",
    re.I,
)
_QUOTES = re.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|«\s*([^«»]+?)\s*»|「([^」]+)」|„([^“”]+)[“”]|(?:^|(?<=\s))['‘]([^'‘’]{3,}?)['’](?=$|[\s?.!])"
)

_ELLIPTIC = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|then)[\s,]+)*(?:(?:what|how) about|why(?: not| is that| was that| so)?|how so|how come|when(?: exactly| was that| is that)?|where(?: exactly)?"
    r"|who(?: exactly| else)?|which(?: ones?| of (?:them|these|those))?|what(?: else| exactly| then)?|really|any(?:thing)? (?:else|more)|more|go on|tell me more|since when"
    r"|like what|such as|for example|by whom|by how much|how much|how many|how long|says who|is that (?:so|true|right)|are you sure|the other (?:one|side)|on what grounds)\W*$"
    r"|^\W*(?:(?:and|but|so|ok|okay|then)[\s,]+)*(?:what|how) about\b|^\W*(?:and|but) (?!.{60})"
    r"|\b(?:tell me|say|know|explain|elaborate)(?: a bit| some)? more(?: about (?:it|that|this|them))?\W*$|\b(?:the (?:first|second|third|last|latter|former|other) one|that one|this one|those ones|these ones)\b",
    re.I,
)
_PRONOUNS = frozenset("he she him her his hers they them their theirs it its".split())
_POINTING = frozenset("that this these those".split())
_TIMES = frozenset(
    "year month week day century decade morning time quarter summer weekend spring autumn winter".split()
)
_OUTSIDE = frozenset("what which who whom whose when where why how".split())


def read(text: str, aliases: Aliases = NONE) -> Question:
    """What `text` asks. Never fails: what cannot be read is of kind "other" with nothing wanted."""
    plain = " ".join(_repaired(word) for word in re.sub(r"[’‘]", "'", text).split())
    asked = _LEADING.sub("", plain) or plain
    words = [word.casefold() for word, _, _ in tokens(asked)]
    entities = _entities(text, aliases)
    kind, wants, noun = _kind(asked, words)
    phrase = _phrase(text, kind)
    speaker = _speaker(asked, text, entities) if kind == "words" else None
    return Question(
        text=text,
        kind=kind,
        wants=wants,
        noun=noun,
        phrase=phrase,
        entities=entities,
        details=tuple(f for f in facts(text) if f.kind in _DETAILS and f.sure >= 0.5),
        content=tuple(dict.fromkeys(stem(w) for w, _, _ in tokens(text) if _is_content(w))),
        speaker=speaker,
        elliptical=phrase is None and _is_elliptical(plain, entities, text),
    )


_DETAILS = frozenset(("date", "time", "duration", "number", "money", "percentage", "ordinal", "law"))


def _is_content(word: str) -> bool:
    folded = word.casefold()
    return folded not in STOP and _WH_FORMS.get(folded, folded) not in _WH


def _repaired(word: str) -> str:
    """A question word spelt right again; any other word as it is."""
    bare = word.casefold().strip("?!.,:;\"'()")
    if not bare or bare in _WH or bare in STOP:
        return word
    if bare in _WH_FORMS:
        return word.casefold().replace(bare, _WH_FORMS[bare])
    if bare[0] in "wh" and 3 <= len(bare) <= 6:
        for right in _WH:
            if sorted(bare) == sorted(right) and len(right) > 3:
                return word.casefold().replace(bare, right)
    return word


def _kind(asked: str, words: list[str]) -> tuple[Kind, Wanted, str]:
    """The kind of question, what it wants and the noun it asks for."""
    if not words:
        return "other", "", ""
    if any(pattern.search(asked) for pattern in _WORDS):
        return "words", "quotation", ""
    if words[0] not in ("who", "when", "where") and _LATEST.search(asked):
        return "latest", "", ""
    if _WHY.search(asked):
        return "why", "reason", ""
    if _LIST.search(asked) and len(words) > 1:
        noun = next((word for word in words[1:] if _is_content(word) and not word.isdigit()), "")
        return "list", _type(noun), noun
    if _DEFINE.search(asked):
        return "definition", "description", ""
    at = next((i for i, word in enumerate(words) if word in _WH), None)
    if words[0] in _AUX and (at is None or at > 0):
        return "yes_no", "", ""
    if at is None:
        return _without_wh(asked, words)
    rest = words[at + 1 :]
    match words[at]:
        case "who" | "whom" | "whose":
            named = rest[:1] and rest[0] in ("is", "was", "are", "were") and _names_only(asked, rest[1:])
            return "who", "description" if named else "person", ""
        case "when":
            return "when", "date", ""
        case "where":
            return "where", "place", ""
        case "how":
            return _how(rest)
        case _:
            return _what(asked, rest, words[:at])


def _names_only(asked: str, rest: list[str]) -> bool:
    """Whether what follows "who is" is a name and no more."""
    if not rest or len(rest) > 4:
        return False
    tail = asked.rstrip("?!. ").split()[-len(rest) :]
    return rest[0] != "the" and (all(w[:1].isupper() for w in tail) or len(rest) <= 3 and asked == asked.lower()
                                 and not set(rest) & STOP)  # fmt: skip


def _how(rest: list[str]) -> tuple[Kind, Wanted, str]:
    first, second = (rest + ["", ""])[:2]
    if first == "many":
        noun = next((word for word in rest[1:] if _is_content(word)), second)
        if noun in _UNITS and len(rest) > 2 and rest[1] == noun:
            return "how_many", "duration", noun
        if noun in ("percent", "percentage"):
            return "percentage", "percentage", noun
        if noun in ("dollars", "yuan", "euros", "pounds", "renminbi"):
            return "how_many", "money", noun
        return "how_many", "number", noun
    if first == "much":
        if second in ("of", "percent"):
            return "how_much", "percentage", second
        money = {
            "cost",
            "pay",
            "paid",
            "spend",
            "spent",
            "money",
            "worth",
            "invest",
            "invested",
            "earn",
            "owe",
            "raise",
        }
        if second == "time":
            return "how_long", "duration", ""
        return "how_much", "money" if money & set(rest) else "number", second if _is_content(second) else ""
    if first == "long":
        return "how_long", "duration", ""
    if first in _MEASURES:
        return "how", _MEASURES[first], first
    return "how", "", ""


def _what(asked: str, rest: list[str], before: list[str]) -> tuple[Kind, Wanted, str]:
    if not rest:
        return ("what", "", "") if before else ("other", "", "")
    if rest[0] in _AUX | {"'s"}:
        return _what_is(asked, rest)
    noun = _head(rest)
    wants = _type(noun)
    if noun in ("time",) and before[-1:] != ["of"]:
        return "when", "date", noun
    if wants == "date":
        return "when", wants, noun
    if wants == "percentage":
        return "percentage", wants, noun
    if wants == "number" and noun in ("number", "amount", "quantity"):
        return "how_many", wants, noun
    plural = noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and noun not in ("series", "news")
    return ("list" if plural and rest[0] == noun else "what"), wants, noun


def _what_is(asked: str, rest: list[str]) -> tuple[Kind, Wanted, str]:
    """ "What is the X of Y": X is asked for. "What is X": X is to be explained."""
    tail = rest[1:]
    if rest[0] not in ("is", "are", "was", "were", "'s"):
        return "what", "", ""
    if not tail:
        return "what", "", ""
    article = tail[0] in ("a", "an")
    bounds = [
        i
        for i, word in enumerate(tail)
        if i and (word in STOP or word in ("called", "used", "known", "made"))
    ]
    phrase = tail[: bounds[0]] if bounds else tail
    noun = next((word for word in reversed(phrase) if word not in STOP), "")
    wants = _type(noun)
    if wants and (tail[0] == "the" or len(tail) == 1):
        return {"date": "when", "percentage": "percentage", "reason": "why"}.get(wants, "what"), wants, noun  # type: ignore[return-value]
    if article or (not bounds and len(tail) <= 5):
        return "definition", "description", ""
    plural = noun.endswith("s") and not noun.endswith(("ss", "us", "is"))
    return ("list" if plural and rest[0] in ("are", "were") else "what"), "", noun


def _head(rest: list[str]) -> str:
    """The noun that "which" or "what" stands before: the last word of its phrase, "type of" and the like apart."""
    if len(rest) > 2 and rest[0] in (
        "type",
        "kind",
        "sort",
        "types",
        "kinds",
        "percentage",
        "percent",
        "number",
        "amount",
        "share",
        "proportion",
        "fraction",
    ):
        return (
            rest[2] if rest[0] in ("type", "kind", "sort", "types", "kinds") and rest[1] == "of" else rest[0]
        )
    phrase: list[str] = []
    for word in rest[:5]:
        if word in STOP or word in _AUX:
            break
        phrase.append(word)
    typed = [word for word in phrase if _type(word)]
    return typed[0] if typed else (phrase[0] if phrase else "")


def _type(noun: str) -> Wanted:
    if noun in _TYPE_OF:
        return _TYPE_OF[noun]
    single = noun.removesuffix("ies") + "y" if noun.endswith("ies") else noun.removesuffix("s")
    return _TYPE_OF.get(single, "")


def _without_wh(asked: str, words: list[str]) -> tuple[Kind, Wanted, str]:
    """Keywords, or a statement. Keywords may still name what they want: "soybeans tonnes per year"."""
    verbs = set(words) & (_AUX | {"i", "you", "we", "me", "my", "said", "says"})
    if len(words) > 8 or verbs:
        return "other", "", ""
    if "percent" in words or "percentage" in words or "rate" in words or "%" in words:
        return "terse", "percentage", "percent"
    typed = next(
        (
            word
            for word in words
            if word in ("date", "price", "cost", "number", "tonnes", "tons", "population")
        ),
        "",
    )
    return "terse", "number" if typed in ("tonnes", "tons") else _type(typed), typed


def _phrase(text: str, kind: Kind) -> str | None:
    """What stands in quotation marks, when the query is that and perhaps keywords beside."""
    found = _QUOTES.search(text)
    if not found:
        return None
    inner = found[found.lastindex or 0].strip()
    rest = (text[: found.start()] + " " + text[found.end() :]).strip(" ?.!,:;")
    alone = not rest or kind == "terse" and len(rest.split()) <= 4
    return inner if inner and alone else None


def _entities(text: str, aliases: Aliases) -> tuple[Entity, ...]:
    """The names asked about: those that `aliases` knows, a near spelling of one, and other capitalised names."""
    found = [_entity(mention, aliases) for mention in aliases.find(text)]
    spans = [entity.span for entity in found]
    for fact in facts(text):
        if fact.kind not in ("person", "place", "organisation", "law", "name") or any(
            fact.span.overlaps(s) for s in spans
        ):
            continue
        folded = fact.text.casefold()
        if folded in STOP or _repaired(folded) in _WH or folded.split()[0] in _AUX | set(_WH):
            continue
        spans.append(fact.span)
        near = _near(fact.text, aliases) if fact.kind in ("person", "name", "organisation") else None
        forms = near or ((fact.text, 1.0),)
        found.append(Entity(fact.text, fact.span, fact.kind, forms))
    if text == text.lower():
        for word, start, end in tokens(text):
            span = Span(start, end)
            if len(word) >= 6 and not any(span.overlaps(s) for s in spans) and (near := _near(word, aliases)):
                found.append(Entity(word, span, "person", near))
    return tuple(sorted(found, key=lambda entity: entity.span))


def _entity(mention: Mention, aliases: Aliases) -> Entity:
    forms = {mention.text: 1.0}
    for name, _, weight in mention.names:
        for alias in aliases.forms(name):
            forms.setdefault(alias.form, 0.0)
            forms[alias.form] = max(forms[alias.form], round(weight * alias.weight, 4))
    return Entity(mention.text, mention.span, mention.names[0][1], tuple(forms.items()))


def _near(word: str, aliases: Aliases) -> tuple[tuple[str, float], ...] | None:
    """The forms of the one person or body whose name is spelt almost like `word`; None if there is none."""
    if len(word) < 5:
        return None
    best, name = 0.86, ""
    for alias in aliases.entries:
        if (
            alias.kind not in ("person", "organisation")
            or abs(len(alias.form) - len(word)) > 2
            or not alias.form[0].isupper()
        ):
            continue
        ratio = SequenceMatcher(None, alias.form.casefold(), word.casefold()).ratio()
        if ratio >= best and alias.form[0].casefold() == word[0].casefold():
            best, name = ratio, alias.name
    return tuple((a.form, round(a.weight * 0.9, 4)) for a in aliases.forms(name)) if name else None


def _speaker(asked: str, text: str, entities: tuple[Entity, ...]) -> Entity | None:
    """Whose words are asked for: an entity where one is named, else the words that stand in its place."""
    who = next((match["who"] for pattern in _WORDS if (match := pattern.search(asked))), "").strip(" ,'\"")
    for entity in entities:
        if entity.text.casefold() in who.casefold() and entity.kind not in ("topic", "law", "event"):
            return entity
    if not who or who.casefold() in _PRONOUNS | {"you", "i", "we", "people"}:
        return None
    at = text.casefold().find(who.casefold())
    return (
        Entity(text[at : at + len(who)], Span(at, at + len(who)), "person", ((who, 1.0),))
        if at >= 0
        else None
    )


def _is_elliptical(plain: str, entities: tuple[Entity, ...], text: str) -> bool:
    """Whether a reader who did not hear the turns before would have to ask back."""
    words = [word.casefold() for word, _, _ in tokens(plain)]
    if not words:
        return False
    if _ELLIPTIC.search(plain):
        return True
    nouns = 0
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else ""
        before = words[i - 1] if i else ""
        if word in _PRONOUNS and nouns == 0 and not _empty_it(words, i):
            return True
        if word in _POINTING and nouns == 0 and following not in _TIMES | {"mean"} and (
            not following or before in _AUX | {"of", "about", "for", "by", "in", "to", "with", "after", "before"}
        ):  # fmt: skip
            return True
        if word == "there" and not following and nouns == 0:
            return True
        if _is_content(word) and before not in _OUTSIDE and word not in _AUX:
            nouns += 1
    return False


def _empty_it(words: list[str], i: int) -> bool:
    """Whether the "it" at `i` stands for nothing: "how long does it take to", "is it true that"."""
    if words[i] != "it":
        return False
    tail = words[i + 1 : i + 6]
    return bool(tail) and (tail[0] in ("take", "takes", "mean", "cost", "called") and len(words) > i + 3
                           or "that" in tail or "to" in tail or "when" in tail or "if" in tail)  # fmt: skip
