"""The judge, held to what TDLib itself says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import tdlib
from .record import piece, units
from .refusal import Refused


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("hello", []),
        ("**hello** __world__ ~~x~~ ||y|| `z` [a](http://example.com) _ * ~ |", []),
        ("hello world", [entity("bold", 0, 5), entity("blockquote", 6, 5)]),
        ("hello world", [entity("blockquote", 0, 11), entity("italic", 2, 3)]),
        ("one\ntwo", [entity("blockquote", 0, 3), entity("blockquote", 4, 3)]),
        ("🎉 hello", [entity("text_link", 0, 2, url="https://example.com/a?b=c#:~:text=d")]),
        ("x = 1", [entity("pre", 0, 5, language="python")]),
        ("hello", [entity("expandable_blockquote", 0, 5), entity("code", 1, 2)]),
        ("who", [entity("text_mention", 0, 3, user={"id": 5})]),
        ("谈判 “quote” — 1.5 %", [entity("bold", 0, 2)]),
    ],
)
def test_what_passes_unchanged(text: str, entities: list[dict[str, Any]]) -> None:
    verdict = tdlib.judge(text, entities)
    assert verdict.unchanged
    assert verdict.text == text


@pytest.mark.parametrize(
    ("text", "entities", "became"),
    [
        ("hello world", [entity("bold", 0, 5), entity("italic", 3, 5)], 3),
        ("hello world", [entity("bold", 0, 5), entity("bold", 5, 6)], 1),
        ("hello world", [entity("blockquote", 0, 11), entity("blockquote", 3, 5)], 1),
        ("hello world", [entity("code", 0, 11), entity("bold", 3, 5)], 1),
        ("hello\r\nworld", [], 0),
        ("  hello", [], 0),
        ("hello \n", [], 0),
        ("hello ", [entity("bold", 0, 6)], 1),
    ],
)
def test_what_is_altered(text: str, entities: list[dict[str, Any]], became: int) -> None:
    verdict = tdlib.judge(text, entities)
    assert not verdict.unchanged
    assert len(verdict.entities) == became


def test_what_is_trimmed_keeps_its_entities_in_place() -> None:
    verdict = tdlib.judge("\n hello world \n", [entity("bold", 8, 7)])
    assert verdict.text == "hello world"
    assert [piece(verdict.text, one) for one in verdict.entities] == ["world"]


def test_automatic_entities_are_found_outside_of_code_and_links() -> None:
    text = "@somebody /ask https://example.com #tag"
    linked = [entity("text_link", 15, 19, url="https://example.com/")]
    kinds = [one["type"] for one in tdlib.completed(text, linked)]
    assert kinds == ["mention", "bot_command", "text_link", "hashtag"]
    assert tdlib.completed(text, [entity("code", 0, units(text))]) == (entity("code", 0, units(text)),)


def test_what_a_bot_may_not_set_is_not_its_to_lose() -> None:
    assert tdlib.judge("#tag", [entity("hashtag", 0, 4)]).unchanged


def test_links_are_normalised_or_refused() -> None:
    assert tdlib.link("HTTPS://Example.com") == "https://example.com/"
    with pytest.raises(Refused, match="Unsupported URL protocol"):
        tdlib.link("ftp://example.com")


def test_a_method_that_does_not_exist() -> None:
    with pytest.raises(Refused, match="Unknown class"):
        tdlib.call("noSuchMethod")


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1), st.data())
def test_an_entity_on_whole_characters_passes_with_its_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    one = entity("bold", units(text[:start]), units(text[start:end]))
    verdict = tdlib.judge(text, [one])
    assert verdict.unchanged, verdict.changes
    assert piece(verdict.text, verdict.entities[0]) == text[start:end]
