"""Alembic: one history, one head, for the tables of corpus and bot."""
