"""What leaves the program: only what was agreed to, without names, and in a layout that others read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import R, nDCG
from sqlalchemy import Engine
from typer.testing import CliRunner

from bot.cli import app
from bot.exchange import Exchange
from bot.log import write
from bot.people import set_consent
from bot.review.export import Exported, export, name, redacted
from bot.review.golden import judged
from bot.review.labels import add
from corpus import archive
from migrations import database
from migrations.database import writing
from retrieval import evaluate
from retrieval.types import Turn

from .logs import CORPUS, MAGNETS, NOON, QUESTIONS, SPEECH, asked, build_of, document, keep

SILENT = "Who won the World Cup?"


@pytest.fixture
def logged(engine: Engine, tmp_path: Path) -> list[Exchange]:
    """Five questions: three by someone who agreed, one by someone who took it back, one by nobody known."""
    keep(engine, *CORPUS)
    build = build_of(tmp_path / "index", *CORPUS)
    made = [
        asked(build, QUESTIONS[0], 1, user="agreed"),
        asked(build, QUESTIONS[1], 2, user="silent"),
        asked(build, QUESTIONS[2], 3, user="retracted"),
        asked(build, f"{SILENT} Write to me@mail.example", 4, user="agreed"),
        replace(asked(build, QUESTIONS[2], 5, user="agreed"), carried="Call +60 3-1234 5678"),
        replace(asked(build, "Nobody asked this", 6), user=None),
    ]
    write(engine, *made)
    set_consent(engine, "agreed", True, NOON)
    set_consent(engine, "retracted", True, NOON)
    set_consent(engine, "retracted", False, NOON)
    return made


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_only_what_was_agreed_to_leaves(engine: Engine, logged: list[Exchange], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for exchange in logged:
        add(engine, exchange.id, "one", "right", NOON, note="A secret note.")
    assert export(engine, folder, judged(engine)).questions == 3
    assert [query["text"] for query in lines(folder / "queries.jsonl")] == [
        QUESTIONS[0], f"{SILENT} Write to [e-mail]", QUESTIONS[2],
    ]  # fmt: skip
    assert lines(folder / "queries.jsonl")[2]["history"] == ["Call [number]"]
    everything = "".join(path.read_text("utf-8") for path in folder.iterdir())
    secrets = (
        "agreed",
        "mail.example",
        "5678",
        "Nobody asked",
        "secret",
        "cccc",
        *(str(e.id) for e in logged),
    )
    assert [secret for secret in secrets if secret in everything] == []
    set_consent(engine, "agreed", False, NOON)
    assert export(engine, folder, judged(engine)) == Exported(0, 0, 0)
    assert (folder / "queries.jsonl").read_text() == ""


def test_the_evaluation_reads_it(engine: Engine, logged: list[Exchange], tmp_path: Path) -> None:
    add(engine, logged[0].id, "one", "right", NOON)
    add(engine, logged[3].id, "one", "right", NOON)
    folder = tmp_path / "out"
    other = document("other", "Found by nobody.")
    keep(engine, other)
    made = export(engine, folder, judged(engine), [(other.id, other.version)])
    assert made == Exported(3, 2, len(CORPUS) + 1)
    read = evaluate.collection(folder)
    assert {d.text for d in read.documents} == {d.text for d in (*CORPUS, other)}
    tariff, silent, unjudged = read.questions
    assert (tariff.set, tariff.relevant) == ("out", (name(SPEECH.id, SPEECH.version),))
    assert tariff.sentences == ("🤝 Bessent said that the extra tariff was off the table.",)
    assert (silent.set, silent.answerable) == ("out", False)
    assert (unjudged.set, unjudged.history) == ("unjudged", (Turn("Call [number]"),))


def test_others_read_the_run_and_the_judgements(
    engine: Engine, logged: list[Exchange], tmp_path: Path
) -> None:
    add(engine, logged[0].id, "one", "right", NOON)
    folder = tmp_path / "out"
    export(engine, folder, judged(engine))
    (header, *judgements) = (folder / "qrels.tsv").read_text().splitlines()
    assert header.split("\t") == ["query-id", "corpus-id", "score"]
    qrels = [ir_measures.Qrel(q, d, int(grade)) for q, d, grade in (line.split("\t") for line in judgements)]
    run = list(ir_measures.read_trec_run(str(folder / "run.trec")))
    assert ir_measures.calc_aggregate([nDCG @ 10, R @ 5], qrels, run) == {nDCG @ 10: 1.0, R @ 5: 1.0}
    fields = [line.split(" ") for line in (folder / "run.trec").read_text().splitlines()]
    for query in {line[0] for line in fields}:
        mine = [line for line in fields if line[0] == query]
        assert [int(line[3]) for line in mine] == list(range(1, len(mine) + 1))
        assert len({line[2] for line in mine}) == len(mine)
        assert {line[5] for line in mine} == {logged[0].build}


def test_the_last_run_of_a_question_counts(engine: Engine, logged: list[Exchange], tmp_path: Path) -> None:
    newer = document("magnets", "Licences for magnets stay in force, all of them.")
    keep(engine, newer)
    build = build_of(tmp_path / "index", newer)
    write(engine, asked(build, QUESTIONS[0], 30, user="agreed"))
    export(engine, tmp_path / "out", ())
    first = [line.split() for line in (tmp_path / "out" / "run.trec").read_text().splitlines()]
    assert {(line[2], line[5]) for line in first if line[0] == "q1"} == {
        (name("magnets", newer.version), build.id)
    }


def test_erased_texts_stay_away(engine: Engine, logged: list[Exchange], tmp_path: Path) -> None:
    with writing(engine) as connection:
        archive.erase(connection, "magnets", NOON)
    export(engine, tmp_path / "out", ())
    assert MAGNETS.text not in (tmp_path / "out" / "corpus.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("write to a.b+c@sub.mail.example.", "write to [e-mail]."),
        ("I am @some_one, or t.me/some_one", "I am [handle], or [handle]"),
        ("https://t.me/joinchat/AAA please", "[handle] please"),
        ("call +60 3-1234 5678 now", "call [number] now"),
        ("call (555) 010-0199!", "call [number]!"),
        ("0161 496 0000, 01614960000 or 555-0100", "[number], [number] or [number]"),
        ("my card 4111 1111 1111 1111", "my card [number]"),
        ("call ＋６０ １２３ ４５６７８９０ now", "call [number] now"),
        ("٠١٢٣٤٥٦٧٨٩", "[number]"),
        ("0 1 2 3 4 5 6 7 8 9", "[number]"),
        ("0161\u00a0496\u00a00000, 0161\u200b4960000, 0161–496‑0000", "[number], [number], [number]"),
        ("0161·496·0000, 0161_496_0000 or 0161*496*0000", "[number], [number] or [number]"),
        ("我的电话是13800138000吗", "我的电话是[number]吗"),
        ("我的邮箱是me@mail.example吗", "我的邮箱是[e-mail]吗"),
        ("联系@some_one吗，或者t.me/some_one吗", "联系[handle]吗，或者[handle]吗"),
        ("me＠mail.example and ＠some_one", "[e-mail] and [handle]"),
        ("почта@пример.рф, me@localhost, me@[10.0.0.1]", "[e-mail] [e-mail] [e-mail]"),
        ("some_one.t.me/x, T.ME/some_one, telegram.dog/x", "[handle], [handle], [handle]"),
        ("tg://resolve?domain=some_one or https://wa.me/15550100199", "[handle] or [handle]"),
        ("tel15550100199x", "tel[number]x"),
    ],
)
def test_what_names_someone_is_taken_out(text: str, clean: str) -> None:
    assert redacted(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "What was said on 2025-10-30 and on 30.10.2025?",
        "From 2018-2020, and 2018 2019 2020?",
        "Did 25 million tonnes cost $12,500,000,000 or ¥1000000000?",
        "Is Section 301 of 1974 the reason for 100% on 11/01/2025?",
        "What did Bessent say @ the talks?",
        "稀土出口管制什么时候恢复？２０２５年１１月",
        "𝟙𝟚 ﬁne ½ ①②③",
        "Executive Order 14257, lines 8541.40.60, 8541.40.6025 and 9903.01.24",
        "",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert redacted(text) == text


@given(st.integers(10**6, 10**17), st.sampled_from(["", " ", "-", "\u00a0", "．", "‑"]))
def test_no_number_is_left(number: int, between: str) -> None:
    assert redacted(f"call {between.join(str(number))}吗") == "call [number]吗"


@given(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.(com|example)", fullmatch=True), st.text(), st.text())
def test_no_address_is_left(address: str, before: str, after: str) -> None:
    assert address not in redacted(f"{before} {address} {after}")


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path / 'talks.db'}")
    database.upgrade(engine)
    run = CliRunner(env={"TALKS_HOME": str(tmp_path)})
    out = tmp_path / "out"
    done = run.invoke(app, ["review", "export", str(out)])
    assert (done.exit_code, done.stdout) == (0, f"0 questions, 0 judged, and 0 documents in {out}\n")
    keep(engine, *CORPUS)
    write(engine, asked(build_of(tmp_path / "index", *CORPUS), QUESTIONS[0], user="agreed"))
    set_consent(engine, "agreed", True, NOON)
    engine.dispose()
    done = run.invoke(app, ["review", "export", str(out)])
    assert (done.exit_code, done.stdout) == (0, f"1 questions, 0 judged, and 3 documents in {out}\n")
