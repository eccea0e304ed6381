"""The parameters of one call, read as Telegram reads them: out of a form, a query or JSON.

A form carries everything as text, so numbers, flags, arrays and objects are parsed here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .record import Json
from .refusal import Refused


@dataclass(frozen=True, slots=True)
class Params:
    """`raw` as it came, by name; `files` the uploads, by name: file name, type and bytes."""

    raw: Mapping[str, Any]
    files: Mapping[str, tuple[str, str, bytes]]

    def text(self, name: str) -> str:
        """Empty when absent."""
        value = self.raw.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        """Telegram reads a number that does not parse as absent."""
        try:
            return int(str(self.raw.get(name, default)))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return str(self.raw.get(name, "")).lower() in {"true", "yes", "1"}

    def array(self, name: str, complaint: str | None = None) -> list[Any] | None:
        """None when absent. Raises: Refused unless it is an array."""
        value = self._json(name)
        if value is not None and not isinstance(value, list):
            raise Refused(complaint or f'field "{name}" must be of type Array')
        return value

    def mapping(self, name: str) -> Json | None:
        """None when absent. Raises: Refused unless it is an object."""
        value = self._json(name)
        if value is not None and not isinstance(value, dict):
            raise Refused(f"object expected as {name.replace('_', ' ')}")
        return value

    def _json(self, name: str) -> Any:
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(f"can't parse {name.replace('_', ' ')} JSON object") from None


def field(entry: Mapping[str, Any], name: str, kind: type, inside: str = "") -> Any:
    """A required field of an object. Raises: Refused, naming what it is `inside`."""
    prefix = f"can't parse {inside}: " if inside else ""
    if name not in entry:
        raise Refused(f'{prefix}Can\'t find field "{name}"')
    value = entry[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        names = {str: "String", int: "Number", bool: "Boolean", list: "Array", dict: "Object"}
        raise Refused(f'{prefix}Field "{name}" must be of type {names[kind]}')
    return value
