"""People and chats are known by keyed hashes: without the key nobody can tell whose they are."""

import hmac
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class LogKey:
    """The secret that pseudonyms are made with; it does not show in logs or tracebacks."""

    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "LogKey":
        """The key written as 64 hexadecimal characters. Raises: ValueError, which does not repeat `text`."""
        try:
            secret = bytes.fromhex(text.strip())
        except ValueError:
            secret = b""
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a log key is {2 * KEY_BYTES} hexadecimal characters") from None
        return cls(secret)


def log_key(home: Path, setting: str | None = None) -> LogKey:
    """The key in `setting`, else in `home`/log.key, made there at first use with mode 0600.

    Processes that start together get the same key. Raises: ValueError when the key is malformed: a new one
    in its place would make strangers of everyone in the log.
    """
    if setting:
        return LogKey.parse(setting)
    path = home / "log.key"
    if not path.exists():
        _make(path)
    try:
        return LogKey.parse(path.read_text(encoding="ascii", errors="replace"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def pseudonym(key: LogKey, kind: Literal["user", "chat", "guest", "inline"], id: int) -> str:
    """HMAC-SHA256 of the kind and id, 32 hexadecimal characters. A private chat and its user differ; so does
    a chat that the bot is a guest in, whose id may be that of a chat it knows."""
    return hmac.digest(key.secret, f"{kind}:{id}".encode(), "sha256").hex()[:32]


def _make(path: Path) -> None:
    """Write a new key to `path` unless one is there. It appears whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file with mode 0600, and a link, unlike a rename, never replaces what is there.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".log.key.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(os.urandom(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            Path(path).hardlink_to(draft)
    finally:
        Path(draft).unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
