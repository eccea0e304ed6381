"""What a question asks for, read from its words: the kind, the type of the answer, names and details.

Spelling is forgiven: capitals, punctuation and the letters of a question word may be missing or wrong.
Spans are into the question as it was sent.
"""

import re
from dataclasses import dataclass

from retrieval.aliases import NONE, Alias, Aliases, Mention
from retrieval.asking import SPEAKING, Kind, Wanted, kind_of
from retrieval.ellipsis import is_elliptical
from retrieval.facts import Fact, facts
from retrieval.types import Span
from retrieval.words import ASKING, AUXILIARY, STOP, is_content, listed, repaired, stem, tokens


@dataclass(frozen=True, slots=True)
class Entity:
    """A name that the question asks about. `forms` are the ways to write it as (form, weight), the asked one
    first."""

    text: str
    span: Span
    kind: str
    forms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as read. `wants` is the type of fact that answers and `noun` the noun asked for
    ("city", "tonnes"), both empty when nothing says. `details` are the dates, amounts and laws that an answer
    must agree with. `content` holds the stems of the content words, in order, each once. `phrase` is the text
    of a query in quotation marks. `speaker` is whose words are asked for. `elliptical` questions need the
    turns before.
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


#: Words that begin a question with a capital and no name.
_NO_NAMES = STOP | AUXILIARY | {"according", "best", "any"}
_LEADING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|ok|okay|so|well|please|pls|um|uh|and|but|also|then|now|sorry|thanks"
    r"|(?:quick )?question)\b[\s,:.!-]*"
    r"|(?:(?:can|could|would|will) (?:you|someone|anyone|anybody|u) (?:please )?"
    r"(?:(?:tell|remind|show|give) (?:me|us)|explain(?: to (?:me|us))?)\b[\s,:]*(?:about )?)"
    r"|(?:(?:please )?(?:tell|remind) (?:me|us)\b[\s,:]*(?:about )?)"
    r"|(?:(?:do|does|did) (?:you|anyone|anybody|u) (?:know|remember|happen to know)\b[\s,:]*(?:about )?)"
    r"|(?:i (?:want|would like|'d like|need|wanted) to know|i(?:'m| am)? (?:wonder(?:ing)?|curious)|wondering"
    r"|any idea"
    r"|i was wondering)\b[\s,:]*(?:about )?)+",
    re.I,
)
_QUOTED = re.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|«\s*([^«»]+?)\s*»|「([^」]+)」|„([^“”„]+)[“”]|(?:^"
    r"|(?<=\s))['‘]([^'‘’]{3,}?)['’](?=$|[\s?.!])"
)
_DETAILS = frozenset(("date", "time", "duration", "number", "money", "percentage", "ordinal", "law"))


def read(text: str, aliases: Aliases = NONE) -> Question:
    """What `text` asks. Never fails: what cannot be read is of kind "other" with nothing wanted."""
    asked = _asked(text)
    kind, wants, noun = kind_of(asked)
    phrase = _phrase(text, kind)
    entities = _entities(text, aliases)
    if kind == "what" and _is_whole(asked, entities):
        kind, wants, noun = "definition", "description", ""
    return Question(
        text=text,
        kind=kind,
        wants=wants,
        noun=noun,
        phrase=phrase,
        entities=entities,
        details=_details(text),
        content=tuple(dict.fromkeys(stem(word) for word, _, _ in tokens(text) if is_content(word))),
        speaker=_speaker(asked, text, entities) if kind == "words" else None,
        elliptical=phrase is None and is_elliptical(_plain(_named(text, entities))),
    )


def asks_for(text: str) -> str:
    """What `text` asks for in a word: the type of fact that answers, or the kind of question where nothing
    tells that. Names are left aside, so that it needs no aliases."""
    kind, wants, _ = kind_of(_asked(text))
    return wants or kind


def _asked(text: str) -> str:
    """`text` in plain, without the words that only lead up to the question."""
    plain = _plain(text)
    return _LEADING.sub("", plain) or plain


def _plain(text: str) -> str:
    """`text` on one line, with straight apostrophes and its question words spelt out."""
    return " ".join(repaired(word) for word in re.sub("[’‘]", "'", text).split())


