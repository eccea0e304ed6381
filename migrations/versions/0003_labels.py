"""Reviewers, their labels, and the random sample that quality is estimated from."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_index("ix_exchanges_answered_confidence", "exchanges", ["answered", "confidence"])
    op.create_table(
        "reviewers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reviewers")),
    )
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exchange", sa.Uuid(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("gold_document", sa.Text(), nullable=True),
        sa.Column("gold_version", sa.Text(), nullable=True),
        sa.Column("gold_start", sa.Integer(), nullable=True),
        sa.Column("gold_end", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('right', 'partly', 'wrong_quote', 'wrong_speaker', 'out_of_date',"
            " 'should_have_answered', 'should_have_abstained')",
            name=op.f("ck_labels_verdict"),
        ),
        sa.CheckConstraint(
            "(gold_document IS NULL AND gold_version IS NULL AND gold_start IS NULL AND gold_end IS NULL)"
            " OR (gold_document IS NOT NULL AND gold_version IS NOT NULL AND gold_start IS NOT NULL"
            " AND gold_end IS NOT NULL AND 0 <= gold_start AND gold_start < gold_end)",
            name=op.f("ck_labels_gold_is_a_span"),
        ),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchanges.id"], name=op.f("fk_labels_exchange_exchanges"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["reviewer"], ["reviewers.name"], name=op.f("fk_labels_reviewer_reviewers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
    )
    op.create_index("ix_labels_exchange_reviewer", "labels", ["exchange", "reviewer"])
    op.create_index("ix_labels_reviewer", "labels", ["reviewer"])
    op.create_table(
        "samples",
        sa.Column("exchange", sa.Uuid(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("probability > 0 AND probability <= 1", name=op.f("ck_samples_probability")),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchanges.id"], name=op.f("fk_samples_exchange_exchanges"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("exchange", name=op.f("pk_samples")),
    )
