"""Limits of what is taken in at all. What is policy is in `contracts.rules`."""

from datetime import timedelta

LONGEST_TICKET = timedelta(days=14)
"""An imported ticket arrives at most this long after it departs."""
LONGEST_STAY = timedelta(hours=24)
"""The longest wait between two flights of one journey. A longer one is a stopover, which ends a journey: 24 hours is the usual
limit of a connection in international fare rules [d]."""
LEG_APART = timedelta(hours=18)
"""An imported leg departs at most this long before or after its flight [d]: its number's flights of the day before and the day
after are further away, and few flights are that late."""
