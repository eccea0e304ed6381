"""Log lines on standard error; the token never among them, whoever writes them and at whatever level."""

import logging
import sys

from pydantic import SecretStr

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Redacting(logging.Formatter):
    """Formats the whole record, traceback included, and then takes the secrets out."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__(FORMAT)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "[token]")
        return line


def start(level: str, token: SecretStr | None) -> None:
    """Log at `level` to standard error. The HTTP client's lines carry request addresses, and those the
    token: they are lowered to DEBUG's company and redacted with all the others."""
    secrets: tuple[str, ...] = ()
    if token is not None:
        whole = token.get_secret_value()
        secrets = tuple(part for part in (whole, whole.rpartition(":")[2]) if len(part) >= 8)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        for name in ("httpx", "httpcore", "telegram.ext", "alembic", "apscheduler", "bm25s"):
            logging.getLogger(name).setLevel(logging.WARNING)
