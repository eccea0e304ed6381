"""Who wrote a document, and what extracted its text."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("revisions", sa.Column("author", sa.Text(), nullable=True))
    op.add_column("revisions", sa.Column("extractor", sa.Text(), nullable=True))
