"""Names and their variants: what lets "the Treasury secretary" find "Scott Bessent".

A form found in a text is a mention of every name that it may stand for, at a weight: 1 when it stands for
one name only, less when several share it. Written by maintainers in TOML, learned from appositions with the
span that proves each.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from retrieval.gazetteer import FIRST_NAMES, GROUNDS, OFFICES
from retrieval.types import Span
from retrieval.words import STOP, tokens

Tokens = tuple[tuple[str, int, int], ...]

NameKind = Literal["person", "organisation", "place", "law", "event", "topic", "act"]
KINDS: tuple[NameKind, ...] = ("person", "organisation", "place", "law", "event", "topic", "act")

#: What one form is worth as a mention of one name: a learned form less than a written one, a role less than
#: a name, since roles pass from one person to the next.
LEARNED, ROLE = 0.9, 0.8
#: Above this share of common letters a word is a misspelt name: "Besent" is at .92 of "Bessent", "Greek" at
#: .80 of "Greer".
NEAR = 0.84


@dataclass(frozen=True, slots=True, order=True)
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
    apart: Mapping[str, frozenset[str]] = field(default_factory=dict)

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
                group = tuple(a for a in group if self._holds(a, written, text, words, at, length))
                if group:
                    found.append(Mention(written, span, _shared(group)))
                    step = length
                    break
            at += step
        return tuple(found)

    def _holds(self, alias: Alias, written: str, text: str, words: Tokens, at: int, length: int) -> bool:
        """Whether `written` stands for this alias here: its case, and the words around it."""
        cased = _is_cased(text)
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

    @cached_property
    def _spellings(self) -> Mapping[str, tuple[Alias, ...]]:
        """The forms that a misspelt name may mean, by their first letter."""
        found: dict[str, list[Alias]] = defaultdict(list)
        for alias in self.entries:
            if alias.kind in ("person", "organisation") and len(alias.form) >= 5 and alias.form[0].isupper():
                found[alias.form[0].casefold()].append(alias)
        return {letter: tuple(group) for letter, group in found.items()}

    def near(self, word: str) -> tuple[Alias, ...]:
        """The forms of the one name that `word` all but spells, its first letter right; empty for none."""
        folded, best, name = word.casefold(), NEAR, ""
        if len(word) < 5:
            return ()
        matcher = SequenceMatcher(b=folded, autojunk=False)
        for alias in self._spellings.get(folded[0], ()):
            if abs(len(alias.form) - len(word)) > 2:
                continue
            matcher.set_seq1(alias.form.casefold())
            if matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
                best, name = ratio, alias.name
        return self.forms(name)

    def weight(self, mention: Mention, name: str) -> float:
        """How far `mention` counts for `name`: 0 when it never does."""
        return next((weight for other, _, weight in mention.names if other == name), 0.0)

    def plus(self, other: "Aliases") -> "Aliases":
        """Both. `self` wins: a form it gives to a name is not taken again, and a name that it knows under one
        other name only ("Treasury Department" for "US Treasury") is that one."""
        known = {(_key(alias.form), alias.name) for alias in self.entries}
        fresh: list[Alias] = []
        for alias in other.entries:
            bearers = {
                own.name: own.kind for own in self._by_key.get(_key(alias.name), ()) if own.weight == 1
            }
            name, kind = next(iter(bearers.items())) if len(bearers) == 1 else (alias.name, alias.kind)
            if (_key(alias.form), name) not in known:
                known.add((_key(alias.form), name))
                fresh.append(replace(alias, name=name, kind=kind))
        return Aliases(self.entries + tuple(fresh), {**other.apart, **self.apart})


NONE = Aliases()
#: Where an exact form may stand in a text without capitals: "the us", "is the fed", never "tell us".
_BEFORE_EXACT = frozenset(
    ("", "the", "and", "between", "china", "did", "does", "will", "has", "by", "from", "in", "new")
)
_TITLED = frozenset(
    ("President", "Secretary", "Representative", "Minister", "Premier", "Chinese", "American", "Treasury")
)


def load(path: Path) -> Aliases:
    """The aliases that `path` writes; its head teaches the format. Raises: ValueError naming the entry."""
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
        exact = dict.fromkeys(table.get("exact", ()), True)
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
            tuple(Evidence(id, version, Span(start, end)) for id, version, start, end in a["evidence"]),
        )
        for a in written["aliases"]
    )  # fmt: skip
    return Aliases(entries, {form: frozenset(words) for form, words in written["apart"].items()})


def _key(form: str) -> tuple[str, ...]:
    return tuple(_word(word) for word, _, _ in tokens(form))


def _word(word: str) -> str:
    word = word.casefold().replace("’", "'").replace(".", "")
    return word.removesuffix("'s")


@lru_cache(maxsize=64)
def _is_cased(text: str) -> bool:
    """Whether capitals mean anything in `text`: not when all letters are, or none but a first one."""
    upper = sum(character.isupper() for character in text)
    opening = text.lstrip(" \"'“‘¿¡(")[:1].isupper()
    return opening < upper < 0.7 * sum(character.isalpha() for character in text)


def _shared(group: Iterable[Alias]) -> tuple[tuple[str, NameKind, float], ...]:
    best: dict[tuple[str, NameKind], float] = {}
    for alias in group:
        best[alias.name, alias.kind] = max(best.get((alias.name, alias.kind), 0.0), alias.weight)
    share = 1 / len(best)
    return tuple(
        (name, kind, round(weight * share, 4))
        for (name, kind), weight in sorted(best.items(), key=lambda x: (-x[1], x[0]))
    )
