"""Names and their variants: pairs that must meet, pairs that must not, and what a corpus teaches."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.aliases import NONE, Alias, Aliases, from_json, load, to_json
from retrieval.appositions import learn
from retrieval.types import Document, Source

PATH = Path(__file__).parents[2] / "corpus" / "aliases.toml"
ALIASES = load(PATH)

#: What a question says, and what a sentence says of the same.
SAME = [
    ("Xi", "Xi Jinping"),
    ("the Chinese leader", "Xi Jinping"),
    ("President Xi", "China's president"),
    ("xi jinping", "Mr. Xi"),
    ("the Treasury secretary", "Bessent"),
    ("bessent", "Treasury Secretary Scott Bessent"),
    ("SCOTT BESSENT", "Mr Bessent"),
    ("the US trade representative", "Jamieson Greer"),
    ("Ambassador Greer", "Greer"),
    ("USTR", "Office of the U.S. Trade Representative"),
    ("Commerce Secretary Lutnick", "Howard Lutnick"),
    ("the vice premier", "He Lifeng"),
    ("China's top trade negotiator", "Vice Premier He"),
    ("China's international trade representative", "Li Chenggang"),
    ("the commerce minister", "Wang Wentao"),
    ("MOFCOM", "China's commerce ministry"),
    ("Chinese Ministry of Commerce", "the Commerce Ministry"),
    ("the United States", "Washington"),
    ("the us", "the American side"),
    ("America", "U.S."),
    ("Beijing", "China"),
    ("the Chinese side", "China"),
    ("rare earths", "rare-earth magnets"),
    ("rare earth elements", "rare earths"),
    ("soya beans", "soybeans"),
    ("soy", "soybean"),
    ("the Malaysia talks", "Kuala Lumpur"),
    ("the South Korea meeting", "Busan"),
    ("Trump-Xi summit", "the Busan meeting"),
    ("the Fed", "Federal Reserve"),
    ("Section 301", "Section 301 of the Trade Act of 1974"),
    ("EO 14257", "Executive Order 14257"),
    ("IEEPA", "International Emergency Economic Powers Act"),
    ("the 50% rule", "affiliates rule"),
    ("CAC", "Cyberspace Administration of China"),
    ("Chinese customs", "General Administration of Customs"),
]
#: What looks like a name and is not, or is another.
APART = [
    ("Greer County grows wheat.", "Jamieson Greer"),
    ("Can you tell us what changed?", "United States"),
    ("give us the numbers", "United States"),
    ("They were well fed.", "Federal Reserve"),
    ("he said so", "He Lifeng"),
    ("Critics in Beijing said that each side holds a trump card.", "Donald Trump"),
    ("Judge Michael Greer ruled.", "Jamieson Greer"),
    ("George Washington crossed the river.", "United States"),
    ("Latin America buys more.", "United States"),
    ("The Washington Post reported it.", "United States"),
    ("Yields on Treasury bonds rose.", "US Treasury"),
    ("The South China Sea is busy.", "China"),
]


def names(text: str) -> set[str]:
    return {name for mention in ALIASES.find(text) for name, _, _ in mention.names}


@pytest.mark.parametrize(("asked", "said"), SAME)
def test_variants_meet(asked: str, said: str) -> None:
    assert names(asked) & names(said)
    assert names(f"What about {asked}?") & names(f"It was {said} that moved first.")


@pytest.mark.parametrize(("text", "name"), APART)
def test_likenesses_stay_apart(text: str, name: str) -> None:
    assert name not in names(text)


def test_a_form_of_two_names_counts_for_both_and_for_less() -> None:
    (mention,) = ALIASES.find("USTR")
    assert {name for name, _, _ in mention.names} == {
        "Jamieson Greer",
        "Office of the United States Trade Representative",
    }
    assert all(weight <= 0.5 for _, _, weight in mention.names)
    assert ALIASES.weight(mention, "Jamieson Greer") < ALIASES.weight(
        ALIASES.find("Greer")[0], "Jamieson Greer"
    )
    assert ALIASES.weight(mention, "Xi Jinping") == 0


def test_the_longest_form_wins_and_mentions_are_apart() -> None:
    text = "Treasury Secretary Bessent's talks with He Lifeng in Kuala Lumpur"
    assert [mention.text for mention in ALIASES.find(text)] == [
        "Treasury Secretary Bessent",
        "He Lifeng",
        "Kuala Lumpur",
    ]


@pytest.mark.parametrize(
    ("typed", "name"), [("besent", "Scott Bessent"), ("Lutnik", "Howard Lutnick"), ("Nexpria", "Nexperia")]
)
def test_a_misspelt_name_is_near_one(typed: str, name: str) -> None:
    assert {alias.name for alias in ALIASES.near(typed)} == {name}


@pytest.mark.parametrize("word", ["", "Xi", "Greek", "green", "treaty", "trade", "China"])
def test_another_word_is_near_none(word: str) -> None:
    assert not {alias.name for alias in ALIASES.near(word)} & {"Jamieson Greer", "Scott Bessent"}


def document(id: str, text: str) -> Document:
    return Document.of(id, Source(id), text)


TAUGHT = [
    ("Treasury Secretary Scott Bessent spoke first.", "Treasury Secretary", "Scott Bessent"),
    ("Treasury Secretary Scott Bessent spoke first.", "Bessent", "Scott Bessent"),
    (
        "Li Chenggang, China's international trade representative, met the press.",
        "China's international trade representative",
        "Li Chenggang",
    ),
    (
        "It went to the Cyberspace Administration of China (CAC) for review.",
        "CAC",
        "Cyberspace Administration of China",
    ),
    (
        "The rule came from BIS (the Bureau of Industry and Security).",
        "BIS",
        "Bureau of Industry and Security",
    ),
    ("China's commerce minister, Wang Wentao, was there.", "China's commerce minister", "Wang Wentao"),
    ("Swedish Prime Minister Ulf Kristersson was the host.", "Swedish Prime Minister", "Ulf Kristersson"),
]


@pytest.mark.parametrize(("text", "form", "name"), TAUGHT)
def test_appositions_teach_with_their_evidence(text: str, form: str, name: str) -> None:
    source = document("one", "Before it.\n\n" + text)
    learned = learn([source])
    (alias,) = [a for a in learned.forms(name) if a.form == form]
    assert alias.evidence
    for evidence in alias.evidence:
        assert (evidence.document, evidence.version) == (source.id, source.version)
        shown = source.slice(evidence.span)
        assert name in shown
        assert form in shown


@pytest.mark.parametrize(
    "text",
    [
        "President Xi spoke.",
        "The Trade Act (1974) applies.",
        "In Madrid, Spain, they met.",
        "The agency (see below) was silent.",
        "Three ministers, two envoys and a chairman came.",
    ],
)
def test_nothing_is_learned_from_what_is_no_apposition(text: str) -> None:
    assert learn([document("one", text)]).entries == ()


def test_a_surname_of_two_people_is_learned_for_neither() -> None:
    text = "Foreign Minister Wang Wentao and Prime Minister Wang Yi met Prime Minister Ulf Kristersson."
    learned = learn([document("one", text)])
    assert {alias.form for alias in learned.entries if " " not in alias.form} == {"Kristersson"}


def test_two_offices_of_one_name_are_learned_wherever_they_stand() -> None:
    told = (
        document("one", "Ebba Lindqvist, the trade minister of Sweden, came."),
        document("two", "Ebba Lindqvist, the chief negotiator, left."),
    )
    learned = learn(told)
    (own,) = [alias for alias in learned.entries if alias.form == alias.name]
    assert own.evidence[0].document == "one"


def test_what_maintainers_write_wins_over_what_is_learned() -> None:
    text = (
        "The Treasury Department (TD) published it. Treasury Secretary Scott Bessent signed."
        " It rests on the International Emergency Economic Powers Act (IEEPA)."
    )
    both = ALIASES.plus(learn([document("one", text)]))
    assert {alias.name for alias in both.entries if alias.form == "TD"} == {"US Treasury"}
    assert len([a for a in both.forms("Scott Bessent") if a.form.casefold() == "treasury secretary"]) == 1
    assert {kind for mention in both.find("IEEPA") for _, kind, _ in mention.names} == {"law"}


def test_json_holds_all() -> None:
    text = "Treasury Secretary Scott Bessent spoke to the Cyberspace Administration of China (CAC)."
    both = ALIASES.plus(learn([document("one", text)]))
    assert from_json(json.loads(json.dumps(to_json(both)))) == both


@pytest.mark.parametrize(
    "written",
    ['[[name]]\nname = "A B"\n', '[[name]]\nname = "A"\nkind = "ship"\n', '[[name]]\nkind = "law"\n',
     '[[name]]\nname = "A"\nkind = "law"\nalias = ["B"]\n'],
)  # fmt: skip
def test_a_slip_in_the_file_is_named(tmp_path: Path, written: str) -> None:
    path = tmp_path / "aliases.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(ValueError, match=r"aliases\.toml"):
        load(path)


def test_no_aliases_find_nothing() -> None:
    assert NONE.find("Xi met Trump.") == ()
    assert NONE.near("Bessent") == ()


FORMS = st.lists(
    st.builds(
        Alias,
        st.text(min_size=1, max_size=12),
        st.sampled_from(["A", "B"]),
        st.sampled_from(["person", "topic"]),
    ),
    max_size=8,
).map(lambda entries: Aliases(tuple(entries)))


@settings(max_examples=300, deadline=None)
@given(st.one_of(FORMS, st.just(ALIASES)), st.text(max_size=120), st.integers(0, 3))
def test_mentions_are_slices_in_order(aliases: Aliases, text: str, times: int) -> None:
    text += " Greer’s US İ'S Xi " * times
    at = 0
    for mention in aliases.find(text):
        assert text[mention.span.start : mention.span.end] == mention.text
        assert at <= mention.span.start
        assert all(0 < weight <= 1 for _, _, weight in mention.names)
        at = mention.span.end
    assert aliases.find(text) == aliases.find(text)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["Scott Bessent", "Treasury Secretary ", ", the minister,", " (AB)", "A Big ", "\n", "İ", "."]
        ),
        max_size=12,
    )
)
def test_learning_from_any_text_points_into_it(pieces: list[str]) -> None:
    source = document("one", "".join(pieces))
    for alias in learn([source]).entries:
        assert all(evidence.span.end <= len(source.text) for evidence in alias.evidence)
