"""Settings are documented with their defaults, read from environment and `.env`, and refused when wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
TOKEN = "123456:do-not-show-this"


@pytest.fixture(autouse=True)
def nobody_s_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None of the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


def example() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))


def test_the_example_names_every_setting_in_order() -> None:
    assert list(example()) == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_the_example_shows_the_default(name: str) -> None:
    default = Settings.model_fields[name].default
    shown = example()[name.upper()]
    assert shown == {None: "", True: "true", False: "false"}.get(default, f"{default}") or (
        isinstance(default, Path) and Path(shown) == default
    )


def test_the_example_explains_every_setting() -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[A-Z_]+=", line):
            before = lines[number - 1]
            assert before.startswith("# ") or re.match(r"[A-Z_]+=", before), line
    assert all(field.description for field in Settings.model_fields.values())


def test_the_example_as_it_stands_is_the_defaults(tmp_path: Path) -> None:
    bare = Settings()
    (tmp_path / ".env").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    assert Settings() == bare


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPERATOR_NAME=From the file\nSTARTER_CORPUS=false\nANOTHER=1\n")
    assert (Settings().operator_name, Settings().starter_corpus) == ("From the file", False)
    monkeypatch.setenv("OPERATOR_NAME", "From outside")
    assert Settings().operator_name == "From outside"
    monkeypatch.setenv("OPERATOR_NAME", "")
    assert Settings().operator_name in ("From the file", None)


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("TELEGRAM_BOT_TOKEN", f" {TOKEN}\r", "telegram_bot_token", SecretStr(TOKEN)),
        ("TELEGRAM_API_BASE_URL", "http://localhost:8081/", "telegram_api_base_url", "http://localhost:8081"),
        ("ANSWER_THRESHOLD", "0.75", "answer_threshold", 0.75),
        ("CONCURRENT_CHATS", "", "concurrent_chats", 16),
        ("STARTER_CORPUS", "no", "starter_corpus", False),
    ],
)
def test_values_are_read_as_they_are_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str, read: Any
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(Settings(), field) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANSWER_THRESHOLD", "1.5"),
        ("ANSWER_THRESHOLD", "high"),
        ("CONCURRENT_CHATS", "0"),
        ("WEBHOOK_URL", "bot.example.org/telegram"),
        ("WEBHOOK_URL", "http://bot.example.org/telegram"),
        ("LISTEN", "8080"),
        ("LISTEN", "127.0.0.1:"),
        ("MAINTAINERS", "12, ada"),
        ("CONCURRENT_CHATS", "1000"),
        ("STARTER_CORPUS", "perhaps"),
        ("LOG_LEVEL", "LOUD"),
        ("TELEGRAM_API_BASE_URL", "localhost:8081"),
        ("DATABASE_URL", "mysql://somewhere/talks"),
        ("DATABASE_URL", "talks.db"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [".".join(map(str, e["loc"])).upper() for e in refused.value.errors()] == [name]


def test_secrets_show_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("LOG_KEY", TOKEN)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://user:{TOKEN}@localhost/talks")
    settings = Settings()
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.database.endswith(f"{TOKEN}@localhost/talks")


def test_everything_lives_under_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALKS_HOME", "./data")
    settings = Settings()
    assert settings.home == tmp_path / "data"
    assert {settings.index.parent, settings.models.parent} == {settings.home}
    assert settings.database == f"sqlite:///{tmp_path}/data/talks.db"
    monkeypatch.setenv("TALKS_HOME", "~/data")
    assert Settings().home == Path.home() / "data"
