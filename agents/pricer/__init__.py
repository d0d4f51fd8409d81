"""The agent that keeps the open fares of each flight. See README.md beside this file."""
