"""The corpus that ships, asked what a newcomer is invited to ask."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.questions import EXAMPLES
from tests.bot.program import environment

pytestmark = pytest.mark.model

#: What one of the quotes must hold for each of the questions that /start offers.
HOLDS = ("tariff", "November 2025", "200", "25 million")


def test_the_questions_of_the_welcome_are_answered_and_others_are_not(
    tmp_path: Path, prepared_models: Path
) -> None:
    (tmp_path / "models").symlink_to(prepared_models)
    asked = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "--json", "-"],
        input="\n".join((*EXAMPLES, "Who won the 2022 World Cup?")), check=True, text=True,
        cwd=tmp_path, capture_output=True, env=environment(TALKS_HOME=str(tmp_path)),
    )  # fmt: skip
    *answers, silent = (json.loads(line) for line in asked.stdout.splitlines())
    assert [answer["question"] for answer in answers] == list(EXAMPLES)
    for answer, holds in zip(answers, HOLDS, strict=True):
        assert any(holds in quote["text"] for quote in answer["quotes"]), answer
        assert {quote["document"]["id"] for quote in answer["quotes"]}
    assert silent["quotes"] == []
    assert not (tmp_path / "talks.db").exists() or b"World Cup" not in (tmp_path / "talks.db").read_bytes()
