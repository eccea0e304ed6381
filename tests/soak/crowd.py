"""Many people at once: each asks, in a group by the bot's name and behind it too, and presses buttons."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from bot.callbacks import Further, Verdict, View, decode
from tests.botapi.record import Chat, Message, Sent, User
from tests.botapi.server import BotApi
from tests.faults.replies import answers

#: Seconds for a reply: a kill, a start and a backlog at Telegram's own limits may lie before it.
PATIENCE = 180.0
#: The share of what people do that is a press.
PRESSES = 0.25
#: The share of questions that are asked in a group, and as many inline queries for each question.
GROUPED, TYPED = 0.1, 0.05
#: The share of updates that Telegram delivers a second time.
REPEATED = 0.05


class Post:
    """Replies as they arrive, by chat and the message that they reply to, each looked at once."""

    def __init__(self, api: BotApi) -> None:
        self.replies: defaultdict[tuple[int, int], list[Sent]] = defaultdict(list)
        self._api = api
        self._seen = 0
        self._arrived: defaultdict[tuple[int, int], asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self) -> None:
        """Sort until cancelled."""
        while True:
            await self._api.heard.until(lambda: len(self._api.calls) > self._seen or None, PATIENCE)
            for call in islice(self._api.calls, self._seen, None):
                self._seen += 1
                if call.method == "sendMessage" and call.accepted and (asked := answers(call)):
                    self.replies[call.chat_id or 0, asked].append(call)
                    self._arrived[call.chat_id or 0, asked].set()

    async def reply(self, message: Message) -> Sent:
        """The first reply to a message. Raises: TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            await self._arrived[message.chat_id, message.message_id].wait()
        return self.replies[message.chat_id, message.message_id][0]


@dataclass(slots=True)
class Asker:
    """A person with what they did: `verdicts` are the last thumb by question, `pressed` the presses' ids,
    `typed` those of inline queries. In `asked` the bot's name is left out."""

    user: User
    chat: Chat
    group: Chat
    asked: list[Message] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    verdicts: dict[int, bool] = field(default_factory=dict)

    async def live(
        self, api: BotApi, post: Post, questions: Sequence[str], actions: int, chance: random.Random
    ) -> None:
        """Do so many things, in bursts, waiting for most of the replies."""
        await asyncio.sleep(chance.uniform(0, 2))
        while (left := actions - len(self.asked) - len(self.pressed)) > 0:
            if self.asked and chance.random() < PRESSES:
                await self._press(api, post, chance)
                await asyncio.sleep(chance.uniform(0, 0.2))
                continue
            for _ in range(min(left, chance.choice((1, 1, 1, 2, 3)))):
                await self._ask(api, chance.choice(questions), chance)
                if chance.random() < REPEATED:
                    await api.repeat(chance.choice(self.asked).update_id or 0)
            if chance.random() < 0.9:
                await post.reply(self.asked[-1])

    async def _ask(self, api: BotApi, question: str, chance: random.Random) -> None:
        if chance.random() < TYPED:
            self.typed.append(await api.ask_inline(self.user, question))
        if chance.random() < GROUPED:
            named = await api.say(self.group, self.user, f"@{api.username} {question}")
            self.asked.append(replace(named, text=question))
        else:
            self.asked.append(await api.say(self.chat, self.user, question))

    async def _press(self, api: BotApi, post: Post, chance: random.Random) -> None:
        """One of the buttons that stand under one of the replies now; some people press twice."""
        reply = await post.reply(chance.choice(self.asked))
        stored = api.world.messages[reply.chat_id or 0, reply.message_id or 0]
        rows = stored.get("reply_markup", {}).get("inline_keyboard", ())
        meant = {
            button["callback_data"]: press
            for row in rows
            for button in row
            if isinstance(press := decode(button.get("callback_data", "")), View | Further | Verdict)
        }
        data = chance.choice(list(meant))
        for _ in range(chance.choice((1, 1, 1, 2))):
            self.pressed.append(await api.press(self.user, reply, data))
        if isinstance(press := meant[data], Verdict):
            self.verdicts[press.update] = press.good
