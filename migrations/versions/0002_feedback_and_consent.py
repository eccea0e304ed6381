"""Feedback on answers, consents, and what finds an answer by its message and a version by its start."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("exchanges", sa.Column("question_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_exchanges_chat_question_id", "exchanges", ["chat", "question_id"])
    op.create_index("ix_revisions_version", "revisions", ["version"])
    op.create_table(
        "feedback",
        sa.Column("bot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("quote", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("prompt", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('wrong_quote', 'wrong_speaker', 'out_of_date', 'should_have_answered',"
            " 'should_not_have_answered', 'other')",
            name=op.f("ck_feedback_reason"),
        ),
        sa.CheckConstraint(
            "NOT good OR (reason IS NULL AND quote IS NULL)", name=op.f("ck_feedback_no_reason_when_good")
        ),
        sa.PrimaryKeyConstraint("bot", "update_id", "user", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_user", "feedback", ["user"])
    op.create_index("ix_feedback_chat_prompt", "feedback", ["chat", "prompt"])
    op.create_table(
        "consents",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_consents")),
    )