def _named(text: str, entities: tuple[Entity, ...]) -> str:
    """`text` with one word for each name, so that none looks like a pronoun ("He Lifeng") and each can be
    what "they" stands for ("China")."""
    for entity in reversed(entities):
        text = text[: entity.span.start] + "Names" + text[entity.span.end :]
    return text


def _details(text: str) -> tuple[Fact, ...]:
    known = [fact for fact in facts(text) if fact.kind in _DETAILS and fact.sure >= 0.5]
    laws = [fact.span for fact in known if fact.kind == "law"]
    # "The two sides" is a name for them, which an answer need not repeat.
    known = [f for f in known if not (f.kind == "number" and _PAIR.search(text, 0, f.span.start))]
    return tuple(f for f in known if f.kind == "law" or not any(f.span in law for law in laws))


_PAIR = re.compile(r"\b(?:the|these|those|both|all|other) $", re.I)


def _phrase(text: str, kind: Kind) -> str | None:
    """What stands in quotation marks, when the query is that and perhaps keywords beside."""
    found = _QUOTED.search(text)
    if not found:
        return None
    inner = found[found.lastindex or 0].strip()
    rest = (text[: found.start()] + " " + text[found.end() :]).strip(" ?.!,:;")
    return inner if inner and (not rest or (kind == "terse" and len(rest.split()) <= 4)) else None


def _entities(text: str, aliases: Aliases) -> tuple[Entity, ...]:
    """The names asked about: those that `aliases` knows, near spellings of one, other capitalised names."""
    found = [_entity(mention, aliases) for mention in aliases.find(text)]
    for fact in facts(text):
        if fact.kind not in ("person", "place", "organisation", "law", "name"):
            continue
        first = fact.text.split()[0].casefold()
        if not _free(fact.span, found) or first in _NO_NAMES or repaired(first) in ASKING:
            continue
        near = () if fact.kind in ("place", "law") else _forms(aliases.near(fact.text), 0.9)
        found.append(Entity(fact.text, fact.span, fact.kind, near or ((fact.text, 1.0),)))
    if text in (text.lower(), text.upper()):
        for word, start, end in tokens(text):
            span = Span(start, end)
            if is_content(word) and _free(span, found) and (near := _forms(aliases.near(word), 0.9)):
                found.append(Entity(word, span, "person", near))
    return tuple(sorted(found, key=lambda entity: entity.span))


def _free(span: Span, found: list[Entity]) -> bool:
    return not any(span.overlaps(entity.span) for entity in found)


def _forms(known: tuple[Alias, ...], weight: float) -> tuple[tuple[str, float], ...]:
    return tuple((alias.form, round(weight * alias.weight, 4)) for alias in known)


def _entity(mention: Mention, aliases: Aliases) -> Entity:
    forms = {mention.text: 1.0}
    for name, _, weight in mention.names:
        for form, worth in _forms(aliases.forms(name), weight):
            forms[form] = max(forms.get(form, 0.0), worth)
    return Entity(mention.text, mention.span, mention.names[0][1], tuple(forms.items()))


_WHAT = re.compile(r"what(?:'s| is| are| was| were) (?:the |an? )?(?P<what>.*?)\W*$", re.I)


def _is_whole(asked: str, entities: tuple[Entity, ...]) -> bool:
    """Whether a name and no more follows "what is": "What is the Board of Trade?" asks for no board."""
    found = _WHAT.match(asked)
    return found is not None and any(e.text.casefold() == found["what"].casefold() for e in entities)


_NOBODY = listed("he she they it you i we people it's that this him her them")


def _speaker(asked: str, text: str, entities: tuple[Entity, ...]) -> Entity | None:
    """Whose words are asked for: an entity where one is named, else the words that stand in its place."""
    who = next((match["who"] for pattern in SPEAKING if (match := pattern.search(asked))), "").strip(" ,.'\"")
    who = re.sub(r"^(?:the|a|an) ", "", who, flags=re.I)
    for entity in entities:
        if entity.text.casefold() in who.casefold() and entity.kind not in ("topic", "law", "event", "act"):
            return entity
    at = text.casefold().find(who.casefold())
    if not who or who.casefold() in _NOBODY or at < 0 or len(text.casefold()) != len(text):
        return None
    return Entity(text[at : at + len(who)], Span(at, at + len(who)), "person", ((who, 1.0),))
