"""Which buttons stand under which message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote as escaped

from bot.callbacks import (
    Drop,
    Example,
    Follow,
    Forget,
    Further,
    GroupLanguage,
    Listing,
    Mark,
    MentionOnly,
    Open,
    Press,
    Reason,
    Screen,
    Speak,
    Verdict,
    View,
    Why,
    decode,
    encode,
)
from bot.citation import cited
from bot.message import Button, Keyboard, shorten
from bot.texts import LANGUAGES, NAMES, Language, say
from retrieval.quotes import utf16
from retrieval.types import Quote, Source

#: The rows of /start below its questions.
TOUR: tuple[tuple[Screen, ...], ...] = (
    ("latest", "sources"),
    ("quote", "watches"),
    ("inline", "groups"),
    ("privacy", "language"),
    ("help", "about"),
)
#: Sentences that one press of ▲ or ▼ adds.
STEP = 2
COPIED = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """What buttons refer to: the bot's name, the question's update (None for no question), how many
    sentences of context one may open on each side of a quote, and the language of the labels."""

    username: str
    update: int | None
    reach: int
    language: Language = "en"

    def link(self, quote: Quote) -> str:
        """A link that opens exactly this quote."""
        return f"https://t.me/{self.username}?start={Mark.of(quote).payload()}"


def under(
    quotes: Sequence[Quote], first: int, alone: bool, asked: Asked, last: Sequence[Button] = ()
) -> Keyboard:
    """Below quotes numbered from `first`: a row each, two for one that stands `alone`; then a row `last`."""
    rows: list[tuple[Button, ...]] = []
    for place, quote in enumerate(quotes, 1):
        label = "" if alone else f"{first + place - 1} "
        view = View(Mark.of(quote), 0, 0, place)
        more = _around(view, asked.reach > 0, asked.reach > 0, label, asked.language)
        rest = _source(quote, asked, label, alone)
        rows += [more, rest] if alone else [more + rest]
    if last:
        rows.append(tuple(last))
    return tuple(row for row in rows if row)


def judged(asked: Asked, more: bool) -> tuple[Button, ...]:
    """The row of thumbs below a reply, and what leads to `more` quotes."""
    assert asked.update is not None
    thumbs = (_press("👍", Verdict(asked.update, True)), _press("👎", Verdict(asked.update, False)))
    forth = _press(say(asked.language, "more-quotes") + " ▸", Further(asked.update, 1))
    return (*thumbs, forth) if more else thumbs


def follow(asked: Asked) -> tuple[Button, ...]:
    """The row below a reply without an answer that begins a watch."""
    assert asked.update is not None
    return (_follow(Follow(asked.update, True), False, asked.language),)


def following(keyboard: Keyboard, press: Follow, answered: bool, language: Language) -> Keyboard:
    """The keyboard after `press`: it leads the other way now."""
    other = _follow(replace(press, on=not press.on), answered, language)
    return tuple(
        tuple(other if isinstance(_meant(button), Follow) else button for button in row) for row in keyboard
    )


def turned(asked: Asked, page: int, more: bool) -> tuple[Button, ...]:
    """The row below a further page of quotes."""
    assert asked.update is not None
    back = _press("◂ " + say(asked.language, "back"), Further(asked.update, page - 1))
    forth = _press(say(asked.language, "more") + " ▸", Further(asked.update, page + 1))
    return (back, forth) if more else (back,)


def looked(keyboard: Keyboard, view: View, up: bool, down: bool, language: Language = "en") -> Keyboard:
    """The keyboard when `view` is what its message shows: its row leads on `up` and `down` from there."""
    rows: list[tuple[Button, ...]] = []
    for row in keyboard:
        mine = [button for button in row if _place(button) == view.place]
        others = tuple(button for button in row if button not in mine)
        if not mine:
            rows.append(row)
            continue
        number = mine[0].text.partition(" ")[0]
        label = f"{number} " if number.isdecimal() else ""
        rows.append(_around(view, up, down, label, language) + others)
    return tuple(rows)


def asked_why(keyboard: Keyboard, update: int, language: Language) -> Keyboard:
    """The keyboard with the reasons below it, those that fit a reply with or without quotes."""
    # Each quote's citation can be copied.
    quotes = sum(button.copy is not None for row in keyboard for button in row)
    wrong_quote = named("wrong_quote", language)
    wrong = tuple(
        _press(wrong_quote + (f" {n}" if quotes > 1 else ""), Why(update, "wrong_quote", n))
        for n in range(1, quotes + 1)
    )
    if not quotes:
        silent = (
            _reasons(update, language, "should_have_answered"),
            _reasons(update, language, "out_of_date", "other"),
        )
        return calm(keyboard) + silent
    rows = calm(keyboard)
    followed = any(isinstance(_meant(button), Follow) for row in rows for button in row)
    last = () if followed else ((_follow(Follow(update, True), True, language),),)
    rest = (
        _reasons(update, language, "wrong_speaker", "out_of_date"),
        _reasons(update, language, "should_not_have_answered", "other"),
    )
    return (*rows, wrong, *rest, *last)


def calm(keyboard: Keyboard) -> Keyboard:
    """The keyboard without the reasons."""
    return tuple(row for row in keyboard if not any(isinstance(_meant(button), Why) for button in row))


def content(keyboard: Keyboard) -> Keyboard:
    """The keyboard of a reply with quotes that is good: no reasons, nothing to be told of."""
    rows = calm(keyboard)
    if not any(_place(button) for row in rows for button in row):
        return rows
    return unfollowed(rows)


def unfollowed(keyboard: Keyboard) -> Keyboard:
    """The keyboard with nothing to be told of, as below a message in a chat that the bot is not in."""
    return tuple(row for row in keyboard if not any(isinstance(_meant(button), Follow) for button in row))


def update_of(keyboard: Keyboard) -> int | None:
    """The update whose question the message with this keyboard answers."""
    for row in keyboard:
        for button in row:
            press = _meant(button)
            if isinstance(press, Verdict | Further):
                return press.update
    return None


def pages(page: int, count: int, language: Language) -> Keyboard:
    """Where a list of `count` pages goes on."""
    row: list[Button] = []
    if page > 0:
        row.append(_press("◂ " + say(language, "newer"), Listing(page - 1)))
    if page < count - 1:
        row.append(_press(say(language, "older") + " ▸", Listing(page + 1)))
    return (tuple(row),) if row else ()


def tour(questions: Iterable[str], language: Language, inline: bool) -> Keyboard:
    """A row for each question to try, then all that there is; `inline` where the bot's name works in any
    chat."""
    tried = tuple((_press(question, Example(number)),) for number, question in enumerate(questions))
    rows = (tuple(screen for screen in row if inline or screen != "inline") for row in TOUR)
    return (*tried, *(tuple(opens(screen, language) for screen in row) for row in rows))


def opens(screen: Screen, language: Language) -> Button:
    """What shows that screen."""
    return _press(say(language, f"open-{screen}"), Open(screen))


def watched(questions: Iterable[tuple[int, str]]) -> Keyboard:
    """A row for each watch, that drops it: the update of its question, and the question."""
    return tuple(
        (_press(f"✕ {number}. {shorten(question, 40)}", Drop(update)),)
        for number, (update, question) in enumerate(questions, 1)
    )


def languages(chosen: Language | None, language: Language) -> Keyboard:
    """Every language, the chosen one marked, and the way back to that of Telegram."""
    rows = [(_chosen(NAMES[code], chosen == code, Speak(n)),) for n, code in enumerate(LANGUAGES, 1)]
    return (*rows, (_chosen(say(language, "language-own"), chosen is None, Speak(0)),))


def confirmation(language: Language) -> Keyboard:
    sure, keep = say(language, "forget-yes"), say(language, "forget-no")
    return ((_press(sure, Forget(True)), _press(keep, Forget(False))),)


def choices(chosen: str | None, mention_only: bool, language: Language) -> Keyboard:
    """What administrators choose for a group: a language each, and whether the bot wants to be named."""
    own = _chosen(say(language, "settings-own"), chosen is None, GroupLanguage(0))
    spoken = [_chosen(NAMES[code], chosen == code, GroupLanguage(n)) for n, code in enumerate(LANGUAGES, 1)]
    named = _chosen(say(language, "settings-named"), mention_only, MentionOnly(not mention_only))
    return ((own,), tuple(spoken), (named,))


def private(username: str, language: Language) -> Keyboard:
    """What leads to the private chat."""
    return ((Button(say(language, "private-chat"), url=f"https://t.me/{username}"),),)


def elsewhere(username: str, link: str | None, language: Language) -> tuple[Button, ...]:
    """The row below a message in a chat that the bot is not in: the one quote in its context, else the
    private chat."""
    if link is not None:
        return (Button("▲▼ " + say(language, "in-context"), url=link),)
    return private(username, language)[0]


def everywhere(username: str, language: Language, inline: bool) -> Keyboard:
    """What takes the bot along: into a group, and behind its name into any chat where `inline` mode is on."""
    group = Button(say(language, "add-to-group"), url=f"https://t.me/{username}?startgroup=new")
    return ((group,), (Button(say(language, "try-inline"), inline=""),)) if inline else ((group,),)


def named(reason: Reason, language: Language) -> str:
    """What a button calls a reason."""
    return say(language, "reason-" + reason.replace("_", "-"))


def copied(quote: Quote, language: Language = "en") -> str:
    """The citation that a button copies: with the speaker, and the source's address where it fits."""
    source = quote.document.source
    url = f" {source.url}" if source.url and utf16(source.url) <= COPIED // 2 else ""
    rest = f"{shorten(cited(source, language, quote.text), COPIED // 4)}.{url}"
    speaker = ""
    if quote.speaker:
        speaker = say(language, "cited-speaker", speaker=shorten(quote.speaker, 60)) + " "
    return speaker + shorten(source.title, COPIED - utf16(speaker + rest) - 2) + ". " + rest


