"""How long each class of message is kept.

A stream of one class forgets by the age of its messages. Streams that hold states beside facts (FLIGHTS, LEDGER) keep states
for ever, and each fact expires by its own time to live, which is set when it is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bus.environment import Environment
from contracts.streams import Stream

FACTS_LAST = timedelta(days=14)
"""Longer than the longest outage that an agent is to catch up from."""
_LONGEST = 3650


@dataclass(frozen=True, slots=True)
class Retention:
    """None keeps the age that a stream has; zero is for ever."""

    feed: timedelta | None = None
    """`IROPS_RETENTION_FEED_DAYS`, days, 0.1 to 3650, 0 for ever: raw statuses and weather (FEED). Absent: what the stream has,
    2 in a new one. Shorter than an outage of the monitor: it never sees some statuses."""
    facts: timedelta = FACTS_LAST
    """`IROPS_RETENTION_FACTS_DAYS`, days, 1 to 3650, 0 for ever: facts about flights, seats and bookings (FLIGHTS, LEDGER).

    Every agent reads it and applies it to what it writes. Shorter than an outage: agents never hear some facts."""
    plans: timedelta | None = None
    """`IROPS_RETENTION_PLANS_DAYS`, days, 1 to 3650, 0 for ever: proposals and requests (PLANS, REQUESTS). Absent: what the
    streams have, 14 in new ones."""
    notices: timedelta | None = None
    """`IROPS_RETENTION_NOTICES_DAYS`, days, 1 to 3650, 0 for ever: the record of who was notified (NOTICES). Absent: what the
    stream has, 14 in a new one. The audit judges notices only while it has both the facts and this record."""
    dead_letters: timedelta | None = None
    """`IROPS_RETENTION_DEAD_LETTERS_DAYS`, days, 1 to 3650, 0 for ever: messages that could not be handled (DEAD). Absent: what
    the stream has, for ever in a new one."""

    @classmethod
    def from_environment(cls, environment: Environment) -> "Retention":
        """Raises `ValueError` naming the key, its value and what is wanted."""
        return cls(
            feed=environment.days("IROPS_RETENTION_FEED_DAYS", default=None, least=0.1, most=_LONGEST),
            facts=environment.days("IROPS_RETENTION_FACTS_DAYS", default=FACTS_LAST, least=1, most=_LONGEST),
            plans=environment.days("IROPS_RETENTION_PLANS_DAYS", default=None, least=1, most=_LONGEST),
            notices=environment.days("IROPS_RETENTION_NOTICES_DAYS", default=None, least=1, most=_LONGEST),
            dead_letters=environment.days("IROPS_RETENTION_DEAD_LETTERS_DAYS", default=None, least=1, most=_LONGEST),
        )

    def max_ages(self, streams: Sequence[Stream]) -> dict[str, timedelta]:
        """By stream, the ages that are set here."""
        ages = {
            "feed": self.feed,
            "plans": self.plans,
            "notices": self.notices,
            "dead letters": self.dead_letters,
        }
        found = ((stream.name, ages[stream.holds]) for stream in streams if stream.holds)
        return {name: age for name, age in found if age is not None}
