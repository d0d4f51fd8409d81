"""What a person watches while a system runs."""
