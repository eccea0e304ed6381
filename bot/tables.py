"""What was received, asked and answered.

Rows name (document, version, start, end) by value, with no foreign key to the corpus. Raw texts exist
only in updates that are not yet done, raw chat ids only there and in open watches: a constraint holds that.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from migrations.database import NAMING, Instant

metadata = MetaData(naming_convention=NAMING)

# `exchange` is the whole exchange as JSON, from just before its reply is sent until its own rows are
# written. `attempts` counts how often work on the row began again, after a crash, in its present state.
updates = Table(
    "updates",
    metadata,
    Column("bot", BigInteger, primary_key=True, autoincrement=False),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("raw", JSON(none_as_null=True)),
    Column("chat_id", BigInteger),
    Column("exchange", Text),
    Column("received_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("state IN ('received', 'sending', 'done')", name="state"),
    CheckConstraint("state = 'done' OR raw IS NOT NULL", name="raw_until_done"),
    CheckConstraint("state <> 'done' OR (raw IS NULL AND chat_id IS NULL)", name="nothing_raw_when_done"),
    CheckConstraint("state <> 'sending' OR exchange IS NOT NULL", name="exchange_when_sending"),
    Index(None, "bot", "state"),
)

# `chat` and `user` are pseudonyms, `question_id` is the number of the question's message in its chat.
# `reply` is the list of messages as they were sent, `stages` a list of [name, milliseconds],
# `milliseconds` their sum, `question_vector` float16 little-endian. `digest` is alike where the same question
# got the same answer from the same build. `repeated`: the reply may have been sent twice. `replied_at` is
# null when it could not be delivered.
exchanges = Table(
    "exchanges",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bot", BigInteger),
    Column("update_id", BigInteger),
    Column("origin", Text, nullable=False),
    Column("chat", Text),
    Column("user", Text),
    Column("thread", BigInteger),
    Column("question_id", BigInteger),
    Column("question", Text, nullable=False),
    Column("carried", Text),
    Column("answered", Boolean, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("build", Text, nullable=False),
    Column("reply", JSON, nullable=False),
    Column("message_ids", JSON, nullable=False),
    Column("question_vector", LargeBinary, nullable=False),
    Column("stages", JSON, nullable=False),
    Column("milliseconds", Float, nullable=False, server_default="0"),
    Column("digest", Text),
    Column("repeated", Boolean, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("replied_at", Instant),
    UniqueConstraint("bot", "update_id"),
    CheckConstraint("origin IN ('telegram', 'inline', 'terminal', 'review')", name="origin"),
    # Holds all that the trends count.
    Index(None, "asked_at", "origin", "build", "answered", "milliseconds"),
    Index(None, "chat", "asked_at"),
    Index(None, "user", "asked_at"),
    Index(None, "chat", "question_id"),
    Index(None, "answered", "confidence", "origin", "id"),
    Index(None, "digest"),
)

hits = Table(
    "hits",
    metadata,
    Column("exchange", Uuid, ForeignKey("exchanges.id", ondelete="CASCADE"), primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("score", Float, nullable=False),
)

_UNATTRIBUTED = text("speaker IS NULL AND directness IS NOT NULL")

# `number` is the one that the citation shows, from 1.
quotes = Table(
    "quotes",
    metadata,
    Column("exchange", Uuid, ForeignKey("exchanges.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("answer_start", Integer),
    Column("answer_end", Integer),
    Column("speaker", Text),
    Column("directness", Text),
    Column("score", Float, nullable=False),
    Index(None, "document", "version"),
    Index("ix_quotes_unattributed", "exchange", sqlite_where=_UNATTRIBUTED, postgresql_where=_UNATTRIBUTED),
)

# Each exchange as words, cut by bot/search.py. On SQLite, fts_words, a table of FTS5, follows it by triggers;
# on PostgreSQL that is an index. Migrations make both; Alembic compares neither.
words = Table(
    "words",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("exchange", Uuid, ForeignKey("exchanges.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("question", Text, nullable=False),
    Column("reply", Text, nullable=False),
)

# One for each person and answer; `update_id` is that of the question. `quote` is the number of the quote that
# is wrong, `prompt` the message that asks for a sentence, which a reply to it becomes the `text` of.
feedback = Table(
    "feedback",
    metadata,
    Column("bot", BigInteger, primary_key=True, autoincrement=False),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user", Text, primary_key=True),
    Column("chat", Text, nullable=False),
    Column("good", Boolean, nullable=False),
    Column("reason", Text),
    Column("quote", Integer),
    Column("text", Text),
    Column("prompt", BigInteger),
    Column("given_at", Instant, nullable=False),
    CheckConstraint(
        "reason IN ('wrong_quote', 'wrong_speaker', 'out_of_date', 'should_have_answered',"
        " 'should_not_have_answered', 'other')",
        name="reason",
    ),
    CheckConstraint("NOT good OR (reason IS NULL AND quote IS NULL)", name="no_reason_when_good"),
    Index(None, "user"),
    Index(None, "good", "bot", "update_id"),
    Index(None, "given_at"),
    Index(None, "chat", "prompt"),
)

# Whether someone's questions may be used to improve the bot. Without a row: no.
consents = Table(
    "consents",
    metadata,
    Column("user", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# The language that someone chose. Without a row: the one that their Telegram is in.
languages = Table(
    "languages",
    metadata,
    Column("user", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# Who wants to be told when the corpus answers, or answers better, what they asked in `update_id`; `language`
# is the one to tell it in. `exchange` is what they are told, as JSON, from just before it is sent at
# `sending_at` until it arrived, when the row goes, and the raw chat with it.
watches = Table(
    "watches",
    metadata,
    Column("bot", BigInteger, primary_key=True, autoincrement=False),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user", Text, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("exchange", Text),
    Column("sending_at", Instant),
    Index(None, "user"),
    Index(None, "chat_id"),
)

# What the administrators of a group chose; without a row, nothing. With `mention_only` a reply to the bot is
# no question to it.
chats = Table(
    "chats",
    metadata,
    Column("chat", Text, primary_key=True),
    Column("language", Text),
    Column("mention_only", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# Without a `password`, someone labels at the command line only; with one, they may sign in to the pages.
reviewers = Table(
    "reviewers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("added_at", Instant, nullable=False),
    Column("password", Text),
    Column("role", Text, nullable=False, server_default="reviewer"),
    CheckConstraint("role IN ('reviewer', 'maintainer')", name="role"),
)

# Who is signed in; `token` is the sha256 of what the browser holds.
sessions = Table(
    "sessions",
    metadata,
    Column("token", Text, primary_key=True),
    Column("reviewer", Text, ForeignKey("reviewers.name"), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index(None, "reviewer"),
    Index(None, "expires_at"),
)

# Failed tries to sign in, each once for the name and once for the address that it came from.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "key", "at"),
    Index(None, "at"),
)

# What reviewers said of exchanges, all of it: the last row of a reviewer about an exchange stands, and one
# without a verdict takes the one before it back. `gold` is the span that answers best.
labels = Table(
    "labels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("exchange", Uuid, ForeignKey("exchanges.id", ondelete="CASCADE"), nullable=False),
    Column("reviewer", Text, ForeignKey("reviewers.name"), nullable=False),
    Column("verdict", Text),
    Column("gold_document", Text),
    Column("gold_version", Text),
    Column("gold_start", Integer),
    Column("gold_end", Integer),
    Column("note", Text),
    Column("at", Instant, nullable=False),
    CheckConstraint(
        "verdict IN ('right', 'partly', 'wrong_quote', 'wrong_speaker', 'out_of_date',"
        " 'should_have_answered', 'should_have_abstained')",
        name="verdict",
    ),
    CheckConstraint(
        "(gold_document IS NULL AND gold_version IS NULL AND gold_start IS NULL AND gold_end IS NULL)"
        " OR (gold_document IS NOT NULL AND gold_version IS NOT NULL AND gold_start IS NOT NULL"
        " AND gold_end IS NOT NULL AND 0 <= gold_start AND gold_start < gold_end)",
        name="gold_is_a_span",
    ),
    Index(None, "exchange", "reviewer"),
    Index(None, "reviewer"),
)

# The random sample that quality is estimated from, and how likely each of its exchanges was to be in it.
samples = Table(
    "samples",
    metadata,
    Column("exchange", Uuid, ForeignKey("exchanges.id", ondelete="CASCADE"), primary_key=True),
    Column("probability", Float, nullable=False),
    Column("drawn_at", Instant, nullable=False),
    CheckConstraint("probability > 0 AND probability <= 1", name="probability"),
    Index(None, "probability"),
)

# Who is at an exchange that waits for a label, and until when nobody else gets it from the queue.
leases = Table(
    "leases",
    metadata,
    Column("exchange", Uuid, ForeignKey("exchanges.id", ondelete="CASCADE"), primary_key=True),
    Column("reviewer", Text, ForeignKey("reviewers.name"), nullable=False),
    Column("until", Instant, nullable=False),
    Index(None, "reviewer"),
)

# Exchanges that somebody wants another opinion on: they wait for everyone who has not labelled them.
seconds = Table(
    "seconds",
    metadata,
    Column("exchange", Uuid, ForeignKey("exchanges.id", ondelete="CASCADE"), primary_key=True),
    Column("reviewer", Text, ForeignKey("reviewers.name"), nullable=False),
    Column("at", Instant, nullable=False),
)
