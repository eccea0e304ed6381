"""Every setting of the program, from the environment and `.env`. `.env.example` documents the same."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.confidence import THRESHOLD
from retrieval.models import BUNDLED

#: Where webhook, health and metrics are served unless LISTEN says otherwise: not to the outside.
LISTEN = "127.0.0.1:8080"


class Settings(BaseSettings):
    """Read once at start. Empty values in the environment count as not set."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, str_strip_whitespace=True
    )

    telegram_bot_token: SecretStr | None = Field(None, description="The bot's token from @BotFather.")
    telegram_api_base_url: str | None = Field(None, description="The root of another Bot API server.")
    talks_home: Path = Field(Path("./var"), description="Where the database, builds and keys live.")
    database_url: SecretStr | None = Field(None, description="Another database than the bundled SQLite.")
    starter_corpus: bool = Field(True, description="Whether a new corpus begins with the bundled briefs.")
    embedding_model: str = Field(BUNDLED, description="The sentence-transformers model of new builds.")
    multilingual: bool = Field(False, description="Whether questions in other languages are answered too.")
    reranker_model: str | None = Field(None, description="A cross-encoder that orders what is found.")
    answer_threshold: float = Field(THRESHOLD, ge=0, le=1, description="Least confidence of an answer.")
    concurrent_chats: int = Field(16, ge=1, le=256, description="Chats written to at the same moment.")
    context_sentences: int = Field(
        6, ge=0, le=50, description="Sentences that ▲ and ▼ may show on each side of a quote."
    )
    questions_per_minute: int = Field(20, ge=1, description="Questions one person may ask in a minute.")
    gate_min_recall: float = Field(
        0.75, ge=0, le=1, description="Least recall on golden questions of a build that goes live."
    )
    gate_min_abstention: float = Field(
        0.8, ge=0, le=1, description="Least share of unanswerable golden questions declined."
    )
    gate_max_shrink: float = Field(
        0.2, ge=0, le=1, description="Share of its documents that a source may lose at once."
    )
    withdraw_after: int = Field(
        3, ge=1, description="Absences in a row after which a vanished document is withdrawn."
    )
    corpus_sources: Path | None = Field(None, description="The file of sources; none: the one that ships.")
    fetch_allow_hosts: str | None = Field(None, description="Hosts that may be at private addresses.")
    webhook_url: str | None = Field(None, description="Where Telegram posts updates; none: it is polled.")
    listen: str | None = Field(None, description="Where webhook, health and metrics are served.")
    maintainers: str | None = Field(None, description="User ids of those who maintain, with commas.")
    operator_name: str | None = Field(None, description="Who runs this bot, shown by /about.")
    operator_contact: str | None = Field(None, description="How to reach them, shown by /about.")
    log_key: SecretStr | None = Field(None, description="The key of the log's pseudonyms.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged.")

    @field_validator("telegram_api_base_url")
    @classmethod
    def _root(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not url.startswith(("http://", "https://")):
            raise ValueError("write the root of the Bot API server as http://host:port")
        return url.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("sqlite:///", "postgres")):
            raise ValueError("write it as postgresql+psycopg://user:password@host/name, or sqlite:///file")
        return url

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("write the public address that your proxy forwards, as https://host/path")
        return url

    @field_validator("listen")
    @classmethod
    def _listen(cls, address: str | None) -> str | None:
        host, _, port = (address or LISTEN).rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("write it as host:port, such as 127.0.0.1:8080")
        return address

    @field_validator("maintainers")
    @classmethod
    def _ids(cls, ids: str | None) -> str | None:
        if not all(id.isdecimal() for id in (ids or "").replace(",", " ").split()):
            raise ValueError("write the numbers of users, with commas")
        return ids

    @property
    def listening(self) -> str | None:
        """Where HTTP is answered: with a webhook always, else only where LISTEN says so."""
        return self.listen or (LISTEN if self.webhook_url else None)

    @property
    def maintaining(self) -> frozenset[int]:
        """The user ids of the maintainers."""
        return frozenset(map(int, (self.maintainers or "").replace(",", " ").split()))

    @property
    def home(self) -> Path:
        return self.talks_home.expanduser().resolve()

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The hosts that may be fetched from wherever they are: "host" or "host:port"."""
        return frozenset((self.fetch_allow_hosts or "").replace(",", " ").split())

    @property
    def index(self) -> Path:
        return self.home / "index"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'talks.db'}"