def web(source: Source) -> str | None:
    """The source's address where it is one that opens."""
    return source.url if source.url and source.url.startswith(("http://", "https://")) else None


def _around(view: View, up: bool, down: bool, label: str, language: Language) -> tuple[Button, ...]:
    alone = not label
    row: list[Button] = []
    if up:
        more = View(view.mark, view.before + STEP, view.after, view.place)
        row.append(_press(f"{label}▲" + (" " + say(language, "before") if alone else ""), more))
    if down:
        more = View(view.mark, view.before, view.after + STEP, view.place)
        row.append(_press(f"{label}▼" + (" " + say(language, "after") if alone else ""), more))
    if view.before or view.after:
        less = View(view.mark, 0, 0, view.place)
        row.append(_press(f"{label}✕" + (" " + say(language, "quote-only") if alone else ""), less))
    return tuple(row)


def _source(quote: Quote, asked: Asked, label: str, alone: bool) -> tuple[Button, ...]:
    copy, source, share = (
        " " + say(asked.language, key) if alone else "" for key in ("copy", "source", "share")
    )
    row = [Button(f"{label}📋{copy}", copy=copied(quote, asked.language))]
    if url := web(quote.document.source):
        row.append(Button(f"{label}🔗{source}", url=url))
    if alone:
        link = escaped(asked.link(quote), safe="")
        row.append(Button(f"📤{share}", url=f"https://t.me/share/url?url={link}"))
    return tuple(row)


def _reasons(update: int, language: Language, *reasons: Reason) -> tuple[Button, ...]:
    return tuple(_press(named(reason, language), Why(update, reason)) for reason in reasons)


def _chosen(label: str, is_chosen: bool, press: Press) -> Button:
    return _press(f"✓ {label}" if is_chosen else label, press)


def _follow(press: Follow, answered: bool, language: Language) -> Button:
    begin = "follow-fix" if answered else "follow-answer"
    return _press(say(language, begin if press.on else "follow-stop"), press)


def _press(text: str, press: Press) -> Button:
    return Button(text, data=encode(press))


def _meant(button: Button) -> Press | None:
    return decode(button.data) if button.data else None


def _place(button: Button) -> int:
    press = _meant(button)
    return press.place if isinstance(press, View) else 0
