"""What someone who watches is about to be told, and since when."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("watches", sa.Column("exchange", sa.Text(), nullable=True))
    op.add_column("watches", sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True))
