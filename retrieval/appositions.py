"""Names learned from a corpus: an office beside a name, a short form in brackets behind its long one.

Every learned form carries the spans that show it; nothing is learned that no text says.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from retrieval.aliases import LEARNED, ROLE, Alias, Aliases, Evidence
from retrieval.gazetteer import GROUNDS, OFFICES
from retrieval.types import Document, Span
from retrieval.words import STOP, listed

_NAME = r"[A-Z\u00c0-\u00de][\w’'-]+(?: [A-Z]\.?)?(?: [A-Z\u00c0-\u00de][\w’'-]+){1,2}"
_OFFICE = (
    r"(?:(?:Deputy|Vice|Assistant|Prime|Acting|Under) )?(?:Secretary of (?:the )?[A-Z]\w+|Secretary|Minister"
    r"|President"
    r"|Premier|Chancellor|Representative|Ambassador|Governor|Spokes(?:man|woman|person)|Director|Chairman"
    r"|Chairwoman)"
)
_LOWER = (
    r"(?:secretary|minister|president|premier|chancellor|representative|ambassador|governor|spokes(?:man"
    r"|woman|person)"
    r"|negotiator|envoy|director|chairman|chairwoman|chief|leader|adviser)"
)
_WHOSE = r"(?:(?:the )?(?:US|U\.S\.|[A-Z]\w+)(?:['’]s)? )"
_BEFORE = re.compile(rf"\b(?P<role>{_WHOSE}?(?:[A-Z][a-z]+ ){{0,2}}{_OFFICE}) (?P<name>{_NAME})")
_AFTER = re.compile(
    rf"\b(?P<name>{_NAME}), (?P<role>(?:the |an? )?{_WHOSE}{{0,2}}(?:[\w-]+ ){{0,3}}{_LOWER}"
    r"(?: (?:of|for|at|to) (?:the )?(?:[\w-]+ ?){1,4})?)(?=[,;)]|\.(?:\s|$))"
)
_ROLE_FIRST = re.compile(
    rf"\b(?P<role>(?:[Tt]he |[A-Z]\w+['’]s )(?:[\w-]+ ){{0,3}}{_LOWER}), (?P<name>{_NAME})(?=[,.;)])"
)
_LONG = r"(?:[A-Z][\w’'-]+)(?: (?:of|the|and|for|on|in|[A-Z][\w’'-]+)){1,8}"
_SHORT_AFTER = re.compile(rf"(?P<name>{_LONG}) \((?:the )?[\"“]?(?P<short>[A-Z][A-Za-z]{{1,7}})[\"”]?\)")
_LONG_AFTER = re.compile(rf"\b(?P<short>[A-Z]{{2,7}}) \((?:the )?(?P<name>{_LONG})\)")

#: Family names that stand before the given name: the commonest of China.
_FAMILY_FIRST = listed("""
    Bai Cai Cao Chen Cheng Cui Deng Ding Dong Du Fan Fang Feng Fu Gao Guo Han Hao He Hou Hu Huang Jia
    Jiang Jin Kong Lei Li Liang Liao Lin Liu Long Lu Luo Ma Mao Meng Pan Peng Qian Qiao Qin Qiu Ren Shao
    Shen Shi Song Su Sun Tan Tang Tao Tian Wan Wang Wei Wen Wu Xi Xia Xiang Xiao Xie Xu Xue Yan Yang Yao
    Ye Yi Yin Yu Yuan Zeng Zhang Zhao Zheng Zhong Zhou Zhu Zou
    """)
#: A family name of fewer letters is an ordinary word or syllable too often to stand alone.
_SHORTEST = 4


def learn(documents: Iterable[Document]) -> Aliases:
    """What `documents` teach. A surname is learned from a full name when one learned person has it."""
    shown: dict[tuple[str, str, bool], list[Evidence]] = defaultdict(list)
    for document in documents:
        for form, name, person, span in _seen(document.text):
            shown[form, name, person].append(Evidence(document.id, document.version, span))
    bearers: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    entries: set[Alias] = set()
    for (form, name, person), evidence in shown.items():
        kind, worth = ("person", LEARNED * ROLE) if person else ("organisation", LEARNED)
        entries.add(
            Alias(name, name, "person" if person else "organisation", LEARNED, evidence=tuple(evidence[:1]))
        )
        entries.add(
            Alias(form, name, "person" if person else "organisation", worth, not person, tuple(evidence))
        )
        if kind == "person":
            bearers[_surname(name)][name].extend(evidence)
    for surname, people in bearers.items():
        if len(people) == 1 and len(surname) >= _SHORTEST:
            ((name, evidence),) = people.items()
            entries.add(Alias(surname, name, "person", LEARNED, evidence=tuple(evidence)))
    first: dict[tuple[str, str], Alias] = {}
    for alias in sorted(entries, key=lambda a: (a.name, a.form, -a.weight, a.evidence)):
        first.setdefault((alias.name, alias.form), alias)
    return Aliases(tuple(first.values()))


def _seen(text: str) -> Iterator[tuple[str, str, bool, Span]]:
    """(form, name, whether of a person, the span that shows both) of every apposition."""
    for pattern in (_BEFORE, _AFTER, _ROLE_FIRST):
        for match in pattern.finditer(text):
            role, name = _office(match["role"]), _person(match["name"])
            if role and name:
                yield (
                    role,
                    name,
                    True,
                    Span(
                        match.start(), match.start("name") + len(name) if pattern is _BEFORE else match.end()
                    ),
                )
    for pattern in (_SHORT_AFTER, _LONG_AFTER):
        for match in pattern.finditer(text):
            if long := _spelled(match["name"], match["short"]):
                yield match["short"], long, False, Span(match.start(), match.end())


def _office(role: str) -> str | None:
    """An office that names its holder; None for a bare one ("President"), which any text gives to many."""
    role = re.sub(r"^(?:[Tt]he|[Aa]n?) ", "", role).strip()
    words = role.split()
    return role if 2 <= len(words) <= 8 and words[0].casefold() not in STOP else None


def _person(name: str) -> str | None:
    """A full name without what is no part of it; None where too little is left."""
    words = re.sub(r"['’]s$", "", name).split()
    odd = any(word.casefold() in STOP | OFFICES or word in GROUNDS for word in words)
    return None if len(words) < 2 or odd else " ".join(words)


def _surname(name: str) -> str:
    words = name.split()
    return words[0] if words[0] in _FAMILY_FIRST and len(words) == 2 else words[-1]


def _spelled(long: str, short: str) -> str | None:
    """The end of `long` whose capitalised words begin with the letters of `short`; None if there is none."""
    words = long.split()
    for start, word in enumerate(words):
        initials = "".join(other[0] for other in words[start:] if other[0].isupper())
        if word[0].isupper() and initials.casefold() == short.casefold():
            return " ".join(words[start:])
    return None
