"""The agent that writes to passengers: facts about bookings in, letters in the party's language out. See README.md."""
