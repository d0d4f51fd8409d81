"""One thing that a model is told, where it was read, and how old it may be.

A fact has two times. `written_at` says since when it has been so: a flight on time was last written days ago, and is none the
worse for it. `known_at` says when it was last known to be so: what is read is known as of the reading, what is followed as of
the last proof that nothing newer was to be heard, an observation only as of when it was made. Only that can make a fact too old
to be told.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

Kind = Literal["booking", "seats", "options", "weather", "rules"]

AGE_LIMITS: Mapping[Kind, timedelta] = MappingProxyType(
    {
        "booking": timedelta(minutes=5),
        "seats": timedelta(minutes=5),
        "options": timedelta(minutes=5),
        "weather": timedelta(hours=3),
    }
)
"""How long ago a fact may last have been known to be so, in event time [d]. Seats and bookings are read anew in a moment; the
weather is observed each hour, and two observations may be missing. Rules are settings, and in force while they are there."""
VITAL: frozenset[Kind] = frozenset({"booking", "seats", "options"})
"""Where one of these is too old, no model is asked."""


class Known(Struct, frozen=True, kw_only=True):
    """One fact."""

    name: str
    text: str
    """In one line."""
    kind: Kind
    source: str
    """The subject it was read from; of rules, whose they are."""
    revision: int = 0
    written_at: datetime
    known_at: datetime
    priority: int
    """Where there is no room for all: the lower, the sooner it is told."""
    personal: bool = False
    """Told only where a trip is to be chosen: nobody needs it to read a remark."""

    def too_old(self, now: datetime) -> bool:
        return now - self.known_at > AGE_LIMITS.get(self.kind, timedelta.max)
