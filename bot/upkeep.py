"""What maintainers do in Telegram: see how the bot is, refresh its corpus, be told when something is wrong.

None of it holds what anyone asked.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import Engine, select
from telegram import Message as Received
from telegram import Update

from bot import people, refreshing
from bot.callbacks import FORMAT
from bot.desk import Context, Desk, acknowledge
from bot.message import Button, Draft, Message, shorten
from bot.privacy import pseudonym
from bot.refreshing import RefreshFailed, Reported, reported
from bot.tables import exchanges
from bot.texts import LANGUAGES, Language, day, say
from migrations.database import DatabaseError, reading

log = logging.getLogger(__name__)

COMMANDS = ("status", "refresh")
#: What the button that publishes a plan carries before the plan's name.
PUBLISH = f"{FORMAT}r"
#: How far back /status looks.
RECENT = timedelta(days=1)
#: Documents that a plan's summary names of each kind.
NAMED = 5
#: Seconds between two looks for what maintainers should be told, and between two alerts of a kind.
LOOK, QUIET = 5.0, 3600.0
#: So many errors in so many seconds are a jump.
ERRORS, WITHIN = 5, 600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked lately: how often, the share answered, and milliseconds to the reply (0 without any)."""

    count: int
    answered: float
    half: float
    most: float


def lately(engine: Engine, since: datetime) -> Asked:
    """The exchanges since then. Raises: Unavailable."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(exchanges.c.answered, exchanges.c.milliseconds).where(
                exchanges.c.asked_at >= since, exchanges.c.origin.in_(("telegram", "inline"))
            )
        ).all()
    took = [row.milliseconds for row in rows] or [0.0]
    cuts = quantiles([*took, took[-1]], n=20, method="inclusive")
    return Asked(len(rows), sum(row.answered for row in rows) / max(len(rows), 1), cuts[9], cuts[18])


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The handlers of /status and /refresh, and the alerts."""

    desk: Desk
    look: float = LOOK
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def status(self, update: Update, context: Context) -> None:
        """The build, the last refresh, and how questions were answered lately."""
        language = await self.desk.language(update)
        build = self.desk.live.serving.build
        asked = await self.desk.ask(lately, datetime.now(UTC) - RECENT)
        told = await asyncio.to_thread(reported, self.desk.settings.home)
        text = say(
            language,
            "status",
            build=build.id,
            count=len(build.documents),
            newest=day(language, build.newest),
            refresh=_outcome(language, told[-1]) if told else say(language, "refresh-never"),
            questions=asked.count,
            share=f"{asked.answered:.0%}",
            half=f"{asked.half:.0f}",
            most=f"{asked.most:.0f}",
        )
        await self.desk.say(update, context, Message(text, language=language))

    async def refresh(self, update: Update, context: Context) -> None:
        """A plan, made by a child process while the bot goes on; its summary offers to publish it."""
        assert update.effective_chat is not None
        language = await self.desk.language(update)
        sent = await self.desk.say(update, context, Message.say(language, "refresh-planning"))
        if sent:
            self._begin(self._plan(context, update.effective_chat.id, sent[0], language))

    async def pressed(self, update: Update, context: Context) -> None:
        """Publish, pressed: exactly the plan that was shown."""
        query = update.callback_query
        assert query is not None
        await acknowledge(query)
        message = query.message
        if isinstance(message, Received) and query.from_user.id in self.desk.settings.maintaining:
            language = await self.desk.language(update)
            plan = (query.data or "").removeprefix(PUBLISH)
            self._begin(self._publish(context, message.chat_id, message.message_id, plan, language))
        await self.desk.drop(context, update.update_id)

    async def watch(self, context: Context) -> None:
        """Tell maintainers of refreshes that fail and of errors that jump, until cancelled."""
        home, meter = self.desk.settings.home, self.desk.meter
        told = await asyncio.to_thread(reported, home)
        newest = told[-1].name if told else ""
        quiet: dict[str, float] = {}
        counts: deque[tuple[float, float]] = deque([(time.monotonic(), 0.0)])
        while True:
            await asyncio.sleep(self.look)
            now = time.monotonic()
            for one in await asyncio.to_thread(reported, home, newest):
                newest = one.name
                if one.outcome in ("failed", "rejected") and quiet.get("refresh", 0) <= now:
                    quiet["refresh"] = now + QUIET
                    await self._alert(context, {each: _outcome(each, one) for each in LANGUAGES})
            counts.append((now, meter.failures))
            while counts[0][0] < now - WITHIN:
                counts.popleft()
            jump = round(counts[-1][1] - counts[0][1])
            if jump >= ERRORS and quiet.get("errors", 0) <= now:
                quiet["errors"] = now + QUIET
                jumped = {each: say(each, "alert-errors", count=jump) for each in LANGUAGES}
                await self._alert(context, jumped)

    async def _alert(self, context: Context, what: Mapping[Language, str]) -> None:
        for id in sorted(self.desk.settings.maintaining):
            language = await self._language(id)
            await self.desk.send(context, id, [Message.say(language, "alert", what=what[language])])

    async def _language(self, maintainer: int) -> Language:
        """The one that they chose: nothing that they sent tells another."""
        user = pseudonym(self.desk.key, "user", maintainer)
        try:
            return await self.desk.ask(people.language, user) or "en"
        except DatabaseError as error:
            log.error("a maintainer's language is not known: %s", error)
            return "en"

    async def _plan(self, context: Context, chat: int, message: int, language: Language) -> None:
        async def progress(line: str) -> None:
            await self._show(context, chat, message, language, "refresh-planning", line)

        try:
            made = await refreshing.plan(progress)
        except RefreshFailed as error:
            text = say(language, "refresh-stopped", why=shorten(str(error), 1000))
            await self.desk.edit(context, chat, message, Message(text, language=language))
            return
        await self.desk.edit(context, chat, message, _planned(language, made))

    async def _publish(
        self, context: Context, chat: int, message: int, plan: str, language: Language
    ) -> None:
        async def progress(line: str) -> None:
            await self._show(context, chat, message, language, "refresh-publishing", line)

        await self._show(context, chat, message, language, "refresh-publishing", plan)
        try:
            made = await refreshing.publish(plan, progress)
        except RefreshFailed as error:
            text = say(language, "refresh-stopped", why=shorten(str(error), 1000))
        else:
            unmet = ", ".join(check["name"] for check in made["checks"] if not check["holds"])
            one = Reported(made["id"], made["outcome"], made["at"], made["error"] or unmet)
            text = f"{_outcome(language, one)}\n{made['build']}"
        await self.desk.edit(context, chat, message, Message(text, language=language))

    async def _show(
        self, context: Context, chat: int, message: int, language: Language, key: str, line: str
    ) -> None:
        draft = Draft(language=language).say(key).add("\n").add(shorten(line, 300), "italic")
        await self.desk.edit(context, chat, message, draft.message())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.desk.meter.errors.inc()
            log.error("a refresh from Telegram broke off", exc_info=error)


