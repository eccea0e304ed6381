"""A maintainer refreshes: extract, split, build, publish; and the archive that keeps every version."""
