"""Set-up, against a small project with the real Makefile and set-up, and a package index on the loopback."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot import setup

ROOT = Path(__file__).resolve().parent.parent
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PACKAGES = ("bot", "retrieval", "corpus", "migrations")

PYPROJECT = """
[build-system]
requires = ["backend"]
build-backend = "backend"
[project]
name = "talks-bot"
dependencies = ["torch", "needed"]
[project.optional-dependencies]
test = ["tested"]
"""

# Builds an editable wheel logs each build, and takes as long as a file named "hold" is there.
BACKEND = """
import os, time, zipfile
def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    with open("built", "a") as log:
        log.write("once\\n")
    while os.path.exists("hold"):
        time.sleep(0.05)
    name, about = "talks_bot-1-py3-none-any.whl", "talks_bot-1.dist-info/"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        wheel.writestr("talks.py", "import sys\\ndef main(): print(sys.stdin.read().upper(), end='')\\n")
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: talks-bot\\nVersion: 1\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(about + "entry_points.txt", "[console_scripts]\\ntalks = talks:main\\n")
        wheel.writestr(about + "RECORD", "")
    return name
"""


class Index(ThreadingHTTPServer):
    """A package index: a folder of wheels for each package; `down` names those whose wheels break off."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.down: set[str] = set()
        super().__init__(("127.0.0.1", 0), partial(Shelf, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, name: str, version: str, **modules: str) -> None:
        """Offer a wheel of these modules."""
        shelf = self.folder / name
        shelf.mkdir(parents=True, exist_ok=True)
        about = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(shelf / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            for module, source in modules.items():
                wheel.writestr(f"{module}.py", source)
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")

    def add_pip(self) -> None:
        """Offer the pip that runs here, for a Python that brings one too old."""
        pip = metadata.distribution("pip")
        shelf = self.folder / "pip"
        shelf.mkdir(parents=True)
        with zipfile.ZipFile(shelf / f"pip-{pip.version}-py3-none-any.whl", "w") as wheel:
            for file in pip.files or []:
                if not file.as_posix().startswith("..") and file.suffix != ".pyc":
                    wheel.write(str(file.locate()), file.as_posix())


class Shelf(SimpleHTTPRequestHandler):
    """Serves the folder, and breaks off where the index says that a package is down."""

    server: Index

    def do_GET(self) -> None:
        if self.path.endswith(".whl") and self.path.split("/")[-2] in self.server.down:
            self.close_connection = True
            return
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Project:
    """A small project, set up by the real Makefile in a folder of its own."""

    def __init__(self, folder: Path, index: Index) -> None:
        self.folder = folder
        (folder / "bot").mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", folder)
        shutil.copy(ROOT / "bot" / "setup.py", folder / "bot")
        (folder / "pyproject.toml").write_text(PYPROJECT, "utf-8")
        (folder / "constraints.txt").write_text("needed==1\ntorch==2\n", "utf-8")
        foreign = ("PIP_", "MAKE", "MFLAGS", "TORCH_INDEX", "PYTHON")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        pip = {"CONFIG_FILE": os.devnull, "INDEX_URL": index.url, "RETRIES": "0", "NO_CACHE_DIR": "1"}
        self.env = kept | {f"PIP_{name}": value for name, value in pip.items()}
        self.env |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start make in a process group of its own, with three lines on its standard input."""
        questions = self.folder / "questions"
        questions.write_text("one\ntwo\nthree\n", "utf-8")
        with questions.open() as lines:
            return subprocess.Popen(
                ["make", f"PYTHON={sys.executable}", *arguments],
                cwd=self.folder, env=self.env, stdin=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, start_new_session=True,
            )  # fmt: skip

    def make(self, *arguments: str) -> tuple[int, str, str]:
        """Run make to its end: the exit code, standard output and standard error."""
        make = self.start(*arguments)
        out, err = make.communicate(timeout=120)
        return make.returncode, out, err

    def built(self) -> int:
        log = self.folder / "built"
        return len(log.read_text("utf-8").splitlines()) if log.exists() else 0

    def version(self, package: str) -> str:
        """The version of a package that stands in the project's virtual environment, "" for none."""
        found = list(self.folder.glob(f".venv/lib/*/site-packages/{package}-*.dist-info"))
        return found[0].name.removeprefix(f"{package}-").removesuffix(".dist-info") if found else ""


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing but pip, to copy: making one takes seconds."""
    folder = tmp_path_factory.mktemp("blank") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path / "index") as server:
        server.add("backend", "1", backend=BACKEND)
        server.add("editables", "0.5")
        server.add("torch", "2", torch="# " + "weights " * 100_000)
        server.add("needed", "1")
        server.add("needed", "2")
        server.add("tested", "1")
        server.add_pip()
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path: Path, index: Index) -> Project:
    return Project(tmp_path / "a project", index)


@pytest.fixture
def project_with_venv(project: Project, blank: Path) -> Project:
    shutil.copytree(blank, project.folder / ".venv", symlinks=True)
    return project


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_run_sets_up_and_hands_standard_input_to_the_program(project: Project) -> None:
    code, out, err = project.make("run")
    assert (code, out) == (0, "ONE\nTWO\nTHREE\n"), err
    assert "4 packages (1 MB) to download" in err
    assert "the largest: torch 1 MB" in err
    assert "Collecting" not in err
    assert "Collecting torch" in (project.folder / ".setup-stamp.log").read_text("utf-8")
    assert project.version("needed") == "1"
    assert not [*(project.folder / ".venv").glob("lib/*/site-packages/__pycache__/torch*")]
    assert project.version("tested") == ""

    started = time.monotonic()
    assert project.make("run") == (0, "ONE\nTWO\nTHREE\n", "")
    assert time.monotonic() - started < 5
    assert project.built() == 1

    code, out, err = project.make("tools")
    assert (code, out, project.version("tested")) == (0, "", "1"), err
    assert project.make("run") == (0, "ONE\nTWO\nTHREE\n", "")

    with (project.folder / "constraints.txt").open("a", encoding="utf-8") as constraints:
        constraints.write("tested==1\n")
    assert "ready" in project.make("setup")[2]


def test_a_set_up_that_is_killed_is_mended_by_the_next(project_with_venv: Project) -> None:
    project = project_with_venv
    hold = project.folder / "hold"
    hold.touch()
    make = project.start("setup")
    until(lambda: project.built() == 1)
    half = next((project.folder / ".venv").glob("lib/*/site-packages/needed-1.dist-info/METADATA"))
    half.write_text("", "utf-8")
    os.killpg(make.pid, signal.SIGKILL)
    make.communicate()
    hold.unlink()
    code, out, err = project.make("run")
    assert (code, out) == (0, "ONE\nTWO\nTHREE\n"), err
    assert half.read_text("utf-8") != ""


def test_an_interrupted_set_up_says_how_to_go_on(project_with_venv: Project) -> None:
    project = project_with_venv
    (project.folder / "hold").touch()
    make = project.start("setup")
    until(lambda: project.built() == 1)
    os.killpg(make.pid, signal.SIGTERM)
    out, err = make.communicate(timeout=30)
    assert make.returncode != 0
    assert out == ""
    assert "Set-up was interrupted. Run the same command again" in err


def test_two_set_ups_at_once_do_the_work_once(project_with_venv: Project) -> None:
    project = project_with_venv
    hold = project.folder / "hold"
    hold.touch()
    first = project.start("setup")
    until(lambda: project.built() == 1)
    second = project.start("run")
    assert second.stderr is not None
    assert "another one is at work in this folder" in second.stderr.readline()
    hold.unlink()
    assert second.communicate(timeout=60)[0] == "ONE\nTWO\nTHREE\n"
    first.communicate(timeout=60)
    assert (first.returncode, second.returncode, project.built()) == (0, 0, 1)


def test_a_download_that_breaks_off_is_mended_by_the_next_set_up(
    project_with_venv: Project, index: Index
) -> None:
    project = project_with_venv
    index.down.add("torch")
    code, out, err = project.make("run")
    assert code != 0
    assert out == ""
    said = [line for line in err.splitlines() if not line.startswith("make")]
    assert said[-1].startswith("If that was the network, run the same command again")
    index.down.clear()
    code, out, err = project.make("run")
    assert (code, out) == (0, "ONE\nTWO\nTHREE\n"), err


def test_what_pip_says_is_kept_and_only_what_goes_wrong_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheels = [setup.Wheel("needed", "1", "file:///needed.whl", 10)]
    def follow(words: str, code: int) -> None:
        command = [sys.executable, "-c", f"import sys; print({words!r}); sys.exit({code})"]
        with (tmp_path / "lock").open("w") as lock:
            setup.follow(command, wheels, tmp_path / "log", lock.fileno())

    follow("Collecting needed==1\nInstalling it", 0)
    with pytest.raises(setup.StepError, match="log"):
        follow("Collecting needed==1\nERROR: no space\n  left", 1)
    assert capsys.readouterr().err == "ERROR: no space\n  left\n"
    assert (tmp_path / "log").read_text().count("Collecting") == 2


def test_torch_comes_from_the_index_that_was_named_and_stays(
    project_with_venv: Project, tmp_path: Path
) -> None:
    project = project_with_venv
    with Index(tmp_path / "cpu") as cpu:
        cpu.add("torch", "2+cpu")
        thread = Thread(target=cpu.serve_forever)
        thread.start()
        code, _, err = project.make("setup", f"TORCH_INDEX={cpu.url}")
        cpu.shutdown()
        thread.join()
    assert (code, project.version("torch")) == (0, "2+cpu"), err
    assert project.make("setup") == (0, "", "")
    code, _, err = project.make("tools")
    assert (code, project.version("torch")) == (0, "2+cpu"), err


@pytest.mark.parametrize(
    ("disguise", "said"),
    [
        ("import sys; sys.version_info = (3, 9, 2, 'final', 0)", "is Python 3.9"),
        ("import sys; sys.version_info = (4, 0, 0, 'final', 0)", "is Python 4.0"),
        ("import sys, importlib.util as u; u.find_spec = {}.get", "has no venv module"),
    ],
)
def test_an_unusable_python_is_named_with_what_to_do(project: Project, disguise: str, said: str) -> None:
    python = project.folder / "python"
    checked = f'exec "{sys.executable}" -c "{disguise}; exec(sys.argv[1])" "$3"'
    python.write_text(f"#!/bin/sh\n{checked}\n", "utf-8")
    python.chmod(0o755)
    code, out, err = project.make("run", f"PYTHON={python}")
    assert code != 0
    assert out == ""
    assert f"{python}: {said}" in err
    assert "sudo apt install python3 python3-venv" in err
    assert not (project.folder / ".venv").exists()


def test_a_machine_without_python_is_told_what_to_do(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "path"
    path.mkdir()
    for tool in ("make", "sh"):
        (path / tool).symlink_to(shutil.which(tool) or "")
    env = project.env | {"PATH": str(path)}
    done = subprocess.run(
        ["make", "setup"], cwd=project.folder, env=env, stderr=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode != 0
    assert "no python3 in PATH" in done.stderr
    assert "make setup PYTHON=/path/to/python3" in done.stderr


def test_help_explains_every_target() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE))
    phony = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", shown, re.MULTILINE))
    assert {"run", "setup", "test", "lint", "types", "clean"} <= targets
    assert set(explained) == targets == phony
    assert all(len(words) > 3 for words in explained.values())


def test_continuous_integration_runs_the_readme_s_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert re.search(r"^stage make test$", script.read_text("utf-8"), re.MULTILINE)


def test_a_wheel_carries_every_file_of_the_packages(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        carried = set(wheel.namelist())
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file())
    ours = {file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts}
    assert {Path(name).suffix for name in ours} >= {".py", ".md", ".mako"}
    assert ours <= carried


def test_every_package_that_set_up_installs_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    seen: set[tuple[str, str]] = set()
    unpinned: set[str] = set()
    waiting = [("talks-bot", ""), ("talks-bot", "test"), ("hatchling", ""), ("editables", "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        if name != "talks-bot" and pinned.get(name) != metadata.version(name).split("+")[0]:
            unpinned.add(f"{name}=={metadata.version(name)}")
        for line in metadata.requires(name) or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                # A package that names one version of another pins it: the CUDA libraries of torch.
                exact = any(specifier.operator == "==" for specifier in need.specifier)
                below = canonicalize_name(need.name)
                if not (exact and below not in pinned):
                    waiting += [(below, wanted) for wanted in {"", *need.extras}]
    assert len(seen) > 80
    assert not unpinned
