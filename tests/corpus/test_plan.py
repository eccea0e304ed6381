"""A plan says what would change, embeds only that, and touches nothing that is live."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from corpus import page, plan
from corpus.errors import BadPlan, CorpusError, NoText
from corpus.plan import SHOWN
from corpus.tables import documents
from migrations.database import reading
from retrieval import builds
from tests.corpus.changing import Desk, text
from tests.fakes import BagOfWords


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk whose ten texts are live."""
    made = Desk(tmp_path / "home")
    made.fill(10)
    assert made.refresh().outcome == "published"
    return made


def test_a_first_plan_is_all_new(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.fill(3)
    made = desk.plan()
    assert tuple(made.shown()) == SHOWN
    assert (made.base, len(made.new), made.passages_to_embed) == ("", 3, 3)
    assert made.build is not None
    assert not (desk.shop.index / "CURRENT").exists()


def test_a_plan_touches_neither_tables_nor_what_is_live(desk: Desk) -> None:
    before = desk.current()
    desk.put(d1=text(1, "agreed on a truce"), d10=text(10))
    desk.plan()
    assert desk.current() == before
    assert [path.name for path in desk.shop.index.glob("2*")] == [before]
    with reading(desk.shop.engine) as connection:
        assert len(connection.scalars(select(documents.c.id)).all()) == 10


def test_every_kind_of_change_is_told_apart(desk: Desk) -> None:
    desk.put(d1=text(1, "agreed on a truce"), d10=text(10))
    desk.remove("d2")
    (desk.folder / "empty.txt").write_text("…")
    made = desk.plan()
    assert [entry["document"][:3] for entry in made.new] == ["d10"]
    assert [entry["document"][:3] for entry in made.changed] == ["d1-"]
    assert [(entry["document"][:3], entry["absent"]) for entry in made.vanished] == [("d2-", 1)]
    assert [entry["address"] for entry in made.failed] == [str(desk.folder / "empty.txt")]
    assert len(made.unchanged) == 8
    [changed] = made.changed
    assert ["removed", "nothing yet."] in changed["diff"]
    assert ["added", "a truce."] in changed["diff"]


def test_only_what_changed_is_embedded(desk: Desk) -> None:
    desk.bag.embedded.clear()
    new = text(1, "agreed on a truce")
    desk.put(d1=new)
    made = desk.plan()
    assert made.passages_to_embed == 1
    told = [t for t in desk.bag.embedded if t in new or "agreed on a truce" in t]
    assert sum("truce" in t for t in told) == made.embedded == 2, "one passage and the one changed sentence"


def test_without_answers_nothing_is_embedded_and_nothing_can_be_published(desk: Desk) -> None:
    desk.put(d1=text(1, "agreed on a truce"))
    desk.bag.embedded.clear()
    made = desk.plan(answers=False)
    assert (desk.bag.embedded, made.build, made.passages_to_embed) == ([], None, 1)
    with pytest.raises(BadPlan, match="without a candidate"):
        desk.refresh(made)


def test_nothing_changed_is_nothing_to_do(desk: Desk) -> None:
    made = desk.plan()
    assert (made.needed, made.build, made.passages_to_embed, len(made.unchanged)) == (False, None, 0, 10)


def test_a_plan_reads_back_as_it_was_made(desk: Desk) -> None:
    desk.put(d1=text(1, "agreed on a truce"))
    made = desk.plan()
    assert plan.read(desk.home, made.id).id == made.id
    assert repr(plan.read(desk.home, made.id)).replace("[", "(") == repr(made).replace("[", "(")
    with pytest.raises(BadPlan, match="there is none"):
        plan.read(desk.home, "20200101-plan")


def test_a_plan_that_was_killed_is_swept(desk: Desk) -> None:
    half = desk.home / "plans" / "20260101T000000000-plan"
    half.mkdir(parents=True)
    (half / "vectors.npy").write_text("half")
    desk.plan()
    assert not half.exists()


def test_the_same_text_elsewhere_is_no_new_document(desk: Desk) -> None:
    desk.put(copy=text(4))
    made = desk.plan()
    [same] = made.duplicates
    assert (same["cited"][:3], same["also"][0][:5]) == ("d4-", "copy-")
    assert not made.new
    assert not made.needed


def test_another_model_embeds_everything_anew(desk: Desk) -> None:
    other = BagOfWords("another", dimension=256)
    desk.shop = replace(desk.shop, encoder=lambda: other)
    made = desk.plan()
    assert made.needed
    assert made.passages_to_embed == 10
    before = desk.current()
    assert desk.refresh(made).outcome == "published"
    assert builds.load(desk.shop.index).manifest.model == other.model.digest
    assert builds.load(desk.shop.index, before).manifest.model == desk.bag.model.digest


def ask_about_lima(desk: Desk) -> None:
    """Makes it the golden question g1, to be answered however unsure."""
    golden = desk.home / "golden"
    golden.mkdir()
    (golden / "ours.jsonl").write_text(
        '{"id": "g1", "question": "What did the delegations agree on in Lima?", "gold": '
        f'[{{"document": "{desk.id("d1")}", "text": "x"}}]}}\n'
    )
    desk.shop = replace(desk.shop, threshold=0.0)


def test_answers_that_would_change_are_shown(desk: Desk) -> None:
    ask_about_lima(desk)
    desk.put(d1=text(1, "agreed on a truce in Lima"))
    made = desk.plan()
    [change] = made.answers_changed
    assert (change["id"], change["rank"]) == ("g1", 1)
    assert "nothing yet" in change["before"]["quote"]
    assert "a truce" in change["after"]["quote"]
    assert made.exam is not None
    assert (made.exam.answerable, made.exam.skipped) == (1, 75)


def test_of_an_answer_that_would_change_the_first_other_quote_is_shown(desk: Desk) -> None:
    ask_about_lima(desk)
    desk.put(later="Later\n\nWhat the delegations in Lima drank was tea.")
    made = desk.plan()
    [change] = made.answers_changed
    assert change["rank"] > 1
    assert change["before"]["quote"] != change["after"]["quote"]
    assert f"quote {change['rank']}</span>" in page.render(made)


def ask(desk: Desk, document: str, text: str, *asked: str) -> None:
    """Lets the operator's questions be these."""
    folder = desk.home / "questions"
    folder.mkdir(exist_ok=True)
    line = {"document": document, "text": text, "questions": asked}
    (folder / "ours.jsonl").write_text(json.dumps(line), "utf-8")


def test_questions_alone_are_something_to_publish(desk: Desk) -> None:
    [said] = [d.text for d in builds.load(desk.shop.index).documents if d.id == desk.id("d1")]
    last = said.rpartition(". ")[2]
    ask(desk, desk.id("d1"), last, "what came of it")
    made = desk.plan()
    assert (made.needed, made.questions_changed, made.questions_astray) == (True, True, ())
    assert desk.refresh(made).outcome == "published"
    assert builds.load(desk.shop.index).manifest.questions == 1
    assert not desk.plan().needed
    ask(desk, desk.id("d1"), last, "what came of it", "was it agreed")
    assert desk.plan().needed
    # Questions about what is not in the corpus change no build, but are told.
    ask(desk, "nobody", "Nothing.", "what is this")
    made = desk.plan()
    assert [entry["document"] for entry in made.questions_astray] == ["nobody"]
    assert "not in the corpus" in made.questions_astray[0]["reason"]
    assert desk.refresh(made).counts["questions_astray"] == 1
    assert builds.load(desk.shop.index).manifest.questions == 0
    assert not desk.plan().needed
    assert "Why they lead nowhere" in page.render(desk.plan())
    ask(desk, desk.id("d1"), "What nobody said.", "what is this")
    [entry] = desk.plan().questions_astray
    assert "“What nobody said.”" in entry["reason"]


def test_questions_that_cannot_be_read_are_told_before_anything_is_asked(desk: Desk) -> None:
    folder = desk.home / "questions"
    folder.mkdir()
    (folder / "ours.jsonl").write_text("{oops")
    with pytest.raises(CorpusError, match=r"ours\.jsonl, line 1: is no JSON"):
        desk.plan()


def test_the_page_escapes_what_it_shows(desk: Desk) -> None:
    desk.put(d1="A <script>alert(1)</script> & more\n\nThe sides met in <b>Lima</b>.")
    desk.broken = (NoText("https://a.example/<img src=x onerror=alert(1)>", "holds <nothing>"),)
    html = page.render(desk.plan())
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html
    assert "holds &lt;nothing&gt;" in html
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\'' in html
