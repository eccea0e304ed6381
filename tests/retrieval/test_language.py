"""Which language a question is in: other scripts, foreign words, and English that only looks foreign."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus import exam
from retrieval.language import Foreign, foreign, is_latin
from retrieval.lexical import terms

BRIEFS = Path(__file__).parents[2] / "corpus" / "briefs"


@pytest.fixture(scope="module")
def known() -> Callable[[str], bool]:
    """Whether the briefs hold a term."""
    return {term for brief in BRIEFS.glob("*.md") for term in terms(brief.read_text("utf-8"))}.__contains__


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("中国将购买多少大豆？", "zh"),
        ("Bessent说了什么？", "zh"),
        ("Lin Jian是谁？", "zh"),
        ("中國何時取消出口管制？", "zh"),
        ("関税はいくらですか？", "ja"),
        ("중국은 대두를 얼마나 구매합니까?", "ko"),
        ("Сколько сои купит Китай?", "ru"),
        ("كم ستشتري الصين من فول الصويا؟", "ar"),
        ("¿Cuánto duró la tregua?", "es"),
        ("Welche Zölle wurden gesenkt?", "de"),
        ("Trung Quốc sẽ mua bao nhiêu đậu nành?", "vi"),
        ("Bilakah gencatan perdagangan itu tamat?", "ms"),
        ("Siapakah yang mengetuai rundingan itu?", "ms"),
        ("Berapa banyak kedelai yang akan dibeli?", "ms"),
    ],
)
def test_a_question_in_another_language_is_known_and_unreadable(
    question: str, code: str, known: Callable[[str], bool]
) -> None:
    assert foreign(question, known) == Foreign(code, unreadable=True)


@pytest.mark.parametrize(
    ("question", "code"),
    [("¿Qué dijo Bessent sobre los aranceles?", "es"), ("Apa yang Bessent katakan tentang tarif?", "ms")],
)
def test_one_whose_words_the_corpus_knows_in_part_is_searched(
    question: str, code: str, known: Callable[[str], bool]
) -> None:
    assert foreign(question, known) == Foreign(code, unreadable=False)


@pytest.mark.parametrize(
    "question",
    [
        "Busan outcome?", "soybean tonnes", "MKSYSB", "FICO?", "Kuala Lumpur talks", "Lutnick Greer Bessent",
        "wat did xi sya abt teh tarrifs", "what is 关税?", "Who is Владимир Путин?", "hola", "", "??", "2025",
        "How are Ergänzungsschulen funded?", "WHO LEADS THE CHINESE SIDE", "稀土 in the Busan deal, what?",
    ],
)  # fmt: skip
def test_english_is_not_foreign(question: str, known: Callable[[str], bool]) -> None:
    assert foreign(question, known) is None


def test_no_golden_question_is_foreign_even_to_a_corpus_that_knows_none_of_its_words() -> None:
    asked = [json.loads(line)["question"] for line in exam.SHIPPED.read_text("utf-8").splitlines()]
    assert len(asked) > 50
    called = [question for question in asked if foreign(question, lambda term: False)]
    assert not called


def test_names_and_terms_in_other_scripts_leave_a_question_latin() -> None:
    assert is_latin("What does 出口管制 mean in the statement?")
    assert not is_latin("NASUWT是什么？")
