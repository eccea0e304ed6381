"""The one error of this server: a call that Telegram would refuse, in Telegram's words."""

from typing import ClassVar

from .record import Json


class Refused(Exception):
    """A refusal: `code` is the HTTP status, `description` the whole sentence."""

    PREFIXES: ClassVar[dict[int, str]] = {
        400: "Bad Request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        409: "Conflict",
        429: "Too Many Requests",
        500: "Internal Server Error",
        502: "Bad Gateway",
    }

    def __init__(self, sentence: str = "", code: int = 400, parameters: Json | None = None) -> None:
        self.code = code
        self.parameters = parameters
        prefix = self.PREFIXES.get(code, "Error")
        self.description = f"{prefix}: {_lowered(sentence)}" if sentence else prefix
        super().__init__(self.description)

    @property
    def json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


def flood(seconds: int) -> Refused:
    """The answer to too many calls."""
    return Refused(f"retry after {seconds}", 429, {"retry_after": seconds})


def _lowered(sentence: str) -> str:
    # names in capitals, such as BUTTON_DATA_INVALID, stay as they are
    if sentence[1:2].isupper() or sentence[1:2] == "_":
        return sentence
    return sentence[:1].lower() + sentence[1:]
