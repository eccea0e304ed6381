"""That the judge of the soak sees what it is there to see."""

from types import MappingProxyType

from bot.message import REPEAT
from tests.botapi.record import Message, Sent
from tests.botapi.server import BotApi
from tests.soak import judge
from tests.soak.crowd import Asker, Post


def crowd() -> tuple[BotApi, Asker, Post]:
    """A person who asked twice, as updates 701 and 702, and got the replies 1 and 2."""
    api = BotApi()
    user = api.user(7)
    asker = Asker(user, api.private_chat(user), api.group(-7, "Desk"))
    post = Post(api)
    for number in (1, 2):
        asker.asked.append(Message(asker.chat, 10 + number, "Why?", None, {}, update_id=700 + number))
        post.replies[7, 10 + number].append(reply(number, "Because."))
    return api, asker, post


def reply(message_id: int, text: str, fault: str | None = None) -> Sent:
    params = MappingProxyType({"reply_parameters": f'{{"message_id": {10 + message_id}}}'})
    return Sent("sendMessage", 7, None, text, (), None, message_id, 0.0, params, True, None, fault)


def test_answers_in_order_are_in_order() -> None:
    _, asker, post = crowd()
    assert judge.disordered(asker, post) == []
    post.replies[7, 11], post.replies[7, 12] = post.replies[7, 12], post.replies[7, 11]
    assert "out of order" in judge.disordered(asker, post)[0]


def test_a_reply_that_came_twice_is_seen_and_asks_for_a_reason() -> None:
    _, asker, post = crowd()
    assert judge.doubled([asker], post) == set()
    post.replies[7, 11].append(reply(1, "Because." + REPEAT))
    assert judge.doubled([asker], post) == {701}
    struck = reply(1, "Because.", "drop, after it took effect")
    assert judge.lost_on_the_way([asker], [struck, reply(2, "Because.")]) == {701}


def test_a_button_that_spins_on_is_seen() -> None:
    api, asker, _ = crowd()
    asker.pressed += ["a", "b"]
    api.world.callbacks |= {"a": 1, "b": 0}
    assert judge.unheard(api, asker) == ["b"]


def test_an_inline_query_without_an_answer_is_seen() -> None:
    api, asker, _ = crowd()
    asker.typed += ["a", "b"]
    api.world.inline_queries |= {"a": 1, "b": 0}
    assert judge.untold(api, [asker]) == {"b"}
