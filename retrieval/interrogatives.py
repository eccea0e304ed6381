"""What a question in another language asks for, by its question words: in the languages that judged questions
are at hand in. Anything else asks for nothing in particular."""

import re

from retrieval.asking import Wanted

#: By language the words that tell the type of the answer, the first that occurs counting.
_ASKED: dict[str, tuple[tuple[Wanted, str], ...]] = {
    "zh": (
        ("date", "什么时候|何时|哪一?年|哪一?天|哪个月|几月|日期|到期"),
        ("place", "哪里|哪儿|何处|何地|什么地方|(?:哪[个座]|什么)(?:城市|国家|地方|州|省|地区)|哪国"),
        ("duration", "多长时间|多久|几[年天]|多少(?:年|天|个月|小时)"),
        ("percentage", "百分之几|百分比|比例|税率"),
        ("money", "多少钱|多少(?:美元|元|英镑|欧元)|价格|成本"),
        ("number", "多少|几[个位名支枚次座所条种架]|多[大高远深]|数量"),
        ("person", "谁|哪位|何人|什么人"),
        ("reason", "为什么|为何|原因"),
        ("organisation", "哪家|(?:哪个|什么)(?:公司|组织|机构|团队|球队|大学|学校)"),
        ("name", "名字|名称|叫什么|称为"),
    ),
    "es": (
        ("date", r"\bcuándo|\bqué (?:año|fecha|mes|día|siglo)"),
        ("place", r"dónde|\bqué (?:ciudad|país|lugar|estado)"),
        ("duration", r"\bcuánto tiempo|\bcuánt[oa]s (?:años|días|meses|horas|semanas)"),
        ("percentage", r"\bporcentaje|\bproporción"),
        ("money", r"\bcuánto (?:cuesta|costó|dinero|pagó)|\bcuántos (?:dólares|euros)"),
        ("number", r"\bcuánt[oa]s?\b|\bqué (?:cantidad|número)"),
        ("person", r"\bquién"),
        ("reason", r"\bpor qué\b"),
        ("organisation", r"\bqué (?:empresa|compañía|organización|equipo|universidad)"),
        ("name", r"\bnombre|\bse llama"),
    ),
}
_PATTERNS = {
    code: tuple((wanted, re.compile(words, re.I)) for wanted, words in rows) for code, rows in _ASKED.items()
}


def wanted(question: str, code: str) -> Wanted:
    """The type of fact that answers `question`, in the language of that ISO 639 code; "" when any may."""
    return next((wanted for wanted, asked in _PATTERNS.get(code, ()) if asked.search(question)), "")
