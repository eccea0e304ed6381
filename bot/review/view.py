"""What review shows at a terminal: an exchange as text or JSON data, a reason, the figures of quality."""

from dataclasses import asdict
from typing import Any

from bot.message import shorten
from bot.reply import terminal
from bot.review.case import Case, Place
from bot.review.queue import Due
from bot.review.stats import Share, Stats

ERASED = "(its document was erased)"
#: Characters of a found passage that are shown.
FOUND = 160


def why(due: Due) -> str:
    """The reason in words."""
    words = {
        "disliked": "an asker gave it a 👎",
        "again": "the same answer of the same build is labelled wrong elsewhere",
        "watched": "an asker wants to be told when the corpus answers it",
        "near": f"it was not answered, though with confidence {due.confidence:.2f} a passage was near",
        "narrow": f"it was answered by a narrow margin, with confidence {due.confidence:.2f}",
        "sample": f"it is in the random sample, of probability {due.probability or 0:.3g}",
        "speaker": "it does not tell who said what it quotes",
        "second": "another reviewer labelled it",
    }
    return words[due.reason]


def text(case: Case) -> str:
    """The whole exchange; in each quote's surroundings the quote stands between ⟦ and ⟧."""
    milliseconds = sum(ms for _, ms in case.stages)
    lines = [
        f"exchange  {case.id}",
        f"asked     {case.asked_at:%Y-%m-%d %H:%M} UTC, by {case.origin}",
        f"build     {case.build}, {milliseconds:.0f} ms",
        f"decided   {case.reason}",
        "",
        f"? {case.question}",
    ]
    if case.carried:
        lines.append(f"  with: {case.carried}")
    lines += ["", terminal(case.reply) or "(no reply)"]
    for quote in case.quotes:
        speaker = f", {quote.speaker}" if quote.speaker else ""
        lines += ["", f"[{quote.number}] in {quote.document} {quote.version[:12]}{speaker}", _inside(quote)]
    if case.hits:
        lines += ["", "found"]
    for hit in case.hits:
        words = ERASED if hit.text is None else shorten(" ".join(hit.text.split()), FOUND)
        lines.append(f"{hit.number:>3} {hit.score:.3f}  {hit.document}: {words}")
    for given in case.feedback:
        more = " ".join(
            str(part) for part in (given.reason, given.quote and f"[{given.quote}]", given.text) if part
        )
        lines += ["", f"{'👍' if given.good else '👎'} {more}".rstrip()]
    for label in case.labels:
        gold = (
            f", gold {label.gold.document} [{label.gold.span.start}, {label.gold.span.end})"
            if label.gold
            else ""
        )
        note = f": {label.note}" if label.note else ""
        lines.append(f"{label.at:%Y-%m-%d %H:%M} {label.reviewer}  {label.verdict or 'undone'}{gold}{note}")
    return "\n".join(lines)


def as_json(case: Case) -> dict[str, Any]:
    """The exchange as JSON data."""
    return {
        "exchange": str(case.id),
        "origin": case.origin,
        "question": case.question,
        "carried": case.carried,
        "answered": case.answered,
        "confidence": case.confidence,
        "reason": case.reason,
        "build": case.build,
        "asked_at": case.asked_at.isoformat(),
        "stages": dict(case.stages),
        "reply": [message.plain() for message in case.reply],
        "quotes": [asdict(quote) for quote in case.quotes],
        "hits": [asdict(hit) for hit in case.hits],
        "feedback": [asdict(given) for given in case.feedback],
        "labels": [
            asdict(label) | {"exchange": str(case.id), "at": label.at.isoformat()} for label in case.labels
        ],
    }


def figures(found: Stats) -> str:
    """The figures of quality, a line each."""
    rate = found.answered / found.exchanges if found.exchanges else 0.0
    lines = [f"{'exchanges':<15}{found.exchanges}, {found.answered} answered ({rate:.1%})"]
    if found.p50 is not None and found.p95 is not None:
        lines.append(f"{'latency':<15}p50 {found.p50:.0f} ms, p95 {found.p95:.0f} ms")
    lines.append(f"{'labels':<15}{found.labels}; {found.sampled} exchanges in the random sample")
    for name, share in (
        ("right", found.precision),
        ("partly right", found.useful),
        ("rightly silent", found.silence),
    ):
        lines.append(f"{name:<15}{_share(share)}")
    for one in found.agreements:
        kappa = "not defined" if one.kappa is None else f"{one.kappa:.2f}"
        lines.append(f"{'kappa':<15}{kappa}, {' and '.join(one.reviewers)} on {one.n}")
    return "\n".join(lines)


def _share(share: Share | None) -> str:
    if share is None:
        return "no label in the sample yet"
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}] from {share.n} of the sample"


def _inside(quote: Place) -> str:
    if quote.text is None:
        return ERASED
    return f"{quote.before}⟦{quote.text}⟧{quote.after}"
