"""Web pages of our own: articles of several kinds, each set in layouts of several kinds, and pages that stand
in for an article and are none."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: Layouts for transcripts; all others are for any article.
TRANSCRIPTS = ("definitions", "bold-labels", "breaks", "rows", "divs")
#: Pages, each of a make of its own, on which nothing was tuned before they were first scored.
HELD_OUT = HERE / "held_out"
REFUSED = sorted((HERE / "refused").glob("*.html"))


@dataclass(frozen=True, slots=True)
class Made:
    """A page, and what should be found in it; `date` is None where the page declares none."""

    name: str
    html: str
    title: str
    text: str
    date: date | None


def made() -> Iterator[Made]:
    """Every article in every layout that it can be set in."""
    articles = [json.loads(line) for line in (HERE / "articles.jsonl").read_text("utf-8").splitlines()]
    for path in sorted((HERE / "layouts").glob("*.html")):
        for article in articles:
            if (article["kind"] == "transcript") == (path.stem in TRANSCRIPTS):
                yield page(path.stem, article)


def held_out() -> Iterator[Made]:
    """The articles that were held out."""
    for path in sorted(HELD_OUT.glob("*.json")):
        told = json.loads(path.read_text("utf-8"))
        html = path.with_suffix(".html").read_text("utf-8")
        day = date.fromisoformat(told["published"])
        yield Made(path.stem, html, told["title"], "\n".join(told["text"]), day)


def page(layout: str, article: dict[str, Any]) -> Made:
    """One article in one layout."""
    day = date.fromisoformat(article["published"])
    turns = [(label + ":", words) for label, _, words in (escape(p).partition(": ") for p in article["text"])]
    paragraphs = [f"<p>{escape(p)}</p>" for p in article["text"]]
    parts = {
        "TITLE": escape(article["title"]),
        "AUTHOR": article["author"] or "",
        "DATE": day.isoformat(),
        "LONGDATE": f"{day:%B} {day.day}, {day.year}",
        "PATHDATE": f"{day:%Y/%m/%d}",
        "ALL": "\n".join(paragraphs),
        "FIRST": paragraphs[0],
        "REST": "\n".join(paragraphs[1:]),
        "DEFINITIONS": "\n".join(f"<dt>{label}</dt><dd>{words}</dd>" for label, words in turns),
        "BOLD": "\n".join(f"<p><strong>{label}</strong> {words}</p>" for label, words in turns),
        "BREAKS": "<br><br>\n".join(f"<b>{label}</b> {words}" for label, words in turns),
        "ROWS": "\n".join(f"<tr><td>{label}</td><td>{words}</td></tr>" for label, words in turns),
        "TURNS": "\n".join(
            f'<div class="turn"><span class="who">{label}</span> <span>{words}</span></div>'
            for label, words in turns
        ),
    }
    html = (HERE / "layouts" / f"{layout}.html").read_text("utf-8")
    for name, part in parts.items():
        html = html.replace(f"@@{name}@@", part)
    text = "\n".join(article["text"])
    name = f"{layout}-{article['name']}"
    return Made(name, html, article["title"], text, None if layout == "undated" else day)


def f1(found: str, wanted: str) -> float:
    """The harmonic mean of precision and recall of the words found, counted as often as they stand there."""
    have, want = Counter(found.split()), Counter(wanted.split())
    common = (have & want).total()
    return 2 * common / (have.total() + want.total()) if common else 0.0
