"""Methods that answer a pressed button or an inline query."""

from typing import Any

from . import checks
from .parameters import Params
from .record import units
from .refusal import Refused
from .service import Service

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
    for verdict, _ in checks.inline_results(results or []):
        service.weigh(verdict)
    if units(params.text("next_offset")) > 64:
        raise Refused("NEXT_OFFSET_INVALID")
    button = params.mapping("button")
    if button and "start_parameter" in button:
        checks.start_payload(button["start_parameter"])
    if key not in service.world.inline_queries:
        raise Refused(TOO_OLD)
    service.world.inline_queries[key] += 1
    return True
