"""The queue of reviewers: what it is searched and read by, who is at what, and what is read twice."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None

LOT = 1000
# As words were cut when this revision was made.
SIGN = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
TOKEN = re.compile(rf"[{SIGN}]|[^\W_{SIGN}]+")


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("exchange", sa.Uuid(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchanges.id"], name=op.f("fk_leases_exchange_exchanges"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["reviewer"], ["reviewers.name"], name=op.f("fk_leases_reviewer_reviewers")),
        sa.PrimaryKeyConstraint("exchange", name=op.f("pk_leases")),
    )
    op.create_index("ix_leases_reviewer", "leases", ["reviewer"])
    op.create_table(
        "seconds",
        sa.Column("exchange", sa.Uuid(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchanges.id"], name=op.f("fk_seconds_exchange_exchanges"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["reviewer"], ["reviewers.name"], name=op.f("fk_seconds_reviewer_reviewers")),
        sa.PrimaryKeyConstraint("exchange", name=op.f("pk_seconds")),
    )
    op.create_table(
        "words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exchange", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchanges.id"], name=op.f("fk_words_exchange_exchanges"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_words")),
        sa.UniqueConstraint("exchange", name=op.f("uq_words_exchange")),
    )
    op.drop_index("ix_exchanges_answered_confidence", "exchanges")
    op.create_index(
        "ix_exchanges_answered_confidence_origin_id", "exchanges", ["answered", "confidence", "origin", "id"]
    )
    op.create_index("ix_feedback_good_bot_update_id", "feedback", ["good", "bot", "update_id"])
    op.create_index("ix_samples_probability", "samples", ["probability"])
    unattributed = sa.text("speaker IS NULL AND directness IS NOT NULL")
    op.create_index(
        "ix_quotes_unattributed",
        "quotes",
        ["exchange"],
        sqlite_where=unattributed,
        postgresql_where=unattributed,
    )
    fill(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE fts_words USING fts5(question, reply, content='words', content_rowid='id',"
            " tokenize='unicode61 remove_diacritics 0')"
        )
        op.execute("INSERT INTO fts_words (fts_words) VALUES ('rebuild')")
        op.execute(
            "CREATE TRIGGER fts_words_insert AFTER INSERT ON words BEGIN"
            " INSERT INTO fts_words (rowid, question, reply) VALUES (new.id, new.question, new.reply); END"
        )
        op.execute(
            "CREATE TRIGGER fts_words_delete AFTER DELETE ON words BEGIN"
            " INSERT INTO fts_words (fts_words, rowid, question, reply)"
            " VALUES ('delete', old.id, old.question, old.reply); END"
        )
    else:
        op.execute(
            "CREATE INDEX fts_words ON words USING gin ((setweight(to_tsvector('simple', question), 'A')"
            " || setweight(to_tsvector('simple', reply), 'B')))"
        )


def fill(connection: sa.Connection) -> None:
    plain = ("id", "question", "carried")
    exchanges = sa.table("exchanges", *map(sa.column, plain), sa.column("reply", sa.JSON()))
    words = sa.table("words", *map(sa.column, ("exchange", "question", "reply")))
    wanted = sa.select(exchanges).order_by(exchanges.c.id).limit(LOT)
    rows = connection.execute(wanted).all()
    while rows:
        connection.execute(
            words.insert(),
            [
                {
                    "exchange": row.id,
                    "question": folded(f"{row.question} {row.carried or ''}"),
                    "reply": folded(" ".join(message["text"] for message in row.reply)),
                }
                for row in rows
            ],
        )
        rows = connection.execute(wanted.where(exchanges.c.id > rows[-1].id)).all()


def folded(written: str) -> str:
    plain = unicodedata.normalize("NFKD", written.casefold())
    return " ".join(TOKEN.findall("".join(sign for sign in plain if not unicodedata.combining(sign))))
