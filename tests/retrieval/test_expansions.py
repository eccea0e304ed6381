"""Questions lead to the sentences that answer them, are never quoted, and are missed by nobody."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from corpus.split import split
from retrieval import builds, expansions
from retrieval.answer import answer
from retrieval.builds import Build
from retrieval.encoder import Progress, Vectors
from retrieval.errors import DamagedBuild
from retrieval.expansions import FROM, SILENT, Expansion
from retrieval.models import Kind
from retrieval.query import understand
from retrieval.questions import asks_for
from retrieval.quotes import candidates
from retrieval.search import search
from retrieval.types import Document, Source, Span
from tests.fakes import BagOfWords

TALKS = (
    "The delegations of both countries convened at a villa in Geneva.\n\n"
    "Bessent headed the American delegation. Nobody spoke of soybeans at the villa.\n\n"
    "The sides lowered duties by 115 points for ninety days."
)
FARMS = "Growers in Iowa planted maize in spring. The harvest was sold to mills."
LED = Expansion(
    "talks",
    "The sides lowered duties by 115 points for ninety days.",
    ("tariffs after round one", "how long is the first truce"),
)


def made(
    root: Path, bag: BagOfWords, questions: Sequence[Expansion] = (), previous: Build | None = None
) -> Build:
    documents = [Document.of(name, Source(name.title()), text) for name, text in texts().items()]
    cut = partial(split, count=bag.count, window=bag.model.window)
    builds.publish(root, builds.write(root, documents, cut, bag, previous, questions=questions))
    return builds.load(root)


def texts() -> dict[str, str]:
    return {"talks": TALKS, "farms": FARMS}


def test_a_question_leads_to_a_sentence_that_shares_no_word_with_it(tmp_path: Path, bag: BagOfWords) -> None:
    asked = "tariffs after round one"
    without = answer(made(tmp_path / "without", bag), bag, asked, threshold=0.0)
    found = answer(made(tmp_path / "with", bag, [LED]), bag, asked, threshold=0.0)
    assert found.quotes[0].text == LED.text
    assert found.hits[0].passage.document.id == "talks"
    assert dict(found.quotes[0].parts)["led"] == pytest.approx(1 - FROM, abs=1e-3)
    assert found.confidence > without.confidence
    assert not without.quotes or without.quotes[0].text != LED.text


def test_a_question_is_never_quoted(tmp_path: Path, bag: BagOfWords) -> None:
    build = made(tmp_path, bag, [LED])
    for asked in (*LED.questions, "tariffs round one", "truce"):
        found = answer(build, bag, asked, threshold=0.0)
        for quote in found.quotes:
            assert quote.text in texts()[quote.document.id]
            assert "round one" not in quote.text


def test_what_a_question_says_is_found_in_no_text(tmp_path: Path, bag: BagOfWords) -> None:
    build = made(tmp_path, bag, [LED])
    assert not answer(build, bag, '"after round one"').answered
    assert "truce" not in build.lexicon


def test_sentences_without_questions_are_scored_as_ever(tmp_path: Path, bag: BagOfWords) -> None:
    build = made(tmp_path, bag, [LED])
    considered = answer(build, bag, "Where did the delegations convene?", threshold=0.0).considered
    assert {"led", "worded", "carries"} & {name for q in considered for name, _ in q.parts}
    for quote in considered:
        carried = quote.text == LED.text
        assert ("carries" in dict(quote.parts)) == carried


def test_questions_are_carried_over_like_every_vector(tmp_path: Path, bag: BagOfWords) -> None:
    first = made(tmp_path, bag, [LED])
    assert first.manifest.questions == len(first.expansions) == 2
    bag.embedded.clear()
    more = Expansion(LED.document, LED.text, (*LED.questions, "tariffs before and after"))
    second = made(tmp_path, bag, [more], first)
    assert bag.embedded == ["tariffs before and after"]
    assert second.manifest.questions == 3
    bag.embedded.clear()
    assert made(tmp_path, bag, [], second).manifest.questions == 0
    assert bag.embedded == []


def test_questions_are_embedded_as_questions(tmp_path: Path) -> None:
    class Kinds(BagOfWords):
        kinds: dict[str, Kind]

        def encode(self, texts: Sequence[str], kind: Kind, progress: Progress | None = None) -> Vectors:
            self.kinds = {**getattr(self, "kinds", {}), **dict.fromkeys(texts, kind)}
            return super().encode(texts, kind, progress)

    bag = Kinds()
    made(tmp_path, bag, [LED])
    assert {bag.kinds[question] for question in LED.questions} == {"query"}
    assert bag.kinds[LED.text] == "document"


def test_a_text_that_spans_two_sentences_leads_to_both_and_a_lost_one_nowhere(
    tmp_path: Path, bag: BagOfWords
) -> None:
    both = "Bessent headed the American delegation. Nobody spoke of soybeans at the villa."
    lost = [
        Expansion("talks", "A sentence that was edited away.", ("Where is it?",)),
        Expansion("gone", LED.text, ("Which document?",)),
        Expansion("farms", "The harvest was sold to mills.", ()),
    ]
    build = made(tmp_path, bag, [Expansion("talks", both, ("Who led the Americans?",)), *lost, LED])
    led = [*both.replace(". ", ".|").split("|"), LED.text, LED.text]
    assert list(map(partial(sentence, build), build.expansions.rows)) == led
    assert list(build.expansions.rows) == sorted(build.expansions.rows)


def test_questions_of_what_is_only_also_in_lead_to_what_is_cited(tmp_path: Path, bag: BagOfWords) -> None:
    told = f"{LED.text} Growers waited."
    documents = [Document.of("talks", Source("Talks"), TALKS), Document.of("copy", Source("Copy"), told)]
    cut = partial(split, count=bag.count, window=bag.model.window)

    def once(document: Document) -> list[Span]:
        """Of the copy only what the other lacks."""
        return [Span(len(LED.text) + 1, len(told))] if document.id == "copy" else list(cut(document))

    asked = [
        Expansion("copy", LED.text, ("what was lowered",)),
        Expansion("copy", "Growers waited.", ("who waited",)),
    ]
    id = builds.write(tmp_path, documents, once, bag, clusters={"talks": ["copy"]}, questions=asked)
    build = builds.load(tmp_path, id)
    assert [sentence(build, row) for row in build.expansions.rows] == [LED.text, "Growers waited."]
    assert build.passage(build.passage_of(int(build.expansions.rows[0]))).document.id == "talks"


def test_what_leads_to_a_sentence_is_no_more_a_question_that_nothing_answers(
    tmp_path: Path, bag: BagOfWords
) -> None:
    silent = Expansion("talks", "", ("Tariffs after ROUND one?", "tariffs after round two"))
    build = made(tmp_path, bag, [silent, LED])
    left = [build.expansions.questions[at] for at in build.expansions.of(SILENT)]
    assert left == ["tariffs after round two"]
    lost = Expansion("talks", "What stands nowhere.", silent.questions)
    build = made(tmp_path, bag, [silent, lost])
    assert len(build.expansions.of(SILENT)) == 2
    assert build.astray([silent, lost, LED, Expansion("gone", LED.text, ("what",))]) == (
        lost,
        Expansion("gone", LED.text, ("what",)),
    )


def test_the_digest_is_of_what_is_asked_of_what_in_any_order() -> None:
    other = Expansion("farms", "The harvest was sold to mills.", ("who bought it",))
    known = {"talks", "farms"}
    assert expansions.digest([LED, other], known) == expansions.digest([other, LED], known)
    assert expansions.digest([LED, other], {"talks"}) == expansions.digest([LED], known)
    moved = Expansion(LED.document, "Another sentence.", LED.questions)
    assert len({expansions.digest([one], known) for one in (LED, moved, other)}) == 3
    assert expansions.digest([other], {"talks"}) == ""


def test_what_nothing_answers_tells_against_an_answer_only_where_it_asks_for_the_same(
    tmp_path: Path, bag: BagOfWords
) -> None:
    asked = "who announced the tariffs after round one"

    def silent(question: str) -> float:
        build = made(tmp_path / question, bag, [LED, Expansion("talks", "", (question,))])
        considered = answer(build, bag, asked, threshold=0.0).considered
        return max(dict(quote.parts).get("silent", 0.0) for quote in considered)

    assert silent("who announced the tariffs after round one now") > 0.3
    assert silent("when came the tariffs after round one") == 0.0


def sentence(build: Build, row: int) -> str:
    rows, held = build.sentences_of(build.passage_of(row))
    return build.passage(build.passage_of(row)).document.slice(held[row - rows.start])


def test_what_nothing_answers_leads_nowhere_and_is_told_to_the_confidence(
    tmp_path: Path, bag: BagOfWords
) -> None:
    silent = Expansion("talks", "", ("tariffs after round seven",))
    gone = Expansion("gone", "", ("tariffs after round eight",))
    build = made(tmp_path, bag, [LED, silent, gone])
    assert build.manifest.questions == 3
    asked = build.expansions.asked(bag.encode(["tariffs after round seven"], "query")[0])
    kind = asks_for("tariffs after round seven")
    assert build.expansions.nearest(SILENT, asked, kind) == pytest.approx((1.0, 1.0), abs=1e-3)
    # What asks for something else about the same tells nothing.
    assert build.expansions.nearest(SILENT, asked, "person") == pytest.approx((1.0, 0.0), abs=1e-3)
    assert set(asked.near) == {int(build.expansions.rows[-1])}
    found = answer(build, bag, "tariffs after round seven", threshold=0.0)
    assert dict(found.considered[0].parts)["silent"] == pytest.approx(1 - FROM, abs=1e-3)
    assert all("seven" not in quote.text for quote in found.quotes)


def test_a_build_without_questions_is_searched(tmp_path: Path, bag: BagOfWords) -> None:
    build = made(tmp_path, bag)
    assert build.expansions.asked(bag.encode(["villa"], "query")[0]).near == {}
    assert answer(build, bag, "Who headed the American delegation?", threshold=0.0).quotes


def test_a_build_of_an_earlier_release_has_none(tmp_path: Path, bag: BagOfWords) -> None:
    build = made(tmp_path, bag)
    path = build.folder / "manifest.json"
    fields = json.loads(path.read_text())
    del fields["questions"]
    ours = {expansions.FILE, expansions.INDEX, expansions.MAP, "question_keys.npy", "question_vectors.npy"}
    fields["files"] = [entry for entry in fields["files"] if entry[0] not in ours]
    path.write_text(json.dumps(fields))
    for name in ours:
        (build.folder / name).unlink()
    old = builds.load(tmp_path)
    assert len(old.expansions) == 0
    assert answer(old, bag, "Who headed the American delegation?", threshold=0.0).quotes
    assert made(tmp_path, bag, [LED], old).manifest.questions == 2


def test_questions_that_do_not_agree_with_their_vectors_are_damage(tmp_path: Path, bag: BagOfWords) -> None:
    build = made(tmp_path, bag, [LED])
    path = build.folder / expansions.FILE
    rows = json.loads(path.read_text())
    # Of the same size, so that only what is in it can tell.
    kept = json.dumps(rows[:1], ensure_ascii=False)
    path.write_text(kept + " " * (path.stat().st_size - len(kept.encode())))
    with pytest.raises(DamagedBuild, match="manifest says otherwise"):
        builds.load(tmp_path)


def test_nearest_is_the_best_question_of_that_sentence(tmp_path: Path, bag: BagOfWords) -> None:
    build = made(tmp_path, bag, [LED])
    row = int(build.expansions.rows[0])
    asked = build.expansions.asked(bag.encode([LED.questions[1]], "query")[0])
    assert build.expansions.nearest(row, asked, asks_for("how long")) == pytest.approx((1, 1), abs=1e-3)
    assert build.expansions.nearest(row, asked, asks_for("who")) == pytest.approx((1, 0), abs=1e-3)
    assert asked.near == {row: pytest.approx(1.0)}
    assert build.expansions.text(row) == "\n".join(LED.questions)
    other = next(r for r in range(build.manifest.sentences) if r != row)
    assert build.expansions.nearest(other, asked, "person") == (0.0, 0.0)
    assert build.expansions.text(other) == ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("not json", "is no JSON .expecting value, character 1"),
        ('{"document": "a", "text": "b"}', "has no 'questions'"),
        ('{"text": "b", "questions": ["c"]}', "has no 'document'"),
        ('{"document": "a", "text": "b", "questions": "c"}', "questions a list"),
        ('{"document": 1, "text": "b", "questions": ["c"]}', "strings"),
        ('{"document": "a", "text": "b", "questions": [2]}', "strings"),
        ('{"document": "a", "text": "b", "questions": null}', "NoneType"),
        ('["a"]', "indices"),
        ('{"document": "a", "questions": ["c"]}', "has no 'text'"),
        ('{"document": "a", "text": "b", "questions": {"c": 1}}', "questions a list"),
        ('{"document": "a", "text": "b", "questions": [" "]}', "a question is empty"),
        (r'{"document": "a", "text": "b", "questions": ["\ud800"]}', "surrogates not allowed"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_a_line_that_holds_no_questions_is_named(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "questions.jsonl"
    good = json.dumps({"document": "a", "text": "b", "questions": ["c", "d"]})
    path.write_text(f"{good}\n\n{line}\n")
    with pytest.raises(ValueError, match=rf"questions\.jsonl, line 3: .*{why}"):
        expansions.load(path)
    path.write_text(f"{good}\n\n")
    assert expansions.load(path) == (Expansion("a", "b", ("c", "d")),)
    path.write_text('{"document": "a", "text": "", "questions": ["e\u2028f"]}', "utf-8")
    assert expansions.load(path) == (Expansion("a", "", ("e\u2028f",)),)


def test_what_carries_no_questions_is_looked_at_among_what_does(tmp_path: Path, bag: BagOfWords) -> None:
    led = [Document.of(f"brief-{n}", Source(f"Brief {n}"), f"Item {n} tells of a truce.") for n in range(30)]
    news = Document.of("news", Source("News"), "The truce was prolonged, both governments told.")
    asked = tuple(f"is the truce on {n}" for n in range(3))
    questions = [Expansion(document.id, document.text, asked) for document in led]
    cut = partial(split, count=bag.count, window=bag.model.window)
    builds.publish(tmp_path, builds.write(tmp_path, [*led, news], cut, bag, questions=questions))
    build = builds.load(tmp_path)
    assert list(build.carrying(np.arange(31))) == [True] * 30 + [False]
    found = answer(build, bag, "is the truce on 1", threshold=0.0)
    assert found.hits[0].passage.document.id.startswith("brief-")
    query = understand(build, "is the truce on 1")
    vector = bag.encode(query.texts, "query")[0]
    hits = search(build, query, vector, 10)
    assert len(hits) == 10
    assert "news" in {hit.passage.document.id for hit in hits}
    considered = {quote.document.id for quote in candidates(build, query, vector, hits, most=5)}
    assert "news" in considered
