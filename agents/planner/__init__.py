"""The agent that plans a new trip for everyone a disruption touches. See README.md beside this file."""