def _planned(language: Language, made: dict[str, Any]) -> Message:
    """The summary of a plan, with the button that publishes it where it changes something."""
    kinds = ("new", "changed", "vanished", "unchanged", "failed", "refused")
    numbers = {name: str(len(made[name])) for name in kinds}
    draft = Draft(language=language)
    draft.say("plan", plan=made["id"], answers=str(len(made["answers_changed"])), **numbers)
    for mark, name in (("+", "new"), ("~", "changed"), ("−", "vanished")):
        for entry in made[name][:NAMED]:
            draft.add(f"\n{mark} {shorten(entry['title'], 120)}")
        if len(made[name]) > NAMED:
            draft.add(f"\n{mark} …")
    changes = made["new"] or made["changed"] or any(entry["withdrawn"] for entry in made["vanished"])
    if not changes:
        return draft.add("\n\n").say("plan-nothing").message()
    return draft.message(((Button(say(language, "plan-publish"), data=f"{PUBLISH}{made['id']}"),),))


def _outcome(language: Language, one: Reported) -> str:
    when = datetime.fromisoformat(one.at)
    said = say(language, f"refresh-{one.outcome}", when=f"{day(language, when.date())}, {when:%H:%M} UTC")
    return f"{said}: {shorten(one.why, 500)}" if one.why else said
