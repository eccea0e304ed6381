"""Quality floors: what judged questions must reach, pinned in `floors.json`."""
