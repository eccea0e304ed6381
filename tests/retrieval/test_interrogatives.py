"""What a question in Chinese or Spanish asks for."""

import pytest

from retrieval.interrogatives import wanted


@pytest.mark.parametrize(
    ("question", "code", "type"),
    [
        ("休战什么时候到期？", "zh", "date"),
        ("第一轮谈判在哪里举行？", "zh", "place"),
        ("港口费用暂停了多久？", "zh", "duration"),
        ("中国将购买多少大豆？", "zh", "number"),
        ("谁领导中国代表团？", "zh", "person"),
        ("中国为什么限制稀土出口？", "zh", "reason"),
        ("什么是关联公司规则？", "zh", ""),
        ("¿Cuándo se reunieron?", "es", "date"),
        ("¿En qué ciudad se reunieron?", "es", "place"),
        ("¿Cuántas toneladas de soja comprará China?", "es", "number"),
        ("¿Cuánto tiempo dura la tregua?", "es", "duration"),
        ("¿Quién firmó el acuerdo?", "es", "person"),
        ("Wer unterschrieb das Abkommen?", "de", ""),
    ],
)
def test_the_words_of_a_question_tell_what_answers(question: str, code: str, type: str) -> None:
    assert wanted(question, code) == type
