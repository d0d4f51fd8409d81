"""Rules as data: TOML files that people write, and pure functions that answer by them. It imports contracts only."""
