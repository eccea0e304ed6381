"""What the server accepted against what the database says: nothing lost, nothing twice without a mark."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from bot.message import REPEAT
from tests.bot.program import Program
from tests.botapi.record import Message, Sent


def marked(call: Sent) -> bool:
    """Whether an accepted message says that it is a repeat."""
    return call.method == "sendMessage" and call.accepted and (call.text or "").endswith(REPEAT)


def answers(call: Sent) -> int | None:
    """The message that a sent one replies to; None where it replies to none."""
    found: int | None = json.loads(call.params.get("reply_parameters") or "{}").get("message_id")
    return found


def unanswered(asked: Iterable[Message], ordered: Iterable[Message], calls: Sequence[Sent]) -> list[Message]:
    """The questions and commands to which the server accepted no reply."""
    replies = _replies(calls)
    return [message for message in (*asked, *ordered) if not replies[_key(message, message in ordered)]]


def wrong(
    program: Program, asked: Sequence[Message], ordered: Sequence[Message], calls: Sequence[Sent]
) -> list[str]:
    """Every way in which replies are lost, doubled without a mark, or other than what the database has."""
    found = [f"no reply to {message.text!r}" for message in unanswered(asked, ordered, calls)]
    replies = _replies(calls)
    for message in ordered:
        found += _doubled(message, replies.pop(_key(message, True), []))
    for message in asked:
        sent = replies.pop(_key(message, False), [])
        found += _doubled(message, sent)
        rows = program.rows(
            "SELECT * FROM exchanges WHERE update_id = ? AND question = ?", message.update_id, message.text
        )
        if len(rows) == 1:
            found += _unlike(program, rows[0], sent)
        else:
            found.append(f"{len(rows)} exchanges of update {message.update_id}, {message.text!r}")
    found += [f"a message that answers nothing: {call.text!r}" for rest in replies.values() for call in rest]
    open = (
        "SELECT update_id, state FROM updates WHERE state <> 'done' OR coalesce(raw, exchange, chat_id) <> ''"
    )
    found += [f"update {row['update_id']} is left {row['state']}" for row in program.rows(open)]
    return found


def knows(program: Program, probe: Message, document: str, build: str) -> list[str]:
    """What is wrong with the answer to a probe: it must come from that build and have found the document."""
    rows = program.rows("SELECT id, build FROM exchanges WHERE update_id = ?", probe.update_id)
    if [row["build"] for row in rows] != [build]:
        return [f"{probe.text!r} is answered from {[row['build'] for row in rows]}, CURRENT is {build}"]
    hits = program.rows("SELECT document FROM hits WHERE exchange = ?", rows[0]["id"])
    names = {row["document"] for row in hits}
    return [] if any(document in name for name in names) else [f"{probe.text!r} finds only {sorted(names)}"]


def _unlike(program: Program, row: dict[str, Any], sent: Sequence[Sent]) -> list[str]:
    """How an exchange differs from the replies that were sent."""
    name = f"update {row['update_id']}"
    reply = [part["text"] for part in json.loads(row["reply"])]
    found = [f"{name}: {call.text!r} is not in the database" for call in sent if _plain(call) not in reply]
    if lost := set(json.loads(row["message_ids"])) - {call.message_id for call in sent}:
        found.append(f"{name}: messages {lost} were never accepted")
    if len(json.loads(row["message_ids"])) != len(reply) or row["replied_at"] is None:
        found.append(
            f"{name}: {row['message_ids']} delivered of {len(reply)} messages at {row['replied_at']}"
        )
    if len(sent) > len(reply) and not row["repeated"]:
        found.append(f"{name}: sent twice and not marked in the database")
    stored = program.rows(
        'SELECT substr(v.text, q.start + 1, q."end" - q.start) AS text FROM quotes q JOIN versions v'
        " ON v.document = q.document AND v.version = q.version WHERE q.exchange = ? ORDER BY q.number",
        row["id"],
    )
    quoted = [text for call in sent[-len(reply) :] for text in call.quotations]
    if quoted != [quote["text"] for quote in stored]:
        found.append(f"{name}: {quoted} was quoted, {stored} is in the database")
    return found


def _doubled(message: Message, sent: Sequence[Sent]) -> list[str]:
    """Texts that were sent again without the mark of a repeat."""
    seen: set[str] = set()
    found = []
    for call in sent:
        if _plain(call) in seen and not marked(call):
            found.append(f"{message.text!r} got the same again unmarked: {call.text!r}")
        seen.add(_plain(call))
    return found


def _replies(calls: Sequence[Sent]) -> defaultdict[tuple[int | None, int | None], list[Sent]]:
    """Accepted messages by chat and the message that they reply to, None where they reply to none."""
    found: defaultdict[tuple[int | None, int | None], list[Sent]] = defaultdict(list)
    for call in calls:
        if call.method == "sendMessage" and call.accepted:
            found[call.chat_id, answers(call)].append(call)
    return found


def _key(message: Message, command: bool) -> tuple[int, int | None]:
    # Replies to commands reply to no message: in a run, each command has a chat of its own.
    return message.chat_id, None if command else message.message_id


def _plain(call: Sent) -> str:
    return (call.text or "").removesuffix(REPEAT)
