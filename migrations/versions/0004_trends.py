"""How long each exchange took, what is alike among them, and indices that the trends are read from."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None

LOT = 1000


def upgrade() -> None:
    op.add_column("exchanges", sa.Column("milliseconds", sa.Float(), nullable=False, server_default="0"))
    op.add_column("exchanges", sa.Column("digest", sa.Text(), nullable=True))
    fill(op.get_bind())
    op.drop_index("ix_exchanges_asked_at", "exchanges")
    op.create_index(
        "ix_exchanges_asked_at_origin_build_answered_milliseconds",
        "exchanges",
        ["asked_at", "origin", "build", "answered", "milliseconds"],
    )
    op.create_index("ix_exchanges_digest", "exchanges", ["digest"])
    op.create_index("ix_feedback_given_at", "feedback", ["given_at"])


def fill(connection: sa.Connection) -> None:
    columns = ("id", "question", "carried", "build", "milliseconds", "digest")
    exchanges = sa.table("exchanges", *map(sa.column, columns), sa.column("stages", sa.JSON()))
    place = ("exchange", "number", "document", "version", "start", "end")
    quotes = sa.table("quotes", *map(sa.column, place))
    wanted = sa.select(exchanges).order_by(exchanges.c.id).limit(LOT)
    rows = connection.execute(wanted).all()
    while rows:
        inside = quotes.c.exchange.between(rows[0].id, rows[-1].id)
        places: dict[object, list[list[object]]] = {}
        for quote in connection.execute(sa.select(quotes).where(inside).order_by(quotes.c.number)):
            places.setdefault(quote.exchange, []).append(
                [quote.document, quote.version, quote.start, quote.end]
            )
        for row in rows:
            told = json.dumps([row.question, row.carried, row.build, places.get(row.id, [])])
            connection.execute(
                sa.update(exchanges)
                .where(exchanges.c.id == row.id)
                .values(
                    milliseconds=sum(ms for _, ms in row.stages),
                    digest=hashlib.sha256(told.encode()).hexdigest(),
                )
            )
        rows = connection.execute(wanted.where(exchanges.c.id > rows[-1].id)).all()
