"""A web page becomes its article, or a refusal: pages that stand in for an article are none.

Text comes from trafilatura, the date only from where the page declares it.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from corpus import charset, dates
from corpus.errors import NotAnArticle, NoText, Unreadable
from retrieval.types import Source

# A page of so many bytes takes half a minute, and is no article: the longest hearings are half as long.
LONGEST = 5_000_000
# Below so many words a page is judged by its phrases too: what stands in for an article is short.
SHORT = 160
# Below so many words a page that asks for money is the beginning of an article.
TEASER = 320

_LABEL = re.compile(r"[^\n]{1,80}[:：]")
# A line that is longer is a paragraph, whatever it begins with.
_LINE = 200


def _phrases(kind: str) -> re.Pattern[str]:
    found: list[str] = _PHRASES[kind]
    return re.compile("|".join(f"(?:{p})" for p in found).replace("’", "['’]?"), re.IGNORECASE)


_PHRASES = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text("utf-8"))
_ERROR, _ROBOT, _CONSENT, _PAYWALL, _OFFER, _WALL, _LINES = map(
    _phrases, ("error", "robot", "consent", "paywall", "offer", "wall", "furniture")
)


def article(raw: bytes, name: str, said: str = "", url: str | None = None) -> tuple[str, Source, str]:
    """The text of a page, what it says of itself, and its language ("" where it names none).

    `said` is the server's word on the encoding, `url` where the page was. Raises: NoText, NotAnArticle,
    Unreadable.
    """
    if len(raw) > LONGEST:
        raise Unreadable(name, f"a page of {len(raw) / 1e6:.1f} MB, more than {LONGEST / 1e6:g}")
    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", charset.decode(raw, name, said)).replace("\0", "")
    try:
        tree = document_fromstring(html)
    except (etree.LxmlError, ValueError, AssertionError) as cause:
        raise NoText(name, "no article text found in this page") from cause
    text, source = _extracted(_prepared(tree), url)
    _refuse(name, tree, text)
    text = _without_furniture(text, source.title)
    if not text:
        raise NoText(name, "no article text found in this page")
    language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
    return text, source, language.lower()


def _extracted(tree: HtmlElement, url: str | None) -> tuple[str, Source]:
    import trafilatura
    import trafilatura.settings

    canonical = next(iter(tree.xpath("//link[@rel='canonical']/@href")), None)
    day = dates.published(tree, url or canonical)
    found = trafilatura.bare_extraction(
        tree,
        url=url,
        with_metadata=True,
        include_comments=False,
        # Its own search for a date looks into the text and at pictures: `dates` reads declared ones only.
        date_extraction_params={"extensive_search": False, "max_date": "1995-01-01"},
    )
    if not isinstance(found, trafilatura.settings.Document) or not found.text:
        return "", Source(title="", published=day, url=url)
    source = Source(
        title=found.title or "",
        publisher=found.sitename,
        published=day,
        url=url or found.url or None,
        author=found.author,
    )
    return found.text, source


def _without_furniture(text: str, title: str) -> str:
    lines = [line for line in text.split("\n") if len(line) > _LINE or not _LINES.fullmatch(line.strip())]
    return "\n".join(lines[1:] if lines and lines[0].strip() == title else lines).strip()


def _prepared(tree: HtmlElement) -> HtmlElement:
    """`tree` with a speaker's label and words in one paragraph, where it has them in a list or a table."""
    for pair in (*tree.iter("dt"), *tree.xpath("//tr[count(td) = 2]/td[1]")):
        label, words = pair, pair.getnext()
        if (
            words is None
            or words.tag not in ("dd", "td")
            or not _LABEL.fullmatch(label.text_content().strip())
        ):
            continue
        label.tag, label.tail = "span", " "
        row = label.getparent()
        if words.tag == "td":
            row.tag, words.tag = "p", "span"
        else:
            words.tag = "p"
            words.insert(0, label)
            label.tail, words.text = f" {words.text or ''}", None
            row.tag = "div"
    for table in tree.xpath("//table[.//tr/../p or ./p]|//tbody[./p]"):
        table.tag = "div"
    return tree


def _refuse(name: str, tree: HtmlElement, text: str) -> None:
    """Raises: NotAnArticle for a page that stands in for one."""
    words = len(text.split())
    heads = [" ".join(e.text_content().split()) for e in (*tree.iter("title"), *tree.iter("h1"))]
    parts = [part.strip(" .!,") for head in heads for part in re.split(r" [|–—-] |\s*[|»:]\s*", head)]
    page = f"{text} {_visible(tree.iter('body'))}" if words < TEASER else text
    if any(_ERROR.fullmatch(part) for part in parts):
        raise NotAnArticle(name, f"an error page, not an article: {heads[0][:80]!r}")
    if words < SHORT and (found := _ROBOT.search(" ".join((*heads, page)))):
        raise NotAnArticle(name, f"a check for robots, not an article: {found[0]!r}")
    if words < SHORT and len({m[0].lower() for m in _CONSENT.finditer(page)}) >= 2 and not _story(text):
        raise NotAnArticle(name, "a consent or cookie page, not an article")
    if words < SHORT and tree.xpath("//input[@type='password'][not(ancestor::header or ancestor::nav)]"):
        raise NotAnArticle(name, "a page to log in at, not an article")
    articles = [*tree.iter("article")]
    inside = _visible(articles) if len(articles) == 1 else text
    if _locked(tree) or (
        words < TEASER and (_walled(tree) or _PAYWALL.search(page) or _OFFER.search(inside))
    ):
        raise NotAnArticle(name, "behind a paywall: only its beginning can be read")


def _story(text: str) -> bool:
    """Whether most of a short text is about something else than consent."""
    lines = [line for line in text.split("\n") if line.strip()]
    about = sum(len(line) for line in lines if _CONSENT.search(line) or "cookie" in line.lower())
    return len(text.split()) >= 40 and about * 4 < len(text)


def _visible(parts: Iterable[HtmlElement]) -> str:
    """The words of parts of a page without its frame of menus, and without scripts and styles."""
    frame = {"script", "style", "noscript", "nav", "header", "footer", "template"}
    words: list[str] = []

    def visit(element: HtmlElement) -> None:
        if isinstance(element.tag, str) and element.tag not in frame:
            words.append(element.text or "")
            for child in element:
                visit(child)
                words.append(child.tail or "")

    for part in parts:
        visit(part)
    return " ".join(" ".join(words).split())


def _locked(tree: HtmlElement) -> bool:
    """Whether the page itself says that it is not free to read."""
    for thing in dates.objects(tree):
        if dates.is_article(thing) and str(thing.get("isAccessibleForFree", "")).lower() == "false":
            return True
    tiers = tree.xpath("//meta[@property='article:content_tier' or @name='article:content_tier']/@content")
    return any(tier.lower() in ("locked", "metered") for tier in tiers)


def _walled(tree: HtmlElement) -> bool:
    return any(
        _WALL.search(f"{e.get('class') or ''} {e.get('id') or ''}") and e.text_content().strip()
        for e in tree.iter("div", "section", "aside")
    )
