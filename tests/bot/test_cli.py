"""The commands as a person types them: what they print where, and with which exit code they end."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from bot.cli import app, main
from retrieval import builds
from retrieval.confidence import FEATURES, load
from tests.bot.program import environment
from tests.conftest import ARTICLES
from tests.fakes import WORD

Done = subprocess.CompletedProcess[str]
BESSENT = "What did Bessent say about the threat of the 100% tariff?"
CUP = "Who won the 2022 World Cup?"
pytestmark = pytest.mark.model


def process(
    home: Path, *arguments: str, stdin: str = "", program: Sequence[str] = ("-m", "bot"), **settings: str
) -> Done:
    """Run `talks` in a process of its own, with `home` as its home."""
    return subprocess.run(
        [sys.executable, *program, *arguments],
        input=stdin, capture_output=True, text=True, check=False, cwd=home, timeout=120,
        env=environment(TALKS_HOME=str(home), **({"STARTER_CORPUS": "false"} | settings)),
    )  # fmt: skip


def talks(home: Path, *arguments: str, stdin: str = "", **settings: str) -> Done:
    """The same in this process, which is quicker; what is not caught is raised."""
    out, err, code = StringIO(), StringIO(), 0
    wanted = environment(TALKS_HOME=str(home), **({"STARTER_CORPUS": "false"} | settings))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in os.environ.keys() - wanted.keys():
            patch.delenv(name)
        for name, value in wanted.items():
            patch.setenv(name, value)
        patch.chdir(home)
        patch.setattr(sys, "argv", ["talks", *arguments])
        patch.setattr(sys, "stdin", StringIO(stdin))
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def commands(group: click.Command, name: str = "") -> list[tuple[str, click.Command]]:
    below = group.commands.items() if isinstance(group, click.Group) else ()
    return [(name, group), *(more for key, command in below for more in commands(command, f"{name} {key}"))]


ALL = commands(typer.main.get_command(app))


@pytest.fixture
def empty(tmp_path: Path, prepared_models: Path) -> Path:
    """A home with nothing but the prepared model."""
    home = tmp_path / "empty"
    home.mkdir()
    (home / "models").symlink_to(prepared_models)
    return home


def exchanges(home: Path) -> int:
    with sqlite3.connect(home / "talks.db") as connection:
        count: int = connection.execute("SELECT count(*) FROM exchanges").fetchone()[0]
    return count


# Help


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name.strip() or "talks" for name, _ in ALL])
def test_every_command_and_each_of_its_options_is_explained(name: str, command: Any) -> None:
    assert command.help, name
    assert len(WORD.findall(command.help)) >= 5, name
    for parameter in command.params:
        if parameter.name != "help":
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_help_shows_the_first_steps(tmp_path: Path) -> None:
    done = process(tmp_path, "--help")
    assert done.returncode == 0
    for step in ("talks ask", "talks run", "talks corpus add", "talks doctor", ".env.example"):
        assert step in done.stdout
    assert list(tmp_path.iterdir()) == []


# Asking


def test_a_question_gets_its_quote_and_is_logged(home: Path) -> None:
    done = process(home, "ask", BESSENT)
    assert done.returncode == 0
    assert "“the threat of the 100% has gone away”" in done.stdout
    assert "Talks Test Desk" in done.stdout
    assert done.stderr == ""
    assert exchanges(home) == 1


def test_json_answers_line_by_line_in_order_and_logs_nothing(home: Path) -> None:
    before = exchanges(home)
    questions = [BESSENT, CUP, "Who led the Chinese side?"]
    done = talks(home, "ask", "--json", "-", stdin="\n".join([questions[0], "", *questions[1:]]) + "\n")
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["question"] for a in answers] == questions
    assert [a["answered"] for a in answers[:2]] == [True, False]
    assert answers[1]["quotes"] == []
    assert exchanges(home) == before
    article = (ARTICLES / "article.txt").read_text("utf-8").strip()
    first = answers[0]
    assert (first["schema"], first["build"]) == (1, (home / "index" / "CURRENT").read_text().strip())
    assert {"confidence", "reason", "milliseconds"} <= first.keys()
    for quote in [quote for answer in answers for quote in answer["quotes"]]:
        assert article[quote["start"] : quote["end"]] == quote["text"]
        assert {"answer", "score", "speaker", "directness", "passage"} <= quote.keys()
        assert quote["document"]["title"] == "After two days in Kuala Lumpur, a tariff threat recedes"
        assert quote["document"]["published"] == "2025-10-27"
        assert {"id", "version", "publisher", "url"} <= quote["document"].keys()


def test_bytes_that_are_no_text_are_asked_as_replacement_characters(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        input=b"\xff\xfe bad bytes\n" + BESSENT.encode(),
        capture_output=True, check=False, cwd=home, timeout=120,
        env=environment(TALKS_HOME=str(home), STARTER_CORPUS="false"),
    )  # fmt: skip
    assert (done.returncode, exchanges(home)) == (0, 2)
    assert "“the threat of the 100% has gone away”" in done.stdout.decode()
    asked = talks(home, "ask", "--json", "\udcff\ud83d bad bytes")
    assert json.loads(asked.stdout)["question"] == "\ufffd\ufffd bad bytes"


def test_one_question_as_json_is_the_same(home: Path) -> None:
    done = talks(home, "ask", "--json", "--explain", BESSENT)
    [found] = [json.loads(line) for line in done.stdout.splitlines()]
    assert found["answered"]
    assert {"stages", "hits", "considered"} <= found["explain"].keys()


def test_a_phrase_in_quotation_marks_is_found_as_it_stands(home: Path) -> None:
    found = json.loads(talks(home, "ask", "--json", "“has gone away”").stdout)
    assert found["answered"]
    assert all("has gone away" in quote["text"] for quote in found["quotes"])
    assert not json.loads(talks(home, "ask", "--json", "“away gone has”").stdout)["answered"]


def test_a_model_that_is_nowhere_is_said_before_the_answer(home: Path) -> None:
    done = talks(home, "ask", BESSENT, EMBEDDING_MODEL="/nope")
    assert done.returncode == 0
    assert "EMBEDDING_MODEL cannot be used: no model folder at /nope" in done.stderr
    assert "gone away" in done.stdout


def test_a_reranker_that_is_nowhere_ends_with_a_line(home: Path) -> None:
    done = talks(home, "ask", BESSENT, RERANKER_MODEL="/nope")
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["talks: no model folder at /nope"]


def test_other_languages_need_a_build_that_knows_them(home: Path) -> None:
    done = talks(home, "ask", "中国将购买多少大豆？", MULTILINGUAL="true")
    assert "run `talks corpus build`" in done.stderr
    assert "请用英文再问一次" in done.stdout


def test_no_torch_from_start_to_reply(home: Path) -> None:
    look = (
        "import sys, atexit\n"
        "heavy = ('torch', 'sentence_transformers', 'transformers', 'trafilatura')\n"
        "atexit.register(lambda: print([m for m in heavy if m in sys.modules], file=sys.stderr))\n"
        "from bot.cli import main\nmain()\n"
    )
    done = process(home, "ask", BESSENT, program=("-c", look))
    assert "100%" in done.stdout
    assert done.stderr == "[]\n"


def test_a_question_a_line_is_answered_to_the_end(home: Path) -> None:
    done = talks(home, "run", stdin=f"{BESSENT}\n\n{CUP}\n")
    assert done.returncode == 0
    assert "“the threat of the 100% has gone away”" in done.stdout
    assert "corpus doesn't say" in done.stdout
    assert "TELEGRAM_BOT_TOKEN is not set" in done.stderr
    assert "TELEGRAM_BOT_TOKEN" not in done.stdout


def test_an_altered_character_shows_no_quote_and_an_error(home: Path) -> None:
    [path] = (home / "index").glob("*/documents.jsonl")
    raw = path.read_bytes()
    assert raw.count(b"has gone away") == 1
    path.write_bytes(raw.replace(b"has gone away", b"has gone aw@y"))
    done = process(home, "ask", BESSENT)
    assert "@" not in done.stdout
    assert ">" not in done.stdout
    assert "quote dropped: the text of document article-" in done.stderr


# Corpus


def test_an_empty_corpus_says_so_and_grows(empty: Path) -> None:
    done = talks(empty, "ask", "--json", BESSENT)
    assert (done.returncode, json.loads(done.stdout)["reason"]) == (0, "the corpus is empty")
    assert "empty" in talks(empty, "corpus", "list").stdout
    given = ("--title", "From Kuala Lumpur", "--published", "2025-10-27")
    added = talks(empty, "corpus", "add", str(ARTICLES / "article.txt"), *given)
    assert (added.returncode, added.stdout.split()[0]) == (0, "new")
    found = json.loads(talks(empty, "ask", "--json", BESSENT).stdout)
    assert found["quotes"][0]["document"]["title"] == "From Kuala Lumpur"
    assert found["quotes"][0]["document"]["published"] == "2025-10-27"


def test_adding_says_what_it_did_and_fails_for_what_failed(home: Path, tmp_path: Path) -> None:
    same = talks(home, "corpus", "add", str(ARTICLES / "article.md"))
    assert same.returncode == 0
    assert "unchanged" in same.stdout
    assert "nothing to publish" in same.stdout
    twin = shutil.copy(ARTICLES / "article.txt", tmp_path / "twin.txt")
    assert "the same text as article-" in talks(home, "corpus", "add", str(twin)).stdout
    (tmp_path / "bad.txt").write_bytes(b"caf\xe9")
    (tmp_path / "good.txt").write_text("Grain ships left on Friday. Their holds were full.")
    mixed = talks(home, "corpus", "add", str(tmp_path / "bad.txt"), str(tmp_path / "good.txt"))
    assert mixed.returncode == 1
    assert "bad.txt: not UTF-8 text" in mixed.stderr
    assert "new" in mixed.stdout
    assert "Grain ships left on Friday." in mixed.stdout


def test_list_and_status_show_what_is_live(home: Path) -> None:
    [_, shown] = talks(home, "corpus", "list").stdout.splitlines()
    [document] = builds.load(home / "index").documents
    parts = ("2025-10-27", "Talks Test Desk", document.source.title, document.id, document.version[:12])
    assert shown == "\t".join(parts)
    status = talks(home, "corpus", "status")
    assert status.returncode == 0
    assert (home / "index" / "CURRENT").read_text().strip() in status.stdout
    assert "documents  1, newest dated 2025-10-27" in status.stdout
    assert "all-MiniLM-L6-v2" in status.stdout
    [path] = (home / "index").glob("*/vectors.npy")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    broken = talks(home, "corpus", "status")
    assert (broken.returncode, "vectors.npy of build" in broken.stderr) == (1, True)


def test_titles_are_shown_as_they_are(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.md"
    path.write_text("---\ntitle: '[/b] [red]Odd[/red]'\n---\nGrain ships left on Friday with full holds.")
    assert talks(home, "corpus", "add", str(path)).returncode == 0
    assert "[/b] [red]Odd[/red]" in " ".join(talks(home, "corpus", "list").stdout.split())
    explained = talks(home, "ask", "--explain", "When did the grain ships leave?")
    assert explained.returncode == 0, explained.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["corpus", "add", "gone.txt"], "gone.txt: No such file"),
        (["corpus", "add", "empty"], "no file to add"),
        (["corpus", "add", "x.txt", "--published", "soon"], "'soon' is not a date"),
        (["corpus", "status"], "talks corpus build"),
        (["eval", "empty"], "empty is not a folder with corpus.jsonl"),
    ],
)
def test_known_failures_are_a_line_and_no_traceback(empty: Path, arguments: list[str], said: str) -> None:
    (empty / "empty").mkdir()
    done = talks(empty, *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "  "],
        ["ask"],
        ["corpus", "add"],
        ["nothing"],
        ["corpus", "add", "a", "b", "--url", "x"],
        ["eval", "nowhere"],
        ["calibrate", "nowhere"],
        ["review", "show", "zzz"],
    ],
)
def test_wrong_usage_ends_with_two(empty: Path, arguments: list[str]) -> None:
    done = talks(empty, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(empty: Path) -> None:
    done = talks(empty, "ask", "Anything?", ANSWER_THRESHOLD="9")
    assert done.returncode == 1
    assert done.stderr.startswith("setting ANSWER_THRESHOLD: ")
    ours = talks(empty, "ask", "Anything?", LISTEN="nowhere")
    assert ours.stderr.startswith("setting LISTEN: write it as host:port, such as 127.0.0.1:8080 (")


def test_every_command_shows_how_it_is_typed() -> None:
    def commands(of: Any) -> Iterator[tuple[str, str]]:
        for name, command in of.commands.items():
            if hasattr(command, "commands"):
                yield from commands(command)
            else:
                yield name, command.help

    typed = dict(commands(typer.main.get_command(app)))
    assert len(typed) > 25
    assert [name for name, help in typed.items() if "`talks " not in help.partition("Example")[2]] == []


def test_a_build_of_another_release_is_built_anew_from_what_is_kept(home: Path) -> None:
    [manifest] = (home / "index").glob("*/manifest.json")
    manifest.write_text(manifest.read_text().replace('"schema": 1', '"schema": 0'))
    done = talks(home, "ask", BESSENT)
    assert (done.returncode, "of another release" in done.stderr) == (1, True)
    assert "`talks corpus build` writes the same documents anew" in done.stderr
    assert talks(home, "corpus", "build").returncode == 0
    assert "threat of the 100% has gone away" in talks(home, "ask", BESSENT).stdout


def test_a_calibration_is_read_by_people_and_kept_by_programs(empty: Path) -> None:
    features = dict.fromkeys(FEATURES, 0.0)
    judged = [[n % 3 > 0, features | {"sentence": n % 3 / 2 + n / 1000}] for n in range(60)]
    run = empty / "run.json"
    run.write_text(json.dumps({"questions": {}, "features": {"ours": judged}}))
    shown = talks(empty, "calibrate", "run.json")
    assert shown.stdout.startswith("from a confidence of 0.")
    assert "right at" in shown.stdout
    assert "ours: 60 questions" in shown.stdout
    kept = empty / "calibration.json"
    kept.write_text(talks(empty, "calibrate", "run.json", "--json").stdout)
    assert f"from a confidence of {load(kept).threshold} on, 90%" in shown.stdout
    run.write_text("[]")
    assert "is not what `talks eval --json` prints" in talks(empty, "calibrate", "run.json").stderr


def test_a_document_is_named_by_how_its_id_begins(home: Path, tmp_path: Path) -> None:
    [document] = builds.load(home / "index").documents
    assert document.text in talks(home, "corpus", "show", document.id[:7]).stdout
    (tmp_path / "article.txt").write_text("Another article says something else.")
    talks(home, "corpus", "add", str(tmp_path / "article.txt"))
    several = talks(home, "corpus", "show", "article")
    assert several.returncode == 2
    assert document.id in several.stderr
    assert "`talks corpus list`" in talks(home, "corpus", "show", "zzz").stderr
    unknown = talks(home, "corpus", "show", document.id, "--version", "qq")
    assert "no version begins with qq" in unknown.stderr


def test_doctor_ends_with_one_when_something_is_wrong(empty: Path) -> None:
    nowhere = {"TELEGRAM_API_BASE_URL": "http://127.0.0.1:9"}
    calm = talks(empty, "doctor", **nowhere)
    assert (calm.returncode, "✗" in calm.stdout) == (0, False)
    assert "talks corpus build" in calm.stdout
    wrong = talks(empty, "doctor", TELEGRAM_BOT_TOKEN="123:SECRET", **nowhere)
    assert (wrong.returncode, "✗ Bot API" in wrong.stdout) == (1, True)
    assert "SECRET" not in wrong.stdout + wrong.stderr


def test_the_database_is_made_once(empty: Path) -> None:
    first, second = talks(empty, "db", "upgrade"), talks(empty, "db", "upgrade")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.strip() + " already" == second.stdout.strip()
    assert oct((empty / "talks.db").stat().st_mode & 0o777) == "0o600"
