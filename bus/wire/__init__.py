"""JetStream without its traps."""
