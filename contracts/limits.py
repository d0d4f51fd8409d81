"""Limits that hold at every door: what is taken in can be planned, and what can be planned may be taken in."""

from datetime import timedelta

LATEST_AFTER_TICKET = timedelta(days=14)
"""The latest departure of a journey's flights after the ticketed one [d]. A ticket further from its first flight could not be
planned: every flight near it would be too late, or too early."""
LONGEST_STAY = timedelta(hours=24)
"""The longest wait between two flights of one journey. A longer one is a stopover, which ends a journey: 24 hours is the usual
limit of a connection in international fare rules [d]."""
