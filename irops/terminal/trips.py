"""Trips in a line."""

from collections.abc import Iterable

from contracts.ledger import Leg
from contracts.names import spoken


def words_of_trip(legs: Iterable[Leg]) -> str:
    """`B6 2017 2013-02-08 22:00 UTC to BOS`, flight by flight."""
    return ", ".join(f"{spoken(leg.flight)} {leg.departs:%Y-%m-%d %H:%M} UTC to {leg.destination}" for leg in legs)
