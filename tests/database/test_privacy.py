import asyncio
import stat
import sys
from pathlib import Path

import pytest

import bot
from bot.privacy import LogKey, log_key, pseudonym

KEY = LogKey(bytes(range(32)))


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "not" / "yet"
    key = log_key(home)
    assert log_key(home) == key
    assert stat.S_IMODE((home / "log.key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["log.key"]
    assert log_key(tmp_path / "elsewhere") != key


def test_a_setting_wins_and_makes_no_file(tmp_path: Path) -> None:
    assert log_key(tmp_path, KEY.secret.hex()) == KEY
    assert not (tmp_path / "log.key").exists()


@pytest.mark.parametrize("text", ["", "ab", "xyz" * 30, "ab" * 31, "ab" * 33, "é" * 64])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.key").write_text(text)
    with pytest.raises(ValueError, match=r"log\.key: a log key is 64 hexadecimal characters"):
        log_key(tmp_path)
    assert (tmp_path / "log.key").read_text() == text


def test_a_wrong_setting_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal characters") as caught:
        log_key(tmp_path, "my secret")
    assert "my secret" not in str(caught.value)
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)


async def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    go = tmp_path / "go"
    program = (
        "import sys, time; from pathlib import Path; from bot.privacy import log_key\n"
        "print(flush=True)\n"
        "while not Path(sys.argv[2]).exists(): time.sleep(0.0001)\n"
        "print(log_key(Path(sys.argv[1])).secret.hex())"
    )
    home = tmp_path / "home"
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", program, str(home), str(go)),
            cwd=Path(bot.__file__).parent.parent,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(6)
    ]
    for process in started:
        assert process.stdout is not None
        await process.stdout.readline()
    go.touch()
    printed = {(await process.communicate())[0] for process in started}
    assert printed == {log_key(home).secret.hex().encode() + b"\n"}


def test_pseudonyms_differ_by_key_kind_and_id() -> None:
    made = {
        pseudonym(key, kind, id)
        for key in (KEY, LogKey(bytes(32)))
        for kind in ("user", "chat")
        for id in (1, 2, -1, 2**52)
    }
    assert len(made) == 16
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in made)


def test_a_pseudonym_is_the_same_in_every_release() -> None:
    # From: printf user:42 | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f
    assert pseudonym(KEY, "user", 42) == "858d24814075892b07ef044a03eeeb63"
