"""Set-up: the virtual environment with the pinned packages and this program in it.

`make` runs this file by itself, `python3 -I bot/setup.py run|test`, before anything is installed: it imports
the standard library only, reads no standard input, writes to standard error only. The stamp comes last, so
whatever stops a set-up, the next one mends it.
"""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PROGRAM = VENV / "bin" / "talks"
STAMP = ROOT / ".setup-stamp"
LOCK = ROOT / ".setup-stamp.lock"
LOG = ROOT / ".setup-stamp.log"
PIP = (str(PYTHON), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check")
PYPROJECT = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "constraints.txt"

# Older ones fetch whole wheels to learn what a package needs: gigabytes before a word can be said about them.
OLDEST_PIP = (23, 2)
# The build backend needs it for an editable install, and names it only when asked to build one.
EDITABLE = "editables~=0.3"
SIZE_SECONDS = 10.0
# Lines of pip that are shown when it fails without naming an error.
TAIL = 20


class StepError(Exception):
    """A child process failed; its own words are on standard error already."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the virtual environment was made from; not `finished` while that is under way or was cut off."""

    pins: str
    folder: str
    python: str
    torch_index: str
    tests: bool
    finished: bool


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package about to be installed; `size` in bytes, None when its server does not tell."""

    name: str
    version: str
    url: str
    size: int | None


def main(target: str) -> int:
    """Set up for `target`, "run" or "test": 0 when it stands, else the way on is the last line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with locked() as lock:
            before = read_stamp()
            wanted = wanted_stamp(before, tests=target == "test")
            if before != wanted or not PROGRAM.exists() or not PYTHON.exists():
                build(before, wanted, lock)
    except KeyboardInterrupt:
        say("\nSet-up was interrupted. Run the same command again: it goes on with what is fetched already.")
        return 130
    except (StepError, OSError) as error:
        say(f"Set-up did not finish: {error}.")
        say("If that was the network, run the same command again: it goes on with what is fetched already.")
        return 1
    return 0


def wanted_stamp(before: Stamp | None, *, tests: bool) -> Stamp:
    """The stamp of a set-up that is up to date. Without TORCH_INDEX the index chosen before stays."""
    pins = hashlib.sha256(PYPROJECT.read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    torch_index = os.environ.get("TORCH_INDEX") or (before.torch_index if before else "")
    python = ".".join(map(str, sys.version_info[:2]))
    wanted = Stamp(pins, str(ROOT), python, torch_index, tests, finished=True)
    # What the tests need may stay when only the program is asked for.
    return before if before == replace(wanted, tests=True) else wanted


def build(before: Stamp | None, wanted: Stamp, lock: int) -> None:
    """Bring `.venv` from `before` to `wanted`. Raises: StepError, OSError."""
    started = time.monotonic()
    if (before and must_be_made_anew(before, wanted)) or not usable_venv():
        say(f"Set-up: making {VENV.name} with Python {wanted.python}")
        write_stamp(replace(wanted, finished=False))
        run([sys.executable, "-I", "-m", "venv", "--clear", str(VENV)], lock)
    if pip_version() < OLDEST_PIP:
        pip(["install", "--quiet", "--upgrade", "--constraint", str(CONSTRAINTS), "pip"], lock)
    if wanted.torch_index:
        install(["torch"], ["--no-deps", "--index-url", wanted.torch_index], wanted, lock)
    install(requirements(wanted), [], wanted, lock)
    write_stamp(replace(wanted, finished=False))
    pip(["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], lock)
    write_stamp(wanted)
    say(f"Set-up: ready after {time.monotonic() - started:.0f} s")


def must_be_made_anew(before: Stamp, wanted: Stamp) -> bool:
    """A cut can leave half a package that passes for whole; another torch leaves what the first needed."""
    return not before.finished or (before.python, before.torch_index) != (wanted.python, wanted.torch_index)


def usable_venv() -> bool:
    """Whether `.venv` runs, has pip, and is of the release that runs this."""
    check = f"import sys, pip; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    try:
        done = subprocess.run([str(PYTHON), "-I", "-c", check], stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return done.returncode == 0


def pip_version() -> tuple[int, ...]:
    command = [str(PYTHON), "-I", "-c", "import pip; print(pip.__version__)"]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return tuple(map(int, printed.split(".")[:2]))


def requirements(wanted: Stamp) -> list[str]:
    """What pyproject.toml names for building and running the program, and for the tests if wanted."""
    pyproject = tomllib.loads(PYPROJECT.read_text("utf-8"))
    project = pyproject["project"]
    tests = project["optional-dependencies"]["test"] if wanted.tests else []
    return [EDITABLE, *pyproject["build-system"]["requires"], *project["dependencies"], *tests]


def install(names: Sequence[str], options: Sequence[str], wanted: Stamp, lock: int) -> None:
    """Install what is missing of `names`, after saying how much there is to fetch. Raises: StepError."""
    wheels = plan(names, options, lock)
    if not wheels:
        return
    announce(wheels)
    write_stamp(replace(wanted, finished=False))
    # The plan is complete, so nothing is resolved a second time. Compiled is only what is
    # imported, when it is: to compile all takes most of a minute, and most is never imported.
    pins = [f"{wheel.name}=={wheel.version}" for wheel in wheels]
    options = list(dict.fromkeys([*options, "--no-deps", "--no-compile"]))
    follow([*PIP, "install", "--progress-bar", "off", *options, *pins], wheels, LOG, lock)


def plan(names: Sequence[str], options: Sequence[str], lock: int) -> list[Wheel]:
    """What pip would install for `names`, everything they need included. Raises: StepError."""
    say("Set-up: looking up what is missing")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        question = ["install", "--quiet", "--dry-run", "--report", str(report)]
        pip([*question, *options, "--constraint", str(CONSTRAINTS), *names], lock)
        entries = json.loads(report.read_text("utf-8"))["install"]
    urls = [entry["download_info"]["url"] for entry in entries]
    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(size, urls))
    packages = [(entry["metadata"]["name"], entry["metadata"]["version"]) for entry in entries]
    return [Wheel(*package, url, size) for package, url, size in zip(packages, urls, sizes, strict=True)]


def size(url: str) -> int | None:
    """The bytes behind a URL without fetching them; None when that cannot be learnt, no reason to stop."""
    try:
        if local(url):
            return Path(unquote(urlsplit(url).path)).stat().st_size
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=SIZE_SECONDS) as response:
            return int(response.headers["Content-Length"])
    except (OSError, TypeError, ValueError):
        return None


def local(url: str) -> bool:
    return urlsplit(url).scheme == "file"


def announce(wheels: Sequence[Wheel]) -> None:
    """Say what is about to be fetched, how big it is, and how to fetch less."""
    here = [wheel for wheel in wheels if local(wheel.url)]
    away = [wheel for wheel in wheels if not local(wheel.url)]
    say(f"Set-up: {amount(away)} to download" + (f", {amount(here)} on this disk already" if here else ""))
    largest = sorted(wheels, key=lambda wheel: wheel.size or 0, reverse=True)[:4]
    say("  the largest: " + ", ".join(f"{wheel.name} {megabytes([wheel])}" for wheel in largest))
    nvidia = [wheel for wheel in wheels if wheel.name.startswith(("nvidia-", "cuda-", "triton"))]
    if nvidia:
        say(f"  {amount(nvidia)} of these serve an NVIDIA graphics card only.")
        say("  Without one, stop here (Ctrl-C) and take the CPU build of torch:")
        say("  make run TORCH_INDEX=ADDRESS, with the address that PyTorch's install page gives for CPU.")


def amount(wheels: Sequence[Wheel]) -> str:
    return f"{len(wheels)} package{'s' * (len(wheels) != 1)} ({megabytes(wheels)})"


def megabytes(wheels: Sequence[Wheel]) -> str:
    known = [wheel.size for wheel in wheels if wheel.size is not None]
    if wheels and not known:
        return "size unknown"
    return f"{'over ' * (len(known) < len(wheels))}{sum(known) / 1e6:,.0f} MB"


def pip(arguments: Sequence[str], lock: int) -> None:
    """Run the pip of `.venv`, which heeds the machine's own configuration. Raises: StepError."""
    run([*PIP, *arguments], lock)


def follow(command: Sequence[str], wheels: Sequence[Wheel], kept: Path, lock: int) -> None:
    """Run a pip that installs `wheels`, its words `kept` in a file; one line says how far it is. What goes
    wrong is shown in full. Raises: StepError."""
    known = {wheel.name.lower(): wheel for wheel in wheels}
    said: list[str] = []
    fetched = 0
    with kept.open("a", encoding="utf-8") as log, start(command, subprocess.PIPE, lock) as step:
        assert step.stdout is not None
        try:
            for line in step.stdout:
                log.write(line)
                said.append(line)
                if line.startswith("Collecting "):
                    fetched += 1
                    wheel = known.get(line.split()[1].partition("==")[0].lower())
                    size = f" ({megabytes([wheel])})" if wheel and wheel.size else ""
                    status(f"Set-up: {fetched} of {len(wheels)}: {line.split()[1]}{size}")
                elif line.startswith("Installing "):
                    status("Set-up: installing what was fetched")
        except BaseException:
            step.kill()
            raise
        finally:
            status("")
    if step.returncode:
        wrong = next((i for i, line in enumerate(said) if "error" in line.lower()), -TAIL)
        sys.stderr.writelines(said[wrong:])
        raise StepError(f"pip ended with {step.returncode}, for the reason above; all it said is in {kept}")


def run(command: Sequence[str], lock: int) -> None:
    """Run one step, its words on standard error. Raises: StepError."""
    with start(command, sys.stderr, lock) as step:
        try:
            step.wait()
        except BaseException:
            step.kill()
            raise
    if step.returncode:
        raise StepError(f"{command[3]} ended with {step.returncode}, for the reason above")


def start(command: Sequence[str], output: IO[str] | int, lock: int) -> "subprocess.Popen[str]":
    """Begin one step. It holds the lock too: if this process alone is killed, the next one waits for it."""
    # A configuration that installs for the user by default is at odds with a virtual environment.
    env = {**os.environ, "PIP_USER": "0"}
    errors = subprocess.STDOUT if output == subprocess.PIPE else None
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=env, pass_fds=[lock],
        text=True, errors="replace",
    )  # fmt: skip


@contextmanager
def locked() -> Iterator[int]:
    """Let one set-up at a time into this folder, until the last process that holds the lock has ended."""
    with LOCK.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Set-up: another one is at work in this folder; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def read_stamp() -> Stamp | None:
    """The stamp that the last set-up left, None when there is none that can be read."""
    try:
        return Stamp(**json.loads(STAMP.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_stamp(stamp: Stamp) -> None:
    """Replace the stamp in one step, so that it is never half written."""
    aside = STAMP.with_name(f"{STAMP.name}.new")
    aside.write_text(json.dumps(asdict(stamp), indent=1) + "\n", "utf-8")
    aside.replace(STAMP)


def status(line: str) -> None:
    """Show a line in the place of the last one, where there is someone to watch; "" takes it away."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
