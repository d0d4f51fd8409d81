"""One agent as a running process."""
