"""What a method works on."""

from collections.abc import Callable
from dataclasses import dataclass

from . import checks, tdlib
from .record import Json
from .updates import Updates
from .webhook import Webhook
from .world import World


@dataclass(slots=True)
class Service:
    """The world, the queue and the webhook. `complain` notes what Telegram would change without a word."""

    world: World
    updates: Updates
    complain: Callable[[str], None]
    set_webhook: Callable[[Webhook | None], None]
    webhook: Webhook | None = None

    def weigh(self, verdict: tdlib.Verdict, markup: Json | None = None) -> None:
        """Complain about what Telegram would alter, and about deep links that cannot work."""
        for change in verdict.changes:
            self.complain(change)
        urls = [entity["url"] for entity in verdict.entities if "url" in entity]
        for row in (markup or {}).get("inline_keyboard", ()):
            urls += [button["url"] for button in row if "url" in button]
        for url in checks.dead_links(self.world.bot.username or "", urls):
            self.complain(f"the deep link {url} starts the bot without its payload")
