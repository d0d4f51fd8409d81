"""The agent that tells people: facts about bookings in, messages in their language out. See README.md beside this file."""
