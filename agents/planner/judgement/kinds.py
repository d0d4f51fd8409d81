"""The kinds of facts a model is given about a party, and how old each may be."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from llm import SourcedFact

Kind = Literal["booking", "seats", "options", "weather", "rules"]

AGE_LIMITS: Mapping[Kind, timedelta] = MappingProxyType(
    {
        "booking": timedelta(minutes=5),
        "seats": timedelta(minutes=5),
        "options": timedelta(minutes=5),
        "weather": timedelta(hours=3),
    }
)
"""How long ago, in event time, a fact may last have been known to hold [d]. Seats and bookings are read again in a moment;
weather is observed hourly, so two observations may be missing. Rules are settings and have no limit."""
VITAL: frozenset[Kind] = frozenset({"booking", "seats", "options"})
"""No model is asked while a fact of one of these kinds is too old."""


class TripFact(SourcedFact, frozen=True, kw_only=True):
    """One fact about a party's trip."""

    kind: Kind
    personal: bool = False
    """Only for choosing a trip: reading a remark does not need it."""


def trip_fact(kind: Kind, **fields: object) -> TripFact:
    """A fact with the age limit of its kind."""
    return TripFact(kind=kind, max_age=AGE_LIMITS.get(kind), in_force=kind == "rules", **fields)  # type: ignore[arg-type]
