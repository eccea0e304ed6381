"""The server's record against the database: what was lost, out of order, doubled, or is not in the log."""

import json
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from bot.message import REPEAT
from tests.bot.program import Program
from tests.botapi.record import Sent
from tests.botapi.server import BotApi
from tests.faults import replies
from tests.soak.crowd import Asker, Post
from tests.soak.weather import Weather

#: Refusals and complaints that follow from a press that was handled twice, or pressed twice: no harm.
HARMLESS = ("message is not modified", "was answered before", "Too Many Requests")
#: Stages of an exchange that are the program's and not the answer's.
AROUND = ("wait", "recall", "render", "store", "note", "between")


def wrong(program: Program, api: BotApi, askers: Sequence[Asker], weather: Weather, post: Post) -> list[str]:
    """Every violation, a line each."""
    asked = [message for asker in askers for message in asker.asked]
    found = replies.wrong(program, asked, [], api.calls)
    found += [f"a press in chat {a.chat.id} was never acknowledged" for a in askers for _ in unheard(api, a)]
    found += [f"inline query {key} was never answered" for key in untold(api, askers) - weather.typed]
    for asker in askers:
        found += disordered(asker, post)
        found += misjudged(program, asker)
    explained = weather.sending | lost_on_the_way(askers, api.calls)
    without = doubled(askers, post) - explained
    found += [f"update {update} was answered twice, for no reason" for update in without]
    said = [call.error or "" for call in api.refusals] + api.complaints
    return found + [line for line in said if not any(harmless in line for harmless in HARMLESS)]


def unheard(api: BotApi, asker: Asker) -> list[str]:
    """The presses whose button still spins."""
    return [key for key in asker.pressed if not api.world.callbacks[key]]


def untold(api: BotApi, askers: Sequence[Asker]) -> set[str]:
    """The inline queries without an answer."""
    return {key for asker in askers for key in asker.typed if not api.world.inline_queries[key]}


def disordered(asker: Asker, post: Post) -> list[str]:
    """Questions of a chat that were answered before an earlier one."""
    found = []
    for chat in (asker.chat, asker.group):
        first = [
            sent[0].message_id or 0
            for message in asker.asked
            if message.chat_id == chat.id
            and (sent := post.replies.get((message.chat_id, message.message_id)))
        ]
        if first != sorted(first):
            found.append(f"chat {chat.id} was answered out of order: {first}")
    return found


def misjudged(program: Program, asker: Asker) -> list[str]:
    """Thumbs that the database does not have as they were last pressed."""
    found = []
    for update, good in asker.verdicts.items():
        rows = program.rows("SELECT good FROM feedback WHERE update_id = ?", update)
        if [bool(row["good"]) for row in rows] != [good]:
            found.append(f"update {update} was judged {good}, the database has {rows}")
    return found


def doubled(askers: Sequence[Asker], post: Post) -> set[int]:
    """The updates whose reply arrived twice."""
    found = set()
    for message in (m for asker in askers for m in asker.asked):
        texts = [
            (call.text or "").removesuffix(REPEAT)
            for call in post.replies.get((message.chat_id, message.message_id), ())
        ]
        if len(set(texts)) < len(texts):
            found.add(message.update_id or 0)
    return found


def lost_on_the_way(askers: Sequence[Asker], calls: Sequence[Sent]) -> set[int]:
    """The updates of which a reply was accepted, and the program could not know."""
    by_message = {(m.chat_id, m.message_id): m.update_id or 0 for asker in askers for m in asker.asked}
    struck: defaultdict[tuple[int, int], int] = defaultdict(int)
    for call in calls:
        if call.method == "sendMessage" and call.accepted and call.fault and "after" in call.fault:
            struck[call.chat_id or 0, replies.answers(call) or 0] += 1
    return {by_message[key] for key in struck if key in by_message}


def times(program: Program, updates: Sequence[int]) -> tuple[float, float]:
    """Median milliseconds from message to reply inside the program, and of the answer alone: from the arrival
    of the update until the reply goes out to the network, waits for Telegram's limits left out."""
    timed = _stages(program, updates)
    own = [sum(ms for name, ms in one.items() if name not in AROUND) for one in timed]
    return median(sum(one.values()) for one in timed), median(own)


def by_stage(program: Program, updates: Sequence[int]) -> dict[str, float]:
    """Median milliseconds of each stage, in the order of the first question's; a stage left out took none."""
    timed = _stages(program, updates)
    return {name: median(one.get(name, 0.0) for one in timed) for name in timed[0]}


def _stages(program: Program, updates: Sequence[int]) -> list[dict[str, float]]:
    """Milliseconds by stage of each of the exchanges."""
    timed: list[dict[str, float]] = []
    for update in updates:
        for row in program.rows("SELECT stages FROM exchanges WHERE update_id = ?", update):
            one: dict[str, float] = {}
            for name, ms in json.loads(row["stages"]):
                one[name] = one.get(name, 0.0) + ms
            timed.append(one)
    return timed
