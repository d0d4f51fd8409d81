"""The agent that plans a new trip for every party that a disruption affects. See README.md beside this file."""
