"""What a sentence states that a question can ask for: figures, names, laws, quotations, reasons.

Every fact is a slice of the sentence it was found in. Rules only: spelling, a gazetteer, a few cue words.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from retrieval.fact import Fact, FactKind
from retrieval.figures import figures
from retrieval.names import names
from retrieval.types import Span

__all__ = ["Fact", "FactKind", "facts", "facts_of"]

_ACT = r"(?:Act|Law|Amendment|Treaty|Convention|Accords?|Protocol|Code|Constitution)"
_LAW = re.compile(
    r"\b(?:Sections?|Sec\.|Articles?|Title|Chapter|Rule|Part|§)\s?\d+[A-Za-z]?(?:\(\w+\))*(?:\s(?:and|to"
    r"|or)\s\d+\b)?"
    rf"(?:\sof\sthe\s(?:[A-Z][\w'’-]*\s){{1,6}}{_ACT}(?:\sof\s\d{{4}})?)?"
    r"|\b(?:Executive\sOrders?|E\.O\.|EO|Proclamation|Announcement|Notice|Public\sLaw|H\.R\.|Decree"
    r"|Resolution|Regulation"
    r"|Directive|Proposition|Order)\s(?:No\.?\s?)?\d(?:[\d./-]*\d)?\b"
    rf"|\b[A-Z][\w'’.-]*\s(?:(?:and|of|the|for|to|on|in|[A-Z][\w'’.-]*)\s){{0,8}}{_ACT}\b"
    r"(?:\s(?:of|on)\s(?:\d{4}|[A-Z]\w+(?:\s[A-Z]\w+)*))?"
    r"|\b(?:Act|Treaty|Convention|Edict|Declaration|Constitution|Charter)\s(?:of"
    r"|on)\s(?:the\s)?[A-Z]\w+(?:\s[A-Z]\w+)*"
)
_LOWER_LAW = re.compile(
    r"\b(?:section|executive order|eo|announcement no\.?|article|title)\s\d+[a-z]?\b", re.I
)
_QUOTED = re.compile(
    r"“([^“”]+)(?:”|$)|\"([^\"]+)\"|``\s?((?:(?!'').)+?)\s?''|「([^」]+)」|«\s?([^«»]+?)\s?»"
)
_REASON = re.compile(
    r"\b(?:because(?:\sof)?|due\sto|owing\sto|thanks\sto|as\sa\s(?:result|consequence)\sof|in\sorder\sto"
    r"|so\sas\sto"
    r"|so\sthat|on\s(?:the\s)?(?:grounds|account)\s(?:that|of)|in\s(?:response|retaliation|reaction)\s(?:to"
    r"|for)"
    r"|given\sthat|caused\sby|driven\sby|prompted\sby|for\sfear\sof|in\san?\s(?:attempt|effort|bid)\sto"
    r"|aimed\sat"
    r"|designed\sto|intended\sto|led\sby|citing|blaming|over\sconcerns|reasons?\s(?:for|why|was|were|is|are|given)|accused\s(?:[^\s,;]+\s){0,5}?of"
    r"|as\s(?:the|his|her|its|their)\sreasons?)\s",
    re.I,
)
_WEAK_REASON = re.compile(
    r"(?:\b(?:[Ss]ince(?!\s(?:\d|[A-Z]))|[Aa]fter|[Aa]s|[Ff]or|[Tt]o(?!\s(?:\d|[A-Z]|the\b|an?\b))|[Bb]y|[Ww]ith)"
    r"|,\swhich)\s"
)
_CLAUSE_END = re.compile(
    r"[;:.!?](?=\s|$)|,(?=\s(?:and|but|which|while|although|though|he|she|they|it|the)\b)|—|$"
)


def facts(sentence: str) -> tuple[Fact, ...]:
    """All facts that `sentence` states, in order of their start. A span may hold facts of several kinds."""
    found = (fact for family in _FAMILIES for fact in _found(family, sentence))
    return tuple(sorted(found, key=lambda fact: (fact.span, fact.kind)))


def facts_of(kinds: Collection[str], sentence: str) -> tuple[Fact, ...]:
    """The facts of these kinds only, found without looking for the others."""
    families = (family for family, held in _KINDS_OF.items() if any(kind in kinds for kind in held))
    return tuple(fact for family in families for fact in _found(family, sentence) if fact.kind in kinds)


def _laws(text: str) -> Iterator[Fact]:
    capitals = text != text.lower()
    for match in (_LAW if capitals else _LOWER_LAW).finditer(text):
        yield Fact("law", Span(match.start(), match.end()), match[0], match[0])


def _quotations(text: str) -> Iterator[Fact]:
    for match in _QUOTED.finditer(text):
        group = match.lastindex
        if group and match[group].strip():
            sure = 1.0 if len(match[group].split()) > 3 else 0.6
            yield Fact(
                "quotation", Span(*match.span(group)), match[group], match[group].casefold(), sure=sure
            )


def _reasons(text: str) -> Iterator[Fact]:
    for pattern, sure in ((_REASON, 1.0), (_WEAK_REASON, 0.4)):
        for match in pattern.finditer(text):
            ending = _CLAUSE_END.search(text, match.end())
            end = ending.start() if ending else len(text)
            if text[match.end() : end].strip():
                span = Span(match.start() + len(match[0]) - len(match[0].lstrip(", ")), end)
                yield Fact("reason", span, text[span.start : end], match[0].strip(" ,").casefold(), sure=sure)


_FAMILIES = {
    "figures": figures,
    "names": names,
    "laws": _laws,
    "quotations": _quotations,
    "reasons": _reasons,
}
_KINDS_OF: Mapping[str, tuple[FactKind, ...]] = {
    "figures": ("date", "time", "duration", "number", "money", "percentage", "ordinal"),
    "names": ("person", "place", "organisation", "name"),
    "laws": ("law",),
    "quotations": ("quotation",),
    "reasons": ("reason",),
}


@lru_cache(maxsize=65536)
def _found(family: str, sentence: str) -> tuple[Fact, ...]:
    """What one family finds. Names and figures within a law belong to it ("Section 301", "Trade Act")."""
    found = tuple(_FAMILIES[family](sentence))
    if family not in ("names", "figures"):
        return found
    laws = [law.span for law in _found("laws", sentence)]
    if not laws:
        return found
    kept = (
        f
        for f in found
        if (f.kind == "place" and f.sure == 1.0) or not any(f.span in law for law in laws)
    )
    return tuple(kept)
