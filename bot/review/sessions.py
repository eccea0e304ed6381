"""Who is signed in, and how often signing in failed. The database knows a session by the hash of its token
only, so reading it signs nobody in."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import Engine, func, select

from bot.review.users import User
from bot.tables import attempts, reviewers, sessions
from migrations.database import reading, writing

#: A working day; after that, one signs in again.
LASTS = timedelta(hours=12)
#: Failures in so long, for one name and from one address, after which signing in is refused. Many people may
#: share an address.
WINDOW = timedelta(minutes=15)
OF_NAME, OF_ADDRESS = 10, 50


def new_token() -> str:
    """A token that nobody can guess: 256 random bits."""
    return token_urlsafe(32)


def csrf(token: str) -> str:
    """What a form has to bring along from a page that was shown to the holder of `token`."""
    return hmac.digest(token.encode(), b"csrf", "sha256").hex()


def begin(engine: Engine, user: User, now: datetime) -> str:
    """Sign someone in; the token of the new session. Those that are over are deleted. Raises: Unavailable."""
    token = new_token()
    with writing(engine) as connection:
        connection.execute(sessions.delete().where(sessions.c.expires_at <= now))
        row = {"token": _known(token), "reviewer": user.name, "expires_at": now + LASTS}
        connection.execute(sessions.insert(), row)
    return token


def holder(engine: Engine, token: str, now: datetime) -> User | None:
    """Who is signed in with `token`. Raises: Unavailable."""
    with reading(engine) as connection:
        row = connection.execute(
            select(reviewers.c.name, reviewers.c.role)
            .join_from(sessions, reviewers)
            .where(sessions.c.token == _known(token), sessions.c.expires_at > now)
        ).one_or_none()
    return None if row is None else User(row.name, row.role)


def end(engine: Engine, token: str) -> None:
    """Sign out: the token is worth nothing from now on. Raises: Unavailable."""
    with writing(engine) as connection:
        connection.execute(sessions.delete().where(sessions.c.token == _known(token)))


def attempt(engine: Engine, name: str, address: str, now: datetime) -> bool:
    """Whether this name from this address may try to sign in now. A try that may counts as failed until
    `succeeded`, so that many at once are counted too. Raises: Unavailable."""
    keys = _keys(name, address)
    with writing(engine) as connection:
        connection.execute(attempts.delete().where(attempts.c.at <= now - WINDOW))
        for key, most in zip(keys, (OF_NAME, OF_ADDRESS), strict=True):
            failed = select(func.count()).select_from(attempts).where(attempts.c.key == key)
            if (connection.scalar(failed) or 0) >= most:
                return False
        connection.execute(attempts.insert(), [{"key": key, "at": now} for key in keys])
    return True


def succeeded(engine: Engine, name: str, address: str, now: datetime) -> None:
    """Forget the failures of a name, and the one that `attempt` counted for the address then.

    Raises: Unavailable.
    """
    of_name, of_address = _keys(name, address)
    with writing(engine) as connection:
        connection.execute(attempts.delete().where(attempts.c.key == of_name))
        this = select(func.max(attempts.c.id)).where(attempts.c.key == of_address, attempts.c.at == now)
        connection.execute(attempts.delete().where(attempts.c.id == this.scalar_subquery()))


def _keys(name: str, address: str) -> Sequence[str]:
    # What is typed into the field of a name may be a password.
    return f"name {_known(name)}", f"address {address}"


def _known(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
