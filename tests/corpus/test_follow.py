"""The follow-ups about the briefs: newcomers' questions after an answer, with the quote that was shown.

A half is tuned on, the other is not, and no document is asked about in both.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.refresh import starter_documents

GOLDEN = Path(__file__).parents[1] / "golden"
HALVES = {
    half: [json.loads(line) for line in (GOLDEN / f"follow-{half}.jsonl").read_text("utf-8").splitlines()]
    for half in ("dev", "test")
}
DOCUMENTS = starter_documents(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("case", [case for half in HALVES.values() for case in half], ids=lambda c: c["id"])
def test_what_was_shown_and_what_answers_stand_in_the_briefs(case: dict[str, object]) -> None:
    assert set(case) == {"id", "question", "gold", "history", "shown", "kind"}
    assert case["history"]
    assert isinstance(case["gold"], list)
    assert all(gold["text"] in DOCUMENTS[gold["document"]].text for gold in case["gold"])
    assert shown_of(case)


def test_no_document_is_in_both_halves() -> None:
    dev, test = ({shown_of(case) for case in half} for half in HALVES.values())
    assert len(HALVES["dev"]) == len(HALVES["test"]) == 12
    assert not dev & test


def shown_of(case: dict[str, object]) -> str:
    """The one document whose title and a text of which were shown."""
    (found,) = [
        document.id
        for document in DOCUMENTS.values()
        for title in [f"{document.source.title}: "]
        if str(case["shown"]).startswith(title) and str(case["shown"]).removeprefix(title) in document.text
    ]
    return found
