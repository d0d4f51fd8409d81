"""Limits that hold at every door: what is taken in can be planned, and what can be planned may be taken in."""

from datetime import timedelta

LATEST_AFTER_TICKET = timedelta(days=14)
"""The latest departure of a journey's flights after the ticketed one [d]. A ticket further from its first flight could not be
planned: every flight near it would be too late, or too early."""
LONGEST_STAY = timedelta(hours=24)
"""The longest wait between two flights of one journey. A longer one is a stopover, which ends a journey: 24 hours is the usual
limit of a connection in international fare rules [d]."""
PRESUMED_UNDER_WAY = timedelta(minutes=60)
"""How long after its best known departure a flight is presumed under way, while no word of it has come [d]. A flight that is
silent for longer may as well stand at its gate."""
GIVEN_UP = timedelta(minutes=45)
"""How long before its departure the first flight of a journey is given up, while the party still waits for seats for the
journey before it [d]. It is the planner's lead: no trip that is sold later could bring the party there."""
BROUGHT_FORWARD = timedelta(minutes=30)
"""A flight that leaves this long before the time that a party knows, or longer, leaves without it; with less, the party is at
the gate [d]. It is the monitor's usual threshold for an announcement."""
