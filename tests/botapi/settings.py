"""Methods about the bot itself: who it is, how it gets updates, its menu and its descriptions."""

from collections.abc import Callable
from typing import Any

from . import checks
from .parameters import Params
from .record import units
from .refusal import Refused
from .service import Service
from .updates import WEBHOOK_ACTIVE
from .webhook import Webhook


def get_me(service: Service, params: Params) -> Any:
    return service.world.bot.json | {
        "can_join_groups": True,
        "can_read_all_group_messages": not service.world.privacy,
        "supports_inline_queries": True,
        "supports_guest_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(service: Service, params: Params) -> Any:
    if service.webhook:
        raise Refused(WEBHOOK_ACTIVE, 409)
    allowed = params.array("allowed_updates")
    if allowed is not None:
        service.updates.allow(allowed)
    limit = params.number("limit", 100)
    return await service.updates.poll(
        params.number("offset"), limit if 1 <= limit <= 100 else 100, min(params.number("timeout"), 50)
    )


def get_chat(service: Service, params: Params) -> Any:
    chat = service.world.chat(params.text("chat_id"))
    return chat.json | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }


def get_chat_member(service: Service, params: Params) -> Any:
    chat = service.world.chat(params.text("chat_id"))
    user = service.world.users.get(params.number("user_id"))
    if user is None:
        raise Refused("user not found")
    return service.world.member(chat, user)


def _where(params: Params) -> tuple[str, str]:
    scope = params.mapping("scope") or {"type": "default"}
    return str(sorted(scope.items())), params.text("language_code")


def set_my_commands(service: Service, params: Params) -> Any:
    entries = params.array("commands") or []
    checks.commands(entries)
    service.world.commands[_where(params)] = entries
    return True


def get_my_commands(service: Service, params: Params) -> Any:
    return service.world.commands.get(_where(params), [])


def delete_my_commands(service: Service, params: Params) -> Any:
    service.world.commands.pop(_where(params), None)
    return True


Run = Callable[[Service, Params], Any]


def profile(name: str, limit: int) -> tuple[Run, Run]:
    """The method that sets a text about the bot, and the one that gets it, by language."""

    def write(service: Service, params: Params) -> Any:
        if units(params.text(name)) > limit:
            raise Refused(f"{name.replace('_', ' ')} is too long")
        service.world.profile[name, params.text("language_code")] = params.text(name)
        return True

    def read(service: Service, params: Params) -> Any:
        texts = service.world.profile
        fallback = texts.get((name, ""), "")
        return {name: texts.get((name, params.text("language_code")), fallback)}

    return write, read


def set_webhook(service: Service, params: Params) -> Any:
    url = params.text("url")
    if not url:
        return delete_webhook(service, params)
    checks.webhook_url(url)
    checks.webhook_secret(params.text("secret_token"))
    allowed = params.array("allowed_updates")
    if allowed is not None:
        service.updates.allow(allowed)
    if params.flag("drop_pending_updates"):
        service.updates.clear()
    service.updates.interrupt("terminated by setWebhook request")
    connections = params.number("max_connections", 40)
    webhook = Webhook(url, params.text("secret_token"), connections if 1 <= connections <= 100 else 40)
    service.set_webhook(webhook)
    return True


def delete_webhook(service: Service, params: Params) -> Any:
    if params.flag("drop_pending_updates"):
        service.updates.clear()
    service.set_webhook(None)
    return True


def get_webhook_info(service: Service, params: Params) -> Any:
    return (service.webhook or Webhook("")).json(service.updates)
