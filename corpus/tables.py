"""Documents, their versions and revisions: kept for ever.

A version is a text; a revision is what was known about it (title, date, …) when it was fetched. The
newest revision of a document names the version that is its newest.
"""

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from migrations.database import NAMING, Instant

metadata = MetaData(naming_convention=NAMING)

# Withdrawn: a tombstone, its texts stay. Erased: for legal reasons, its texts are gone and stay away.
documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("erased_at", Instant),
)

# `version` is the sha256 of the text; the text is null once erased.
versions = Table(
    "versions",
    metadata,
    Column("document", Text, ForeignKey("documents.id"), primary_key=True),
    Column("version", Text, primary_key=True),
    Column("text", Text),
    Column("first_seen", Instant, nullable=False),
)

# `number` counts from 1 within a document, across its versions.
revisions = Table(
    "revisions",
    metadata,
    Column("document", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("publisher", Text),
    Column("published", Date),
    Column("url", Text),
    Column("fetched_at", Instant),
    Column("tier", Text, nullable=False),
    Column("licence", Text),
    Column("author", Text),
    Column("extractor", Text),
    Column("kind", Text),
    Column("event", Date),
    Column("compiled_from", JSON, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    ForeignKeyConstraint(["document", "version"], ["versions.document", "versions.version"]),
    Index(None, "version"),
)
