"""What the server refuses, in Telegram's words, and what it only complains about."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken

from .bot import a_bot
from .record import Chat, User
from .server import BotApi

Raw = Mapping[str, Any]


async def call(
    api: BotApi, method: str, token: str | None = None, **params: Any
) -> tuple[int, dict[str, Any]]:
    """A call in JSON, with whatever the library would not let through."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{api.base_url}/bot{token or api.token}/{method}", json=params) as answer,
    ):
        return answer.status, await answer.json()


def ada_of(api: BotApi) -> tuple[User, Chat]:
    ada = api.user(1)
    return ada, api.private_chat(ada)


async def test_tokens_and_unknown_methods(api: BotApi) -> None:
    assert await call(api, "getMe", "123456:WRONG") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    lost = {"ok": False, "error_code": 404, "description": "Not Found"}
    assert await call(api, "getMe", "malformed") == (404, lost)
    assert await call(api, "getNothing") == (404, lost)
    assert api.complaints == ["unknown method getNothing"]
    assert (await call(api, "GETME"))[0] == 200
    async with a_bot(api) as bot:
        api.token = "654321:OTHER"
        with pytest.raises(InvalidToken):
            await bot.get_me()


async def test_a_body_that_is_not_json(api: BotApi) -> None:
    url = f"{api.base_url}/bot{api.token}/sendMessage"
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{", headers=headers) as answer:
        assert answer.status == 400
    assert not api.calls


async def test_every_way_of_sending_parameters(api: BotApi) -> None:
    ada_of(api)
    url = f"{api.base_url}/bot{api.token}/sendMessage"
    entities = '[{"type": "bold", "offset": 0, "length": 2}]'
    params = {"chat_id": "1", "text": "hello", "entities": entities}
    multipart = aiohttp.FormData(params, default_to_multipart=True)
    async with aiohttp.ClientSession() as session:
        for sending in (
            session.get(url, params=params),
            session.post(url, data=params),
            session.post(url, data=multipart),
            session.post(url, json={"chat_id": 1, "text": "hello", "entities": json.loads(entities)}),
        ):
            async with sending as answer:
                result = (await answer.json())["result"]
                assert (result["text"], result["entities"]) == ("hello", json.loads(entities))
    assert len(api.sent) == 4
    assert not api.complaints


def bold(offset: int, length: int) -> dict[str, Any]:
    return {"type": "bold", "offset": offset, "length": length}


def keyboard(**button: Any) -> dict[str, Any]:
    return {"text": "hello", "reply_markup": {"inline_keyboard": [[button]]}}


REFUSED: list[tuple[Raw, str]] = [
    ({}, "message text is empty"),
    ({"text": ""}, "message text is empty"),
    ({"text": " \n "}, "text must be non-empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "🎉" * 2049}, "message is too long"),
    ({"text": "hello", "chat_id": ""}, "chat_id is empty"),
    ({"text": "hello", "chat_id": 99}, "chat not found"),
    ({"text": "hello", "chat_id": "@nobody_at_all"}, "chat not found"),
    ({"text": "hello", "message_thread_id": 5}, "message thread not found"),
    ({"text": "hello", "parse_mode": "TEX"}, "unsupported parse_mode"),
    (
        {"text": "<b>hello", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        {"text": "hello", "entities": [bold(100, 1)]},
        "entity begins after the end of the text at UTF-16 offset 100",
    ),
    (
        {"text": "hello", "entities": [bold(0, 100)]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 100",
    ),
    ({"text": "hello", "entities": [bold(-1, 1)]}, "receive an entity with incorrect offset -1"),
    (
        {"text": "🎉 hello", "entities": [bold(1, 3)]},
        "entity begins in a middle of a UTF-16 symbol at byte offset 4",
    ),
    (
        {"text": "🎉 hello", "entities": [bold(0, 1)]},
        "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4",
    ),
    (
        {"text": "hello", "entities": [{"type": "loud", "offset": 0, "length": 1}]},
        "can't parse MessageEntity: Unsupported type specified",
    ),
    (
        {"text": "hello", "entities": [{"type": "text_link", "offset": 0, "length": 1}]},
        "can't parse MessageEntity: Can't find field \"url\"",
    ),
    (
        {"text": "hello", "entities": [{"type": "text_link", "offset": 0, "length": 1, "url": "not-a-url"}]},
        "entity URL 'not-a-url' is invalid: Wrong HTTP URL",
    ),
    (
        keyboard(text="A", url="not-a-url"),
        "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL",
    ),
    (
        keyboard(text="A", url="ftp://example.com"),
        "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
    ),
    (keyboard(text="A", callback_data="x" * 65), "BUTTON_DATA_INVALID"),
    (keyboard(text="A", callback_data="é" * 33), "BUTTON_DATA_INVALID"),
    (
        keyboard(text="A", callback_data=""),
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        keyboard(text="A", callback_data="a", url="https://example.com"),
        "can't parse inline keyboard button: exactly one action is allowed, not url, callback_data",
    ),
    (keyboard(callback_data="a"), "can't parse inline keyboard button: Can't find field \"text\""),
    (keyboard(text="A", copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
    (
        keyboard(text="A", web_app={"url": "http://example.com"}),
        "inline keyboard button Web App URL 'http://example.com' is invalid: Only HTTPS links are allowed",
    ),
    (
        {"text": "hello", "reply_markup": {"inline_keyboard": "bad"}},
        'field "inline_keyboard" must be of type Array',
    ),
    ({"text": "hello", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    ({"text": "hello", "reply_parameters": {"quote": "hello"}}, 'can\'t find field "message_id"'),
    ({"text": "hello", "link_preview_options": {"url": "not-a-url"}}, "WEBPAGE_URL_INVALID"),
]


@pytest.mark.parametrize(("params", "sentence"), REFUSED)
async def test_a_message_is_refused(api: BotApi, params: Raw, sentence: str) -> None:
    ada_of(api)
    status, body = await call(api, "sendMessage", **({"chat_id": 1} | dict(params)))
    assert (status, body) == (
        400,
        {"ok": False, "error_code": 400, "description": f"Bad Request: {sentence}"},
    )
    (sent,) = api.sent
    assert (sent.accepted, sent.error, sent.message_id) == (False, body["description"], None)
    assert api.refusals == [sent]
    assert api.shown(api.world.chats[1]) == []


async def test_the_longest_that_passes(api: BotApi) -> None:
    ada_of(api)
    async with a_bot(api) as bot:
        button = InlineKeyboardButton("A", callback_data="é" * 32)
        message = await bot.send_message(1, "🎉" * 2048, reply_markup=InlineKeyboardMarkup([[button]]))
    assert message.text == "🎉" * 2048
    assert api.sent[0].buttons[0][0]["callback_data"] == "é" * 32
    assert not api.complaints


async def test_what_telegram_alters_is_a_complaint(api: BotApi) -> None:
    ada_of(api)
    nested = [
        MessageEntity("blockquote", 0, 11),
        MessageEntity("expandable_blockquote", 3, 5),
    ]
    many = [MessageEntity("bold", 2 * place, 1) for place in range(101)]
    async with a_bot(api) as bot:
        assert (await bot.send_message(1, "hello world")).text == "hello world"
        assert not api.complaints
        assert (await bot.send_message(1, "hello world \n")).text == "hello world"
        kept = (await bot.send_message(1, "hello world", entities=nested)).entities
        assert [entity.type for entity in kept] == ["blockquote"]
        assert len((await bot.send_message(1, "a " * 101 + "z", entities=many)).entities) == 100
        assert (await bot.send_message(1, "a\u202eb")).text == "ab"
        link = f"https://t.me/{api.username}?start=not+a+payload"
        await bot.send_message(1, "x", entities=[MessageEntity("text_link", 0, 1, url=link)])
    assert [sentence.partition(":")[0] for sentence in api.complaints] == ["sendMessage"] * 5
    trimmed, quoted, dropped, cleaned, dead = api.complaints
    assert "the text was trimmed" in trimmed
    assert "entities were changed" in quoted
    assert "1 of 101 entities were dropped" in dropped
    assert "characters were removed or replaced" in cleaned
    assert link in dead


async def test_unknown_parameters_are_a_complaint(api: BotApi) -> None:
    ada_of(api)
    await call(api, "sendMessage", chat_id=1, text="hello", reply_to_message_id=4, loud=True)
    assert api.complaints == [
        "sendMessage: unknown parameter 'loud'",
        "sendMessage: unknown parameter 'reply_to_message_id'",
    ]


async def test_a_reply_quotes_an_exact_piece_or_fails(api: BotApi) -> None:
    ada, chat = ada_of(api)
    said = await api.say(chat, ada, "What did the 🎉 envoy say?", entities=[bold(5, 3)])
    async with a_bot(api) as bot:
        for quote, entities in (
            ("envoy said", ()),
            ("did the", ()),
            ("envoy", [MessageEntity("bold", 0, 2)]),
        ):
            asked = ReplyParameters(said.message_id, quote=quote, quote_entities=entities)
            with pytest.raises(BadRequest, match="Quote_text_invalid"):
                await bot.send_message(1, "an answer", reply_parameters=asked)
        asked = ReplyParameters(said.message_id, quote="🎉 envoy")
        message = await bot.send_message(1, "an answer", reply_parameters=asked)
        assert message.quote is not None
        assert message.quote.text == "🎉 envoy"
        assert message.reply_to_message is not None
        assert message.reply_to_message.message_id == said.message_id
        styled = ReplyParameters(
            said.message_id, quote="did the", quote_entities=[MessageEntity("bold", 0, 3)]
        )
        await bot.send_message(1, "an answer", reply_parameters=styled)
        missing = ReplyParameters(999, quote="gone", allow_sending_without_reply=True)
        message = await bot.send_message(1, "an answer", reply_parameters=missing)
        assert message.reply_to_message is None


async def test_edits_and_deletions(api: BotApi) -> None:
    ada, chat = ada_of(api)
    said = await api.say(chat, ada, "hello")
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    async with a_bot(api) as bot:
        message = await bot.send_message(1, "first", reply_markup=buttons)
        with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
            await bot.edit_message_text("first", 1, message.message_id, reply_markup=buttons)
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_reply_markup(1, message.message_id, reply_markup=buttons)
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("second", 1, 999)
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("second", 1, said.message_id)
        with pytest.raises(BadRequest, match="text is empty"):
            await bot.edit_message_text("", 1, message.message_id)
        edited = await bot.edit_message_text("second", 1, message.message_id)
        assert not isinstance(edited, bool)
        assert (edited.text, edited.reply_markup) == ("second", None)
        await bot.edit_message_reply_markup(1, message.message_id, reply_markup=buttons)
        assert [shown["text"] for shown in api.shown(chat)] == ["hello", "second"]
        assert await bot.delete_message(1, message.message_id)
        with pytest.raises(BadRequest, match="Message to delete not found"):
            await bot.delete_message(1, message.message_id)
    assert [shown["text"] for shown in api.shown(chat)] == ["hello"]


async def test_answering_a_press(api: BotApi) -> None:
    ada, chat = ada_of(api)
    async with a_bot(api) as bot:
        buttons = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
        await bot.send_message(1, "first", reply_markup=buttons)
        key = await api.press(ada, await api.next_message(chat), "more")
        with pytest.raises(BadRequest, match="Message_too_long"):
            await bot.answer_callback_query(key, "x" * 201)
        assert await bot.answer_callback_query(key, "x" * 200)
        with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
            await bot.answer_callback_query("1")
        assert not api.unanswered
        assert not api.complaints
        await bot.answer_callback_query(key)
    assert api.complaints == [f"answerCallbackQuery: callback query {key} was answered before"]


async def test_people_and_groups_that_are_out_of_reach(api: BotApi) -> None:
    ada, _ = ada_of(api)
    group = api.group(-1001, "Trade desk")
    moving = api.group(-5, "Small group")
    async with a_bot(api) as bot:
        await api.block(ada)
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(1, "hello")
        await api.unblock(ada)
        await bot.send_message(1, "hello")
        await api.kick(group, ada)
        with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
            await bot.send_message(group.id, "hello")
        moved = api.migrate(moving, -1005)
        with pytest.raises(ChatMigrated) as caught:
            await bot.send_message(moving.id, "hello")
        assert caught.value.new_chat_id == moved.id
        await bot.send_message(moved.id, "hello")


def article(key: str, text: str = "hello") -> InlineQueryResultArticle:
    return InlineQueryResultArticle(key, "A title", InputTextMessageContent(text))


async def test_inline_answers(api: BotApi) -> None:
    ada, _ = ada_of(api)
    key = await api.ask_inline(ada, "tariffs")
    async with a_bot(api) as bot:
        for results, sentence in (
            ([article(str(number)) for number in range(51)], "Results_too_much"),
            ([article("a"), article("a")], "Result_id_duplicate"),
            ([article("é" * 33)], "Result_id_invalid"),
            ([article("a", "")], "Message text is empty"),
            ([article("a", "x" * 4097)], "Message is too long"),
        ):
            raw = [result.to_dict() for result in results]
            status, body = await call(api, "answerInlineQuery", inline_query_id=key, results=raw)
            assert (status, body["description"].lower()) == (400, f"bad request: {sentence.lower()}")
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_inline_query("1", [article("a")])
        assert await bot.answer_inline_query(key, [article(str(number)) for number in range(50)])


async def test_the_bot_about_itself(api: BotApi) -> None:
    ada, _ = ada_of(api)
    group = api.group(-1001, "Trade desk")
    api.member(group, ada, "administrator")
    async with a_bot(api) as bot:
        me = await bot.get_me()
        assert (me.username, me.is_bot) == (api.username, True)
        await bot.set_my_commands([BotCommand("ask", "Ask")], language_code="de")
        assert await bot.get_my_commands() == ()
        assert [command.command for command in await bot.get_my_commands(language_code="de")] == ["ask"]
        await bot.delete_my_commands(language_code="de")
        assert await bot.get_my_commands(language_code="de") == ()
        for commands, sentence in (
            ([("Ask", "Ask")], "Bot_command_invalid"),
            ([("ask", "")], "Command description must be non-empty"),
            ([("a" * 33, "Ask")], "Command length must not exceed 32"),
            ([(f"a{number}", "Ask") for number in range(101)], "Bot_commands_too_much"),
        ):
            with pytest.raises(BadRequest, match=sentence):
                await bot.set_my_commands(commands)
        await bot.set_my_description("Quotes, nothing else")
        await bot.set_my_short_description("Quotes")
        assert (await bot.get_my_description("de")).description == "Quotes, nothing else"
        assert (await bot.get_my_short_description()).short_description == "Quotes"
        with pytest.raises(BadRequest, match="too long"):
            await bot.set_my_description("x" * 513)
        with pytest.raises(BadRequest, match="too long"):
            await bot.set_my_short_description("x" * 121)
        assert (await bot.get_chat(group.id)).title == "Trade desk"
        assert (await bot.get_chat_member(group.id, 1)).status == "administrator"
        assert (await bot.get_chat_member(group.id, me.id)).status == "member"
        with pytest.raises(BadRequest, match="User not found"):
            await bot.get_chat_member(group.id, 404)
    assert not api.sent


async def test_actions_reactions_and_documents(api: BotApi) -> None:
    ada, chat = ada_of(api)
    said = await api.say(chat, ada, "hello")
    async with a_bot(api) as bot:
        await bot.send_chat_action(1, "typing")
        with pytest.raises(BadRequest, match="Wrong parameter action"):
            await bot.send_chat_action(1, "thinking")
        await bot.set_message_reaction(1, said.message_id, "👍")
        with pytest.raises(BadRequest, match="Reaction_invalid"):
            await bot.set_message_reaction(1, said.message_id, "🧾")
        with pytest.raises(BadRequest, match="Message to react not found"):
            await bot.set_message_reaction(1, 999, "👍")
        entities = [MessageEntity("bold", 0, 4)]
        message = await bot.send_document(
            1, b"{}", filename="my-data.json", caption="Your data", caption_entities=entities
        )
        assert message.document is not None
        assert (message.document.file_name, message.document.file_size) == ("my-data.json", 2)
        assert message.caption_entities == tuple(entities)
        with pytest.raises(BadRequest, match="Message caption is too long"):
            await bot.send_document(1, b"{}", caption="x" * 1025)
    document = await api.next_message(chat)
    assert (document.text, document.files) == ("Your data", {"document": b"{}"})
    assert not api.complaints


async def test_link_previews_and_markup_are_told_back(api: BotApi) -> None:
    ada_of(api)
    async with a_bot(api) as bot:
        message = await bot.send_message(
            1,
            "<b>see</b> https://example.com",
            parse_mode="HTML",
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
    assert message.link_preview_options is not None
    assert message.link_preview_options.is_disabled is True
    assert [entity.type for entity in message.entities] == ["bold", "url"]
    assert api.sent[0].cut("bold") == ("see",)
