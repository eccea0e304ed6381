"""`make browser`: the pages in a real browser. Without any the checks are skipped; in CI they fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: What a page looks like is not known without signs for all that people ask in.
PACKAGES = ("chromium", "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji")


def main() -> int:
    """The exit code of the tests; 1 when there is no browser though there has to be one."""
    found = browser()
    in_ci = os.environ.get("CI") == "true"
    if found is None and in_ci and os.geteuid() == 0 and shutil.which("apt-get"):
        install()
        found = browser()
    if found is None:
        wanted = in_ci or "CHROMIUM" in os.environ
        print(
            f"make browser: {'failed' if wanted else 'skipped'}, there is no Chromium. Install one (Debian,"
            " Ubuntu: sudo apt install chromium) or name yours: make browser CHROMIUM=/path/to/chromium",
            file=sys.stderr,
        )
        return 1 if wanted else 0
    # The files share little but the browser: each goes to one of two workers.
    tests = [sys.executable, "-m", "pytest", str(HERE), "-n", "2", "--dist", "loadfile", *sys.argv[1:]]
    return subprocess.run(tests, env={**os.environ, "CHROMIUM": found}, check=False).returncode


def browser() -> str | None:
    """The browser that CHROMIUM names, else the first in PATH."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Install it with the fonts, as root; what goes wrong is told by the system's own words."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", *step], env=quiet, stdout=sys.stderr, check=False)


if __name__ == "__main__":
    sys.exit(main())
