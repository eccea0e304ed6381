"""Names and their variants: what lets "the Treasury secretary" find "Scott Bessent".

A form found in a text is a mention of every name that it may stand for, at a weight: 1 when it stands for
one name only, less when several share it. Written by maintainers in TOML, learned from appositions with the
span that proves each.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from retrieval.gazetteer import FIRST_NAMES, GROUNDS, OFFICES
from retrieval.types import Document, Span
from retrieval.words import STOP, tokens

NameKind = Literal["person", "organisation", "place", "law", "event", "topic"]
KINDS: tuple[NameKind, ...] = ("person", "organisation", "place", "law", "event", "topic")

#: What one form is worth as a mention of one name: a learned form less than a written one, a role less than
#: a name, since roles pass from one person to the next.
LEARNED, ROLE = 0.9, 0.8


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a learned form stands beside its name: a span of that version of that document."""

    document: str
    version: str
    span: Span


@dataclass(frozen=True, slots=True)
class Alias:
    """`form` may stand for `name`, at `weight` in (0, 1] before it is shared with other names.

    `exact` forms count only as they are written ("US", never "us"). `evidence` is empty for one that a
    maintainer wrote.
    """

    form: str
    name: str
    kind: NameKind
    weight: float = 1.0
    exact: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A form found in a text: its span there and what it may stand for, (name, kind, weight), best first."""

    text: str
    span: Span
    names: tuple[tuple[str, NameKind, float], ...]


@dataclass(frozen=True)
class Aliases:
    """All known forms, immutable. `apart` holds words that undo a form that they follow or precede."""

    entries: tuple[Alias, ...] = ()
    apart: Mapping[str, frozenset[str]] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "apart", dict(self.apart or {}))

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, ...], tuple[Alias, ...]]:
        found: dict[tuple[str, ...], list[Alias]] = defaultdict(list)
        for alias in self.entries:
            found[_key(alias.form)].append(alias)
        return {key: tuple(group) for key, group in found.items() if key}

    @cached_property
    def _longest(self) -> Mapping[str, int]:
        longest: dict[str, int] = defaultdict(int)
        for key in self._by_key:
            longest[key[0]] = max(longest[key[0]], len(key))
        return longest

    @cached_property
    def _forms(self) -> Mapping[str, tuple[Alias, ...]]:
        found: dict[str, list[Alias]] = defaultdict(list)
        for alias in self.entries:
            found[alias.name].append(alias)
        return {name: tuple(group) for name, group in found.items()}

    def forms(self, name: str) -> tuple[Alias, ...]:
        """Every way to write `name`, the name itself included; empty for an unknown one."""
        return self._forms.get(name, ())

    def find(self, text: str) -> tuple[Mention, ...]:
        """The mentions in `text`, left to right, apart, the longest form first at each place."""
        words = tokens(text)
        keys = [_word(word) for word, _, _ in words]
        cased = _is_cased(text)
        found: list[Mention] = []
        at = 0
        while at < len(keys):
            step = 1
            for length in range(min(self._longest.get(keys[at], 0), len(keys) - at), 0, -1):
                group = self._by_key.get(tuple(keys[at : at + length]))
                if not group:
                    continue
                span = Span(words[at][1], words[at + length - 1][2])
                written = text[span.start : span.end].removesuffix("'s").removesuffix("’s")
                span = Span(span.start, span.start + len(written))
                group = tuple(a for a in group if self._holds(a, written, text, words, at, length, cased))
                if group:
                    found.append(Mention(written, span, _shared(group)))
                    step = length
                    break
            at += step
        return tuple(found)

    def _holds(
        self, alias: Alias, written: str, text: str, words: tuple[tuple[str, int, int], ...], at: int, length: int,
        cased: bool,
    ) -> bool:  # fmt: skip
        """Whether `written` stands for this alias here: its case, and the words around it."""
        before = words[at - 1][0] if at else ""
        after = words[at + length][0] if at + length < len(words) else ""
        if {before.casefold(), after.casefold()} & self.apart.get(alias.form, frozenset()):
            return False
        if alias.exact and written != alias.form:
            return not cased and before.casefold() in _BEFORE_EXACT
        named = alias.form[:1].isupper() or any(c.isupper() for c in alias.form)
        if cased and named and not any(character.isupper() for character in written):
            return False
        if alias.kind != "person" or length > 1 or not cased:
            return True
        if after in GROUNDS and text[words[at][2] : words[at + 1][1]] == " ":
            return False
        # Another first name makes another person: "Lara Trump", "Michael Greer".
        adjacent = at > 0 and text[words[at - 1][2] : words[at][1]] == " "
        own = {word for other in self.forms(alias.name) for word in _key(other.form)}
        stranger = (
            adjacent and before[:1].isupper() and not before.isupper() and (at > 1 or before in FIRST_NAMES)
        )
        return not (stranger and _word(before) not in own | OFFICES | STOP and before not in _TITLED)

    def weight(self, mention: Mention, name: str) -> float:
        """How far `mention` counts for `name`: 0 when it never does."""
        return next((weight for other, _, weight in mention.names if other == name), 0.0)

    def plus(self, other: "Aliases") -> "Aliases":
        """Both, `self` winning where the two give one form to one name."""
        known = {(_key(a.form), a.name) for a in self.entries}
        fresh = tuple(a for a in other.entries if (_key(a.form), a.name) not in known)
        return Aliases(self.entries + fresh, {**other.apart, **self.apart})


NONE = Aliases()
#: Where an exact form may stand in a text without capitals: "the us", "is the fed", never "tell us".
_BEFORE_EXACT = frozenset(
    ("", "the", "and", "between", "china", "did", "does", "will", "has", "by", "from", "in", "new")
)
_TITLED = frozenset(
    ("President", "Secretary", "Representative", "Minister", "Premier", "Chinese", "American", "Treasury")
)


def load(path: Path) -> Aliases:
    """The aliases that `path` writes (the format is taught at its head). Raises: ValueError naming the entry."""
    with path.open("rb") as file:
        written = tomllib.load(file)
    entries: list[Alias] = []
    apart: dict[str, frozenset[str]] = {}
    for table in written.get("name", ()):
        name, kind = table.get("name"), table.get("kind")
        unknown = set(table) - {"name", "kind", "aliases", "roles", "exact", "apart"}
        if not isinstance(name, str) or kind not in KINDS or unknown:
            raise ValueError(
                f"{path.name}: {name!r} needs a name, a kind of {KINDS}, no other keys than known: {unknown}"
            )
        exact = {form: True for form in table.get("exact", ())}
        entries.append(Alias(name, name, kind, exact=name in exact))
        entries.extend(Alias(form, name, kind, exact=True) for form in exact if form != name)
        entries.extend(Alias(form, name, kind) for form in table.get("aliases", ()))
        entries.extend(Alias(form, name, kind, ROLE) for form in table.get("roles", ()))
        for form, words in table.get("apart", {}).items():
            apart[form] = frozenset(word.casefold() for word in words)
    return Aliases(tuple(entries), apart)


def to_json(aliases: Aliases) -> dict[str, Any]:
    """`aliases` as plain JSON values; `from_json` reads them back to an equal value."""
    return {
        "aliases": [
            {
                "form": a.form, "name": a.name, "kind": a.kind, "weight": a.weight, "exact": a.exact,
                "evidence": [[e.document, e.version, e.span.start, e.span.end] for e in a.evidence],
            }
            for a in aliases.entries
        ],
        "apart": {form: sorted(words) for form, words in aliases.apart.items()},
    }  # fmt: skip


def from_json(written: Mapping[str, Any]) -> Aliases:
    """What `to_json` wrote."""
    entries = tuple(
        Alias(
            a["form"], a["name"], a["kind"], a["weight"], a["exact"],
            tuple(Evidence(document, version, Span(start, end)) for document, version, start, end in a["evidence"]),
        )
        for a in written["aliases"]
    )  # fmt: skip
    return Aliases(entries, {form: frozenset(words) for form, words in written["apart"].items()})


_ROLE = (
    r"(?:Treasury Secretary|Commerce Secretary|Trade Representative|Secretary of \w+|Vice Premier|Vice Minister"
    r"|(?:[A-Z]\w+ ){0,3}(?:Secretary|Minister|President|Premier|Chancellor|Representative|Ambassador|Governor|Spokes\w+|Director|Chairman))"
)
_LOWER_ROLE = (
    r"(?:secretary|minister|president|premier|chancellor|representative|ambassador|governor|spokes\w+|negotiator|envoy"
    r"|director|chairman|chief|leader|adviser)"
)
_FULL = r"[A-Z][\w’'-]+(?: [A-Z]\.?)?(?: [A-Z][\w’'-]+){1,2}"
_TITLED_NAME = re.compile(
    rf"\b(?P<role>(?:(?:US|U\.S\.|Chinese|American|China's|China’s) )?{_ROLE}) (?P<name>{_FULL})"
)
_APPOSED = re.compile(
    rf"\b(?P<name>{_FULL}), (?P<role>(?:the |an? )?(?:(?:[A-Z][\w.]+)(?:['’]s)? ){{0,2}}(?:[\w-]+ ){{0,3}}{_LOWER_ROLE}(?: (?:of|for|at|to) (?:the )?[\w ]{{2,30}}?)?)(?=[,.;)])"
)
_THE_ROLE = re.compile(
    rf"\b(?P<role>(?:[Tt]he |China['’]s |America['’]s )(?:[\w.-]+ ){{0,3}}{_LOWER_ROLE}), (?P<name>{_FULL})(?=[,.;)])"
)
_SHORT = re.compile(
    r"(?P<name>(?:[A-Z][\w’'-]+)(?: (?:of|the|and|for|on|in|[A-Z][\w’'-]+)){1,8}) \((?:the )?[\"“]?(?P<short>[A-Z][A-Za-z]{1,7})[\"”]?\)"
)
_LONG = re.compile(
    r"\b(?P<short>[A-Z]{2,7}) \((?:the )?(?P<name>(?:[A-Z][\w’'-]+)(?: (?:of|the|and|for|on|in|[A-Z][\w’'-]+)){1,8})\)"
)


def learn(documents: Iterable[Document]) -> Aliases:
    """What the appositions of `documents` teach, each form with every span that shows it.

    Three shapes: an office before a name, an office after one between commas, a short form in brackets whose
    letters begin the words of the long one. A surname is learned from a full name when one person has it.
    """
    found: dict[tuple[str, str, NameKind], list[Evidence]] = defaultdict(list)
    surnames: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for document in documents:
        for pattern in (_TITLED_NAME, _APPOSED, _THE_ROLE):
            for match in pattern.finditer(document.text):
                name, role = _person(match["name"]), match["role"].removeprefix("a ").removeprefix("an ")
                if not name or len(role.split()) > 7 or role.casefold() in OFFICES:
                    continue
                evidence = Evidence(document.id, document.version, Span(match.start(), match.end()))
                found[role, name, "person"].append(evidence)
                surnames[_surname(name)][name].append(evidence)
        for pattern in (_SHORT, _LONG):
            for match in pattern.finditer(document.text):
                if long := _spelled(match["name"], match["short"]):
                    evidence = Evidence(document.id, document.version, Span(match.start(), match.end()))
                    found[match["short"], long, "organisation"].append(evidence)
    entries = {Alias(name, name, kind, LEARNED, evidence=()) for _, name, kind in found}
    entries |= {
        Alias(form, name, kind, LEARNED * (ROLE if kind == "person" else 1), form.isupper(), tuple(spans))
        for (form, name, kind), spans in found.items()
    }
    for surname, people in surnames.items():
        for name, evidence in people.items():
            entries.add(Alias(surname, name, "person", LEARNED, evidence=tuple(evidence)))
    return Aliases(tuple(sorted(entries, key=lambda a: (a.name, a.form, a.weight))))


def _person(name: str) -> str | None:
    """A full name without what is no part of it; None where too little is left."""
    words = name.removesuffix("'s").removesuffix("’s").split()
    return (
        " ".join(words)
        if len(words) > 1 and not any(w.casefold() in STOP | OFFICES or w in GROUNDS for w in words)
        else None
    )


#: Family names that stand first: the commonest of China.
_FAMILY_FIRST = frozenset(
    "Bai Cai Cao Chen Cheng Cui Deng Ding Dong Du Fan Fang Feng Fu Gao Guo Han Hao He Hou Hu Huang Jia Jiang Jin Kong"
    " Lei Li Liang Liao Lin Liu Long Lu Luo Ma Mao Meng Pan Peng Qian Qiao Qin Qiu Ren Shao Shen Shi Song Su Sun Tan"
    " Tang Tao Tian Wan Wang Wei Wen Wu Xi Xia Xiang Xiao Xie Xu Xue Yan Yang Yao Ye Yi Yin Yu Yuan Zeng Zhang Zhao"
    " Zheng Zhong Zhou Zhu Zou".split()
)


def _surname(name: str) -> str:
    words = name.split()
    return words[0] if words[0] in _FAMILY_FIRST and len(words) == 2 else words[-1]


def _spelled(long: str, short: str) -> str | None:
    """The end of `long` whose capitalised words begin with the letters of `short`; None if there is none."""
    words = long.split()
    for start in range(len(words)):
        if (
            "".join(word[0] for word in words[start:] if word[0].isupper()) == short.upper()
            and words[start][0].isupper()
        ):
            return " ".join(words[start:])
    return None


def _key(form: str) -> tuple[str, ...]:
    return tuple(_word(word) for word, _, _ in tokens(form))


def _word(word: str) -> str:
    word = word.casefold().replace("’", "'").replace(".", "")
    return word.removesuffix("'s")


def _is_cased(text: str) -> bool:
    """Whether capitals mean anything in `text`: not when all or none of its letters are."""
    letters = [character for character in text if character.isalpha()]
    upper = sum(character.isupper() for character in letters)
    return 0 < upper < 0.7 * len(letters)


def _shared(group: Iterable[Alias]) -> tuple[tuple[str, NameKind, float], ...]:
    best: dict[tuple[str, NameKind], float] = {}
    for alias in group:
        best[alias.name, alias.kind] = max(best.get((alias.name, alias.kind), 0.0), alias.weight)
    share = 1 / len(best)
    return tuple(
        (name, kind, round(weight * share, 4))
        for (name, kind), weight in sorted(best.items(), key=lambda x: (-x[1], x[0]))
    )
