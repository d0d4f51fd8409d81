"""Copies the feed of a live system to its shadow. `python -m irops.shadow`; docs/shadow.md has what for."""
