"""The agent that keeps the state of each flight, and says what changed. See README.md beside this file."""
