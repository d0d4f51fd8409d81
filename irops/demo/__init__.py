"""A day that was, replayed: staged, watched while it happens, and judged when it is over."""
