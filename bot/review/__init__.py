"""Reviewers read the log: what is verbatim, what changes from build to build, what is right."""
