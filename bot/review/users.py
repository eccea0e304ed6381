"""Who may open the review pages. A password is kept as what scrypt makes of it, never as it is."""

import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import scrypt
from secrets import token_bytes
from typing import Literal

from sqlalchemy import Engine, func, select, update

from bot.tables import reviewers, sessions
from migrations.database import insert, reading, writing

Role = Literal["reviewer", "maintainer"]
#: Shorter passwords are refused (NIST SP 800-63B asks for 8 at least; nobody types one often here).
SHORTEST = 10
LONGEST = 1024
LONGEST_NAME = 64
# OWASP's password storage cheat sheet: N = 2^15, r = 8, p = 3 for 32 MiB; about a tenth of a second.
_COST, _BLOCK, _LANES = 15, 8, 3
_MEMORY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class User:
    """Someone who may sign in. A maintainer may do all that a reviewer may."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        return self.role in (role, "maintainer")


def add(engine: Engine, name: str, password: str, role: Role, now: datetime) -> None:
    """Let someone sign in; who labelled at the command line before keeps those labels.

    Raises: ValueError when they may already, or the name or password is not fit; Unavailable.
    """
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"a name is 1 to {LONGEST_NAME} printable characters, no white space around it")
    made = hashed(password)
    with writing(engine) as connection:
        known = insert(connection, reviewers).values(name=name, role=role, password=made, added_at=now)
        added = connection.execute(
            known.on_conflict_do_update(
                index_elements=["name"],
                set_={"password": made, "role": role},
                where=reviewers.c.password.is_(None),
            ).returning(reviewers.c.name)
        )
        if added.first() is None:
            raise ValueError(f"{name} may sign in already")


def change(engine: Engine, name: str, password: str) -> None:
    """Give someone another password and sign them out everywhere.

    Raises: ValueError when nobody of that name may sign in, or the password is not fit; Unavailable.
    """
    _set(engine, name, hashed(password))


def remove(engine: Engine, name: str) -> None:
    """Let someone sign in no longer, from now on; their labels stay under their name.

    Raises: ValueError when nobody of that name may; Unavailable.
    """
    _set(engine, name, None)


def users(engine: Engine) -> tuple[User, ...]:
    """Who may sign in, by name. Raises: Unavailable."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(reviewers).where(reviewers.c.password.is_not(None)).order_by(reviewers.c.name)
        )
        return tuple(User(row.name, row.role) for row in rows)


def check(engine: Engine, name: str, password: str) -> User | None:
    """Who signs in with these; None when nobody does, which takes as long to say. Raises: Unavailable."""
    with reading(engine) as connection:
        row = connection.execute(select(reviewers).where(reviewers.c.name == name)).one_or_none()
    kept = row.password if row is not None and row.password is not None else _NOBODY
    right = len(password) <= LONGEST and _matches(kept, password)
    return User(row.name, row.role) if right and row is not None and row.password is not None else None


def hashed(password: str) -> str:
    """What is kept of a password: the cost, a salt and the hash. Raises: ValueError when it is too short."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters")
    salt = token_bytes(16)
    made = _scrypt(password, salt, _COST, _BLOCK, _LANES)
    return "$".join(["scrypt", f"{_COST},{_BLOCK},{_LANES}", *(b64encode(b).decode() for b in (salt, made))])


def _matches(kept: str, password: str) -> bool:
    _, cost, salt, made = kept.split("$")
    n, r, p = map(int, cost.split(","))
    return hmac.compare_digest(_scrypt(password, b64decode(salt), n, r, p), b64decode(made))


def _scrypt(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    # A lone surrogate, which a form may hold, must be a wrong password and not an error.
    said = password.encode("utf-8", "surrogatepass")
    return scrypt(said, salt=salt, n=2**cost, r=block, p=lanes, maxmem=_MEMORY, dklen=32)


#: What a password is compared with when nobody has the name: it matches none, as no hash is all zeros.
_NOBODY = "$".join(
    ["scrypt", f"{_COST},{_BLOCK},{_LANES}", b64encode(bytes(16)).decode(), b64encode(bytes(32)).decode()]
)


def _set(engine: Engine, name: str, password: str | None) -> None:
    with writing(engine) as connection:
        changed = connection.execute(
            update(reviewers)
            .where(reviewers.c.name == name, reviewers.c.password.is_not(None))
            .values(password=password)
        )
        if not changed.rowcount:
            raise ValueError(f"nobody called {name} may sign in")
        connection.execute(sessions.delete().where(sessions.c.reviewer == name))


def anyone(engine: Engine) -> bool:
    """Whether anyone may sign in. Raises: Unavailable."""
    with reading(engine) as connection:
        able = select(func.count()).select_from(reviewers).where(reviewers.c.password.is_not(None))
        return bool(connection.scalar(able))
