"""Methods that answer a pressed button, an inline query or a message to a guest."""

from typing import Any

from . import checks
from .parameters import Params
from .record import Chat, units
from .refusal import Refused
from .service import Service
from .world import shallow

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def answer_callback_query(service: Service, params: Params) -> Any:
    key = params.text("callback_query_id")
    if key not in service.world.callbacks:
        raise Refused(TOO_OLD)
    if units(params.text("text")) > checks.MAX_TOAST:
        raise Refused("MESSAGE_TOO_LONG")
    service.world.callbacks[key] += 1
    if service.world.callbacks[key] > 1:
        service.complain(f"callback query {key} was answered before")
    return True


def answer_inline_query(service: Service, params: Params) -> Any:
    key = params.text("inline_query_id")
    results = params.array("results")
    for verdict, markup in checks.inline_results(results or []):
        service.weigh(verdict, markup)
    if units(params.text("next_offset")) > 64:
        raise Refused("NEXT_OFFSET_INVALID")
    button = params.mapping("button")
    if button:
        checks.inline_button(button)
    if params.number("cache_time", 300) < 0:
        raise Refused("CACHE_TIME_INVALID")
    if key not in service.world.inline_queries:
        raise Refused(TOO_OLD)
    service.world.inline_queries[key] += 1
    service.world.inline_answers[key] = results or []
    return True


def answer_guest_query(service: Service, params: Params) -> Any:
    """A guest says one thing: a query that was answered is as one that is too old."""
    result = params.mapping("result")
    if result is None:
        raise Refused("result isn't specified")
    for verdict, markup in checks.inline_results([result]):
        service.weigh(verdict, markup)
    asked = service.world.guest_queries.pop(params.text("guest_query_id"), None)
    if asked is None:
        raise Refused(TOO_OLD)
    content = checks.inline_content(result)
    chat = Chat(asked["chat"]["id"], asked["chat"]["type"])
    by = {"guest_bot_caller_user": asked["from"], "reply_to_message": shallow(asked)}
    message = service.world.write(chat, service.world.bot, None, by)
    return {"inline_message_id": service.world.post_inline(content, message)}
